//! Cassandra and ScyllaDB with `Murmur3Partitioner`.
//! Rule, quirks, versions and limits: `docs/schemes/cassandra.md`.
//!
//! Signed or unsigned, the ring is one circle: only where it is cut open differs.

use crate::hash::murmur3;
use crate::schemes::prelude::*;
use crate::schemes::shared::points::{Points, check_total};

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["scylla"],
    program: "Cassandra Murmur3Partitioner",
    versions: "cassandra-driver 3.30.1",
    about: "Murmur3 tokens; each server holds tokens of the ring",
    order: |_| Order::Free,
    proven: 5778,
    advice,
    ..SchemeEntry::new("cassandra", build)
};

/// A key's token in two's complement.
struct Token;

impl KeyHash for Token {
    type Position = u64;

    fn hash(&self, key: &[u8]) -> u64 {
        match murmur3::cassandra_token(key) {
            i64::MIN => i64::MAX.cast_unsigned(),
            token => token.cast_unsigned(),
        }
    }

    fn space(&self) -> Space {
        Space { hash: "murmur3-cassandra".to_owned(), size: Some(1 << 64) }
    }
}

fn refuse(server: &Server, why: &str) -> Error {
    Error::new(Kind::Server, format!("server {}: {why}", quoted(&server.identity())))
}

/// How many tokens a text lists.
fn listed(text: &str) -> u64 {
    if text.is_empty() { 0 } else { text.split(',').count() as u64 }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    check_total(
        options,
        servers.iter().map(|server| listed(server.hash_key().unwrap_or_default())),
    )?;
    let mut points: Vec<(u64, u32)> = Vec::new();
    for (owner, server) in (0_u32..).zip(servers) {
        let Some(text) = server.hash_key() else {
            return Err(refuse(
                server,
                "it has no tokens: give them as its hash key, such as '-9223372036854775808,42'",
            ));
        };
        for token in text.split(',').filter(|_| !text.is_empty()) {
            let Ok(token) = token.parse::<i64>() else {
                return Err(refuse(
                    server,
                    &format!("token {} is no signed number of 64 bits", quoted(token)),
                ));
            };
            points.push((token.cast_unsigned(), owner));
        }
    }
    points.sort();
    if let Some(pair) = points.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let (token, other) = (pair[0].0.cast_signed(), &servers[pair[0].1 as usize]);
        return Err(refuse(
            &servers[pair[1].1 as usize],
            &format!("token {token} is held by {} already", quoted(&other.identity())),
        ));
    }
    let mut ring = Points::new(options);
    for (token, owner) in points {
        ring.add_named(owner, token, || format!("token {}", token.cast_signed()));
    }
    let rules = Rules::new(Seek::AtOrAfter, Shared::Keep);
    Ok(Box::new(Hashed { hash: Token, place: ring.ring(rules) }))
}

fn advice(_: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let without = servers.iter().filter(|server| server.hash_key() == Some("")).count();
    if without == 0 {
        return Vec::new();
    }
    let topic = if without == servers.len() { Topic::Unresolvable } else { Topic::Starved };
    vec![Advice::new(
        topic,
        format!("{without} of {} servers hold no token and own nothing", servers.len()),
    )]
}

#[cfg(test)]
mod tests {
    use crate::{Continuum, Error, Server, Servers};

    fn built(tokens: &[&str]) -> Result<Continuum, Error> {
        let mut servers = Servers::new();
        for (number, tokens) in tokens.iter().enumerate() {
            servers.add(Server::without_port(number.to_string()).with_hash_key(*tokens))?;
        }
        Continuum::with_servers("scylla".parse()?, servers)
    }

    #[test]
    fn the_ring_is_in_signed_order() {
        let continuum = built(&["-100,50", "0", "-9223372036854775808", ""]).unwrap();
        for (token, owner) in [
            (i64::MIN, 2),
            (i64::MIN + 1, 0),
            (-100, 0),
            (-99, 1),
            (0, 1),
            (1, 0),
            (50, 0),
            (51, 2),
            (i64::MAX, 2),
        ] {
            let position = u128::from(token.cast_unsigned());
            assert_eq!(continuum.resolve_position(position), Some(owner), "{token}");
        }
        assert_eq!(continuum.candidates("key").count(), 4);
    }

    #[test]
    fn refuses_with_a_sentence() {
        for (tokens, says) in [
            (&["1", "1"][..], "token 1 is held by '0' already"),
            (&["7,7"], "token 7 is held by '0' already"),
            (&["9223372036854775808"], "is no signed number of 64 bits"),
            (&["1,"], "token '' is no signed number"),
        ] {
            let error = built(tokens).unwrap_err();
            assert!(error.is_invalid_server() && error.to_string().contains(says), "{error}");
        }
        let bare = Servers::from_texts(["a:1"]).unwrap();
        let error = Continuum::with_servers("cassandra".parse().unwrap(), bare).unwrap_err();
        assert!(error.to_string().contains("it has no tokens"), "{error}");
    }
}
