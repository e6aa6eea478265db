//! mcrouter's JSON: its `pools`, hashed as the routes that use them say.
//!
//! A pool is read once for each hash under which a route uses it: by
//! `"PoolRoute|NAME"` or `{"type": "PoolRoute", "pool": …, "hash": …}`, or as the
//! children `"Pool|NAME"` of a `HashRoute`. A pool that no such route uses is
//! skipped. Macros are written out, the file's own and those that mcrouter brings;
//! pools that `inherit` take what they do not say from the pool they name.
//!
//! Not covered, and refused by name: `@import`, macros that draw by chance, hash
//! functions other than Ch3, WeightedCh3, Rendezvous and WeightedRendezvous. Routes that send some keys elsewhere
//! (`shard_splits`) are noted.

mod builtins;
mod calls;
mod hash;
mod macros;
mod routes;

use std::collections::{BTreeMap, BTreeSet};

use continuum::Server;

use crate::address;
use crate::draft::{Chosen, Count, Draft, Found, Twice};
use crate::error::Error;
use crate::fault::Fault;
use crate::key::{KeyRule, Kind};
use crate::limits;
use crate::note::Topic;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::{Key, Tree, Value};
use routes::{Routes, Use};

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
    "additional_fanout",
    "compression_codec_map",
    "connect_retries",
    "enable_compression",
    "failure_domains",
    "fallback_protocol",
    "log_latency",
    "max_inflight",
    "pool_id",
    "service_identity",
    "thrift_compression",
    "total_timeout",
    "use_typed_msg",
    "write_timeout",
];

pub(crate) fn read(tree: &Tree, file: &File) -> Result<Vec<Found>, Error> {
    let told = |fault: Fault| fault.within(file);
    let tree = &macros::written_out(tree).map_err(told)?;
    let routes = Routes::of(tree);
    let mut found: Vec<Found> = routes
        .faults
        .into_iter()
        .map(|(pool, fault)| Found::Refused(pool.into(), fault.within(file)))
        .collect();
    let none = &[][..];
    let pools = match tree.get("pools") {
        Some(pools) => {
            pools.check_keys().map_err(told)?;
            pools.map("pools").map_err(told)?
        }
        None if routes.uses.iter().any(|used| used.tree.is_some()) => none,
        None => return Err(Error::new(file.at(tree.line()), "has no pools")),
    };
    let tree_pools = pools;
    let mut by_pool: BTreeMap<&str, Vec<&Use<'_>>> = BTreeMap::new();
    // Pools that have all keys by one route, and some by another.
    let mut mixed: BTreeSet<&str> = BTreeSet::new();
    for route in &routes.uses {
        let used = by_pool.entry(route.pool).or_default();
        // Two routes of the same hash are one map.
        let known = used.iter().find(|known| known.hash == route.hash);
        if let Some(known) = known {
            if known.above != route.above {
                mixed.insert(route.pool);
            }
        } else {
            if used.len() >= limits::REMARKS {
                let sentence = format!("more than {} hashes over one pool", limits::REMARKS);
                return Err(Error::new(file.at(route.line), sentence));
            }
            used.push(route);
        }
    }
    let mut servers = Count::default();
    let mut one = |name: &str, line: u32, tree: &Tree, route: &Use<'_>| {
        let listed = tree.get("servers").and_then(Tree::as_list).map_or(0, <[_]>::len);
        servers.add(listed, &file.at(line))?;
        let whole = inherited(tree, tree_pools);
        let found = whole.and_then(|tree| pool(name, line, &tree, route, file));
        let found = found.map(|mut draft| {
            if mixed.contains(route.pool) {
                share(&mut draft, "of which some routes leave it a part", route, file);
            } else if !route.above.is_empty() {
                share(&mut draft, &route.above, route, file);
            }
            Found::from(draft)
        });
        Ok(Found::of(name, found.map_err(told)))
    };
    for (name, tree) in pools {
        let used = by_pool.remove(&*name.text).unwrap_or_default();
        let refused =
            |found: &Found| matches!(found, Found::Refused(pool, _) if **pool == *name.text);
        if used.is_empty() && !found.iter().any(refused) {
            let why = "no PoolRoute or HashRoute uses it";
            found.push(Found::skipped(&name.text, file.at(name.line), why));
        }
        for route in used {
            found.push(one(&name.text, name.line, tree, route)?);
        }
    }
    for (name, used) in by_pool {
        for route in used {
            found.push(match route.tree {
                Some(tree) => one(name, tree.line(), tree, route)?,
                None => {
                    let sentence = format!("a route uses pool {}, which is not here", quoted(name));
                    Found::Refused(name.into(), Error::new(file.at(route.line), sentence))
                }
            });
        }
    }
    Ok(found)
}

