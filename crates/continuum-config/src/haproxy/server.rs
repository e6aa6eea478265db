//! `server`, `server-template` and `default-server` lines.

use std::net::IpAddr;

use continuum::Server;

use super::known::{FLAGS, VALUES};
use crate::address::{port, whole32};
use crate::limits;
use crate::quote::quoted;

/// What a server line says that can change a key's server.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters {
    pub(super) weight: Option<u32>,
    pub(super) backup: bool,
    pub(super) disabled: bool,
    pub(super) id: Option<u32>,
    hash_key: Option<String>,
    guid: Option<String>,
}

/// One server, its id still to be found.
pub(super) struct Line {
    pub(super) server: Server,
    pub(super) parameters: Parameters,
    /// One of a template, whose address a resolver gives while HAProxy runs.
    pub(super) awaits_address: bool,
}

/// Which kind of line parameters stand on.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Server,
    Template,
    Default,
}

impl Parameters {
    /// Reads parameters on top of those that stand already.
    pub(super) fn read(&mut self, words: &[String], kind: Kind) -> Result<(), String> {
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let name = word.as_str();
            let mut value = || rest.next().ok_or_else(|| format!("{name} without a value"));
            match name {
                "weight" => {
                    let digits = value()?;
                    let weight = whole32(digits).filter(|weight| *weight <= 256);
                    self.weight = Some(weight.ok_or_else(|| {
                        format!("weight {} is not a whole number from 0 to 256", quoted(digits))
                    })?);
                }
                "id" if kind == Kind::Default => return Err("id belongs to one server".to_owned()),
                "guid" if kind != Kind::Server => {
                    return Err(format!("{name} belongs to one server"));
                }
                "id" => {
                    let digits = value()?;
                    let id = whole32(digits).filter(|id| *id > 0 && i32::try_from(*id).is_ok());
                    self.id = Some(id.ok_or_else(|| {
                        format!("id {} is not a whole number from 1 up", quoted(digits))
                    })?);
                }
                "guid" => self.guid = Some(value()?.clone()),
                "hash-key" => {
                    let key = value()?;
                    if !["id", "id32", "addr", "addr-port", "guid"].contains(&key.as_str()) {
                        return Err(format!("unknown hash-key {}", quoted(key)));
                    }
                    self.hash_key = Some(key.clone());
                }
                "backup" => self.backup = true,
                "no-backup" => self.backup = false,
                "disabled" => self.disabled = true,
                "enabled" => self.disabled = false,
                flag if FLAGS.contains(&flag) => {}
                known if VALUES.contains(&known) => {
                    value()?;
                }
                other => return Err(format!("unknown server parameter {}", quoted(other))),
            }
        }
        Ok(())
    }
}

/// The server of a `server` line.
pub(super) fn server(
    words: &[String],
    unknown: bool,
    defaults: &Parameters,
) -> Result<Line, String> {
    let [name, address, rest @ ..] = words else {
        return Err("server takes a name and an address".to_owned());
    };
    let mut parameters = defaults.clone();
    parameters.read(rest, Kind::Server)?;
    make(name, address, unknown, parameters)
}

/// The servers of a `server-template` line.
pub(super) fn template(
    words: &[String],
    unknown: bool,
    defaults: &Parameters,
) -> Result<Vec<Line>, String> {
    let [prefix, count, address, rest @ ..] = words else {
        return Err("server-template takes a prefix, a number and an address".to_owned());
    };
    let (low, high) = match count.split_once('-') {
        Some((low, high)) => (whole32(low), whole32(high)),
        None => (Some(1), whole32(count)),
    };
    let (Some(low), Some(high)) = (low, high) else {
        return Err(format!("{} is neither a number nor a range", quoted(count)));
    };
    if low == 0 || high < low || (high - low) as usize >= limits::SERVERS {
        let most = limits::SERVERS;
        return Err(format!("{} is no range of 1 to {most} servers", quoted(count)));
    }
    let mut parameters = defaults.clone();
    parameters.read(rest, Kind::Template)?;
    let make = |n: u32| {
        // The first one has the id that is written.
        let id = parameters.id.filter(|_| n == low);
        let parameters = Parameters { id, ..parameters.clone() };
        let mut line = make(&format!("{prefix}{n}"), address, unknown, parameters)?;
        line.awaits_address = line.server.host().parse::<IpAddr>().is_err();
        Ok(line)
    };
    (low..=high).map(make).collect()
}

