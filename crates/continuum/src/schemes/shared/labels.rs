//! The servers' labels in order, each of them once.

use crate::error::{Error, Kind, quoted};
use crate::server::Server;

/// Each server's label, from the least to the greatest, with its number.
pub(crate) fn labels(scheme: &str, servers: &[Server]) -> Result<Vec<(String, u32)>, Error> {
    let mut labels: Vec<(String, u32)> =
        servers.iter().map(|server| server.label().into_owned()).zip(0..).collect();
    labels.sort();
    match labels.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        None => Ok(labels),
        Some(pair) => Err(Error::new(
            Kind::Duplicate,
            format!("scheme '{scheme}': two servers have the one name {}", quoted(&pair[0].0)),
        )),
    }
}
