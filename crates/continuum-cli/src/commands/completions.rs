//! `continuum completions`: a completion script.

use clap::CommandFactory as _;

use crate::args::{Cli, Completions};

pub(crate) fn run(args: &Completions) -> Vec<u8> {
    // The generator panics when its writer fails; memory does not.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "continuum", &mut script);
    if args.shell == clap_complete::Shell::Fish {
        script.extend(of_fish().bytes());
    }
    script
}

/// Values of arguments without a name, which the generator for fish leaves out.
fn of_fish() -> String {
    let program = Cli::command();
    let mut lines = String::new();
    for command in program.get_subcommands() {
        for argument in command.get_positionals() {
            let Some(values) = argument.get_value_parser().possible_values() else { continue };
            let values: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
            lines.push_str(&format!(
                "complete -c continuum -n \"__fish_continuum_using_subcommand {}\" -f -a \"{}\"\n",
                command.get_name(),
                values.join(" ")
            ));
        }
    }
    lines
}
