#![doc = include_str!("../README.md")]

mod access;
mod change;
mod follow;
mod limits;
mod marks;
mod members;
mod refusal;
mod set;
pub mod source;
mod standing;
mod told;
mod verdict;
mod view;
mod watcher;

pub use access::Access;
pub use change::Change;
pub use follow::{Follower, follow};
pub use limits::Limits;
pub use members::Members;
pub use refusal::{Reason, Refusal};
pub use set::Set;
pub use source::{Fault, Source};
pub use standing::{Counts, Standing};
pub use verdict::Verdict;
pub use view::View;
pub use watcher::Watcher;
