//! One `upstream` block.

use std::net::IpAddr;

use continuum::{Scheme, Server};

use crate::address::whole32;
use crate::draft::{Chosen, Draft, Found, Twice};
use crate::error::Error;
use crate::key::{Field, Form, KeyRule, Kind, Piece};
use crate::limits;
use crate::note::{Note, Topic};
use crate::place::Place;
use crate::quote::quoted;

/// Directives that change no key's server.
const IGNORED: &[&str] = &[
    "keepalive",
    "keepalive_requests",
    "keepalive_time",
    "keepalive_timeout",
    "zone",
    "resolver",
    "resolver_timeout",
    "ntlm",
    "check",
    "check_http_send",
    "check_http_expect_alive",
    "check_keepalive_requests",
    "check_shm_size",
    "queue",
    "preconnect",
];

/// Other ways to balance, some of modules that nginx does not bring.
const OTHER_METHODS: &[&str] = &[
    "least_conn",
    "least_time",
    "random",
    "fair",
    "round_robin",
    "vnswrr",
    "session_sticky",
    "jvm_route",
];

/// Rings of modules that nginx does not bring.
const OTHER_HASHES: &[&str] = &["consistent_hash", "url_hash"];

/// Server parameters that change no key's server, beside `resolve`.
const PARAMETERS: &[&str] = &["max_fails=", "fail_timeout=", "max_conns=", "slow_start=", "route="];

/// How an upstream balances.
enum Method {
    Hash(Hash),
    /// By something that hashes no key, or by code.
    Other(String),
}

/// What an upstream hashes, and how.
enum Hash {
    Key { key: KeyRule, consistent: bool },
    Ip,
}

impl Method {
    fn directive(&self) -> &str {
        match self {
            Self::Hash(Hash::Key { .. }) => "hash",
            Self::Hash(Hash::Ip) => "ip_hash",
            Self::Other(name) => name,
        }
    }
}

pub(super) struct Upstream {
    name: Box<str>,
    place: Place,
    method: Option<(Method, Place)>,
    servers: Vec<(Server, Place)>,
    down: Vec<Box<str>>,
    notes: Vec<Note>,
    faults: Vec<Error>,
}

