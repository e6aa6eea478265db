//! `continuum`: which server owns a key, and what a change moves.
//!
//! stdout carries data, stderr warnings and errors. Exit status: 0 done, 1
//! differences or findings, 2 refused.

mod args;
mod commands;
mod failure;
mod input;
mod lint;
mod output;
mod report;
#[cfg(feature = "parquet")]
mod tables;
mod talk;
mod words;

use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Assign, Cli, Command, Show, Step};
use crate::failure::Failure;
use crate::output::{Guard, Output, markdown, print};

fn main() -> ExitCode {
    let mut stdout = Output::new();
    let done = match Cli::try_parse() {
        Ok(cli) => {
            cli.color.choose();
            run(&cli.command, &mut stdout)
        }
        Err(help) if !help.use_stderr() => {
            stdout.check().and_then(|()| help.print()).map_err(Failure::from)
        }
        Err(mistake) => mistake.exit(),
    };
    let flushed = stdout.flush().map_err(Failure::from);
    match done.and(flushed) {
        // Whoever read our output has seen enough: nothing to report.
        Ok(()) | Err(Failure::OutputClosed) => ExitCode::SUCCESS,
        Err(Failure::Differences(sentences)) => {
            sentences.iter().for_each(talk::warning);
            ExitCode::from(1)
        }
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

/// Each command returns what it found; it is printed here.
fn run(command: &Command, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    match command {
        Command::Plan(args) => {
            let plan = commands::plan::run(args)?;
            if args.markdown { markdown(&plan, out) } else { print(&plan, args.report.json, out) }
        }
        Command::Balance(args) => print(&commands::balance::run(args)?, args.report.json, out),
        Command::Compare(args) => print(&commands::compare::run(args)?, args.report.json, out),
        Command::Identify(args) => {
            print(&commands::identify::run(args, io::stdin())?, args.json, out)
        }
        Command::Lint(args) => print(&commands::lint::run(args)?, args.json, out),
        Command::Schemes(args) => match (&args.client, &args.scheme) {
            (Some(name), _) => print(&commands::schemes::clients(name)?, args.json, out),
            (None, Some(text)) => print(&commands::schemes::show(text)?, args.json, out),
            (None, None) => print(&commands::schemes::list(), args.json, out),
        },
        Command::Verify(args) => print(&commands::verify::run(args)?, args.json, out),
        Command::Advise(args) => print(&commands::advise::run(args)?, args.json, out),
        Command::Assign(Assign { step }) => match step {
            Step::Init(args) => print(&commands::assign::init(args)?, args.json, out),
            Step::Change(args) => {
                let moved = commands::assign::change(args)?;
                let printed = print(&moved, args.json, out).and_then(|()| Ok(out.flush()?));
                printed.map_err(|failure| commands::assign::unprinted(args, failure))
            }
            Step::Show(args @ Show { keys, json, .. }) if keys.is_empty() => {
                print(&commands::assign::servers(args)?, *json, out)
            }
            Step::Show(args) => print(&commands::assign::keys(args)?, args.json, out),
            Step::Diff(args) => print(&commands::assign::diff(args)?, args.json, out),
        },
        Command::Explore(args) => commands::explore::run(args, out),
        Command::Relocate(args) => commands::relocate::run(args, out),
        Command::Watch(args) => commands::watch::run(args, out),
        // Keys as they are, which a terminal must not obey.
        Command::Resolve(args) if io::stdout().is_terminal() => {
            commands::resolve::run(args, io::stdin(), &mut Guard::new(out))
        }
        Command::Resolve(args) => commands::resolve::run(args, io::stdin(), out),
        Command::Completions(args) => Ok(out.write_all(&commands::completions::run(args))?),
        Command::Man(args) => Ok(out.write_all(&commands::man::run(args)?)?),
    }
}
