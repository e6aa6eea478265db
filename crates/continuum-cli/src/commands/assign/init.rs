//! `continuum assign init`: a table from a continuum.

use std::io::Write;

use continuum::assignment::Assignment;

use super::file::{self, Form};
use super::show;
use crate::args::Init;
use crate::failure::Failure;
use crate::input;

pub(super) fn run(args: &Init, out: &mut dyn Write) -> Result<(), Failure> {
    let continuum = input::build(&args.set)?;
    if !args.force && args.file.exists() {
        return Err(Failure::refused(format!(
            "{} exists: change it with `continuum assign change`, or give --force to start anew",
            args.file.display()
        )));
    }
    let assignment = Assignment::with_copies(&continuum, args.slots, args.copies)?;
    file::write(&args.file, &assignment, Form::of(&args.file))?;
    show::servers(&assignment, args.json, out)
}
