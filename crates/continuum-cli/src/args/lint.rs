//! `continuum lint`.

use std::path::PathBuf;

use clap::Args;

use super::Choice;

/// Find what will move keys or load servers unevenly
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Lint {
    /// The configurations
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) choice: Choice,

    /// Take files in which nothing hashes keys: each is named, and passes
    #[arg(long)]
    pub(crate) allow_unhashed: bool,

    /// Write one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  continuum lint nginx.conf
  continuum lint nutcracker.yml haproxy.cfg --json
  continuum lint --allow-unhashed -- *.conf *.cfg

JSON:
  {\"findings\": [{\"file\", \"line\", \"pool\", \"topic\", \"finding\", \"instead\"}],
   \"unread\": [sentence…]}  if a file could not be read

Exit status: 0 nothing found, 1 something found, 2 refused.";
