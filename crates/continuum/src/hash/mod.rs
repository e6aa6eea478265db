//! Hash functions, one a file, each frozen and with its source named.

pub(crate) mod md5;
pub(crate) mod word;
pub(crate) mod xxh64;
