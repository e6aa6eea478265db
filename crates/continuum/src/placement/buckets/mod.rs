//! Servers as numbered buckets, which need no table: a function gives each key a
//! number below their count.

mod holes;
mod jump;
mod jumpback;
mod numbered;

pub(crate) use holes::Holes;
pub(crate) use jump::{Guava, Jump, jump};
pub(crate) use jumpback::{JumpBack, SplitMix64, Xorshift};
pub(crate) use numbered::{BucketHash, Numbered};
