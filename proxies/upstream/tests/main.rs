//! What a view picks, and what is counted.

mod metrics;
mod pick;
mod support;
