//! One `upstream` block.

use continuum::{Scheme, Server};

use super::Level;
use super::server;
use super::stream;
use crate::draft::{Chosen, Draft, Found, Twice};
use crate::error::Error;
use crate::key::{Field, Form, KeyRule, Kind, Piece};
use crate::limits;
use crate::note::{Note, Topic};
use crate::place::Place;
use crate::quote::quoted;

/// Directives that change no key's server. Tengine's `dynamic_resolve` asks for the address of
/// the server that was chosen; Angie's `backup_switch` says how long backups serve.
const IGNORED: &[&str] = &[
    "backup_switch",
    "dynamic_resolve",
    "keepalive",
    "keepalive_requests",
    "keepalive_time",
    "keepalive_timeout",
    "zone",
    "resolver",
    "resolver_timeout",
    "ntlm",
    "check",
    "check_fastcgi_param",
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
            Self::Hash(hash) => hash.directive(),
            Self::Other(name) => name,
        }
    }
}

impl Hash {
    fn directive(&self) -> &'static str {
        match self {
            Self::Key { .. } => "hash",
            Self::Ip => "ip_hash",
        }
    }

    /// Whether keys are shared among addresses, not among the names of servers.
    fn counts_addresses(&self) -> bool {
        !matches!(self, Self::Key { consistent: true, .. })
    }
}

/// A complaint, and whether what it is about may have been a way to balance: only then an
/// upstream that names none is refused for it.
struct Complaint {
    error: Error,
    may_balance: bool,
}

pub(super) struct Upstream {
    name: Box<str>,
    place: Place,
    level: Level,
    method: Option<(Method, Place)>,
    servers: Vec<(Server, Place)>,
    down: Vec<Box<str>>,
    notes: Vec<Note>,
    sticky: Option<Place>,
    complaints: Vec<Complaint>,
}

impl Upstream {
    pub(super) fn new(name: &str, place: Place, level: Level) -> Self {
        Self {
            name: name.into(),
            place,
            level,
            method: None,
            servers: Vec::new(),
            down: Vec::new(),
            notes: Vec::new(),
            sticky: None,
            complaints: Vec::new(),
        }
    }

    /// Complains of what may have been a way to balance.
    pub(super) fn refuse(&mut self, place: Place, sentence: impl FnOnce() -> String) {
        self.complain(place, true, sentence);
    }

    /// Complains. The sentence is made only if it will be told: a file may hold
    /// millions of directives that are wrong.
    fn complain(&mut self, place: Place, may_balance: bool, sentence: impl FnOnce() -> String) {
        let alike = self.complaints.iter().filter(|told| told.may_balance == may_balance);
        if alike.count() < limits::REMARKS {
            let error = Error::new(place, sentence());
            self.complaints.push(Complaint { error, may_balance });
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
        if self.level == Level::Stream && stream::lacks(name) {
            let may_balance = name == "ip_hash";
            return self.complain(place, may_balance, || {
                format!("{name} is a directive of http: nginx has none in stream, and stops")
            });
        }
        match name.as_str() {
            "server" => {
                if let Err(sentence) = self.server(arguments, &place) {
                    self.complain(place, false, || sentence);
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
            "sticky" => self.sticky = Some(place),
            "state" => {
                let sentence = "state keeps the servers in another file, written by nginx";
                self.complain(place, false, || sentence.to_owned());
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
        let server::Line { server, down, backup } = server::read(arguments)?;
        let text = arguments.first().map_or("", String::as_str);
        if self.level == Level::Stream && server.port().is_none() && !server.is_unix_socket() {
            return Err(format!("server {}: nginx wants its port in stream", quoted(text)));
        }
        if backup && let Some((Method::Hash(hash), _)) = &self.method {
            // As nginx: above the hash it takes them.
            let method = hash.directive();
            return Err(format!("backup: nginx takes no backup server below '{method}'"));
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

    pub(super) fn finish(mut self) -> Found {
        let (hash, at) = match self.method.take() {
            Some((Method::Hash(hash), at)) => (hash, at),
            // What is not understood changes nothing there.
            Some((Method::Other(name), at)) => {
                return Found::skipped(&self.name, at, unhashed(&self.name, &name));
            }
            None => return self.unhashed(),
        };
        if let Some(place) = self.sticky.take() {
            let method = hash.directive();
            self.complain(place, false, || {
                format!("sticky sends a client to the server it had before, whatever {method} says")
            });
        }
        if let Some(error) = Error::join(self.complaints.into_iter().map(|told| told.error)) {
            return Found::Refused(self.name, error);
        }
        let named = self.servers.iter().find(|(server, _)| server::is_name(server));
        let of_addresses = named.filter(|_| hash.counts_addresses()).map(|(server, place)| {
            let sentence = format!(
                "server {} is a name: nginx gives each address of a name the weight of its line, \
                 and one address is assumed",
                quoted(&server.identity())
            );
            Note::new(place.clone(), Topic::Assumed, &server.identity(), sentence)
        });
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
                    && server::is_name(server)
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
        draft.notes.extend(of_addresses);
        draft.notes.extend(self.notes);
        draft.servers = self.servers;
        draft.down = self.down;
        draft.into()
    }

    /// What an upstream without a way to balance is.
    fn unhashed(self) -> Found {
        // What is not understood might have been a hash; a server's parameter is none.
        if self.complaints.iter().any(|told| told.may_balance)
            && let Some(error) = Error::join(self.complaints.into_iter().map(|told| told.error))
        {
            return Found::Refused(self.name, error);
        }
        let why = match self.sticky {
            Some(_) => "does not hash a key: it balances by sticky",
            None => "does not hash: without a 'hash' directive nginx takes turns",
        };
        let at = self.sticky.unwrap_or(self.place);
        Found::skipped(&self.name, at, why)
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

#[cfg(test)]
mod tests;
