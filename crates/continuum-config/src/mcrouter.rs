//! mcrouter's JSON: its `pools`, hashed as the routes that use them say.
//!
//! A pool is read once for each hash under which a route uses it: by
//! `"PoolRoute|NAME"` or `{"type": "PoolRoute", "pool": …, "hash": …}`, or as the
//! children `"Pool|NAME"` of a `HashRoute`. A pool that no such route uses is
//! skipped.
//!
//! Not covered, and refused by name: `salt` (the key is hashed with it), pools
//! that inherit or are given in place, macros (`@…`, `%…%`), hash functions other
//! than Ch3, WeightedCh3, Rendezvous and WeightedRendezvous.

mod hash;

use std::collections::{BTreeMap, BTreeSet};

use continuum::Server;

use crate::address;
use crate::draft::{Chosen, Count, Draft, Found};
use crate::error::Error;
use crate::fault::Fault;
use crate::limits;
use crate::note::Topic;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::Tree;
use hash::Hash;

/// Pool settings that change no key's server.
const IGNORED: &[&str] = &[
    "protocol",
    "server_timeout",
    "connect_timeout",
    "keep_routing_prefix",
    "devnull_asynclog",
    "qos",
    "use_ssl",
    "security_mech",
    "tags",
    "timeout",
    "rates",
    "shadows",
    "region",
    "cluster",
    "jemalloc_nodump_buffers",
    "max_outstanding",
    "num_thread_pools",
    "port_override",
    "compression",
    "max_shadow_token_map_size",
    "fallback_retries",
];

/// A route that hashes over a pool.
struct Use<'t> {
    pool: &'t str,
    hash: Hash<'t>,
    line: u32,
}

pub(crate) fn read(tree: &Tree, file: &File) -> Result<Vec<Found>, Error> {
    let told = |fault: Fault| fault.within(file);
    let mut uses = Vec::new();
    for name in ["route", "routes", "named_handles"] {
        if let Some(tree) = tree.get(name) {
            walk(tree, &mut uses).map_err(told)?;
        }
    }
    let pools =
        tree.get("pools").ok_or_else(|| Error::new(file.at(tree.line()), "has no pools"))?;
    let pools = pools.map("pools").map_err(told)?;
    let names: BTreeSet<&str> = pools.iter().map(|(name, _)| &*name.text).collect();
    if let Some(other) = uses.iter().find(|other| !names.contains(other.pool)) {
        let sentence = format!("a route uses pool {}, which is not here", quoted(other.pool));
        return Err(Error::new(file.at(other.line), sentence));
    }
    let mut by_pool: BTreeMap<&str, Vec<&Use<'_>>> = BTreeMap::new();
    for route in &uses {
        let used = by_pool.entry(route.pool).or_default();
        // Two routes of the same hash are one map.
        if used.iter().all(|known| known.hash != route.hash) {
            if used.len() >= limits::REMARKS {
                let sentence = format!("more than {} hashes over one pool", limits::REMARKS);
                return Err(Error::new(file.at(route.line), sentence));
            }
            used.push(route);
        }
    }
    let mut found = Vec::new();
    let mut servers = Count::default();
    for (name, tree) in pools {
        let used = by_pool.remove(&*name.text).unwrap_or_default();
        if used.is_empty() {
            let why = "no PoolRoute or HashRoute uses it";
            found.push(Found::skipped(&name.text, file.at(name.line), why));
        }
        for route in used {
            let listed = tree.get("servers").and_then(Tree::as_list).map_or(0, <[_]>::len);
            servers.add(listed, &file.at(name.line))?;
            let result = pool(&name.text, name.line, tree, route, file).map_err(told);
            found.push(Found::of(&name.text, result));
        }
    }
    Ok(found)
}

