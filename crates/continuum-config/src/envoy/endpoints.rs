//! The hosts of a cluster: `load_assignment`.

use std::net::IpAddr;

use continuum::{Capacity, Server};

use super::{field, only};
use crate::draft::Draft;
use crate::fault::Fault;
use crate::note::Topic;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::Tree;

const LOCALITY: &[&str] =
    &["locality", "lb_endpoints", "load_balancing_weight", "priority", "metadata", "proximity"];
const HOST: &[&str] = &["endpoint", "health_status", "metadata", "load_balancing_weight"];
const ENDPOINT: &[&str] = &["address", "health_check_config", "hostname", "additional_addresses"];
const SOCKET: &[&str] = &[
    "protocol",
    "address",
    "port_value",
    "resolver_name",
    "ipv4_compat",
    "network_namespace_filepath",
];

/// How a host's address comes to be known.
#[derive(Clone, Copy, PartialEq)]
enum Discovery {
    Static,
    Dns,
}

/// Puts the hosts of the highest priority into the draft.
pub(super) fn read(
    cluster: &Tree,
    by_hostname: bool,
    file: &File,
    draft: &mut Draft,
) -> Result<(), Fault> {
    let kind = field(cluster, "type");
    let discovery = match kind.map(|kind| kind.scalar("type")).transpose()?.unwrap_or("STATIC") {
        "STATIC" | "0" => Discovery::Static,
        "STRICT_DNS" | "LOGICAL_DNS" | "1" | "2" => Discovery::Dns,
        other => {
            let line = kind.map_or(cluster.line(), Tree::line);
            let sentence = format!("type {}: its hosts are not in the file", quoted(other));
            return Err(Fault::new(line, sentence));
        }
    };
    let Some(assignment) = field(cluster, "load_assignment") else {
        return Err(Fault::new(cluster.line(), "has no load_assignment"));
    };
    only(assignment, "load_assignment", &["@type", "cluster_name", "endpoints", "policy"])?;
    let localities = field(assignment, "endpoints").map(|list| list.list("endpoints"));
    for locality in localities.transpose()?.unwrap_or(&[]) {
        only(locality, "a locality", LOCALITY)?;
        let priority = field(locality, "priority").map(|value| value.whole("priority", true));
        if priority.transpose()?.unwrap_or(0) > 0 {
            draft.note(
                file.at(locality.line()),
                Topic::LeftOut,
                "priority",
                "hosts of a lower priority stand on a ring of their own and are left out",
            );
            continue;
        }
        let zone = field(locality, "locality").map(zone).transpose()?.flatten();
        let hosts = field(locality, "lb_endpoints").map(|list| list.list("lb_endpoints"));
        for tree in hosts.transpose()?.unwrap_or(&[]) {
            let mut server = host(tree, by_hostname, discovery)?;
            if let Some(zone) = &zone {
                server = server.with_zone(zone.as_str());
            }
            draft.servers.push((server, file.at(tree.line())));
        }
        if field(locality, "load_balancing_weight").is_some() {
            draft.note(
                file.at(locality.line()),
                Topic::Capacity,
                "load_balancing_weight",
                "a locality's weight counts with locality_weighted_lb_config only",
            );
        }
    }
    Ok(())
}

fn zone(tree: &Tree) -> Result<Option<String>, Fault> {
    only(tree, "locality", &["region", "zone", "sub_zone"])?;
    let parts = ["region", "zone", "sub_zone"].iter().filter_map(|name| field(tree, name));
    let parts: Result<Vec<&str>, Fault> = parts.map(|part| part.scalar("locality")).collect();
    let text = parts?.join("/");
    Ok((!text.is_empty()).then_some(text))
}

