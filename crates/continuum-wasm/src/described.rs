//! What a continuum is made of, which costs no look at its map.

use continuum::Continuum;
use serde::Serialize;

/// Its scheme, and its servers as they were given.
#[derive(Serialize)]
pub(crate) struct Described {
    scheme: String,
    fingerprint: String,
    servers: Vec<ServerRow>,
}

#[derive(Serialize)]
struct ServerRow {
    identity: String,
    address: String,
    zone: Option<String>,
    capacity: f64,
}

impl Described {
    pub(crate) fn of(continuum: &Continuum) -> Self {
        let row = |server: &continuum::Server| ServerRow {
            identity: server.identity().into_owned(),
            address: server.address().into_owned(),
            zone: server.zone().map(str::to_owned),
            capacity: server.capacity().get(),
        };
        Self {
            scheme: continuum.scheme().to_string(),
            fingerprint: format!("{:016x}", continuum.fingerprint()),
            servers: continuum.servers().iter().map(row).collect(),
        }
    }
}
