//! `continuum check`.

use std::path::PathBuf;

use clap::Args;

use super::{Chosen, Told, Workload};

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

    #[command(flatten)]
    pub(crate) told: Told,
}

const EXAMPLES: &str = "\
Examples:
  continuum check php-memcached.conf nutcracker.yml
  continuum check nginx.conf haproxy.cfg --pool web --pool-b be_web

Servers are matched by name or address as the configurations give them; where
no name is on both sides, by address. Formats, --keys and JSON shares are those
of `continuum plan`:

  {\"agree\", \"pools\": [{\"name\", \"schemes\": [A, B], \"matched\", \"differ\", \"exact\",
    \"bound\", \"empty_key_agrees\", \"counts\", \"examples\": [{\"key\", \"a\", \"b\"}]}],
    \"unmatched\": [{\"name\", \"in\"}]}

With --keys there is counts: {\"keys\", \"differ\"}. A key that is no UTF-8 text
is \"key_hex\", in hexadecimal.

A few programs place the key of no bytes by a rule of its own. It is no share of
the keys and changes no exit status; empty_key_agrees says whether it differs.

Exit status: 0 they agree, 1 they differ, 2 refused.";
