//! Continuum's own TOML: `scheme` and `servers`, or `[[pools]]` of them.
//!
//! ```toml
//! scheme = "rendezvous-1"
//! servers = ["10.0.0.1:80", "10.0.0.2:80=2"]
//!
//! [[pools]]
//! name = "sessions"
//! scheme = "nginx"
//! key = "$cookie_session"
//!
//! [[pools.servers]]
//! address = "10.0.0.1:80"
//! name = "a"
//! capacity = 2
//! zone = "north"
//! ```

pub(crate) mod write;

use continuum::{Capacity, Server};

use crate::draft::{Chosen, Draft, Found};
use crate::error::Error;
use crate::fault::Fault;
use crate::key::KeyRule;
use crate::limits;
use crate::options::Options;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::{self, Tree};

const POOL: &[&str] = &["name", "scheme", "servers", "key", "bounded"];
const SERVER: &[&str] = &[
    "address",
    "host",
    "port",
    "name",
    "capacity",
    "weight",
    "id",
    "zone",
    "hash_key",
    "guid",
    "instance",
    "hostname",
    "locality",
    "locality_weight",
    "down",
];

pub(crate) fn read(text: &str, file: &File, options: &Options) -> Result<Vec<Found>, Error> {
    let told = |fault: Fault| fault.within(file);
    let tree = tree::toml::parse(text).map_err(told)?;
    let mut known = POOL.to_vec();
    known.push("pools");
    let map = tree.as_map().unwrap_or(&[]);
    if !map.is_empty() && map.iter().all(|(key, _)| !known.contains(&&*key.text)) {
        let sentence = format!(
            "TOML of another program, which is not read: it has {}, and neither servers nor pools",
            quoted(&map[0].0.text)
        );
        return Err(Error::foreign(file.at(map[0].0.line), sentence));
    }
    tree.only("the file", &known).map_err(told)?;
    let mut found = Vec::new();
    if tree.get("servers").is_some() || tree.get("pools").is_none() {
        let name = tree.get("name").map(|name| name.text("name")).transpose().map_err(told)?;
        let name = name.unwrap_or_else(|| file.stem());
        let line = tree.as_map().and_then(|map| map.first()).map_or(1, |(key, _)| key.line);
        let result = pool(name, line, &tree, None, file, options).map_err(told);
        found.push(Found::of(name, result));
    }
    let pools = tree.get("pools").map(|pools| pools.list("pools")).transpose().map_err(told)?;
    for pool_tree in pools.unwrap_or(&[]) {
        pool_tree.only("a pool", POOL).map_err(told)?;
        let line = pool_tree.line();
        let name = pool_tree.get("name").ok_or_else(|| Fault::new(line, "a pool without a name"));
        let name = name.and_then(|name| name.text("name")).map_err(told)?;
        let result = pool(name, line, pool_tree, tree.get("scheme"), file, options).map_err(told);
        found.push(Found::of(name, result));
    }
    Ok(found)
}

fn pool(
    name: &str,
    line: u32,
    tree: &Tree,
    shared: Option<&Tree>,
    file: &File,
    options: &Options,
) -> Result<Found, Fault> {
    let (scheme, at) = match (tree.get("scheme").or(shared), &options.scheme) {
        (Some(scheme), _) => (Chosen::new(scheme.text("scheme")?), scheme.line()),
        (None, Some(scheme)) => (scheme.clone().into(), line),
        (None, None) => {
            return Err(Fault::new(line, "no scheme given: use --scheme, or scheme= in Python"));
        }
    };
    let mut draft = Draft::new(name, file.at(line), scheme, file.at(at));
    if let Some(key) = tree.get("key") {
        let text = key.text("key")?;
        // Texts with variables are nginx's; others are words of the file's own.
        draft.key = match KeyRule::of_nginx(text) {
            Ok(rule) if text.contains('$') => rule,
            _ => KeyRule::opaque(text),
        };
    }
    if let Some(bounded) = tree.get("bounded") {
        let percent = u32::try_from(bounded.whole("bounded", false)?).ok();
        draft.bounded = Some(
            percent
                .filter(|percent| *percent > 100)
                .ok_or_else(|| Fault::new(bounded.line(), "bounded is a percentage above 100"))?,
        );
    }
    let servers = tree.get("servers").ok_or_else(|| Fault::new(line, "has no servers"))?;
    for (server, down, line) in listed(servers)? {
        if down {
            draft.down.push(server.identity().into());
        }
        draft.servers.push((server, file.at(line)));
    }
    Ok(draft.into())
}

