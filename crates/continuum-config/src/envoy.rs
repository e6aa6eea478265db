//! Envoy clusters with `RING_HASH` or `MAGLEV`, in YAML or JSON: a bootstrap
//! (`static_resources`), lists of clusters and endpoints, discovery responses,
//! and what `/config_dump` answers.
//!
//! Field names may be written as_here or asHere, names of values in any case.
//! Every field of a hashing cluster is on a list of those that change no owner, or
//! is read, or is refused by name; what is outside of clusters is passed over.
//! Endpoints of clusters of type EDS are looked for by their `service_name`.
//!
//! Not covered: addresses that DNS finds and that are hashed, unless the caller
//! gives them; subsets.

mod apart;
mod balancing;
mod discovery;
mod endpoints;
mod priority;
mod redis;
mod resources;
mod routes;
mod values;

use std::collections::BTreeMap;

use crate::draft::{Count, Draft, Found};
use crate::error::Error;
use crate::fault::Fault;
use crate::note::{Note, Topic};
use crate::options::Options;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::{Key, Tree};
use balancing::{Balancing, balancing};
use resources::Resources;
use routes::Routes;
use values::items;

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
    "tls_context",
    "drain_connections_on_host_removal",
    "extension_protocol_options",
    "round_robin_lb_config",
    "least_request_lb_config",
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

pub(crate) fn read(
    documents: &[Tree],
    file: &File,
    options: &Options,
) -> Result<Vec<Found>, Error> {
    // Control planes write clusters and endpoints into files of their own.
    let apart = apart::read(file, options)?;
    let mut resources = Resources::of(documents).map_err(|fault| fault.within(file))?;
    if let Some((documents, file)) = &apart {
        resources.add(documents).map_err(|fault| fault.within(file))?;
    }
    let resources = resources;
    let mut names: BTreeMap<&str, u32> = BTreeMap::new();
    let routes = Routes::of(documents);
    let mut servers = Count::default();
    let mut found = Vec::new();
    for cluster in &resources.clusters {
        let name = field(cluster, "name").and_then(Tree::as_text).unwrap_or_default();
        if name.is_empty() {
            let error = Error::new(file.at(cluster.line()), "a cluster without a name");
            found.push(Found::Refused("".into(), error));
            continue;
        }
        if let Some(first) = names.insert(name, cluster.line()) {
            let sentence = format!("a second cluster {}, first on line {first}", quoted(name));
            let error = Error::new(file.at(cluster.line()), sentence);
            found.push(Found::Refused(name.into(), error));
            continue;
        }
        let within = Within { cluster, resources: &resources, routes: &routes, file, options };
        let result = within.pool(name).map_err(|fault| fault.within(file));
        if let Ok(Found::Pool(draft)) = &result {
            servers.add(draft.servers.len(), &file.at(cluster.line()))?;
        }
        found.push(Found::of(name, result));
    }
    if found.is_empty()
        && let Some((line, from)) = elsewhere(documents)
    {
        let sentence = format!("clusters come from {from}: read that");
        found.push(Found::Note(Note::new(file.at(line), Topic::Unread, "cds_config", sentence)));
    }
    Ok(found)
}

/// Where a bootstrap without clusters has them from.
fn elsewhere(documents: &[Tree]) -> Option<(u32, String)> {
    let sources = documents.iter().find_map(|tree| field(tree, "dynamic_resources"))?;
    let config = field(sources, "cds_config").or_else(|| field(sources, "ads_config"))?;
    let path = field(config, "path_config_source").unwrap_or(config);
    let path = field(path, "path").and_then(Tree::as_text);
    let from = path.map_or_else(
        || "a management server, which /config_dump?include_eds shows".to_owned(),
        |path| format!("the file {}", quoted(path)),
    );
    Some((config.line(), from))
}

/// A cluster, and all that may speak of it.
struct Within<'a, 't> {
    cluster: &'t Tree,
    resources: &'a Resources<'t>,
    routes: &'a Routes<'t>,
    file: &'a File,
    options: &'a Options,
}

impl Within<'_, '_> {
    fn pool(&self, name: &str) -> Result<Found, Fault> {
        let Self { cluster, file, .. } = *self;
        let line = cluster.line();
        let known: Vec<&str> = IGNORED.iter().chain(READ).copied().collect();
        if let Some(old) = field(cluster, "lb_type") {
            let sentence = "lb_type is of Envoy's API v1, which Envoy no longer reads";
            return Err(Fault::new(old.line(), sentence));
        }
        let understood = only(cluster, "a cluster", &known);
        let balancing = match balancing(cluster)? {
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
        cluster.check_keys()?;
        if let Some(subsets) = field(cluster, "lb_subset_config") {
            // Without selectors there are no subsets.
            let selectors = field(subsets, "subset_selectors").and_then(items);
            if selectors.is_none_or(|selectors| !selectors.is_empty()) {
                return Err(Fault::new(subsets.line(), "lb_subset_config is not covered"));
            }
        }
        let Balancing { scheme, at, by_hostname, bounded, weighted_localities, key } = balancing;
        let mut of_redis = self.routes.redis.keys(name)?;
        if of_redis.is_some() && key.is_some() {
            let sentence = "a proxy of Redis leads to it, and its hash_policy finds nothing to hash \
                            in commands of Redis: Envoy picks a host at random";
            return Ok(Found::skipped(name, file.at(at), sentence));
        }
        if of_redis.is_some() && self.routes.lead_to(name) {
            let sentence = "a proxy of Redis leads to it, and so does a route of another kind, which \
                            hashes keys in another way: that is not covered";
            return Err(Fault::new(line, sentence));
        }
        let untold = of_redis.is_none() && key.is_none() && !self.routes.lead_to(name);
        let by_options = redis::options(cluster).filter(|_| untold);
        if by_options.is_some() {
            of_redis = Some(redis::Keys::default());
        }
        let scheme = match &of_redis {
            Some(keys) => keys.under(scheme),
            None => scheme,
        };
        let mut draft = Draft::new(name, file.at(line), scheme, file.at(at));
        draft.bounded = bounded;
        let reading = endpoints::Reading { by_hostname, weighted_localities, file };
        reading.hosts(name, cluster, self.resources, self.options, &mut draft)?;
        // Within one locality weights are what they are without.
        if weighted_localities
            && draft.servers.windows(2).any(|pair| pair[0].0.locality() != pair[1].0.locality())
        {
            draft.scheme = draft.scheme.with("localities", "weighted");
        }
        if let Some(line) = by_options {
            let sentence = "its options are of a proxy of Redis, which is not in the file: give \
                            tags=on if it has enable_hashtagging";
            draft.note(file.at(line), Topic::Assumed, "redis_proxy", sentence);
        }
        match key.or(of_redis.map(|keys| keys.rule())) {
            Some(key) => draft.key = key,
            None => self.routes.apply(name, file, &mut draft),
        }
        Ok(draft.into())
    }
}

/// The value of a field, under its name or the same in camelCase.
fn field<'t>(tree: &'t Tree, name: &str) -> Option<&'t Tree> {
    tree.get(name).or_else(|| {
        let (key, _) = tree.as_map()?.iter().find(|(key, _)| snake(&key.text) == name)?;
        tree.get(&key.text)
    })
}

/// camelCase as snake_case; some dumps begin with a capital.
fn snake(text: &str) -> String {
    let mut snake = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
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

#[cfg(test)]
mod asked;
#[cfg(test)]
mod tests;
