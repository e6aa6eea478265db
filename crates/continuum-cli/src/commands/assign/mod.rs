//! `continuum assign`: a stored table of slots, a file for each step.

mod change;
mod diff;
mod file;
mod init;
mod report;
mod show;

use std::io::Write;

use crate::args::{Assign, Step};
use crate::failure::Failure;

pub(crate) fn run(args: &Assign, out: &mut dyn Write) -> Result<(), Failure> {
    match &args.step {
        Step::Init(args) => init::run(args, out),
        Step::Change(args) => change::run(args, out),
        Step::Show(args) => show::run(args, out),
        Step::Diff(args) => diff::run(args, out),
    }
}
