//! How the address of a host comes to be known.

use std::net::IpAddr;

use super::{field, word};
use crate::fault::Fault;
use crate::quote::quoted;
use crate::tree::Tree;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Discovery {
    Static,
    /// One host for each address that DNS gives.
    StrictDns,
    /// One host, at the first address.
    LogicalDns,
    Eds,
}

impl Discovery {
    pub(super) fn of(cluster: &Tree) -> Result<Self, Fault> {
        let Some(kind) = field(cluster, "type") else {
            let eds = field(cluster, "eds_cluster_config").is_some();
            return Ok(if eds { Self::Eds } else { Self::Static });
        };
        Ok(match word(kind, "type")?.as_str() {
            "STATIC" | "0" => Self::Static,
            "STRICT_DNS" | "1" => Self::StrictDns,
            "LOGICAL_DNS" | "2" => Self::LogicalDns,
            "EDS" | "3" => Self::Eds,
            other => {
                let sentence = format!("type {}: its hosts are not in the file", quoted(other));
                return Err(Fault::new(kind.line(), sentence));
            }
        })
    }

    pub(super) fn asks_dns(self) -> bool {
        matches!(self, Self::StrictDns | Self::LogicalDns)
    }
}

/// An IP address as Envoy writes it, whatever the file's form.
pub(super) fn canonical(host: &str) -> Option<String> {
    host.parse::<IpAddr>().ok().map(|ip| ip.to_string())
}
