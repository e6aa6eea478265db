//! What a pool hashes: the rule from a request to the bytes of a key.
//!
//! A reader makes a [`KeyRule`] of the configuration's words; two rules are
//! compared, and a [`Request`] is made into a key by it. This room knows no file
//! and no scheme.

mod compare;
mod field;
mod nginx;
mod normalise;
mod query;
mod request;
mod routed;
mod rule;
mod taken;

pub use compare::SameKey;
pub(crate) use field::{Field, Finder, Form, Pathless, Target};
pub use request::{Request, Unbuilt};
pub(crate) use routed::{Prefix, Routed};
pub use rule::KeyRule;
pub(crate) use rule::{Before, Kind, Piece, Policy};
