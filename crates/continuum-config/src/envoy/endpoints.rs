//! The hosts of a cluster: `load_assignment`, EDS, or `hosts` of the v2 API.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use continuum::{Capacity, Server};

use super::discovery::{Discovery, canonical};
use super::priority::{Count, of_all_keys};
use super::resources::Resources;
use super::values::{list, string, word, wrapped};
use super::{field, only};
use crate::draft::Draft;
use crate::fault::Fault;
use crate::note::Topic;
use crate::options::Options;
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

/// How the hosts of one cluster are read.
pub(super) struct Reading<'a> {
    pub(super) by_hostname: bool,
    pub(super) weighted_localities: bool,
    pub(super) file: &'a File,
}

/// Envoy's `overprovisioning_factor`, unless a policy has another.
const OVERPROVISIONED: u64 = 140;

/// What Envoy takes for a host in the map.
#[derive(PartialEq)]
enum Health {
    Healthy,
    Unhealthy,
}

impl Reading<'_> {
    /// Puts the hosts of the priority that takes all keys into the draft.
    pub(super) fn hosts(
        &self,
        name: &str,
        cluster: &Tree,
        resources: &Resources<'_>,
        options: &Options,
        draft: &mut Draft,
    ) -> Result<(), Fault> {
        let discovery = Discovery::of(cluster)?;
        let mut found = Hosts { discovery, options, draft };
        if let Some(hosts) = field(cluster, "hosts") {
            for tree in list(hosts, "hosts")? {
                self.place(&Host::at(address(tree)?, tree), &mut found)?;
            }
            return Ok(());
        }
        let assignments: Vec<&Tree> = match field(cluster, "load_assignment") {
            // Envoy takes the endpoints of EDS from there alone.
            _ if discovery == Discovery::Eds => by_service(name, cluster, resources)?,
            Some(assignment) => vec![assignment],
            None => return Err(Fault::new(cluster.line(), "has no load_assignment")),
        };
        for assignment in assignments {
            self.assignment(assignment, &mut found)?;
        }
        Ok(())
    }

    fn assignment(&self, assignment: &Tree, found: &mut Hosts<'_>) -> Result<(), Fault> {
        assignment.check_keys()?;
        only(
            assignment,
            "load_assignment",
            &["@type", "cluster_name", "endpoints", "named_endpoints", "policy"],
        )?;
        let localities = field(assignment, "endpoints").map(|tree| list(tree, "endpoints"));
        let localities = localities.transpose()?.unwrap_or(&[]);
        let mut counts: BTreeMap<u64, Count> = BTreeMap::new();
        for locality in localities {
            only(locality, "a locality", LOCALITY)?;
            let count = counts.entry(priority(locality)?).or_default();
            for tree in hosts(locality)? {
                match health(tree)? {
                    Health::Healthy => count.healthy += 1,
                    Health::Unhealthy => count.unhealthy += 1,
                }
            }
        }
        let factor = field(assignment, "policy")
            .and_then(|policy| field(policy, "overprovisioning_factor"))
            .map(|factor| wrapped(factor, "overprovisioning_factor"));
        let chosen = of_all_keys(&counts, factor.transpose()?.unwrap_or(OVERPROVISIONED))
            .map_err(|sentence| Fault::new(assignment.line(), sentence))?;
        let place = || self.file.at(assignment.line());
        for passed in counts.keys().filter(|passed| **passed < chosen) {
            let sentence = format!(
                "priority {passed} has no healthy host: Envoy sends every key to priority {chosen}"
            );
            found.draft.note(place(), Topic::LeftOut, "priority", sentence);
        }
        for locality in localities {
            match priority(locality)?.cmp(&chosen) {
                Ordering::Less => {}
                Ordering::Equal => self.locality(locality, found)?,
                Ordering::Greater => {
                    let sentence =
                        "hosts of a lower priority stand on a ring of their own and are left out";
                    let place = self.file.at(locality.line());
                    found.draft.note(place, Topic::LeftOut, "priority", sentence);
                }
            }
        }
        let unhealthy = counts.get(&chosen).map_or(0, |count| count.unhealthy);
        if unhealthy > 0 {
            let sentence = format!("{unhealthy} hosts are not healthy and are on no ring");
            found.draft.note(place(), Topic::LeftOut, "health_status", sentence);
        }
        Ok(())
    }

    /// Places the healthy hosts of a locality.
    fn locality(&self, locality: &Tree, found: &mut Hosts<'_>) -> Result<(), Fault> {
        let zone = field(locality, "locality").map(zone).transpose()?.flatten();
        let weight = field(locality, "load_balancing_weight");
        let weight = weight.map(|weight| wrapped(weight, "load_balancing_weight")).transpose()?;
        let weight = weight.map(u32::try_from).transpose().map_err(|_| {
            Fault::new(locality.line(), "load_balancing_weight is above 4294967295")
        })?;
        for tree in hosts(locality)? {
            if health(tree)? == Health::Healthy {
                self.host(tree, zone.as_deref(), weight, found)?;
            }
        }
        if weight.is_some() && !self.weighted_localities {
            let sentence = "a locality's weight counts with locality_weighted_lb_config only";
            let place = self.file.at(locality.line());
            found.draft.note(place, Topic::Capacity, "load_balancing_weight", sentence);
        }
        Ok(())
    }

    fn host(
        &self,
        tree: &Tree,
        zone: Option<&str>,
        locality: Option<u32>,
        found: &mut Hosts<'_>,
    ) -> Result<(), Fault> {
        only(tree, "an endpoint", HOST)?;
        let missing = |what: &str| Fault::new(tree.line(), format!("an endpoint without {what}"));
        let endpoint = field(tree, "endpoint").ok_or_else(|| missing("'endpoint'"))?;
        only(endpoint, "an endpoint", ENDPOINT)?;
        let place = field(endpoint, "address").ok_or_else(|| missing("an address"))?;
        let hostname =
            field(endpoint, "hostname").map(|value| value.text("hostname")).transpose()?;
        let mut host = Host::at(address(place)?, tree);
        host.hostname = hostname.filter(|name| !name.is_empty());
        if let Some(key) = hash_key(tree) {
            host.hash_key = string(key, "hash_key")?.filter(|text| !text.is_empty());
            if host.hash_key.is_none() && key.as_text() != Some("") {
                let sentence = "a hash_key that is a number or a switch is none to Envoy: put it in \
                                quotes";
                found.draft.note(self.file.at(key.line()), Topic::Unread, "hash_key", sentence);
            }
        }
        host.zone = zone;
        host.locality = locality;
        if let Some(weight) = field(tree, "load_balancing_weight") {
            let number = wrapped(weight, "load_balancing_weight")?;
            host.weight = u32::try_from(number).ok().filter(|number| *number > 0);
            if host.weight.is_none() {
                let sentence = "load_balancing_weight is not from 1 to 4294967295";
                return Err(Fault::new(weight.line(), sentence));
            }
        }
        self.place(&host, found)
    }

    /// Puts a host into the draft, one for each address where DNS gives several.
    fn place(&self, host: &Host<'_>, found: &mut Hosts<'_>) -> Result<(), Fault> {
        let line = host.tree.line();
        let name = host.address.host();
        let port = host.address.port().unwrap_or(0);
        let dns = found.discovery.asks_dns();
        let mut addresses = vec![host.address.clone()];
        if host.address.is_unix_socket() {
            // Hashed as the path.
        } else if let Some(ip) = canonical(name) {
            // Envoy hashes the address as it writes it, not as the file does.
            addresses = vec![Server::new(ip, port)];
        } else if !dns {
            let sentence = format!("{} is no IP address, which this type wants", quoted(name));
            return Err(Fault::new(line, sentence));
        } else if let Some(given) = found.options.resolved.get(name) {
            let one = found.discovery == Discovery::LogicalDns;
            let most = if one { 1 } else { given.len() };
            addresses =
                given.iter().take(most).map(|ip| Server::new(ip.to_string(), port)).collect();
        } else if host.hash_key.is_none() && !self.by_hostname {
            let sentence = format!(
                "what is hashed is the address that DNS gives for {}, which is not in the file; \
                 give it with --resolve, or fix it by use_hostname_for_hashing or a hash_key",
                quoted(name)
            );
            return Err(Fault::new(line, sentence));
        }
        let hashed_name = host.hostname.or(dns.then_some(name));
        if self.by_hostname && hashed_name.is_none() && host.hash_key.is_none() {
            let sentence = "an endpoint without the hostname that is to be hashed";
            return Err(Fault::new(line, sentence));
        }
        for mut server in addresses {
            if let Some(name) = hashed_name.filter(|_| self.by_hostname) {
                server = server.with_name(name);
            }
            if let Some(key) = &host.hash_key {
                server = server.with_hash_key(key.clone());
            }
            if let Some(zone) = host.zone {
                server = server.with_zone(zone);
            }
            if let Some(weight) = host.weight {
                server = server.with_capacity(Capacity::from(weight));
            }
            if self.weighted_localities {
                let locality = host.zone.unwrap_or_default();
                server = server.with_locality(locality, host.locality.unwrap_or(0));
            }
            found.draft.servers.push((server, self.file.at(line)));
        }
        Ok(())
    }
}

