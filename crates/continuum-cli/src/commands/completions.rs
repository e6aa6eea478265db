//! `continuum completions`: a completion script.

use clap::CommandFactory as _;

use crate::args::{Cli, Completions};

pub(crate) fn run(args: &Completions) -> Vec<u8> {
    // The generator panics when its writer fails; memory does not.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "continuum", &mut script);
    script
}
