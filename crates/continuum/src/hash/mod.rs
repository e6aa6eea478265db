//! Hash functions, one a file, each frozen and with its source named.
