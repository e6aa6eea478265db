//! `continuum compare`.

use std::path::PathBuf;

use clap::Args;

use super::suggested::{Suggested, schemes};
use super::{Choice, ReportForm, Workload};

/// Check whether two configurations send every key to the same server
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Compare {
    /// One configuration, or a list of servers
    #[arg(value_name = "A", required_unless_present_any = ["server", "servers_file"],
          conflicts_with_all = ["server", "servers_file"])]
    pub(crate) a: Option<PathBuf>,

    /// The other; without it, A is compared with itself under --scheme-b
    #[arg(value_name = "B")]
    pub(crate) b: Option<PathBuf>,

    /// A server, in place of A and B; repeat -s for each
    #[arg(short = 's', long = "server", value_name = "HOST:PORT[=WEIGHT]")]
    pub(crate) server: Vec<String>,

    /// A file of servers, in place of A and B
    #[arg(long = "servers", value_name = "FILE")]
    pub(crate) servers_file: Option<PathBuf>,

    /// The scheme of B, if its file names none [default: that of --scheme]
    #[arg(long, value_name = "NAME[:OPTION=VALUE,...]", value_parser = Suggested(schemes), hide_possible_values = true)]
    pub(crate) scheme_b: Option<String>,

    #[command(flatten)]
    pub(crate) choice: Choice,

    /// The pool of B, if it has another name
    #[arg(long, value_name = "NAME", requires = "pool")]
    pub(crate) pool_b: Option<String>,

    #[command(flatten)]
    pub(crate) workload: Workload,

    /// Show this many keys that differ
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) examples: usize,

    #[command(flatten)]
    pub(crate) report: ReportForm,
}

const EXAMPLES: &str = "\
Examples:
  continuum compare php-memcached.conf nutcracker.yml
  continuum compare nginx.conf haproxy.cfg --pool web --pool-b be_web
  continuum compare servers.txt --format text --scheme nginx --scheme-b haproxy
  continuum compare -s a:1 -s b:1 --scheme libketama --scheme-b hash-ring

Servers are matched by name or address as the configurations give them; where
no name occurs on both sides, by address. Formats, --keys and JSON shares are
those of `continuum plan`:

  {\"agree\", \"pools\": [{\"name\", \"schemes\": [A, B], \"hashes\": [A, B],
    \"same_key\", \"matched\", \"differ\", \"exact\", \"bound\", \"empty_key_agrees\",
    \"counts\", \"examples\": [{\"key\", \"a\", \"b\"}]}],
    \"unmatched\": [{\"name\", \"in\", \"lack\", \"why\"}]}

With --keys there is counts: {\"keys\", \"differ\"}. A key that is not UTF-8
text is \"key_hex\", in hexadecimal.

A few programs place the empty key by a separate rule. It is no share of the
keys and does not affect the exit status; empty_key_agrees says whether both
sides agree on it.

hashes is the part of a request that each side hashes: two sides that hash
different parts (same_key false) differ, whatever their maps. See docs/KEYS.md.

Exit status: 0 they agree, 1 they differ, 2 refused.";
