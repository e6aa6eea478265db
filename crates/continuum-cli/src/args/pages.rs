//! `continuum completions` and `continuum man`.

use clap::Args;

/// Print a completion script for a shell
#[derive(Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  continuum completions bash > /etc/bash_completion.d/continuum
  continuum completions fish > ~/.config/fish/completions/continuum.fish";

/// Print the manual page, of the program or of one command
#[derive(Args)]
#[command(after_help = MAN_EXAMPLES)]
pub(crate) struct Man {
    /// The command; without one, the page of the program
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}

const MAN_EXAMPLES: &str = "\
Examples:
  continuum man > continuum.1
  continuum man resolve | man -l -";
