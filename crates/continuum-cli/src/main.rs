//! `continuum`: which server owns a key, and what a change moves.
//!
//! stdout carries data, stderr talk. Exit status: 0 done, 1 differences or
//! findings, 2 refused.

mod args;
mod commands;
mod failure;
mod input;
mod lint;
mod output;
#[cfg(test)]
mod random_inputs;
mod talk;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    let command = Cli::parse().command;
    let mut stdout = io::stdout();
    let done = match &command {
        Command::Plan(args) => commands::plan::run(args, &mut stdout),
        Command::Balance(args) => commands::balance::run(args, &mut stdout),
        Command::Check(args) => commands::check::run(args, &mut stdout),
        Command::Identify(args) => commands::identify::run(args, io::stdin(), &mut stdout),
        Command::Lint(args) => commands::lint::run(args, &mut stdout),
        Command::Resolve(args) => commands::resolve::run(args, io::stdin(), &mut stdout),
        Command::Schemes(args) => commands::schemes::run(args, &mut stdout),
        Command::Verify(args) => commands::verify::run(args, &mut stdout),
        Command::Assign(args) => commands::assign::run(args, &mut stdout),
        Command::Advise(args) => commands::advise::run(args, &mut stdout),
        Command::Completions(args) => commands::completions::run(args, &mut stdout),
        Command::Man(args) => commands::man::run(args, &mut stdout),
    };
    let flushed = stdout.flush().map_err(Failure::from);
    match done.and(flushed) {
        // Whoever read our output has seen enough: nothing to report.
        Ok(()) | Err(Failure::OutputClosed) => ExitCode::SUCCESS,
        Err(Failure::Differences) => ExitCode::from(1),
        Err(Failure::Complaints(complaints)) => {
            complaints.iter().for_each(|complaint| talk::error(complaint));
            ExitCode::from(2)
        }
        Err(Failure::Refused(sentence)) => {
            talk::error(&sentence);
            ExitCode::from(2)
        }
    }
}
