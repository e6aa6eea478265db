//! Kernels that do several things side by side: the only place of `unsafe` and of
//! `core::arch`.
//!
//! Each equals the portable truth in [`hash`](crate::hash), bit for bit, on every
//! CPU. A [`Level`] is chosen once for a batch; its variants hold a proof that
//! this CPU can run them, so that a kernel cannot be called without the check.
//! One instruction set a file; what they share is written once.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(crate) mod below;
mod level;
pub(crate) mod md5;
mod md5_steps;
mod portable;
pub(crate) mod score;

pub(crate) use level::Level;
