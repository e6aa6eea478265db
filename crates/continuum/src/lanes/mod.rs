//! Kernels that do several things side by side: the only place of `unsafe` and of
//! `core::arch`.
//!
//! Each equals the portable truth in [`hash`](crate::hash), bit for bit, on every
//! CPU. A [`Level`] is chosen once for a batch; its variants hold a proof that
//! this CPU can run them, so that a kernel cannot be called without the check.
//! One instruction set a file; what they share is written once.

mod ask;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx2_words;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512_fnv64;
#[cfg(target_arch = "x86_64")]
mod avx512_words;
pub(crate) mod below;
#[cfg(target_arch = "x86_64")]
mod clmul;
#[cfg(target_arch = "x86_64")]
mod clmul512;
pub(crate) mod crc32;
pub(crate) mod fnv64;
#[cfg(target_arch = "x86_64")]
mod group;
mod level;
pub(crate) mod md5;
mod md5_steps;
mod portable;
mod portable_words;
pub(crate) mod score;
pub(crate) mod words;
#[cfg(target_arch = "x86_64")]
mod words_steps;

pub(crate) use ask::ask_for;
pub(crate) use level::Level;
