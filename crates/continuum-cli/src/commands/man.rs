//! `continuum man`: a manual page in roff.

use std::io::Write;

use clap::CommandFactory as _;
use clap_mangen::Man as Page;

use crate::args::{Cli, Man};
use crate::failure::Failure;

pub(crate) fn run(args: &Man, out: &mut dyn Write) -> Result<(), Failure> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let page = match &args.command {
        None => program,
        Some(name) => {
            let known: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
            let unknown =
                || Failure::refused(format!("no command '{name}'; there are {}", known.join(", ")));
            program.find_subcommand(name).cloned().ok_or_else(unknown)?
        }
    };
    let mut roff = Vec::new();
    Page::new(page).render(&mut roff)?;
    Ok(out.write_all(&roff)?)
}