/// A server; where its address holds a variable whose value is unknown, it is only
/// refused if the address is hashed.
fn make(name: &str, address: &str, unknown: bool, parameters: Parameters) -> Result<Line, String> {
    // HAProxy fills in what stands in quotes alone: such a text is a template's, or
    // a test's, and becomes an address before HAProxy reads it.
    let unknown = unknown || address.contains("${");
    let server = if unknown {
        Server::without_port(host_and_port(address).0)
    } else {
        self::address(address)?
    };
    let server = server.with_name(name);
    let mut server = server.with_capacity(parameters.weight.unwrap_or(1));
    if let Some(guid) = &parameters.guid {
        server = server.with_guid(guid.as_str());
    }
    if let Some(key) = &parameters.hash_key {
        let needs_address = key.starts_with("addr");
        let ip = server.host().parse::<IpAddr>().is_ok() || server.is_unix_socket();
        if needs_address && !ip {
            let who = if unknown { "the environment" } else { "DNS" };
            let address = quoted(address);
            return Err(format!(
                "hash-key {key} hashes the address, which {who} decides for {address}"
            ));
        }
        if key == "guid" && server.guid().is_none() {
            return Err("hash-key guid without a guid".to_owned());
        }
        if key == "addr-port" && server.port().is_none() && !server.is_unix_socket() {
            return Err("hash-key addr-port without a port".to_owned());
        }
        if key != "id" {
            server = server.with_hash_key(key.as_str());
        }
    }
    Ok(Line { server, parameters, awaits_address: false })
}

/// An address without family, before and after the colon of its port: the last colon,
/// unless a `]` stands behind it.
fn host_and_port(text: &str) -> (&str, &str) {
    match text.rfind([':', ']']) {
        Some(at) if text[at..].starts_with(':') => (&text[..at], &text[at + 1..]),
        _ => (text, ""),
    }
}

/// An address as HAProxy writes it: `[family@]host[:[+|-]port]`, or a path.
fn address(text: &str) -> Result<Server, String> {
    let text = match text.split_once('@') {
        Some((
            "ipv4" | "ipv6" | "tcp" | "tcp4" | "tcp6" | "udp" | "udp4" | "udp6" | "quic4" | "quic6"
            | "mptcp" | "mptcp4" | "mptcp6" | "stream+ipv4" | "stream+ipv6",
            rest,
        )) => rest,
        Some(("unix" | "stream+unix", path)) if !path.is_empty() => {
            return Ok(Server::without_port(format!("/{}", path.trim_start_matches('/'))));
        }
        Some((family @ ("abns" | "abnsz" | "fd" | "sockpair" | "rhttp"), rest)) => {
            // No address to hash; a name to tell it by.
            return Ok(Server::without_port(format!("/{family}@{rest}")));
        }
        Some((family, _)) => return Err(format!("unknown address family {}", quoted(family))),
        None => text,
    };
    if text.is_empty() {
        return Err("server without an address".to_owned());
    }
    if text.starts_with('/') {
        return Ok(Server::without_port(text));
    }
    let (host, digits) = host_and_port(text);
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let host = if host.is_empty() || host == "*" { "0.0.0.0" } else { host };
    // A port with a sign is added to the client's; 0 and none keep the client's.
    if digits.is_empty() || digits == "0" || digits.starts_with(['+', '-']) {
        return Ok(Server::without_port(host));
    }
    Ok(Server::new(host, port(digits)?))
}