/// A host as the file has it.
struct Host<'t> {
    tree: &'t Tree,
    address: Server,
    hostname: Option<&'t str>,
    hash_key: Option<Cow<'t, str>>,
    weight: Option<u32>,
    zone: Option<&'t str>,
    /// The weight of its locality.
    locality: Option<u32>,
}

impl<'t> Host<'t> {
    fn at(address: Server, tree: &'t Tree) -> Self {
        Self {
            tree,
            address,
            hostname: None,
            hash_key: None,
            weight: None,
            zone: None,
            locality: None,
        }
    }
}

/// Where hosts go, and how their addresses come to be known.
struct Hosts<'a> {
    discovery: Discovery,
    options: &'a Options,
    draft: &'a mut Draft,
}

/// The assignments that EDS gives for a cluster.
fn by_service<'t>(
    name: &str,
    cluster: &Tree,
    resources: &Resources<'t>,
) -> Result<Vec<&'t Tree>, Fault> {
    let config = field(cluster, "eds_cluster_config");
    let service = config.and_then(|config| field(config, "service_name")).and_then(Tree::as_text);
    let service = service.filter(|text| !text.is_empty()).unwrap_or(name);
    let assignments = resources.assignments(service);
    if !assignments.is_empty() {
        return Ok(assignments.to_vec());
    }
    let source = config.and_then(|config| field(config, "eds_config"));
    let source = source.map(|source| field(source, "path_config_source").unwrap_or(source));
    let path = source.and_then(|source| field(source, "path")).and_then(Tree::as_text);
    let help = match path {
        Some(path) => format!("name {} with --endpoints", quoted(path)),
        None => "dump them too (/config_dump?include_eds), or name their file with --endpoints"
            .to_owned(),
    };
    let sentence =
        format!("the endpoints of service {} are not in the file: {help}", quoted(service));
    let at = config.or_else(|| field(cluster, "type"));
    Err(Fault::new(at.map_or(cluster.line(), Tree::line), sentence))
}

