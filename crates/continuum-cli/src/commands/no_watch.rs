//! In place of `watch` in a program that was built without it.

use std::io::Write;

use crate::args::Watch;
use crate::failure::Failure;

/// A refusal that names what is lacking.
pub(crate) fn run(_: &Watch, _: &mut (dyn Write + Send)) -> Result<(), Failure> {
    Err(Failure::without("watch"))
}
