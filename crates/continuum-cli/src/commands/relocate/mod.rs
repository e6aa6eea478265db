//! `continuum move`: `reach.rs` finds the pool and how its servers are reached,
//! `carry.rs` writes, `listing.rs` only tells; `follow.rs` shows progress and takes
//! signals.

mod carry;
mod follow;
mod listing;
mod reach;

use std::io::Write;

use crate::args::{Errand, Relocate};
use crate::failure::Failure;
use crate::output::print;

pub(crate) fn run(args: &Relocate, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let (done, report) = match &args.errand {
        Errand::List(args) => return listing::list(args, out),
        Errand::Copy(args) => (carry::copy(args)?, &args.between.report),
        Errand::Move(args) => (carry::relocate(args)?, &args.between.report),
        Errand::Sweep(args) => (carry::sweep(args)?, &args.between.report),
    };
    print(&done, report.json, out)
}
