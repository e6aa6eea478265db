//! How the address of a host comes to be known.

use std::net::IpAddr;

use super::field;
use super::values::{switch, word};
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
        if let Some(extension) = field(cluster, "cluster_type") {
            return Self::of_extension(extension);
        }
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

    /// The extensions that stand for these types.
    fn of_extension(extension: &Tree) -> Result<Self, Fault> {
        let name = field(extension, "name").map(|name| name.text("name")).transpose()?;
        let config = field(extension, "typed_config");
        let flag = config.and_then(|config| field(config, "all_addresses_in_single_endpoint"));
        let single =
            flag.map(|flag| switch(flag, "all_addresses_in_single_endpoint")).transpose()?;
        match name.unwrap_or_default() {
            "envoy.cluster.static" => Ok(Self::Static),
            "envoy.cluster.strict_dns" => Ok(Self::StrictDns),
            "envoy.cluster.logical_dns" => Ok(Self::LogicalDns),
            "envoy.cluster.eds" => Ok(Self::Eds),
            "envoy.cluster.dns" | "envoy.clusters.dns" => {
                Ok(if single.unwrap_or_default() { Self::LogicalDns } else { Self::StrictDns })
            }
            other => {
                let sentence =
                    format!("cluster_type {}: its hosts are not in the file", quoted(other));
                Err(Fault::new(extension.line(), sentence))
            }
        }
    }

    pub(super) fn asks_dns(self) -> bool {
        matches!(self, Self::StrictDns | Self::LogicalDns)
    }
}

/// An IP address as Envoy writes it, whatever the file's form.
pub(super) fn canonical(host: &str) -> Option<String> {
    host.parse::<IpAddr>().ok().map(|ip| ip.to_string())
}
