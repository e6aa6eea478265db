//! Caddy's `reverse_proxy` (Go).
//! Rule, quirks, versions and limits: `docs/schemes/caddy.md`.

use crate::error::Error;
use crate::hash::fnv::{OFFSET_32, PRIME_32, fnv1a_unsigned};
use crate::hash::xxh64::Xxh64Prefix;
use crate::placement::{Highest, Placement, Scoring};
use crate::scheme::{Accepts, OptionSpec, Options, SchemeEntry};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Caddy reverse_proxy",
    versions: "2.6.2, 2.7.6, 2.11.7",
    about: "rendezvous hashing of dial address and key",
    options: &[OptionSpec::new(
        "version",
        Accepts::Choice(&["2.8", "2.7", "2.6"]),
        "2.8",
        "2.8: from 2.8.0; 2.7: 2.6.3 to 2.7.6; 2.6: up to 2.6.2",
    )],
    proven: 15_982,
    ..SchemeEntry::new("caddy", build)
};

fn dial(server: &Server) -> String {
    match server.name() {
        Some(name) => name.to_owned(),
        None if server.is_unix_socket() => format!("unix/{}", server.host()),
        None => server.address().into_owned(),
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let owners = (0_u32..).zip(servers).map(|(owner, _)| owner);
    let dials = servers.iter().map(dial);
    Ok(match options.choice("version") {
        "2.6" => Box::new(Highest::new(KeyFirst(dials.collect()), owners)),
        "2.7" => {
            let state = |dial: String| fnv1a_unsigned(dial.as_bytes(), OFFSET_32, PRIME_32);
            Box::new(Highest::new(DialFirst(dials.map(state).collect()), owners))
        }
        _ => {
            let state = |dial: String| Xxh64Prefix::new(dial.as_bytes(), 0);
            Box::new(Highest::new(DialFirst(dials.map(state).collect()), owners))
        }
    })
}

#[expect(clippy::cast_precision_loss, reason = "shown to people")]
fn wide(score: u64) -> f64 {
    score as f64
}

#[expect(clippy::cast_precision_loss, reason = "at most 2^32 servers")]
fn equal(count: usize) -> f64 {
    1.0 / count as f64
}

/// The key is hashed before the dial address.
struct KeyFirst(Box<[String]>);

impl Scoring for KeyFirst {
    /// The hash of the key.
    type Key<'k> = u32;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn key(&self, key: &[u8]) -> u32 {
        fnv1a_unsigned(key, OFFSET_32, PRIME_32)
    }

    fn score(&self, key: &u32, place: usize) -> u64 {
        fnv1a_unsigned(self.0[place].as_bytes(), *key, PRIME_32).into()
    }

    fn shown(&self, score: u64) -> f64 {
        wide(score)
    }

    fn name(&self) -> String {
        "fnv1a_32 of key and dial address".to_owned()
    }

    fn share(&self, _place: usize) -> f64 {
        equal(self.0.len())
    }
}

/// A hash that has read the dial address.
trait Begun: Send + Sync + 'static {
    const NAME: &str;

    fn then(&self, key: &[u8]) -> u64;
}

impl Begun for u32 {
    const NAME: &str = "fnv1a_32 of dial address and key";

    fn then(&self, key: &[u8]) -> u64 {
        fnv1a_unsigned(key, *self, PRIME_32).into()
    }
}

impl Begun for Xxh64Prefix {
    const NAME: &str = "xxh64 of dial address and key";

    fn then(&self, key: &[u8]) -> u64 {
        self.hash(key)
    }
}

/// The dial address is hashed before the key: once for all keys.
struct DialFirst<B>(Box<[B]>);

impl<B: Begun> Scoring for DialFirst<B> {
    type Key<'k> = &'k [u8];

    fn count(&self) -> usize {
        self.0.len()
    }

    fn key<'k>(&self, key: &'k [u8]) -> &'k [u8] {
        key
    }

    fn score(&self, key: &&[u8], place: usize) -> u64 {
        self.0[place].then(key)
    }

    fn shown(&self, score: u64) -> f64 {
        wide(score)
    }

    fn name(&self) -> String {
        B::NAME.to_owned()
    }

    fn share(&self, _place: usize) -> f64 {
        equal(self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{Server, dial};

    #[test]
    fn dial_addresses() {
        for (server, text) in [
            (Server::new("10.0.0.1", 80), "10.0.0.1:80"),
            (Server::new("::1", 82), "[::1]:82"),
            (Server::without_port("/run/x.sock"), "unix//run/x.sock"),
            (Server::without_port("srv.example.com"), "srv.example.com"),
            (Server::new("a", 1).with_name("tcp/127.0.0.1:85"), "tcp/127.0.0.1:85"),
        ] {
            assert_eq!(dial(&server), text);
        }
    }
}
