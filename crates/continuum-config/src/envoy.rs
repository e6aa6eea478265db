//! Envoy clusters with `RING_HASH` or `MAGLEV`, in YAML or JSON: a bootstrap
//! (`static_resources`), a list of clusters, one cluster, or a discovery response.
//!
//! Field names may be written as_here or asHere. Every field of a hashing cluster
//! is on a list of those that change no owner, or is read, or is refused by name.
//!
//! Not covered: endpoints that are not in the file (EDS), addresses that DNS
//! finds and that are hashed, subsets, weights of localities.

mod balancing;
mod endpoints;
mod routes;

use std::collections::BTreeMap;

use crate::draft::{Count, Draft, Found};
use crate::error::Error;
use crate::fault::Fault;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::{Key, Tree};
use balancing::{Balancing, balancing};
use routes::Routes;

/// Cluster fields that change no key's host.
const IGNORED: &[&str] = &[
    "@type",
    "name",
    "alt_stat_name",
    "type",
    "connect_timeout",
    "per_connection_buffer_limit_bytes",
    "health_checks",
    "max_requests_per_connection",
    "circuit_breakers",
    "upstream_http_protocol_options",
    "common_http_protocol_options",
    "http_protocol_options",
    "http2_protocol_options",
    "typed_extension_protocol_options",
    "dns_refresh_rate",
    "dns_jitter",
    "dns_failure_refresh_rate",
    "respect_dns_ttl",
    "dns_lookup_family",
    "dns_resolvers",
    "use_tcp_for_dns_lookups",
    "dns_resolution_config",
    "typed_dns_resolver_config",
    "wait_for_warm_on_init",
    "outlier_detection",
    "cleanup_interval",
    "upstream_bind_config",
    "transport_socket",
    "transport_socket_matches",
    "metadata",
    "protocol_selection",
    "upstream_connection_options",
    "close_connections_on_host_health_failure",
    "ignore_health_on_host_removal",
    "filters",
    "lrs_server",
    "track_timeout_budgets",
    "upstream_config",
    "track_cluster_stats",
    "preconnect_policy",
    "connection_pool_per_downstream_connection",
    "lrs_report_endpoint_metrics",
];
const READ: &[&str] = &[
    "lb_policy",
    "load_balancing_policy",
    "ring_hash_lb_config",
    "maglev_lb_config",
    "common_lb_config",
    "load_assignment",
    "lb_subset_config",
    "cluster_type",
    "eds_cluster_config",
    "hosts",
    "original_dst_lb_config",
];

pub(crate) fn read(tree: &Tree, file: &File) -> Result<Vec<Found>, Error> {
    let clusters = clusters(tree).map_err(|fault| fault.within(file))?;
    let mut names: BTreeMap<&str, u32> = BTreeMap::new();
    let routes = Routes::of(tree);
    let mut servers = Count::default();
    let mut found = Vec::new();
    for cluster in clusters {
        let name = field(cluster, "name").map(|name| name.text("name")).transpose();
        let name = name.map_err(|fault| fault.within(file))?.unwrap_or_default();
        if name.is_empty() {
            return Err(Error::new(file.at(cluster.line()), "a cluster without a name"));
        }
        if let Some(first) = names.insert(name, cluster.line()) {
            let sentence = format!("a second cluster {}, first on line {first}", quoted(name));
            return Err(Error::new(file.at(cluster.line()), sentence));
        }
        let result = pool(name, cluster, &routes, file).map_err(|fault| fault.within(file));
        if let Ok(Found::Pool(draft)) = &result {
            servers.add(draft.servers.len(), &file.at(cluster.line()))?;
        }
        found.push(Found::of(name, result));
    }
    Ok(found)
}

/// The value of a field, under its name or the same in camelCase.
fn field<'t>(tree: &'t Tree, name: &str) -> Option<&'t Tree> {
    tree.get(name).or_else(|| {
        let (key, _) = tree.as_map()?.iter().find(|(key, _)| snake(&key.text) == name)?;
        tree.get(&key.text)
    })
}

/// camelCase as snake_case.
fn snake(text: &str) -> String {
    let mut snake = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// Refuses a field that is not among `known`.
fn only(tree: &Tree, what: &str, known: &[&str]) -> Result<(), Fault> {
    let unknown = |(key, _): &&(Key, Tree)| {
        !known.contains(&&*key.text) && !known.contains(&snake(&key.text).as_str())
    };
    match tree.map(what)?.iter().find(unknown) {
        Some((key, _)) => {
            Err(Fault::new(key.line, format!("{what}: unknown field {}", quoted(&key.text))))
        }
        None => Ok(()),
    }
}

fn clusters(tree: &Tree) -> Result<Vec<&Tree>, Fault> {
    if let Some(list) = tree.as_list() {
        return Ok(list.iter().collect());
    }
    if let Some(resources) = field(tree, "static_resources") {
        let clusters = field(resources, "clusters");
        return Ok(clusters
            .map(|list| list.list("clusters"))
            .transpose()?
            .unwrap_or(&[])
            .iter()
            .collect());
    }
    for name in ["clusters", "resources"] {
        if let Some(list) = field(tree, name) {
            return Ok(list.list(name)?.iter().collect());
        }
    }
    Ok(vec![tree])
}

fn pool(name: &str, cluster: &Tree, routes: &Routes, file: &File) -> Result<Found, Fault> {
    let line = cluster.line();
    let known: Vec<&str> = IGNORED.iter().chain(READ).copied().collect();
    let understood = only(cluster, "a cluster", &known);
    let Balancing { scheme, at, by_hostname, bounded } = match balancing(cluster)? {
        Ok(balancing) => balancing,
        // What is not understood might have been a policy.
        Err((line, why)) => {
            if field(cluster, "lb_policy").is_none() {
                understood?;
            }
            return Ok(Found::skipped(name, file.at(line), why));
        }
    };
    understood?;
    for name in ["lb_subset_config", "cluster_type", "eds_cluster_config", "hosts"] {
        if let Some(value) = field(cluster, name) {
            return Err(Fault::new(value.line(), format!("{name} is not covered")));
        }
    }
    let mut draft = Draft::new(name, file.at(line), scheme, file.at(at));
    draft.bounded = bounded;
    endpoints::read(cluster, by_hostname, file, &mut draft)?;
    routes.apply(name, file, &mut draft);
    Ok(draft.into())
}

#[cfg(test)]
mod tests;
