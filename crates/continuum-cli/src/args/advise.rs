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

    /// How many times per day a server is added, removed or changes its weight
    #[arg(long, value_name = "CHANGES")]
    pub(crate) change_rate: Option<f64>,

    /// Write one JSON object a line, one for each scheme
    #[arg(long)]
    pub(crate) json: bool,
}

const DETAILS: &str = "\
Examples:
  continuum advise --servers servers.txt
  continuum advise --servers servers.txt --copies 3 --change-rate 2 --scheme nginx

Columns:
  peak    the busiest server's share over its fair one; 1 is perfect
  add, remove, weight
          what such a change moves over the least possible: a server like one of
          yours added, one removed, one doubled; the mean over up to three servers.
          Below 1: the changed server had less than its fair share
  copies  with --copies: the busiest server's copies over its fair part of them
  per day with --change-rate: the part of all keys that moves per day
  memory  bytes of the structure that is built
  ns      for one look-up, or for all copies of a key, measured here and now
  needs   what every client must have: the set; the list in one order; a file
A figure behind ~ is from sampled keys or a formula, others are exact. See docs/WHICH.md.";
