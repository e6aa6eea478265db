//! In place of `relocate` in a program that was built without `move`.

use std::io::Write;

use crate::args::Relocate;
use crate::failure::Failure;

/// A refusal that names what is lacking.
pub(crate) fn run(_: &Relocate, _: &mut (dyn Write + Send)) -> Result<(), Failure> {
    Err(Failure::without("move"))
}
