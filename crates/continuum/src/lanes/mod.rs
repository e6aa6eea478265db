//! Hash functions as values, and scores: one key or many side by side. The only
//! place of `unsafe` and of `core::arch`.
//!
//! Imports [`hash`](crate::hash), which every kernel equals bit for bit on every
//! CPU, and nothing else. A [`Level`] is chosen once for a batch; its variants hold
//! a proof that this CPU can run them, so that no kernel can be called without the
//! check. An algorithm's file chooses the kernel; its folder holds one instruction
//! set a file, and in `steps` what these share.

pub(crate) mod below;
pub(crate) mod crc32;
mod fnv64;
mod function;
mod group;
mod interleaved;
mod level;
pub(crate) mod md5;
mod ops;
mod prefetch;
pub(crate) mod score;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use function::{Hash32, Hash64};
pub(crate) use level::Level;
pub(crate) use prefetch::prefetch;
