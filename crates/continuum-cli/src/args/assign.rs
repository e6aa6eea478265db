//! `continuum assign`: a stored table of slots.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use continuum::assignment::Assignment;

use super::Set;

/// Keep a stored table of slots: exact balance, fewest moves, zones, pins
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Assign {
    #[command(subcommand)]
    pub(crate) step: Step,
}

const EXAMPLES: &str = "\
Examples:
  continuum assign init table.json -s a:80 -s b:80 -s c:80 --slots 1024
  continuum assign change table.json --add d:80 --dry-run
  continuum assign change table.json --add d:80 --limit 100
  continuum assign change table.json --limit 100
  continuum assign show table.json my-key

For data that is owned rather than cached. A file whose name ends in .json is
written as JSON, any other in a compact binary form; both carry a checksum.";

#[derive(Subcommand)]
pub(crate) enum Step {
    Init(Init),
    Change(Change),
    Show(Show),
    Diff(Diff),
}

/// Create a table from a set of servers and a scheme
#[derive(Args)]
pub(crate) struct Init {
    /// The file to write
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) set: Set,

    /// Slots: at least 100 for each server there may ever be; it never changes
    #[arg(long, value_name = "N", default_value_t = 4096,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(Assignment::MOST_SLOTS)))]
    pub(crate) slots: u32,

    /// Keep each slot on this many servers, in distinct zones
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) copies: u32,

    /// Overwrite an existing file, whose contents are lost
    #[arg(long)]
    pub(crate) force: bool,

    /// Write one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Change servers and pins, then move slots to an exact balance
#[derive(Args)]
#[command(after_help = CHANGE_DETAILS)]
pub(crate) struct Change {
    /// The table, rewritten unless --dry-run is given
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Add a server
    #[arg(long, value_name = "[NAME@]HOST:PORT[=CAPACITY]")]
    pub(crate) add: Vec<String>,

    /// Move everything off a server and remove it
    #[arg(long, value_name = "SERVER")]
    pub(crate) remove: Vec<String>,

    /// Give a server another capacity; 0 drains it
    #[arg(long, value_name = "SERVER=CAPACITY")]
    pub(crate) weight: Vec<String>,

    /// Put a server, old or new, into a zone
    #[arg(long, value_name = "SERVER=ZONE")]
    pub(crate) zone: Vec<String>,

    /// Use the servers of a file: add the new ones, remove the missing ones
    #[arg(long = "servers", value_name = "FILE")]
    pub(crate) servers_file: Option<PathBuf>,

    /// Keep a slot on a server; it moves there if it must
    #[arg(long, value_name = "SLOT=SERVER")]
    pub(crate) pin: Vec<String>,

    /// Let a slot move again
    #[arg(long, value_name = "SLOT")]
    pub(crate) unpin: Vec<u32>,

    /// Move at most this many slots now; run again without changes to continue
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,

    /// Refuse instead of waiting while another process changes the table
    #[arg(long)]
    pub(crate) no_wait: bool,

    /// Show what would move without writing anything
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// List every slot that moves
    #[arg(long, conflicts_with = "json")]
    pub(crate) moves: bool,

    /// Write one JSON object, with every slot that moves
    #[arg(long)]
    pub(crate) json: bool,
}

const CHANGE_DETAILS: &str = "\
Examples:
  continuum assign change table.json --add d:80 --dry-run
  continuum assign change table.json --remove a:80 --weight b:80=2 --limit 50
  continuum assign change table.json --limit 50

One process changes a table at a time; others wait, or stop with --no-wait.
Servers are given by name, by address, or by host where that is unambiguous.
Changes are applied in this order: --unpin, --servers, --remove, --weight, --add,
--zone, --pin.";

/// Show what each server holds, or where keys are
#[derive(Args)]
pub(crate) struct Show {
    /// The table
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Show the slot and the servers of these keys instead
    #[arg(value_name = "KEY")]
    pub(crate) keys: Vec<String>,

    /// Write one JSON object per line, one for each server or key
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show which slots differ between two tables
#[derive(Args)]
#[command(after_help = "Exit status: 0 no slot differs, 1 some do, 2 refused.")]
pub(crate) struct Diff {
    /// The old table
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,

    /// The new table
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,

    /// List every slot that differs
    #[arg(long, conflicts_with = "json")]
    pub(crate) moves: bool,

    /// Write one JSON object, with every slot that differs
    #[arg(long)]
    pub(crate) json: bool,
}
