//! `continuum assign diff`: the slots that differ between two tables.

use std::io::Write;

use continuum::assignment::Change;

use super::file;
use super::report::{self, Detail};
use crate::args::Diff;
use crate::failure::Failure;

pub(super) fn run(args: &Diff, out: &mut dyn Write) -> Result<(), Failure> {
    let (old, _) = file::read(&args.old)?;
    let (new, _) = file::read(&args.new)?;
    let change = Change::between(&old, &new)?;
    report::write(&old, &new, &change, &Detail { json: args.json, moves: args.moves }, out)?;
    if change.moves().is_empty() { Ok(()) } else { Err(Failure::Differences) }
}
