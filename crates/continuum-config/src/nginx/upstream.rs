//! One `upstream` block.

use continuum::Server;

use crate::address::whole32;
use crate::draft::{Chosen, Draft, Found};
use crate::error::Error;
use crate::limits;
use crate::note::{Note, Topic};
use crate::place::Place;
use crate::pool::KeyRule;
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

/// Other ways to balance.
const OTHER_METHODS: &[&str] =
    &["ip_hash", "least_conn", "least_time", "random", "fair", "round_robin", "url_hash"];

/// Server parameters that change no key's server, beside `resolve`.
const PARAMETERS: &[&str] = &["max_fails=", "fail_timeout=", "max_conns=", "slow_start=", "route="];

pub(super) struct Upstream {
    name: Box<str>,
    place: Place,
    hash: Option<(KeyRule, bool, Place)>,
    other: Option<(String, Place)>,
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
            hash: None,
            other: None,
            servers: Vec::new(),
            down: Vec::new(),
            notes: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn refuse(&mut self, place: Place, sentence: String) {
        if self.faults.len() < limits::REMARKS {
            self.faults.push(Error::new(place, sentence));
        }
    }

    pub(super) fn block(&mut self, name: &str, place: Place) {
        if name.starts_with("balancer_by_lua") {
            self.other = Some((name.to_owned(), place));
        } else {
            self.refuse(place, format!("unknown block {}", quoted(name)));
        }
    }

    pub(super) fn directive(&mut self, words: &[String], place: Place) {
        let Some((name, arguments)) = words.split_first() else { return };
        match name.as_str() {
            "server" => {
                if let Err(sentence) = self.server(arguments, &place) {
                    self.refuse(place, sentence);
                }
            }
            "hash" => self.hash(arguments, place),
            other if OTHER_METHODS.contains(&other) || other.starts_with("balancer_by_lua") => {
                self.other = Some((other.to_owned(), place));
            }
            "sticky" => self.refuse(
                place,
                "sticky sends a client to the server it had before, whatever hash says".to_owned(),
            ),
            "state" => {
                let sentence = "state keeps the servers in another file, written by nginx";
                self.refuse(place, sentence.to_owned());
            }
            other if IGNORED.contains(&other) => {}
            other => self.refuse(place, format!("unknown directive {}", quoted(other))),
        }
    }

    fn hash(&mut self, arguments: &[String], place: Place) {
        let (key, consistent) = match arguments {
            [key] => (key, false),
            [key, word] if word == "consistent" => (key, true),
            [_, word] => {
                let sentence = format!("hash takes a key and 'consistent', not {}", quoted(word));
                return self.refuse(place, sentence);
            }
            _ => return self.refuse(place, "hash takes a key and 'consistent'".to_owned()),
        };
        if let Some((_, _, first)) = &self.hash {
            let sentence = format!("a second hash, the first is on line {}", first.line());
            return self.refuse(place, sentence);
        }
        self.hash = Some((KeyRule::text(key.as_str()), consistent, place));
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
        if backup && self.hash.is_some() {
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
        let Some((key, consistent, at)) = self.hash else {
            return match self.other {
                Some((method, place)) => {
                    let why = format!("does not hash a key: it balances by {method}");
                    Found::skipped(&self.name, place, why)
                }
                // What is not understood might have been a hash.
                None => match Error::join(self.faults) {
                    Some(error) => Found::Refused(self.name, error),
                    None => {
                        let why = "does not hash: without a 'hash' directive nginx takes turns";
                        Found::skipped(&self.name, self.place, why)
                    }
                },
            };
        };
        let mut faults = self.faults;
        if let Some((method, place)) = self.other {
            let line = at.line();
            faults.push(Error::new(
                place,
                format!("{method} beside the hash of line {line}: only one can balance"),
            ));
        }
        if let Some(error) = Error::join(faults) {
            return Found::Refused(self.name, error);
        }
        let consistency = if consistent { "on" } else { "off" };
        let scheme = Chosen::new("nginx").with("consistent", consistency);
        let mut draft = Draft::new(&self.name, self.place, scheme, at.clone());
        if !consistent {
            let sentence = "hash without 'consistent' remaps most keys on every change";
            draft.note(at, Topic::Churn, "hash", sentence);
        }
        draft.notes.extend(self.notes);
        draft.servers = self.servers;
        draft.key = key;
        draft.down = self.down;
        draft.into()
    }
}

/// The server of a `server` line: its identity is the text, to the letter.
fn server(text: &str) -> Result<Server, String> {
    let path = text.get(..5).filter(|head| head.eq_ignore_ascii_case("unix:"));
    let server = if path.is_some() {
        match &text[5..] {
            "" => return Err("unix: without a path".to_owned()),
            path => Server::without_port(path),
        }
    } else if text.is_empty() {
        return Err("server without an address".to_owned());
    } else {
        // What is dialled when the port is left out is 80; what is hashed is not.
        crate::address::server(text)?
    };
    Ok(if server.address() == text { server } else { server.with_name(text) })
}
