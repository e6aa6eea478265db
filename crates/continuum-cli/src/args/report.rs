//! How a command reports what it found.

use clap::Args;

/// For every command that reads configurations and writes one report.
#[derive(Args, Default)]
pub(crate) struct ReportForm {
    /// Write one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    /// Print no warnings or notes
    #[arg(short = 'q', long)]
    pub(crate) quiet: bool,
}
