//! In place of `log` in a program that was built without logs.

use continuum_config::{KeyRule, Unbuilt};

use crate::args::Workload;
use crate::failure::Failure;

/// There is none.
pub(super) enum Pattern {}

#[expect(dead_code, reason = "what no pattern gives")]
pub(super) enum Logged {
    Key(Vec<u8>, u64),
    Unhashed,
}

impl Pattern {
    /// A refusal that names what is lacking, if a log is to be read.
    pub(super) fn of(args: &Workload) -> Result<Option<Self>, Failure> {
        match (args.log_format, &args.log_regex) {
            (None, None) => Ok(None),
            _ => Err(Failure::without("logs")),
        }
    }

    pub(super) fn is_line(&self, _: &[u8]) -> bool {
        match *self {}
    }

    pub(super) fn key(&self, _: &[u8], _: &KeyRule) -> Result<Option<Logged>, Unbuilt> {
        match *self {}
    }

    pub(super) fn sized(&self) -> bool {
        match *self {}
    }
}
