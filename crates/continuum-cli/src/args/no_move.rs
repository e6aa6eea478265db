//! In place of `relocate` in a program that was built without `move`.

use std::ffi::OsString;

use clap::Args;

/// Carry keys to the servers that own them (this program was built without it)
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Relocate {
    /// Whatever `move` takes
    #[arg(value_name = "ARGUMENT", trailing_var_arg = true, allow_hyphen_values = true)]
    _any: Vec<OsString>,
}
