//! The command line: only what clap needs to know, a file for each command.

mod advise;
mod assign;
mod balance;
mod choice;
mod color;
mod compare;
mod explore;
mod forms;
mod identify;
mod lint;
mod pages;
mod plan;
#[cfg_attr(not(feature = "move"), path = "no_move.rs")]
mod relocate;
mod report;
mod resolve;
mod schemes;
mod set;
mod suggested;
mod tables;
mod verify;
#[cfg_attr(not(feature = "watch"), path = "no_watch.rs")]
mod watch;
mod workload;

use clap::{Parser, Subcommand};

pub(crate) use advise::Advise;
pub(crate) use assign::{Assign, Change, Diff, Init, Show, Step};
pub(crate) use balance::Balance;
pub(crate) use choice::{Choice, Identity, Reading};
pub(crate) use color::Color;
pub(crate) use compare::Compare;
pub(crate) use explore::Explore;
pub(crate) use forms::{Forms, InputForm, OutputForm};
pub(crate) use identify::Identify;
pub(crate) use lint::Lint;
pub(crate) use pages::{Completions, Man};
pub(crate) use plan::Plan;
pub(crate) use relocate::Relocate;
#[cfg(feature = "move")]
pub(crate) use relocate::{
    Between, Conflict, CopyKeys, Errand, Gently, ListKeys, MoveKeys, SweepKeys,
};
pub(crate) use report::ReportForm;
pub(crate) use resolve::Resolve;
pub(crate) use schemes::Schemes;
pub(crate) use set::Set;
#[cfg(feature = "parquet")]
pub(crate) use tables::Nulls;
pub(crate) use tables::Tables;
pub(crate) use verify::Verify;
pub(crate) use watch::Watch;
#[cfg(feature = "logs")]
pub(crate) use workload::LogFormat;
pub(crate) use workload::Workload;

/// Which server owns a key, and what a change moves, as the program you run would answer
///
/// Consistent hashing on the command line: resolves keys over a set of servers
/// under a named, frozen scheme, and says before a change of nginx, HAProxy,
/// twemproxy, Envoy, mcrouter or libmemcached configuration what it moves.
#[derive(Parser)]
#[command(name = "continuum", version, help_expected = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Colour text: auto, always, never; auto obeys NO_COLOR
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub(crate) color: Color,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  continuum plan nutcracker.yml nutcracker.new.yml
  continuum plan nginx.conf --add 10.0.0.4:80
  continuum resolve -s 10.0.0.1:11211 -s 10.0.0.2:11211=2 my-key
  continuum schemes

Exit status: 0 done, 1 differences or findings (plan --max-move, compare,
identify, lint, verify, assign diff, move), 2 refused.
stdout carries data only; warnings and errors go to stderr.";

#[derive(Subcommand)]
pub(crate) enum Command {
    Plan(Plan),
    Resolve(Resolve),
    Balance(Balance),
    Compare(Compare),
    Identify(Identify),
    Lint(Lint),
    Schemes(Schemes),
    Verify(Verify),
    Assign(Assign),
    #[command(name = "move")]
    Relocate(Relocate),
    Watch(Watch),
    Advise(Advise),
    Explore(Explore),
    Completions(Completions),
    Man(Man),
}
