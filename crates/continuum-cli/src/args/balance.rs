//! `continuum balance`.

use std::path::PathBuf;

use clap::Args;

use super::{Choice, ReportForm, Workload};

/// Show how evenly keys are spread over the servers
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Balance {
    /// The configuration
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) choice: Choice,

    #[command(flatten)]
    pub(crate) workload: Workload,

    /// Show this many of the heaviest keys of --keys
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) heaviest: usize,

    /// Show the heaviest keys of --keys that this server owns
    #[arg(long, value_name = "SERVER")]
    pub(crate) server: Option<String>,

    /// List every server, however many there are
    #[arg(long)]
    pub(crate) all: bool,

    #[command(flatten)]
    pub(crate) report: ReportForm,
}

const EXAMPLES: &str = "\
Examples:
  continuum balance nginx.conf
  continuum balance nutcracker.yml --pool alpha --json
  redis-cli --scan | continuum balance nutcracker.yml --pool alpha --keys -
  continuum balance nutcracker.yml --keys keys.txt --server cache-7

A server's fair share is its part of the weights. busiest is the largest share
divided by its fair share; spread is the standard deviation of that ratio across
the servers (coefficient of variation). hashes is the part of a request that is
hashed. Of the keys that come more than heaviest_above times, the heaviest are
listed: 1, or more where there are over 100,000 different keys. JSON:

  {\"pools\": [{\"name\", \"scheme\", \"hashes\", \"exact\", \"bound\", \"busiest\", \"spread\",
    \"servers\": [{\"server\", \"capacity\", \"share\", \"fair\", \"keys\", \"bytes\"}],
    \"keys\", \"bytes\", \"heaviest\": [{\"key\", \"count\", \"server\"}],
    \"heaviest_above\", \"advice\": [{\"topic\", \"sentence\"}]}]}

A key that is not UTF-8 text is \"key_hex\", in hexadecimal.

Exit status: 0 done, 2 refused.";