/// A pool with what it inherits: its own settings count before those of the pool that
/// it names.
fn inherited(tree: &Tree, pools: &[(Key, Tree)]) -> Result<Tree, Fault> {
    let mut whole: Vec<(Key, Tree)> = tree.map("a pool")?.to_vec();
    let mut passed = Vec::new();
    while let Some(at) = whole.iter().position(|(key, _)| &*key.text == "inherit") {
        let (key, from) = whole.remove(at);
        let from = from.text("inherit")?.to_owned();
        let base = pools.iter().find(|(name, _)| *name.text == *from);
        let Some((_, base)) = base.filter(|_| !passed.contains(&from)) else {
            let why = if passed.contains(&from) { "inherits from itself" } else { "is not here" };
            return Err(Fault::new(key.line, format!("inherit: pool {} {why}", quoted(&from))));
        };
        for (key, value) in base.map("a pool")? {
            if whole.iter().all(|(known, _)| known.text != key.text) {
                whole.push((key.clone(), value.clone()));
            }
        }
        passed.push(from);
    }
    Ok(Tree::new(tree.line(), Value::Map(whole)))
}

/// Says that a route above gives the pool a part of the keys.
fn share(draft: &mut Draft, context: &str, route: &Use<'_>, file: &File) {
    let sentence =
        format!("a route above chooses the pool: this one has a part of the keys, {context}");
    draft.note(file.at(route.line), Topic::Override, "route", sentence);
    draft.within(context);
}

fn pool(name: &str, line: u32, tree: &Tree, route: &Use<'_>, file: &File) -> Result<Draft, Fault> {
    let known: Vec<&str> =
        IGNORED.iter().chain(&["name", "type", "servers", "weights"]).copied().collect();
    tree.only("the pool", &known)?;
    let servers = tree.get("servers").ok_or_else(|| Fault::new(line, "has no servers"))?;
    let list = servers.list("servers")?;
    let weights = route.hash.weights(tree, list)?;
    let names = route.hash.names(tree, list.len())?;
    let scheme = Chosen::new("mcrouter").with("hash", route.hash.name());
    let mut draft = Draft::new(name, file.at(line), scheme, file.at(route.line));
    let salt = route.hash.salt()?;
    let said = if salt.is_empty() {
        "the key up to |#|".to_owned()
    } else {
        format!("the key up to |#|, with salt {}", quoted(salt))
    };
    draft.key = KeyRule::new(said, Kind::Routed { salt: salt.into() });
    // The functions over numbers take a place in the list for a server.
    draft.twice = if names.is_none() { Twice::Numbered } else { Twice::Refused };
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
    if let Some(weights) = tree.get("weights") {
        let given = weights.as_list().map_or(0, <[_]>::len);
        let sentence = if !route.hash.is_weighted() {
            "the route's hash function takes no notice of weights".to_owned()
        } else if given > list.len() {
            format!("{given} weights for {} servers: the last ones are not used", list.len())
        } else if given < list.len() && weights.as_list().is_some() {
            format!("{given} weights for {} servers: the others have 0.5", list.len())
        } else {
            String::new()
        };
        if !sentence.is_empty() {
            draft.note(file.at(weights.line()), Topic::Capacity, "weights", sentence);
        }
    }
    if let Some(line) = route.splits {
        let sentence = "shard_splits sends keys of the shards it names elsewhere, which is not \
                        followed";
        draft.note(file.at(line), Topic::Override, "shard_splits", sentence);
    }
    Ok(draft)
}

/// `host:port`, an IPv6 host in brackets, or `unix:` and a path, and behind that protocol and so on.
fn server(text: &str) -> Result<Server, String> {
    let refuse = |why: &str| format!("server {}: {why}", quoted(text));
    if calls::is_call(text) {
        return Err(refuse("this macro is not covered"));
    }
    if let Some(rest) = text.strip_prefix("unix:") {
        let mut parts = rest.split(':');
        let path = parts.next().filter(|path| !path.is_empty());
        let path = path.ok_or_else(|| refuse("unix: without a path"))?;
        return connection(parts).map(|()| Server::without_port(path)).map_err(|why| refuse(&why));
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
    connection(parts).map_err(|why| refuse(&why))?;
    Ok(Server::new(host, port))
}

/// Protocol, security and compression, none of which is hashed.
fn connection<'a>(mut parts: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let known = ["ascii", "caret", "thrift", "plain", "ssl", "tls", "compressed", "notcompressed"];
    match parts.find(|part| !known.contains(part)) {
        Some(other) => Err(format!("{} is not known", quoted(other))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
