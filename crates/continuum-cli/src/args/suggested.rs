//! Values that a shell completes, among others that are taken.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};

/// Takes any text and names some.
#[derive(Clone)]
pub(crate) struct Suggested(pub(crate) fn() -> Vec<String>);

impl TypedValueParser for Suggested {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}

/// The names of the schemes.
pub(crate) fn schemes() -> Vec<String> {
    continuum::Scheme::catalogue().iter().map(|entry| entry.name().to_owned()).collect()
}

/// The names of configurations' formats.
pub(crate) fn formats() -> Vec<String> {
    continuum_config::Format::ALL.iter().map(ToString::to_string).collect()
}

/// The names of the commands.
pub(crate) fn commands() -> Vec<String> {
    // Of the type's own variants: building the whole command would ask for these
    // names again.
    <super::Command as clap::Subcommand>::augment_subcommands(Command::new(""))
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect()
}
