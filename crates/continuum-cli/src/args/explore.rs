//! `continuum explore`.

use std::path::PathBuf;

use clap::Args;

use super::Choice;

/// Write a page that shows your own ring, and what a change of it moves
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explore {
    /// The configuration; of two the second is the first after a change
    #[arg(value_name = "FILE", required = true, num_args = 1..=2)]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) choice: Choice,

    /// The page to write; - is stdout
    #[arg(long, short, value_name = "PAGE", default_value = "explorer.html")]
    pub(crate) output: PathBuf,

    /// The key that the page begins with
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,

    /// Say nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  continuum explore nginx.conf
  continuum explore nutcracker.yml nutcracker.new.yml -o change.html

The page is one file, with the pools as they were read and nothing else of the
configuration. It opens in a browser without a network, and asks nobody.";
