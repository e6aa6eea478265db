//! libmemcached's option strings: `--SERVER=host:port/?weight --HASH=MD5 …`, as
//! `memcached()` and `--CONFIGURE-FILE` take them.
//!
//! The order counts, as in the library: a server of weight above 1 that is added
//! under `--DISTRIBUTION=consistent` makes the ring weighted, a distribution
//! chosen after the servers drops the weights, and a hash chosen after the ring
//! was built is the keys' only. `--DISTRIBUTION=consistent,HASH` has its second
//! word ignored by the library too.
//!
//! Not covered: `INCLUDE`, `RESET`, `ERROR`, `--CONFIGURE-FILE`, `--SORT-HOSTS`.

use continuum::Server;

use crate::address::{self, whole32};
use crate::draft::{Draft, Found};
use crate::error::{Error, quoted};
use crate::limits;
use crate::pool::Place;
use crate::source::File;

/// Options that change no key's server.
const IGNORED: &[&str] = &[
    "BINARY-PROTOCOL",
    "BUFFER-REQUESTS",
    "CONNECT-TIMEOUT",
    "CORK",
    "HASH-WITH-NAMESPACE",
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

struct Reader {
    servers: Vec<(Server, Place)>,
    distribution: Option<(String, Place)>,
    hash: Option<String>,
    /// The hash under which the ring was built last.
    ring_hash: String,
    weighted: bool,
    namespace: Option<String>,
    hash_namespace: bool,
    notes: Vec<(Place, &'static str)>,
}

pub(crate) fn read(text: &str, file: &File) -> Result<Vec<Found>, Error> {
    let mut reader = Reader {
        servers: Vec::new(),
        distribution: None,
        hash: None,
        ring_hash: "default".to_owned(),
        weighted: false,
        namespace: None,
        hash_namespace: false,
        notes: Vec::new(),
    };
    'lines: for (number, line) in (1_u32..).zip(text.lines()) {
        if line.trim_start().starts_with('#') {
            continue;
        }
        for word in words(line) {
            let word = word.map_err(|sentence| Error::new(file.at(number), sentence))?;
            if word == "END" {
                break 'lines;
            }
            let place = file.at(number);
            if reader.servers.len() > limits::SERVERS {
                return Err(Error::new(place, format!("more than {} servers", limits::SERVERS)));
            }
            reader.option(&word, &place).map_err(|sentence| Error::new(place, sentence))?;
        }
    }
    reader.finish(file).map(|found| vec![found])
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
                let consistent = self.distribution.as_ref().is_some_and(|(d, _)| d == "consistent");
                self.weighted |= consistent && server.capacity().get() > 1.0;
                self.ring_hash = self.hash.clone().unwrap_or_else(|| "default".to_owned());
                self.servers.push((server, place.clone()));
            }
            "DISTRIBUTION" => {
                let value = needed()?.to_ascii_lowercase();
                let (word, second) =
                    value.split_once(',').map_or((&*value, None), |(a, b)| (a, Some(b)));
                if !["consistent", "modula", "random"].contains(&word) {
                    return Err(format!(
                        "distribution {} is none of consistent, modula, random",
                        quoted(word)
                    ));
                }
                if let Some(second) = second {
                    check_hash(second)?;
                    let note = "the hash behind the distribution has no effect in libmemcached";
                    self.notes.push((place.clone(), note));
                }
                self.weighted = false;
                self.ring_hash = self.hash.clone().unwrap_or_else(|| "default".to_owned());
                self.distribution = Some((word.to_owned(), place.clone()));
            }
            "HASH" => {
                if self.hash.is_some() {
                    return Err("--HASH can only be set once".to_owned());
                }
                self.hash = Some(check_hash(&needed()?.to_ascii_lowercase())?);
            }
            "NAMESPACE" => self.namespace = Some(needed()?.trim_matches('"').to_owned()),
            "HASH-WITH-NAMESPACE" => self.hash_namespace = true,
            "REMOVE-FAILED-SERVERS" | "AUTO-EJECT-HOSTS" | "SERVER-FAILURE-LIMIT" => {
                let note = "a failing server is taken out: its keys move while it is away";
                self.notes.push((place.clone(), note));
            }
            "NUMBER-OF-REPLICAS" => {
                let note = "copies go to the next servers in the list, which are not read";
                self.notes.push((place.clone(), note));
            }
            known if IGNORED.contains(&known) => {}
            other => return Err(format!("unknown option {}", quoted(&format!("--{other}")))),
        }
        Ok(())
    }

    fn finish(self, file: &File) -> Result<Found, Error> {
        let first = self.servers.first().map_or_else(|| file.at(1), |(_, place)| place.clone());
        // Without the option the library takes the hash modulo the servers.
        let (distribution, at) =
            self.distribution.unwrap_or_else(|| ("modula".to_owned(), first.clone()));
        if distribution == "random" {
            return Ok(Found::skipped(file.stem(), at, "does not hash: distribution random"));
        }
        let hash = self.hash.unwrap_or_else(|| "default".to_owned());
        let name = if self.weighted { "ketama-weighted" } else { &distribution };
        let mut scheme = format!("libmemcached:distribution={name},hash={hash}");
        let heavy = self.servers.iter().any(|(server, _)| server.capacity().get() > 1.0);
        if name == "consistent" {
            if self.ring_hash != hash {
                scheme.push_str(&format!(",point-hash={}", self.ring_hash));
            }
            if heavy {
                scheme.push_str(",order=after");
            }
        }
        if let Some(namespace) = self.namespace.filter(|_| self.hash_namespace) {
            let escaped = namespace.replace('%', "%25").replace(',', "%2C");
            scheme.push_str(&format!(",prefix={escaped}"));
        }
        let mut draft = Draft::new(file.stem(), first, scheme, at.clone());
        if name == "consistent" && heavy {
            draft.note(
                at,
                "the distribution was chosen after the servers, which drops their weights",
            );
        }
        for (place, note) in self.notes {
            draft.note(place, note);
        }
        draft.servers = self.servers;
        Ok(draft.into())
    }
}

fn check_hash(text: &str) -> Result<String, String> {
    if HASHES.contains(&text) {
        return Ok(text.to_owned());
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
            _ => return Err(format!("server {}: host:port is wanted", quoted(place))),
        }
    };
    Ok(server.with_capacity(weight))
}

#[cfg(test)]
mod tests;
