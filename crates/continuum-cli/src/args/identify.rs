//! `continuum identify`.

use std::path::PathBuf;

use clap::Args;

use super::Set;

/// Identify the scheme that gave observed answers
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Identify {
    /// Observed pairs, one per line: key, tab, server [default: stdin]
    #[arg(value_name = "PAIRS")]
    pub(crate) pairs: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) set: Set,

    /// Show this many near misses
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) near: usize,

    /// Write one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  continuum identify --servers servers.txt < pairs.tsv
  continuum identify -s 10.0.0.1:11211 -s 10.0.0.2:11211 pairs.tsv --json

Give the servers in the order and with the weights that the system has. Pairs
name them by name, address or host. Every scheme is tried with every value of
its options, with and without weights, and in other orders where order counts;
--scheme is not accepted. JSON:

  {\"pairs\", \"tried\", \"untried\", \"unlisted\", \"pairs_to_tell_apart\",
    \"chance\", \"matches\": [C], \"near\": [C]}

  unlisted counts the further schemes that agree on every pair, untried those
  whose rings would be too large to build.

  C is {\"scheme\", \"servers\", \"agreed\", \"compared\", \"same_map\", \"wrong\":
  {\"key\", \"seen\", \"says\"}}; a key that is not UTF-8 text is \"key_hex\".

Exit status: 0 a scheme agrees on every pair, 1 none does, 2 refused.";
