//! Servers and what each owns.

use continuum::Continuum;
use continuum::ownership::Basis;
use serde::Serialize;

/// A continuum, described.
#[derive(Serialize)]
pub(crate) struct Owned {
    scheme: String,
    fingerprint: String,
    exact: bool,
    bound: Option<f64>,
    /// The largest share over its fair one.
    busiest: f64,
    servers: Vec<ServerRow>,
    advice: Vec<AdviceRow>,
}

#[derive(Serialize)]
struct ServerRow {
    server: String,
    address: String,
    zone: Option<String>,
    capacity: f64,
    share: f64,
    fair: f64,
}

#[derive(Serialize)]
struct AdviceRow {
    topic: &'static str,
    sentence: String,
}

impl Owned {
    pub(crate) fn of(continuum: &Continuum) -> Self {
        let ownership = continuum.ownership();
        let shares = ownership.shares().iter().zip(continuum.fair_shares());
        let servers = continuum.servers().iter().zip(shares);
        Self {
            scheme: continuum.scheme().to_string(),
            fingerprint: format!("{:016x}", continuum.fingerprint()),
            exact: ownership.basis() == Basis::Exact,
            bound: ownership.basis().bound(),
            busiest: ownership.peak(),
            servers: servers
                .map(|(server, (share, fair))| ServerRow {
                    server: server.identity().into_owned(),
                    address: server.address().into_owned(),
                    zone: server.zone().map(str::to_owned),
                    capacity: server.capacity().get(),
                    share: *share,
                    fair: *fair,
                })
                .collect(),
            advice: continuum
                .advice()
                .into_iter()
                .map(|advice| AdviceRow {
                    topic: advice.topic().word(),
                    sentence: advice.message().to_owned(),
                })
                .collect(),
        }
    }
}
