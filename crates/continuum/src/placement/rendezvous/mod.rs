//! Rendezvous: every server scores a key, and the best score owns it.

mod mixed;
mod murmur;
mod weighted;

pub(crate) use mixed::Mixed;
pub(crate) use murmur::{KeyText, Rendezvous, Verbatim, ZonedRendezvous};
pub(crate) use weighted::{Contender, Scores};
pub(super) use weighted::{Scored, split};
