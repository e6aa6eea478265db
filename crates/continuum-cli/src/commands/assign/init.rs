//! `continuum assign init`: a table from a continuum.

use continuum::assignment::Assignment;

use super::file::{self, Form};
use super::lock::Lock;
use super::show;
use crate::args::Init;
use crate::failure::Failure;
use crate::input;
use crate::report::Holdings;

pub(crate) fn run(args: &Init) -> Result<Holdings, Failure> {
    let continuum = input::build(&args.set)?;
    let assignment = Assignment::with_copies(&continuum, args.slots, args.copies)?;
    let (file, form) = (&args.file, Form::of(&args.file));
    if args.force && file.exists() {
        file::replace(&Lock::take(file, true)?, &assignment, form)?;
    } else if !file::create(file, &assignment, form)? {
        return Err(Failure::refused(format!(
            "{} exists: change it with `continuum assign change`, or give --force to start anew",
            file.display()
        )));
    }
    Ok(show::holdings(&assignment))
}
