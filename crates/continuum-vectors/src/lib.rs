//! Recorded answers: what a real program said which server owns a key.
//!
//! A file is a JSON array of sets. A set names a scheme, lists servers, and
//! gives keys with their owners; the format is described in the project's
//! `vectors/README.md`. [`read`] gives the sets of a file, [`Set::verify`]
//! resolves each key anew and counts the differences.

mod beyond;
mod case;
mod error;
mod file;
mod programs;
mod servers;
mod set;
mod verify;

pub use error::Error;
pub use file::{parse, read};
pub use set::Set;
pub use verify::{Difference, Outcome};
