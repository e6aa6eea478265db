//! `continuum completions` and `continuum man`.

use std::path::PathBuf;

use clap::Args;

use super::suggested::{Suggested, commands};

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
  continuum completions zsh > /usr/local/share/zsh/site-functions/_continuum
  continuum completions fish > ~/.config/fish/completions/continuum.fish";

/// Print the manual page, of the program or of one command
#[derive(Args)]
#[command(after_help = MAN_EXAMPLES)]
pub(crate) struct Man {
    /// The command; without one, the page of the program
    #[arg(value_name = "COMMAND", value_parser = Suggested(commands), hide_possible_values = true)]
    pub(crate) command: Vec<String>,

    /// Write the pages of the program and of all commands into this folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    pub(crate) all: Option<PathBuf>,
}

const MAN_EXAMPLES: &str = "\
Examples:
  continuum man resolve | man -l -
  continuum man assign change | man -l -
  continuum man --all /usr/local/share/man/man1";
