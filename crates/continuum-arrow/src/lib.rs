#![doc = include_str!("../README.md")]
//!
//! `visit` reads the keys of one array, `question` answers it, `names` writes servers down.

mod names;
mod numbers;
mod question;
mod refusal;
mod rules;
mod visit;

pub use numbers::resolve_into;
pub use question::{Question, joined};
pub use refusal::Refusal;
pub use rules::{Answer, Integers, Nulls, Rules};
pub use visit::{Visit, check_kind, visit, within};
