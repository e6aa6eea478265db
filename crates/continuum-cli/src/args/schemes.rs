//! `continuum schemes`.

use clap::Args;

use super::suggested::{Suggested, schemes};

/// List the schemes, or show one with its options
#[derive(Args)]
#[command(after_help = SCHEMES_EXAMPLES)]
pub(crate) struct Schemes {
    /// Show this scheme with its options and their defaults
    #[arg(value_name = "NAME[:OPTION=VALUE,...]", value_parser = Suggested(schemes), hide_possible_values = true)]
    pub(crate) scheme: Option<String>,

    /// Show the scheme of a client, library or proxy, by any of its names
    #[arg(long, value_name = "NAME", conflicts_with = "scheme")]
    pub(crate) client: Option<String>,

    /// Write one JSON object per line
    #[arg(long)]
    pub(crate) json: bool,
}

const SCHEMES_EXAMPLES: &str = "\
Examples:
  continuum schemes
  continuum schemes python-continuum
  continuum schemes --client pylibmc
  continuum schemes --json | jq -r .name

Columns:
  order       what the order of the servers decides: nothing (free), only points
              that two servers share (ties), or who owns what (positional)
  minimal     changes that move no key needlessly: all, none, or some of add,
              remove, weight
  capacities  the weights it accepts
  answers     how many answers of the real program it was checked against";
