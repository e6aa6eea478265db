//! A server in a pool's list.

use continuum::Server;

use super::{calls, settings};
use crate::address;
use crate::fault::Fault;
use crate::quote::quoted;
use crate::tree::Tree;

/// The text of a server; of a map its `hostname`.
pub(super) fn text(entry: &Tree) -> Result<&str, Fault> {
    if entry.as_map().is_none() {
        return entry.text("a server");
    }
    if let Some(kind) = entry.get("type") {
        let kind = kind.text("type")?;
        let sentence = format!("a server that is a route, {}, is not covered", quoted(kind));
        return Err(Fault::new(entry.line(), sentence));
    }
    let name = entry.get("hostname");
    let name = name.ok_or_else(|| Fault::new(entry.line(), "a server without a hostname"))?;
    entry.only("a server", settings::SERVER)?;
    name.text("hostname")
}

/// `host:port`, an IPv6 host in brackets, or `unix:` and a path, and behind that protocol and so on.
pub(super) fn read(text: &str) -> Result<Server, String> {
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
