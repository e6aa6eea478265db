//! `continuum schemes`: the catalogue.

use continuum::Scheme;
use continuum::clients::Client;
use continuum::scheme::SchemeEntry;

use crate::failure::Failure;
use crate::input;
use crate::report::{ClientRow, Clients, Listed, SchemeReport};

/// Every scheme.
pub(crate) fn list() -> Listed {
    let schemes = Scheme::catalogue().iter().map(|entry| SchemeReport::of(&entry.scheme()));
    Listed { schemes: schemes.collect() }
}

/// One scheme.
pub(crate) fn show(text: &str) -> Result<SchemeReport, Failure> {
    Ok(SchemeReport::of(&input::scheme(text)?))
}

/// The clients of a name; those of an empty one are all that are known.
pub(crate) fn clients(name: &str) -> Result<Clients, Failure> {
    let mut clients: Vec<ClientRow> = match name {
        "" => Client::all().iter().map(ClientRow::of).collect(),
        name => Client::named(name).map(ClientRow::of).collect(),
    };
    if clients.is_empty() {
        // A program that has a scheme and no line of its own.
        let wanted = name.to_lowercase();
        let asked = |entry: &&&SchemeEntry| entry.program().to_lowercase().contains(&wanted);
        clients.extend(
            Scheme::catalogue().iter().filter(asked).map(|entry| ClientRow::program(entry)),
        );
    }
    if clients.is_empty() {
        return Err(Failure::refused(format!(
            "no client is called '{name}'; `continuum schemes --client ''` lists all that are known"
        )));
    }
    Ok(Clients { clients })
}
