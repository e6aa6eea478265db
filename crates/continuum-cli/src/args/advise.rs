//! `continuum advise`: schemes side by side over one set.

use clap::Args;

use super::Set;

/// Compare schemes over your servers: evenness, movement, memory, speed
#[derive(Args)]
#[command(after_help = DETAILS)]
pub(crate) struct Advise {
    /// The servers; --scheme adds one that you use to the table
    #[command(flatten)]
    pub(crate) set: Set,

    /// Keep each key on this many servers
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) copies: u32,

    /// How often per day a server is added, removed or gets another weight
    #[arg(long, value_name = "CHANGES")]
    pub(crate) change_rate: Option<f64>,

    /// Write one JSON object per line, one for each scheme
    #[arg(long)]
    pub(crate) json: bool,
}

const DETAILS: &str = "\
Examples:
  continuum advise --servers servers.txt
  continuum advise --servers servers.txt --copies 3 --change-rate 2 --scheme nginx

Columns:
  peak    the busiest server's share divided by its fair share; 1 is perfect
  add, remove, weight
          what such a change moves, divided by the least possible: adding a server
          like one of yours, removing one, doubling a weight; the mean over up to
          three servers. A value below 1 means that the server had less than its
          fair share
  copies  with --copies: the busiest server's copies divided by its fair part
  per day with --change-rate: the part of all keys that moves per day
  memory  bytes of the structure that is built
  ns      nanoseconds for one look-up, or for all copies of a key, measured now on
          this machine
  needs   what every client must have: the same servers (set), the same servers in
          the same order (list), or a file
A figure after ~ comes from sampled keys or a formula; others are exact. See docs/WHICH.md.";
