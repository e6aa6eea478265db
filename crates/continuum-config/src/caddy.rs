//! Caddy: `reverse_proxy` with a policy that hashes, of its JSON and of a Caddyfile.
//!
//! A proxy that balances otherwise is skipped, with what it balances by. Proxies are
//! called by the server (JSON) or the site's first address (Caddyfile) in which they
//! stand; a second one there is called `NAME#2`.
//!
//! A file says nothing of Caddy's version, and 2.8 and 2.6.3 each changed the map: the
//! scheme is that of 2.8 and later, and a note says so.
//!
//! Snippets of a Caddyfile are put where they are imported; files that it imports are not
//! read, which a note says. `php_fastcgi` is a `reverse_proxy` to programs of PHP.
//!
//! Environment variables of a Caddyfile are filled in with the values that the caller gives,
//! else with their defaults; one that has neither is refused where it decides.
//!
//! Not covered, and refused by name: dynamic upstreams, upstreams with placeholders, a file
//! that is imported into a proxy, Caddy 1. The module `layer4` is not read, which a note says.

mod caddyfile;
mod directive;
mod import;
mod layer4;
mod tokens;
mod variables;

use std::collections::BTreeMap;

use continuum::Server;

use crate::draft::{Chosen, Draft, Found};
use crate::error::Error;
use crate::fault::Fault;
use crate::key::KeyRule;
use crate::limits;
use crate::note::Topic;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::Tree;

pub(crate) use caddyfile::{is_caddyfile, is_json, read as read_caddyfile};

/// A `reverse_proxy`.
struct Proxy {
    line: u32,
    policy: Policy,
    upstreams: Vec<(String, u32)>,
}

/// What a proxy balances by.
enum Policy {
    /// The words of what is hashed, and the line.
    Hashes(String, u32),
    /// Another policy's name.
    Other(String),
}

impl Policy {
    /// `name` with the field that some policies take.
    fn new(name: &str, field: Option<&str>, line: u32) -> Result<Self, Fault> {
        Ok(match name {
            "ip_hash" | "client_ip_hash" | "uri_hash" => Self::Hashes(name.to_owned(), line),
            "header" | "query" => {
                let field = field.filter(|field| !field.is_empty());
                let field = field
                    .ok_or_else(|| Fault::new(line, format!("policy {name} names no field")))?;
                Self::Hashes(format!("{name} {field}"), line)
            }
            other => Self::Other(other.to_owned()),
        })
    }
}

/// The proxies of one server or site.
fn found(name: &str, proxies: Vec<Result<Proxy, Fault>>, file: &File) -> Result<Vec<Found>, Error> {
    let mut all = Vec::new();
    let mut named: BTreeMap<String, u32> = BTreeMap::new();
    for proxy in proxies {
        let times = named.entry(name.to_owned()).or_default();
        *times += 1;
        let name = if *times == 1 { name.to_owned() } else { format!("{name}#{times}") };
        let result = proxy.and_then(|proxy| pool(&name, proxy, file));
        all.push(Found::of(&name, result.map_err(|fault| fault.within(file))));
        if all.len() > limits::SERVERS {
            return Err(Error::new(file.at(1), format!("more than {} proxies", limits::SERVERS)));
        }
    }
    Ok(all)
}

fn pool(name: &str, proxy: Proxy, file: &File) -> Result<Found, Fault> {
    let Proxy { line, policy, upstreams } = proxy;
    let (key, at) = match policy {
        Policy::Hashes(key, at) => (key, at),
        Policy::Other(other) => {
            let why = format!("balances by {}, which does not hash", quoted(&other));
            return Ok(Found::skipped(name, file.at(line), why));
        }
    };
    let mut draft = Draft::new(name, file.at(line), Chosen::new("caddy"), file.at(at));
    if upstreams.len() > limits::SERVERS {
        return Err(Fault::new(line, format!("more than {} servers", limits::SERVERS)));
    }
    for (dial, line) in upstreams {
        let server = server(&dial).map_err(|sentence| Fault::new(line, sentence))?;
        draft.servers.push((server, file.at(line)));
    }
    let sentence = "read as Caddy 2.8 or later hashes; for 2.6.3 to 2.7.6 set version=2.7, for \
                    earlier releases version=2.6";
    draft.note(file.at(at), Topic::Assumed, name, sentence);
    let sentence = "an empty value is not hashed: the fallback policy chooses";
    if key.starts_with("header") || key.starts_with("query") {
        draft.note(file.at(at), Topic::Key, &key, sentence);
    }
    draft.key = KeyRule::opaque(key);
    Ok(draft.into())
}

