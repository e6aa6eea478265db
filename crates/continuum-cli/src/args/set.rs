//! Servers and a scheme, given on the command line.

use std::path::PathBuf;

use clap::Args;

use super::suggested::{Suggested, schemes};

/// The servers and the scheme, for every command that builds a continuum.
#[derive(Args, Default)]
pub(crate) struct Set {
    /// A server; repeat -s for each. Capacity: 1 by default, 0 drains it
    #[arg(short = 's', long = "server", value_name = "HOST:PORT[=CAPACITY]")]
    pub(crate) server: Vec<String>,

    /// A file of servers, one per line; TOML if its name ends in .toml
    #[arg(long = "servers", value_name = "FILE")]
    pub(crate) servers_file: Option<PathBuf>,

    /// The scheme [default: the file's, or python-continuum]
    #[arg(long, value_name = "NAME[:OPTION=VALUE,...]", value_parser = Suggested(schemes), hide_possible_values = true)]
    pub(crate) scheme: Option<String>,
}