impl Upstream {
    pub(super) fn new(name: &str, place: Place) -> Self {
        Self {
            name: name.into(),
            place,
            method: None,
            servers: Vec::new(),
            down: Vec::new(),
            notes: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Complains. The sentence is made only if it will be told: a file may hold
    /// millions of directives that are wrong.
    pub(super) fn refuse(&mut self, place: Place, sentence: impl FnOnce() -> String) {
        if self.faults.len() < limits::REMARKS {
            self.faults.push(Error::new(place, sentence()));
        }
    }

    pub(super) fn block(&mut self, name: &str, place: Place) {
        if name.starts_with("balancer_by_lua") {
            self.method(Method::Other(name.to_owned()), place);
        } else {
            self.refuse(place, || format!("unknown block {}", quoted(name)));
        }
    }

    pub(super) fn directive(&mut self, words: &[String], place: Place) {
        let Some((name, arguments)) = words.split_first() else { return };
        match name.as_str() {
            "server" => {
                if let Err(sentence) = self.server(arguments, &place) {
                    self.refuse(place, || sentence);
                }
            }
            "hash" => match hash(arguments) {
                Ok(hash) => self.method(Method::Hash(hash), place),
                Err(sentence) => self.refuse(place, || sentence),
            },
            "ip_hash" if arguments.is_empty() => self.method(Method::Hash(Hash::Ip), place),
            "ip_hash" => self.refuse(place, || "ip_hash takes no argument".to_owned()),
            other if OTHER_METHODS.contains(&other) || other.starts_with("balancer_by_lua") => {
                self.method(Method::Other(other.to_owned()), place);
            }
            "sticky" => self.refuse(place, || {
                "sticky sends a client to the server it had before, whatever hash says".to_owned()
            }),
            "state" => {
                let sentence = "state keeps the servers in another file, written by nginx";
                self.refuse(place, || sentence.to_owned());
            }
            other if OTHER_HASHES.contains(&other) => self.refuse(place, || {
                format!(
                    "{other} is of a module that nginx does not bring, whose map is not covered"
                )
            }),
            other if IGNORED.contains(&other) => {}
            other => self.refuse(place, || format!("unknown directive {}", quoted(other))),
        }
    }

    /// The last one balances: nginx warns "load balancing method redefined" and starts.
    fn method(&mut self, method: Method, place: Place) {
        if let Some((before, at)) = &self.method {
            let (before, line, after) = (before.directive(), at.line(), method.directive());
            let sentence =
                format!("{before} of line {line} has no effect: {after} behind it replaces it");
            let note = Note::new(place.clone(), Topic::Override, after, sentence);
            if self.notes.len() < limits::REMARKS {
                self.notes.push(note);
            }
        }
        self.method = Some((method, place));
    }

    fn server(&mut self, arguments: &[String], place: &Place) -> Result<(), String> {
        let (text, parameters) = arguments.split_first().ok_or("server without an address")?;
        let mut server = server(text)?;
        let (mut down, mut backup) = (false, false);
        for parameter in parameters {
            match parameter.as_str() {
                "down" => down = true,
                "backup" => backup = true,
                "resolve" => {}
                "drain" => {
                    return Err("drain sends new keys elsewhere; which, nginx does not say".into());
                }
                other if PARAMETERS.iter().any(|known| other.starts_with(known)) => {}
                other => match other.strip_prefix("weight=") {
                    Some(digits) => {
                        let weight = whole32(digits).filter(|weight| *weight > 0);
                        let weight = weight.ok_or_else(|| {
                            format!("weight {} is not a whole number from 1 up", quoted(digits))
                        })?;
                        server = server.with_capacity(weight);
                    }
                    None => return Err(format!("unknown server parameter {}", quoted(other))),
                },
            }
        }
        if backup && matches!(self.method, Some((Method::Hash(_), _))) {
            // As nginx: above the hash it takes them.
            return Err("backup: nginx takes no backup server below 'hash'".to_owned());
        }
        if backup {
            let sentence =
                format!("backup server {} is not on the ring and is left out", quoted(text));
            self.notes.push(Note::new(place.clone(), Topic::LeftOut, text, sentence));
            return Ok(());
        }
        if down {
            self.down.push(server.identity().into());
            let sentence = format!(
                "server {} is down: it keeps its points, its keys go to the next",
                quoted(text)
            );
            self.notes.push(Note::new(place.clone(), Topic::Down, text, sentence));
        }
        self.servers.push((server, place.clone()));
        Ok(())
    }

    pub(super) fn finish(self) -> Found {
        let (hash, at) = match self.method {
            Some((Method::Hash(hash), at)) => (hash, at),
            // What is not understood changes nothing there.
            Some((Method::Other(name), at)) => {
                return Found::skipped(&self.name, at, unhashed(&self.name, &name));
            }
            // What is not understood might have been a hash.
            None => {
                let why = "does not hash: without a 'hash' directive nginx takes turns";
                return match Error::join(self.faults) {
                    Some(error) => Found::Refused(self.name, error),
                    None => Found::skipped(&self.name, self.place, why),
                };
            }
        };
        if let Some(error) = Error::join(self.faults) {
            return Found::Refused(self.name, error);
        }
        let mut draft = match hash {
            Hash::Key { key, consistent } => {
                let consistency = if consistent { "on" } else { "off" };
                let scheme = Chosen::new("nginx").with("consistent", consistency);
                let mut draft = Draft::new(&self.name, self.place, scheme, at.clone());
                if !consistent {
                    let sentence = "hash without 'consistent' remaps most keys on every change";
                    draft.note(at.clone(), Topic::Churn, "hash", sentence);
                }
                if key.as_text().is_some_and(|text| !text.contains('$')) {
                    let sentence = "the key holds no variable: one server gets every request";
                    draft.note(at.clone(), Topic::Key, "hash", sentence);
                }
                if let [(server, place)] = self.servers.as_slice()
                    && consistent
                    && server.host().parse::<IpAddr>().is_err()
                    && !server.is_unix_socket()
                {
                    let sentence = "the only server is a name: if it has several addresses, they \
                                    share its points, and nginx takes turns among them";
                    let name = server.identity().into_owned();
                    draft.note(place.clone(), Topic::Override, &name, sentence);
                }
                // The points of a name are those of its larger weight; without a
                // ring every entry takes its own part of the weights.
                draft.twice = if consistent { Twice::Merged } else { Twice::Numbered };
                draft.key = key;
                draft
            }
            Hash::Ip => {
                let Ok(scheme) = "nginx-ip-hash".parse::<Scheme>() else {
                    return Found::skipped(&self.name, at, "hashes by ip_hash");
                };
                let mut draft = Draft::new(&self.name, self.place, scheme, at);
                draft.twice = Twice::Numbered;
                let client = Piece::Field(Field::Client(Form::Network));
                draft.key = KeyRule::new("ip_hash", Kind::Pieces(vec![client]));
                draft
            }
        };
        draft.notes.extend(self.notes);
        draft.servers = self.servers;
        draft.down = self.down;
        draft.into()
    }
}

/// Why an upstream that is balanced by `method` is no pool.
fn unhashed(upstream: &str, method: &str) -> String {
    if !method.starts_with("balancer_by_lua") {
        return format!("does not hash a key: it balances by {method}");
    }
    if upstream == "upstream_balancer" {
        return "is ingress-nginx's: its controller gives the servers to Lua, which hashes by \
                resty.chash, a ring of its own"
            .to_owned();
    }
    format!(
        "is balanced by Lua ({method}): what OpenResty's balancers hash is in their code, and \
         resty.chash is a ring of its own"
    )
}

fn hash(arguments: &[String]) -> Result<Hash, String> {
    let (key, consistent) = match arguments {
        [key] => (key, false),
        [key, word] if word == "consistent" => (key, true),
        [_, word] => {
            return Err(format!("hash takes a key and 'consistent', not {}", quoted(word)));
        }
        _ => return Err("hash takes a key and 'consistent'".to_owned()),
    };
    let key = KeyRule::of_nginx(key).map_err(|why| format!("hash {}: {why}", quoted(key)))?;
    Ok(Hash::Key { key: key.taking_turns(), consistent })
}

/// The server of a `server` line: its identity is the text, to the letter.
fn server(text: &str) -> Result<Server, String> {
    if text.contains('$') {
        return Err(format!(
            "server {}: nginx fills in no variable here: give the file that is made of this one",
            quoted(text)
        ));
    }
    let path = text.get(..5).filter(|head| head.eq_ignore_ascii_case("unix:"));
    let server = if path.is_some() {
        match &text[5..] {
            "" => return Err("unix: without a path".to_owned()),
            path => Server::without_port(path),
        }
    } else if text.is_empty() {
        return Err("server without an address".to_owned());
    } else {
        if text.contains('/') {
            return Err(format!("server {}: nginx takes no URL here, but a host", quoted(text)));
        }
        // What is dialled when the port is left out is 80; what is hashed is not.
        crate::address::server(text)?
    };
    Ok(if server.address() == text { server } else { server.with_name(text) })
}
