//! In place of `watch` in a program that was built without it.

use std::ffi::OsString;

use clap::Args;

/// Follow a live source of servers (this program was built without it)
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Watch {
    /// Whatever `watch` takes
    #[arg(value_name = "ARGUMENT", trailing_var_arg = true, allow_hyphen_values = true)]
    _any: Vec<OsString>,
}