/// The server of a dial address, whose text the scheme hashes.
fn server(dial: &str) -> Result<Server, String> {
    let refuse = |why: &str| Err(format!("upstream {}: {why}", quoted(dial)));
    if dial.is_empty() {
        return refuse("is empty");
    }
    if dial.contains(['{', '}']) {
        return refuse("placeholders are not covered: what they stand for decides");
    }
    if let Some(path) = dial.strip_prefix("unix/").filter(|path| path.starts_with('/')) {
        return Ok(Server::without_port(path));
    }
    // As the scheme writes it from host and port; else the text is the name.
    let parsed = dial.parse::<Server>().ok().filter(|server| server.to_string() == dial);
    Ok(parsed.unwrap_or_else(|| Server::without_port(dial).with_name(dial)))
}

pub(crate) fn read(tree: &Tree, file: &File) -> Result<Vec<Found>, Error> {
    let told = |fault: Fault| fault.within(file);
    let servers = ["apps", "http", "servers"].iter().try_fold(tree, |tree, name| tree.get(name));
    let layer4 = layer4::of_tree(tree).map(|line| layer4::unread(file, line));
    let Some(servers) = servers else {
        if let Some(note) = layer4 {
            return Ok(vec![note]);
        }
        return Err(Error::new(file.at(tree.line()), "has no apps.http.servers"));
    };
    let mut all = Vec::new();
    for (name, server) in servers.map("servers").map_err(told)? {
        let mut proxies = Vec::new();
        walk(server, &mut proxies);
        all.extend(found(&name.text, proxies, file)?);
    }
    all.extend(layer4);
    Ok(all)
}

/// Every handler `reverse_proxy` in a tree, however deep its route.
fn walk(tree: &Tree, proxies: &mut Vec<Result<Proxy, Fault>>) {
    if tree.get("handler").and_then(Tree::as_text) == Some("reverse_proxy") {
        proxies.push(proxy(tree));
    }
    if let Some(list) = tree.as_list() {
        list.iter().for_each(|tree| walk(tree, proxies));
    }
    for (_, tree) in tree.as_map().unwrap_or_default() {
        walk(tree, proxies);
    }
}

fn proxy(tree: &Tree) -> Result<Proxy, Fault> {
    let balancing = tree.get("load_balancing");
    let policy = match balancing.and_then(|balancing| balancing.get("selection_policy")) {
        None => Policy::Other("random".to_owned()),
        Some(policy) => {
            let line = policy.line();
            let name = policy.get("policy").map(|name| name.text("policy")).transpose()?;
            let name = name.ok_or_else(|| Fault::new(line, "a selection_policy has no policy"))?;
            let field = if name == "query" { "key" } else { "field" };
            let field = policy.get(field).map(|text| text.text(field)).transpose()?;
            Policy::new(name, field, line)?
        }
    };
    let mut upstreams = Vec::new();
    if matches!(policy, Policy::Hashes(..)) {
        if let Some(dynamic) = tree.get("dynamic_upstreams") {
            let sentence = "dynamic_upstreams are found while Caddy runs: not covered";
            return Err(Fault::new(dynamic.line(), sentence));
        }
        for upstream in tree.get("upstreams").map_or(Ok(&[][..]), |list| list.list("upstreams"))? {
            let dial = upstream.get("dial");
            let dial =
                dial.ok_or_else(|| Fault::new(upstream.line(), "an upstream has no dial"))?;
            upstreams.push((dial.text("dial")?.to_owned(), dial.line()));
        }
    }
    Ok(Proxy { line: tree.line(), policy, upstreams })
}

#[cfg(test)]
mod tests;