/// Every server of a list, whether it is down, and its line.
pub(crate) fn listed(servers: &Tree) -> Result<Vec<(Server, bool, u32)>, Fault> {
    let entries = servers.list("servers")?;
    if let Some(entry) = entries.get(limits::SERVERS) {
        return Err(Fault::new(entry.line(), format!("more than {} servers", limits::SERVERS)));
    }
    let one = |entry: &Tree| server(entry).map(|(server, down)| (server, down, entry.line()));
    entries.iter().map(one).collect()
}

fn server(tree: &Tree) -> Result<(Server, bool), Fault> {
    let told = |error: continuum::Error| Fault::new(tree.line(), error.to_string());
    if let Some(text) = tree.as_text() {
        return Ok((text.parse::<Server>().map_err(told)?, false));
    }
    if tree.as_map().is_none() {
        return Err(tree.wrong("a server", "a text or a table"));
    }
    tree.only("a server", SERVER)?;
    let named = ["name", "host", "address"].iter().find_map(|field| tree.get(field)?.as_text());
    fields(tree).map_err(|fault| match named {
        Some(name) => {
            let sentence = format!("server {}: {}", quoted(name), fault.sentence);
            Fault { sentence, ..fault }
        }
        None => fault,
    })
}

/// A server of a table. Schemes over named nodes need no address.
fn fields(tree: &Tree) -> Result<(Server, bool), Fault> {
    let told = |error: continuum::Error| Fault::new(tree.line(), error.to_string());
    let text = |name: &str| tree.get(name).map(|value| value.text(name)).transpose();
    let host = match (text("host")?, tree.get("address")) {
        (None, None) => text("name")?,
        (host, _) => host,
    };
    let mut server = match (text("address")?, host) {
        (Some(address), None) => address.parse::<Server>().map_err(told)?,
        (None, Some(host)) => match tree.get("port") {
            Some(port) => {
                let number = port.whole("port", false)?;
                let number = u16::try_from(number).map_err(|_| {
                    let why = format!("port {number} is not a number from 0 to 65535");
                    Fault::new(port.line(), why)
                })?;
                Server::new(host, number)
            }
            None => Server::without_port(host),
        },
        (Some(_), Some(_)) => return Err(Fault::new(tree.line(), "both address and host")),
        (None, None) => {
            return Err(Fault::new(tree.line(), "a server without address, host or name"));
        }
    };
    if let (Some(port), true) = (tree.get("port"), tree.get("address").is_some()) {
        return Err(Fault::new(port.line(), "port stands beside host, not beside address"));
    }
    match (tree.get("capacity"), tree.get("weight")) {
        (Some(capacity), None) | (None, Some(capacity)) => {
            let number = Capacity::try_from(capacity.number("capacity")?);
            let number = number.map_err(|error| Fault::new(capacity.line(), error.to_string()))?;
            server = server.with_capacity(number);
        }
        (Some(_), Some(weight)) => {
            return Err(Fault::new(weight.line(), "both capacity and weight, which are one"));
        }
        (None, None) => {}
    }
    if let Some(id) = tree.get("id") {
        let number = u32::try_from(id.whole("id", false)?)
            .map_err(|_| Fault::new(id.line(), "id is not a number from 0 to 4294967295"))?;
        server = server.with_id(number);
    }
    if let Some(name) = text("name")? {
        server = server.with_name(name);
    }
    if let Some(zone) = text("zone")? {
        server = server.with_zone(zone);
    }
    if let Some(key) = text("hash_key")? {
        server = server.with_hash_key(key);
    }
    if let Some(guid) = text("guid")? {
        server = server.with_guid(guid);
    }
    if let Some(instance) = text("instance")? {
        server = server.with_instance(instance);
    }
    if let Some(hostname) = text("hostname")? {
        server = server.with_hostname(hostname);
    }
    match (text("locality")?, tree.get("locality_weight")) {
        (Some(locality), Some(weight)) => {
            let number = u32::try_from(weight.whole("locality_weight", false)?).map_err(|_| {
                Fault::new(weight.line(), "locality_weight is not a number from 0 to 4294967295")
            })?;
            server = server.with_locality(locality, number);
        }
        (None, None) => {}
        _ => {
            let sentence = "locality and locality_weight stand together";
            return Err(Fault::new(tree.line(), sentence));
        }
    }
    let down = tree.get("down").map_or(Ok(false), |down| down.switch("down"))?;
    Ok((server, down))
}

#[cfg(test)]
mod tests;
