//! `continuum man`: manual pages in roff.

use std::fs;
use std::io;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man as Page;

use crate::args::{Cli, Man};
use crate::failure::Failure;

/// The page that is asked for; with --all none, as they go into files.
pub(crate) fn run(args: &Man) -> Result<Vec<u8>, Failure> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    if let Some(folder) = &args.all {
        for (name, page) in all(&program)? {
            let file = folder.join(format!("{name}.1"));
            fs::write(&file, page).map_err(|error| Failure::unwritable(&file, &error))?;
        }
        return Ok(Vec::new());
    }
    let mut command = &program;
    for name in &args.command {
        let known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        let of = command.get_bin_name().unwrap_or_default();
        command = command.find_subcommand(name).ok_or_else(|| match &*known {
            [] => Failure::refused(format!("'{of}' has no commands of its own")),
            known => {
                Failure::refused(format!("no command '{name}'; there are {}", known.join(", ")))
            }
        })?;
    }
    Ok(page(command)?)
}

/// Every page with its name: `continuum-assign-change`.
fn all(command: &Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut pages = vec![(name(command), page(command)?)];
    for command in command.get_subcommands() {
        pages.extend(all(command)?);
    }
    Ok(pages)
}

fn name(command: &Command) -> String {
    command.get_bin_name().unwrap_or("continuum").replace(' ', "-")
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    const VERSION: &str = concat!("continuum ", env!("CARGO_PKG_VERSION"));
    let name = name(command);
    let details = command.get_after_long_help().or(command.get_after_help());
    let details = details.map(ToString::to_string).unwrap_or_default();
    // What follows the options stands in sections of its own.
    let bare = command.clone().name(name.clone()).after_help("").after_long_help("");
    let page = Page::new(bare).title(name.to_uppercase()).source(VERSION).manual("Continuum");
    let mut roff = Vec::new();
    page.render_title(&mut roff)?;
    page.render_name_section(&mut roff)?;
    // Options have no place to break: a narrow page could not be justified.
    roff.extend_from_slice(b".ad l\n");
    page.render_synopsis_section(&mut roff)?;
    roff.extend_from_slice(b".ad b\n");
    page.render_description_section(&mut roff)?;
    page.render_options_section(&mut roff)?;
    if command.has_subcommands() {
        roff.extend_from_slice(b".SH COMMANDS\n");
        page.render_subcommands_section(&mut roff)?;
    }
    let mut text = String::new();
    for (title, lines) in sections(&details) {
        text.push_str(&format!(".SH \"{}\"\n.nf\n", title.to_uppercase()));
        lines.iter().for_each(|line| text.push_str(&literal(line)));
        text.push_str(".fi\n");
    }
    text.push_str(&format!(".SH VERSION\n{}\n", literal(VERSION).trim_end()));
    if name != "continuum" {
        text.push_str(".SH \"SEE ALSO\"\n\\fBcontinuum\\fR(1)\n");
    }
    roff.extend_from_slice(text.as_bytes());
    Ok(roff)
}

/// The parts of a help text: a line `Title:` begins one, `Exit status: …` is one.
/// Those that every page has stand last.
fn sections(text: &str) -> Vec<(String, Vec<&str>)> {
    let mut all: Vec<(String, Vec<&str>)> = vec![("Notes".to_owned(), Vec::new())];
    for line in text.lines() {
        match (line.strip_suffix(':'), line.strip_prefix("Exit status: ")) {
            (_, Some(rest)) => all.push(("Exit status".to_owned(), vec![rest])),
            (Some(title), _) if !title.starts_with(' ') && title.len() < 20 => {
                all.push((title.to_owned(), Vec::new()));
            }
            _ => all.last_mut().into_iter().for_each(|(_, lines)| lines.push(line)),
        }
    }
    all.retain(|(_, lines)| lines.iter().any(|line| !line.is_empty()));
    let place = |title: &str| ["Notes", "Examples", "Exit status"].iter().position(|t| *t == title);
    all.sort_by_key(|(title, _)| place(title).map_or(0, |place| place + 1));
    for (_, lines) in &mut all {
        lines.dedup_by(|a, b| a.is_empty() && b.is_empty());
        lines.pop_if(|last| last.is_empty());
    }
    all
}

/// A line that roff takes as it stands.
fn literal(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-");
    let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
    format!("{guard}{line}\n")
}