fn host(tree: &Tree, by_hostname: bool, discovery: Discovery) -> Result<Server, Fault> {
    only(tree, "an endpoint", HOST)?;
    let missing = |what: &str| Fault::new(tree.line(), format!("an endpoint without {what}"));
    let endpoint = field(tree, "endpoint").ok_or_else(|| missing("'endpoint'"))?;
    only(endpoint, "an endpoint", ENDPOINT)?;
    let address = field(endpoint, "address").ok_or_else(|| missing("an address"))?;
    let health = field(tree, "health_status");
    match health.map(|value| value.scalar("health_status")).transpose()? {
        None | Some("UNKNOWN" | "HEALTHY" | "0" | "1") => {}
        Some(other) => {
            let sentence = format!("health_status {}: on no ring, not covered", quoted(other));
            return Err(Fault::new(health.map_or(tree.line(), Tree::line), sentence));
        }
    }
    let hostname = field(endpoint, "hostname").map(|value| value.text("hostname")).transpose()?;
    let hostname = hostname.filter(|name| !name.is_empty());
    let hash_key = hash_key(tree)?;
    let mut server = self::address(address)?;
    let host = server.host().to_owned();
    if server.is_unix_socket() {
        // Hashed as the path.
    } else if discovery == Discovery::Static {
        let ip: IpAddr = host.parse().map_err(|_| {
            let sentence = format!("{} is no IP address, which STATIC wants", quoted(&host));
            Fault::new(address.line(), sentence)
        })?;
        // Envoy hashes the address as it writes it, not as the file does.
        server = Server::new(ip.to_string(), server.port().unwrap_or(0));
    } else if hash_key.is_none() && !by_hostname {
        let sentence = format!(
            "what is hashed is the address that DNS gives for {}, which is not in the file; \
             use_hostname_for_hashing or a hash_key would fix it",
            quoted(&host)
        );
        return Err(Fault::new(address.line(), sentence));
    }
    if by_hostname {
        let dns = (discovery == Discovery::Dns).then_some(host.as_str());
        let name = hostname.or(dns).ok_or_else(|| missing("the hostname that is to be hashed"))?;
        server = server.with_name(name);
    }
    if let Some(key) = hash_key {
        server = server.with_hash_key(key);
    }
    if let Some(weight) = field(tree, "load_balancing_weight") {
        let number = weight.whole("load_balancing_weight", true)?;
        let number = u32::try_from(number).ok().filter(|number| *number > 0).ok_or_else(|| {
            Fault::new(weight.line(), "load_balancing_weight is not from 1 to 4294967295")
        })?;
        server = server.with_capacity(Capacity::from(number));
    }
    Ok(server)
}

/// The text that stands in place of the address: metadata `envoy.lb`, `hash_key`.
fn hash_key(tree: &Tree) -> Result<Option<&str>, Fault> {
    let metadata = field(tree, "metadata").and_then(|tree| field(tree, "filter_metadata"));
    let key = metadata.and_then(|tree| tree.get("envoy.lb")).and_then(|tree| tree.get("hash_key"));
    let text = key.map(|key| key.text("hash_key")).transpose()?;
    Ok(text.filter(|text| !text.is_empty()))
}

fn address(tree: &Tree) -> Result<Server, Fault> {
    let refuse = |line: u32, what: &str| Err(Fault::new(line, what));
    if let Some(pipe) = field(tree, "pipe") {
        only(pipe, "pipe", &["path", "mode"])?;
        return match field(pipe, "path").map(|path| path.text("path")).transpose()? {
            Some(path) if path.starts_with('/') => Ok(Server::without_port(path)),
            _ => refuse(pipe.line(), "pipe without an absolute path"),
        };
    }
    only(tree, "an address", &["socket_address"])?;
    let Some(socket) = field(tree, "socket_address") else {
        return refuse(tree.line(), "an address without socket_address");
    };
    only(socket, "socket_address", SOCKET)?;
    let host = field(socket, "address").map(|host| host.text("address")).transpose()?;
    let Some(host) = host.filter(|host| !host.is_empty()) else {
        return refuse(socket.line(), "socket_address without an address");
    };
    let Some(port) = field(socket, "port_value") else {
        return refuse(socket.line(), "socket_address without port_value");
    };
    let number = u16::try_from(port.whole("port_value", true)?);
    let number = number
        .map_err(|_| Fault::new(port.line(), "port_value is not a number from 0 to 65535"))?;
    Ok(Server::new(host, number))
}