fn walk<'t>(tree: &'t Tree, uses: &mut Vec<Use<'t>>) -> Result<(), Fault> {
    if let Some(text) = tree.as_text() {
        if let Some(pool) = text.strip_prefix("PoolRoute|") {
            let (pool, hash) = pool.split_once('|').map_or((pool, None), |(p, h)| (p, Some(h)));
            let hash = Hash::named(hash.unwrap_or("Ch3"), tree.line())?;
            uses.push(Use { pool, hash, line: tree.line() });
        } else if text.starts_with("HashRoute|") || text.starts_with('@') || is_macro(text) {
            let sentence = format!("route {} is not covered", quoted(text));
            return Err(Fault::new(tree.line(), sentence));
        }
        return Ok(());
    }
    if let Some(list) = tree.as_list() {
        return list.iter().try_for_each(|tree| walk(tree, uses));
    }
    let Some(map) = tree.as_map() else { return Ok(()) };
    match tree.get("type").and_then(Tree::as_text) {
        Some("PoolRoute") => {
            let pool = tree.get("pool");
            let pool = pool.ok_or_else(|| Fault::new(tree.line(), "PoolRoute without a pool"))?;
            let Some(name) = pool.as_text() else {
                let sentence = "a pool that stands in its route is not covered: name it in 'pools'";
                return Err(Fault::new(pool.line(), sentence));
            };
            let hash = Hash::of_pool_route(tree)?;
            uses.push(Use { pool: name, hash, line: tree.line() });
        }
        Some("HashRoute") => {
            let children = tree.get("children").and_then(Tree::as_text);
            if let Some(pool) = children.and_then(|children| children.strip_prefix("Pool|")) {
                uses.push(Use { pool, hash: Hash::of(tree)?, line: tree.line() });
                return Ok(());
            }
        }
        _ => {}
    }
    map.iter().try_for_each(|(_, tree)| walk(tree, uses))
}

fn is_macro(text: &str) -> bool {
    text.starts_with('%') || text.matches('%').count() > 1
}

fn pool(name: &str, line: u32, tree: &Tree, route: &Use<'_>, file: &File) -> Result<Found, Fault> {
    let known: Vec<&str> = IGNORED.iter().chain(&["servers", "weights"]).copied().collect();
    tree.only("the pool", &known)?;
    let servers = tree.get("servers").ok_or_else(|| Fault::new(line, "has no servers"))?;
    let list = servers.list("servers")?;
    let weights = route.hash.weights(tree, list)?;
    let names = route.hash.names(tree, list.len())?;
    let scheme = Chosen::new("mcrouter").with("hash", route.hash.name());
    let mut draft = Draft::new(name, file.at(line), scheme, file.at(route.line));
    for (number, entry) in list.iter().enumerate() {
        let text = entry.text("a server")?;
        let mut server = server(text).map_err(|sentence| Fault::new(entry.line(), sentence))?;
        if let Some(weight) = weights.as_ref().and_then(|weights| weights.get(number)) {
            server = server.with_capacity(*weight);
        }
        if let Some(name) = names.as_ref().and_then(|names| names.get(number)) {
            server = server.with_name(*name);
        }
        draft.servers.push((server, file.at(entry.line())));
    }
    if weights.is_none() && tree.get("weights").is_some() {
        let sentence = "the route's hash function takes no notice of weights";
        draft.note(file.at(line), Topic::Capacity, "weights", sentence);
    }
    Ok(draft.into())
}

/// `host:port`, an IPv6 host in brackets, and behind that protocol and so on.
fn server(text: &str) -> Result<Server, String> {
    let refuse = |why: &str| format!("server {}: {why}", quoted(text));
    if text.starts_with('@') || is_macro(text) {
        return Err(refuse("macros are not covered"));
    }
    let (host, rest) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or_else(|| refuse("'[' has no ']'"))?;
            (host, rest.strip_prefix(':').ok_or_else(|| refuse("has no port"))?)
        }
        None => text.split_once(':').ok_or_else(|| refuse("has no port"))?,
    };
    if host.is_empty() {
        return Err(refuse("the host is empty"));
    }
    let mut parts = rest.split(':');
    let port = address::port(parts.next().unwrap_or_default()).map_err(|why| refuse(&why))?;
    let known = ["ascii", "caret", "thrift", "plain", "ssl", "tls", "compressed", "notcompressed"];
    if let Some(other) = parts.find(|part| !known.contains(part)) {
        return Err(refuse(&format!("{} is not known", quoted(other))));
    }
    Ok(Server::new(host, port))
}

#[cfg(test)]
mod tests;
