//! `continuum move`: keys are carried to the servers that own them.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Choice, ReportForm};

/// Carry the keys of memcached and Redis to the servers that own them after a change
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Relocate {
    #[command(subcommand)]
    pub(crate) errand: Errand,
}

const EXAMPLES: &str = "\
Examples:
  continuum move list nutcracker.yml nutcracker.new.yml
  continuum move copy nutcracker.yml nutcracker.new.yml --apply
  continuum move move nutcracker.yml nutcracker.new.yml --apply
  continuum move sweep nutcracker.yml nutcracker.new.yml --apply

Each is a dry run without --apply. docs/move.md leads through a whole change.
Exit status: 0 done; 1 keys failed, were cut off, changed meanwhile or are on both
sides for you to decide, a server threw out keys, or the servers do not follow OLD;
2 refused before anything was written.";

#[derive(Subcommand)]
pub(crate) enum Errand {
    List(ListKeys),
    Copy(CopyKeys),
    Move(MoveKeys),
    Sweep(SweepKeys),
}

/// List the keys that do not lie where NEW puts them
#[derive(Args)]
#[command(after_help = LIST_DETAILS)]
pub(crate) struct ListKeys {
    #[command(flatten)]
    pub(crate) between: Between,

    /// List those of these keys, one per line, and ask no server; - is stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
}

const LIST_DETAILS: &str = "\
A line has the key, the server on which it lies, the one that NEW gives it, its
bytes and the seconds it has left, apart by tabs; - where that is not known or it
does not expire. Bytes of a key that are no text are written as \\xff, a tab as \\t,
a backslash as two. With --json a line is one object:
  {\"key\" or \"key_hex\", \"from\", \"to\", \"stray\", \"database\", \"bytes\", \"expires\"}
stray: OLD puts it elsewhere too. The count goes to stderr.";

/// Copy keys to their new owners before the switch (memcached, Redis)
#[derive(Args)]
#[command(after_help = COPY_DETAILS)]
pub(crate) struct CopyKeys {
    #[command(flatten)]
    pub(crate) between: Between,

    #[command(flatten)]
    pub(crate) gently: Gently,

    /// All clients have switched to NEW since the last copy ended (memcached)
    #[arg(long)]
    pub(crate) switched: bool,

    /// Leave values of more bytes where they are
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_value: Option<u64>,

    #[command(flatten)]
    pub(crate) values: Values,
}

const COPY_DETAILS: &str = "\
A key that its new owner has already is left as it is there. Copies keep the time
that is left, client flags and Redis types.

memcached: a second copy, with the journal of the first, brings only what was
written since; with --switched it also takes back the copies of keys that were
deleted meanwhile, and done once it is not done again. Where nothing tells which of
two values is newer, both stay, and the exit status is 1.

Redis does not tell what was written since. A second copy brings keys that are new,
replaces and deletes nothing, and exits with 1 if a copy has another value or time
to live than its original, or its original is gone. Copy what does not change any
more; else move.";

/// Move keys to their new owners after the switch (Redis)
#[derive(Args)]
#[command(after_help = MOVE_DETAILS)]
pub(crate) struct MoveKeys {
    #[command(flatten)]
    pub(crate) between: Between,

    #[command(flatten)]
    pub(crate) gently: Gently,

    /// What to do with a key that its new owner has with another value
    #[arg(long, value_name = "WHAT", value_enum, default_value = "leave")]
    pub(crate) on_conflict: Conflict,

    /// Leave values of more bytes where they are
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_value: Option<u64>,

    #[command(flatten)]
    pub(crate) values: Values,
}

const MOVE_DETAILS: &str = "\
With MIGRATE a key is on one server at any moment. Where a server refuses MIGRATE,
values go through this process: a key is then on both for a moment, never on none.

A key that is written under OLD while it is read stays where it is, and the exit
status is 1: run it again when no client follows OLD any more. --on-conflict keep is
for clients that follow NEW; do not give it after a copy, where what was written
under OLD since is the newer. Run again, the same --on-conflict leaves what is on
both sides then: another one decides, or the same one with a new --journal.";

/// Delete what lies on servers that do not own it under NEW
#[derive(Args)]
#[command(after_help = SWEEP_DETAILS)]
pub(crate) struct SweepKeys {
    #[command(flatten)]
    pub(crate) between: Between,

    #[command(flatten)]
    pub(crate) gently: Gently,

    /// Delete also keys that their owner does not have
    #[arg(long)]
    pub(crate) orphans: bool,
}

const SWEEP_DETAILS: &str = "\
A key that changes after it was read is left, and so is one that its owner does not
have: its copy was thrown out, or was never made. All clients must have switched to
NEW.";

/// Two configurations and the servers behind them.
#[derive(Args)]
pub(crate) struct Between {
    /// The configuration as it was
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,

    /// The configuration after the change
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,

    #[command(flatten)]
    pub(crate) choice: Choice,

    /// How a server is reached that is not at its address; one --dial for each
    #[arg(long, value_name = "SERVER=URL")]
    pub(crate) dial: Vec<String>,

    /// Reach all servers over TLS
    #[arg(long)]
    pub(crate) tls: bool,

    /// Trust this authority (PEM) in place of the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca: Option<PathBuf>,

    /// Only this Redis database; one --database for each [default: all]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) database: Vec<u32>,

    /// How long a server may take to answer
    #[arg(long, value_name = "SECONDS", default_value = "10")]
    pub(crate) timeout: NonZero<u32>,

    #[command(flatten)]
    pub(crate) report: ReportForm,
}

/// How a run that writes goes about it.
#[derive(Args)]
pub(crate) struct Gently {
    /// Do it; without this nothing is written
    #[arg(long)]
    pub(crate) apply: bool,

    /// Where the run records what it did [default: continuum-VERB-OLD-NEW.journal, with
    /// the beginnings of both maps' fingerprints]
    #[arg(long, value_name = "FILE", requires = "apply")]
    pub(crate) journal: Option<PathBuf>,

    /// At most so many keys a second
    #[arg(long, value_name = "N")]
    pub(crate) max_keys_per_second: Option<NonZero<u64>>,

    /// At most so many bytes of values a second
    #[arg(long, value_name = "N")]
    pub(crate) max_bytes_per_second: Option<NonZero<u64>>,

    /// The share of sampled keys that may lie where neither OLD nor NEW says
    #[arg(long, value_name = "SHARE", default_value = "1%")]
    pub(crate) max_stray: String,
}

/// For errands that carry values.
#[derive(Args)]
pub(crate) struct Values {
    /// Say in the JSON which ranges or slots are done, for a transition
    #[arg(long, requires = "json")]
    pub(crate) ranges: bool,

    /// Carry values through this process instead of MIGRATE
    #[arg(long)]
    pub(crate) relay: bool,
}

/// What becomes of a key that is on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Conflict {
    /// Leave both, and exit 1
    Leave,
    /// Keep the new owner's and delete the other
    Keep,
    /// Replace the new owner's
    Replace,
}