/// The hosts of a locality.
fn hosts(locality: &Tree) -> Result<&[Tree], Fault> {
    let hosts = field(locality, "lb_endpoints").map(|tree| list(tree, "lb_endpoints"));
    Ok(hosts.transpose()?.unwrap_or(&[]))
}

fn priority(locality: &Tree) -> Result<u64, Fault> {
    let priority = field(locality, "priority").map(|value| value.whole("priority", true));
    Ok(priority.transpose()?.unwrap_or(0))
}

fn health(tree: &Tree) -> Result<Health, Fault> {
    let Some(status) = field(tree, "health_status") else { return Ok(Health::Healthy) };
    match word(status, "health_status")?.as_str() {
        "UNKNOWN" | "HEALTHY" | "0" | "1" => Ok(Health::Healthy),
        "UNHEALTHY" | "DRAINING" | "TIMEOUT" | "2" | "3" | "4" => Ok(Health::Unhealthy),
        other => {
            let sentence = format!("health_status {} is not covered", quoted(other));
            Err(Fault::new(status.line(), sentence))
        }
    }
}

fn zone(tree: &Tree) -> Result<Option<String>, Fault> {
    only(tree, "locality", &["region", "zone", "sub_zone"])?;
    let parts = ["region", "zone", "sub_zone"].iter().filter_map(|name| field(tree, name));
    let parts: Result<Vec<&str>, Fault> = parts.map(|part| part.scalar("locality")).collect();
    let text = parts?.join("/");
    Ok((!text.is_empty()).then_some(text))
}

/// What stands in place of the address: metadata `envoy.lb`, `hash_key`.
fn hash_key(tree: &Tree) -> Option<&Tree> {
    let metadata = field(tree, "metadata").and_then(|tree| field(tree, "filter_metadata"));
    metadata.and_then(|tree| tree.get("envoy.lb")).and_then(|tree| tree.get("hash_key"))
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
