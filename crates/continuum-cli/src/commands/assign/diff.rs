//! `continuum assign diff`: the slots that differ between two tables.

use continuum::assignment::Change;

use super::file;
use super::moved::moved;
use crate::args::Diff;
use crate::failure::Failure;
use crate::report::Moved;

pub(crate) fn run(args: &Diff) -> Result<Moved, Failure> {
    let (old, _) = file::read(&args.old)?;
    let (new, _) = file::read(&args.new)?;
    let change = Change::between(&old, &new)?;
    Ok(Moved { compared: true, ..moved(&old, &new, &change, args.moves) })
}
