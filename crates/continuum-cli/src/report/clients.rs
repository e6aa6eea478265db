//! Clients, and the scheme of each.

use continuum::clients::Client;
use continuum::scheme::SchemeEntry;
use serde::Serialize;

/// The clients of one name.
#[derive(Serialize)]
pub(crate) struct Clients {
    pub(crate) clients: Vec<ClientRow>,
}

#[derive(Serialize)]
pub(crate) struct ClientRow {
    pub(crate) client: &'static str,
    pub(crate) language: &'static str,
    pub(crate) versions: &'static str,
    /// `None`: no scheme gives its answers.
    pub(crate) scheme: Option<&'static str>,
    /// Why there is none.
    pub(crate) why: Option<&'static str>,
    pub(crate) note: &'static str,
}

impl ClientRow {
    pub(crate) fn of(client: &'static Client) -> Self {
        Self {
            client: client.name(),
            language: client.language(),
            versions: client.versions(),
            scheme: client.scheme_text(),
            why: client.reason(),
            note: client.note(),
        }
    }

    /// A program of the catalogue that has no line among the clients.
    pub(crate) fn program(entry: &'static SchemeEntry) -> Self {
        Self {
            client: entry.program(),
            language: "",
            versions: entry.versions(),
            scheme: Some(entry.name()),
            why: None,
            note: "",
        }
    }
}
