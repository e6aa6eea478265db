//! libmemcached's option strings: `--SERVER=host:port/?weight --HASH=MD5 …`, as
//! `memcached()` and `--CONFIGURE-FILE` take them.
//!
//! The order counts, as in the library: [`Behaviors`] follows it.
//! `--DISTRIBUTION=consistent,HASH` has its second word ignored by the library too.
//!
//! Not covered: `INCLUDE`, `RESET`, `ERROR`, `--CONFIGURE-FILE`.

use continuum::Server;
use continuum::compat::libmemcached::Behaviors;

use crate::address::{self, whole32};
use crate::draft::{Count, Draft, Found, Twice};
use crate::error::Error;
use crate::key::KeyRule;
use crate::note::{Note, Topic};
use crate::place::Place;
use crate::quote::quoted;
use crate::source::File;

/// Options that change no key's server.
const IGNORED: &[&str] = &[
    "BINARY-PROTOCOL",
    "BUFFER-REQUESTS",
    "CONNECT-TIMEOUT",
    "CORK",
    "IO-BYTES-WATERMARK",
    "IO-KEY-PREFETCH",
    "IO-MSG-WATERMARK",
    "NOREPLY",
    "POLL-TIMEOUT",
    "RANDOMIZE-REPLICA-READ",
    "RCV-TIMEOUT",
    "RETRY-TIMEOUT",
    "SND-TIMEOUT",
    "SOCKET-RECV-SIZE",
    "SOCKET-SEND-SIZE",
    "SUPPORT-CAS",
    "TCP-NODELAY",
    "TCP-KEEPALIVE",
    "TCP-KEEPIDLE",
    "USE-UDP",
    "USER-DATA",
    "VERIFY-KEY",
    "_TCP-KEEPALIVE",
    "_TCP-KEEPIDLE",
    "_TCP-NODELAY",
    "POOL-MIN",
    "POOL-MAX",
    "FETCH-VERSION",
    "TCP_KEEPALIVE",
];
const HASHES: &[&str] =
    &["md5", "crc", "fnv1_64", "fnv1a_64", "fnv1_32", "fnv1a_32", "jenkins", "murmur"];

#[derive(Default)]
struct Reader {
    client: Behaviors,
    /// Where each server stands, in the order of the file.
    servers: Vec<(Server, Place)>,
    random: bool,
    /// The line of the distribution.
    at: Option<Place>,
    hashed: bool,
    /// What stands before every key on the servers.
    namespace: Option<Box<str>>,
    notes: Vec<Note>,
}

pub(crate) fn read(text: &str, file: &File) -> Result<Vec<Found>, Error> {
    let mut reader = Reader::default();
    let mut count = Count::default();
    'lines: for (number, line) in (1_u32..).zip(text.lines()) {
        if line.trim_start().starts_with('#') {
            continue;
        }
        let place = file.at(number);
        for word in words(line) {
            let word = word.map_err(|sentence| Error::new(place.clone(), sentence))?;
            if word == "END" {
                break 'lines;
            }
            let before = reader.servers.len();
            let read = reader.option(&word, &place);
            read.map_err(|sentence| Error::new(place.clone(), sentence))?;
            count.add(reader.servers.len() - before, &place)?;
        }
    }
    Ok(vec![reader.finish(file)])
}

/// Words between blanks; double quotes hold one together and are kept.
fn words(line: &str) -> impl Iterator<Item = Result<String, String>> + '_ {
    let mut rest = line.trim();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut quotes = false;
        let end = rest.find(|c: char| {
            quotes ^= c == '"';
            !quotes && c.is_whitespace()
        });
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        rest = behind.trim_start();
        if word.matches('"').count() % 2 == 1 {
            return Some(Err("a quote without its end".to_owned()));
        }
        Some(Ok(word.to_owned()))
    })
}

