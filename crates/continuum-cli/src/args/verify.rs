//! `continuum verify`.

use std::path::PathBuf;

use clap::Args;

/// Check recorded answers of real programs key by key
#[derive(Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub(crate) struct Verify {
    /// Files of recorded answers
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Write one JSON object per line, one for each set
    #[arg(long)]
    pub(crate) json: bool,
}

const VERIFY_EXAMPLES: &str = "\
Examples:
  continuum verify vectors/python-continuum.json
  continuum verify vectors/*.json

Exit status: 0 all answers agree, 1 some differ, 2 nothing could be compared.";
