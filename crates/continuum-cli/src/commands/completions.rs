//! `continuum completions`: a completion script.

use std::io::Write;

use clap::CommandFactory as _;

use crate::args::{Cli, Completions};
use crate::failure::Failure;

pub(crate) fn run(args: &Completions, out: &mut dyn Write) -> Result<(), Failure> {
    // The generator panics when its writer fails; memory does not.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "continuum", &mut script);
    Ok(out.write_all(&script)?)
}