impl Reader {
    fn option(&mut self, word: &str, place: &Place) -> Result<(), String> {
        let option =
            word.strip_prefix("--").ok_or_else(|| format!("{} is no option", quoted(word)))?;
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (option, None),
        };
        let name = name.to_ascii_uppercase();
        let needed = || value.ok_or_else(|| format!("--{name} without a value"));
        match name.as_str() {
            "SERVER" | "SOCKET" => {
                let server = server(needed()?, name == "SOCKET")?;
                self.client.add_server(server.clone());
                self.servers.push((server, place.clone()));
            }
            "DISTRIBUTION" => self.distribution(&needed()?.to_ascii_lowercase(), place)?,
            "HASH" => {
                if self.hashed {
                    return Err("--HASH can only be set once".to_owned());
                }
                self.hashed = true;
                self.set("hash", check_hash(&needed()?.to_ascii_lowercase())?)?;
            }
            "NAMESPACE" => {
                let namespace = needed()?.trim_matches('"');
                self.set("namespace", namespace)?;
                self.namespace = (!namespace.is_empty()).then(|| namespace.into());
            }
            "HASH-WITH-NAMESPACE" => self.set("hash_with_prefix_key", "on")?,
            "SORT-HOSTS" => self.set("sort_hosts", "on")?,
            "REMOVE-FAILED-SERVERS" | "AUTO-EJECT-HOSTS" | "SERVER-FAILURE-LIMIT" => {
                let note = "a failing server is taken out: its keys move while it is away";
                self.notes.push(Note::new(place.clone(), Topic::Ejection, &name, note));
            }
            "NUMBER-OF-REPLICAS" => {
                let note = "copies go to the next servers in the list, which are not read";
                self.notes.push(Note::new(place.clone(), Topic::Override, &name, note));
            }
            known if IGNORED.contains(&known) => {}
            other => return Err(format!("unknown option {}", quoted(&format!("--{other}")))),
        }
        Ok(())
    }

    fn set(&mut self, behavior: &str, value: &str) -> Result<(), String> {
        self.client.set(behavior, value).map(|_| ()).map_err(|error| error.to_string())
    }

    fn distribution(&mut self, value: &str, place: &Place) -> Result<(), String> {
        let (word, second) = value.split_once(',').map_or((value, None), |(a, b)| (a, Some(b)));
        if !["consistent", "modula", "random"].contains(&word) {
            let word = quoted(word);
            return Err(format!("distribution {word} is none of consistent, modula, random"));
        }
        if let Some(second) = second {
            check_hash(second)?;
            let note = "the hash after the distribution has no effect in libmemcached";
            self.notes.push(Note::new(place.clone(), Topic::Key, "DISTRIBUTION", note));
        }
        self.at = Some(place.clone());
        self.random = word == "random";
        if self.random { Ok(()) } else { self.set("distribution", word) }
    }

    fn finish(self, file: &File) -> Found {
        let first = self.servers.first().map_or_else(|| file.at(1), |(_, place)| place.clone());
        let at = self.at.unwrap_or_else(|| first.clone());
        if self.random {
            return Found::skipped(file.stem(), at, "does not hash: distribution random");
        }
        let scheme = self.client.scheme();
        let drops = scheme.options().any(|option| option == ("order", "after".to_owned()));
        let positional = scheme.order() == continuum::scheme::Order::Positional;
        let mut draft = Draft::new(file.stem(), first, scheme, at.clone());
        draft.key = match &self.namespace {
            Some(namespace) => {
                KeyRule::PLAIN.within(&format!("in namespace {}", quoted(namespace)))
            }
            None => KeyRule::PLAIN,
        };
        draft.twice = if positional { Twice::Numbered } else { Twice::Refused };
        let heavy = self.servers.iter().any(|(server, _)| server.capacity().get() > 1.0);
        if drops && heavy {
            let sentence =
                "the distribution was chosen after the servers, which drops their weights";
            draft.note(at, Topic::Capacity, "DISTRIBUTION", sentence);
        } else if !positional && !heavy {
            // Every server has 100 points, however many there are.
            draft.twice = Twice::Merged;
        }
        draft.notes.extend(self.notes);
        draft.servers = self.servers;
        // SORT-HOSTS has sorted the client's own list, equal ones in their order.
        let sorted = |(server, _): &(Server, Place)| {
            self.client.servers().iter().position(|other| other == server)
        };
        if self.client.sorts_hosts() {
            draft.servers.sort_by_cached_key(sorted);
        }
        draft.into()
    }
}

fn check_hash(text: &str) -> Result<&str, String> {
    if HASHES.contains(&text) {
        return Ok(text);
    }
    Err(format!("hash {} is none of {}", quoted(text), HASHES.join(", ")))
}

/// `host[:port][/?weight]`, or `"path"[/?weight]`.
fn server(text: &str, socket: bool) -> Result<Server, String> {
    let (place, weight) = match text.rsplit_once("/?") {
        Some((place, digits)) => {
            let weight = whole32(digits)
                .ok_or_else(|| format!("weight {} is not a whole number", quoted(digits)))?;
            (place, weight)
        }
        None => (text, 1),
    };
    let server = if socket {
        let path = place.strip_prefix('"').and_then(|path| path.strip_suffix('"'));
        let path = path.filter(|path| path.starts_with('/'));
        Server::without_port(
            path.ok_or_else(|| format!("socket {} is no path in quotes", quoted(place)))?,
        )
    } else {
        match place.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err(format!(
                    "server {}: libmemcached reads no IPv6 address",
                    quoted(place)
                ));
            }
            Some((host, "0")) if !host.is_empty() => Server::new(host, 11211),
            Some((host, port)) if !host.is_empty() => Server::new(host, address::port(port)?),
            None if !place.is_empty() && !place.contains(['/', '"']) => Server::new(place, 11211),
            _ => return Err(format!("server {}: expected host:port", quoted(place))),
        }
    };
    Ok(server.with_capacity(weight))
}

#[cfg(test)]
mod tests;
