//! `continuum check`.

use std::path::PathBuf;

use clap::Args;

use super::{Chosen, Workload};

/// Say whether two configurations send every key to the same server
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// One configuration
    #[arg(value_name = "A")]
    pub(crate) a: PathBuf,

    /// The other
    #[arg(value_name = "B")]
    pub(crate) b: PathBuf,

    #[command(flatten)]
    pub(crate) chosen: Chosen,

    /// The pool of B, if it has another name
    #[arg(long, value_name = "NAME", requires = "pool")]
    pub(crate) pool_b: Option<String>,

    #[command(flatten)]
    pub(crate) workload: Workload,

    /// Show this many keys that differ
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) examples: usize,

    /// Write one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    /// No warnings and notes
    #[arg(short = 'q', long)]
    pub(crate) quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  continuum check php-memcached.conf nutcracker.yml
  continuum check nginx.conf haproxy.cfg --pool web --pool-b be_web

Servers are matched by name or address as the configurations give them; where
no name is on both sides, by address. Formats, --keys and JSON shares are those
of `continuum plan`:

  {\"agree\", \"pools\": [{\"name\", \"schemes\": [A, B], \"matched\", \"differ\", \"exact\",
    \"bound\", \"counts\", \"examples\": [{\"key\", \"a\", \"b\"}]}], \"unmatched\": […]}

Exit status: 0 they agree, 1 they differ, 2 refused.";
