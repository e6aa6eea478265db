//! twemproxy's `nutcracker.yml`: every pool hashes.
//!
//! A server is `host:port:weight`, or `/path:weight`, and may be followed by a
//! space and the name that is hashed in its place. `distribution: random` is no
//! mapping and is skipped. `redis_db` changes no key's server: it is where the pool's keys
//! are on each. Defaults are twemproxy's own: fnv1a_64, ketama.

use continuum::Server;

use crate::address;
use crate::draft::{Chosen, Count, Draft, Found};
use crate::error::Error;
use crate::fault::Fault;
use crate::key::{KeyRule, Kind};
use crate::note::Topic;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::Tree;

/// Settings that change no key's server.
const IGNORED: &[&str] = &[
    "listen",
    "timeout",
    "backlog",
    "client_connections",
    "preconnect",
    "redis_auth",
    "server_connections",
    "server_retry_timeout",
    "server_failure_limit",
    "tcpkeepalive",
    "reuseport",
];
const READ: &[&str] =
    &["servers", "hash", "hash_tag", "distribution", "auto_eject_hosts", "redis", "redis_db"];

const HASHES: &[&str] = &[
    "one_at_a_time",
    "md5",
    "crc16",
    "crc32",
    "crc32a",
    "fnv1_64",
    "fnv1a_64",
    "fnv1_32",
    "fnv1a_32",
    "hsieh",
    "murmur",
    "jenkins",
];

pub(crate) fn read(tree: &Tree, file: &File) -> Result<Vec<Found>, Error> {
    tree.check_keys().map_err(|fault| fault.within(file))?;
    let pools = tree.map("the file").map_err(|fault| fault.within(file))?;
    let mut servers = Count::default();
    pools
        .iter()
        .map(|(name, tree)| {
            let listed = tree.get("servers").and_then(Tree::as_list).map_or(0, <[_]>::len);
            servers.add(listed, &file.at(name.line))?;
            let found = pool(&name.text, name.line, tree, file);
            Ok(Found::of(&name.text, found.map_err(|fault| fault.within(file))))
        })
        .collect()
}

fn pool(name: &str, line: u32, tree: &Tree, file: &File) -> Result<Found, Fault> {
    let known = |(key, _): &&(crate::tree::Key, Tree)| {
        !IGNORED.contains(&&*key.text) && !READ.contains(&&*key.text)
    };
    if let Some((key, _)) = tree.map("a pool")?.iter().find(known) {
        let sentence = format!(
            "unknown setting {}, with which nutcracker refuses the whole file",
            quoted(&key.text)
        );
        return Err(Fault::new(key.line, sentence));
    }
    let word = |name: &str, default: &'static str, known: &[&str]| match tree.get(name) {
        None => Ok((default.to_owned(), line)),
        Some(value) => {
            let text = value.scalar(name)?;
            if known.contains(&text) {
                return Ok((text.to_owned(), value.line()));
            }
            let known = known.join(", ");
            let sentence = format!("{name} {} is none of {known}", quoted(text));
            Err(Fault::new(value.line(), sentence))
        }
    };
    let (hash, hash_line) = word("hash", "fnv1a_64", HASHES)?;
    let (distribution, at) = word("distribution", "ketama", &["ketama", "modula", "random"])?;
    if distribution == "random" {
        let why = "does not hash: distribution random is no mapping";
        return Ok(Found::skipped(name, file.at(at), why));
    }
    let mut scheme = Chosen::new("twemproxy").with("distribution", distribution).with("hash", hash);
    let mut key = KeyRule::PLAIN;
    if let Some(tag) = tree.get("hash_tag") {
        let text = tag.scalar("hash_tag")?;
        if text.len() != 2 {
            let sentence = format!("hash_tag {} is not two characters", quoted(text));
            return Err(Fault::new(tag.line(), sentence));
        }
        scheme = scheme.with("hash-tag", text);
        let tag = [text.chars().next().unwrap_or('{'), text.chars().last().unwrap_or('}')];
        key = KeyRule::new(format!("the key, or its part in {text}"), Kind::Protocol(Some(tag)));
    }
    // Servers hold each key in one database alone.
    let database = database(tree)?;
    if let Some(number) = database.filter(|number| *number > 0) {
        key = key.within(&format!("in redis_db {number}"));
    }
    let mut draft = Draft::new(name, file.at(line), scheme, file.at(hash_line.max(at)));
    draft.key = key;
    draft.database = database;
    let servers = tree.get("servers").ok_or_else(|| Fault::new(line, "has no servers"))?;
    for entry in servers.list("servers")? {
        let server = server(entry.scalar("a server")?);
        let server = server.map_err(|sentence| Fault::new(entry.line(), sentence))?;
        draft.servers.push((server, file.at(entry.line())));
    }
    if let Some(eject) = tree.get("auto_eject_hosts")
        && switch(eject, "auto_eject_hosts")?
    {
        draft.note(
            file.at(eject.line()),
            Topic::Ejection,
            "auto_eject_hosts",
            "auto_eject_hosts takes a failing server out: its keys move while it is away",
        );
    }
    Ok(draft.into())
}

/// The database of a pool of Redis: its clients have no command that picks another.
fn database(tree: &Tree) -> Result<Option<u32>, Fault> {
    let redis = tree.get("redis").map_or(Ok(false), |redis| switch(redis, "redis"))?;
    let Some(number) = tree.get("redis_db") else { return Ok(redis.then_some(0)) };
    let database = u32::try_from(number.whole("redis_db", false)?).map_err(|_| {
        Fault::new(number.line(), "redis_db is greater than the number of any database")
    })?;
    Ok(redis.then_some(database))
}

/// twemproxy reads a word, in quotes or not.
fn switch(tree: &Tree, name: &str) -> Result<bool, Fault> {
    match tree.as_text() {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => tree.switch(name),
    }
}

/// `host:port:weight[ name]` or `/path:weight[ name]`.
fn server(text: &str) -> Result<Server, String> {
    let refuse = |why: String| format!("server {}: {why}", quoted(text));
    let (place, name) = match text.split_once(' ') {
        Some((place, name)) => (place, Some(name)),
        None => (text, None),
    };
    let template = ["${", "<%", "{{", "{%"].iter().find(|mark| text.contains(**mark));
    if let Some(mark) = template {
        let sentence = format!("twemproxy fills in no {mark}: give the file that is made of this");
        return Err(refuse(sentence));
    }
    let wanted = "expected host:port:weight";
    let (address, weight) = place.rsplit_once(':').ok_or_else(|| refuse(wanted.to_owned()))?;
    // What stands before the last blank is the weight, and a number has none.
    if name.is_some_and(|name| name.contains(' ')) {
        return Err(refuse("expected one blank, and a name without any".to_owned()));
    }
    let server = if address.starts_with('/') {
        Server::without_port(address)
    } else {
        let (host, port) = address.rsplit_once(':').ok_or_else(|| refuse(wanted.to_owned()))?;
        if host.is_empty() {
            return Err(refuse("the host is empty".to_owned()));
        }
        Server::new(host, address::port(port).map_err(refuse)?)
    };
    let weight = address::whole32(weight).filter(|weight| *weight > 0).ok_or_else(|| {
        refuse(format!("weight {} is not a whole number from 1 to 4294967295", quoted(weight)))
    })?;
    let server = server.with_capacity(weight);
    Ok(match name.filter(|name| !name.is_empty()) {
        Some(name) => server.with_name(name),
        None => server,
    })
}

#[cfg(test)]
mod tests;
