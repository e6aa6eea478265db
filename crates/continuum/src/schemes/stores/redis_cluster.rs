//! Redis Cluster: which slot a key has, which master a slot.
//! Rule, quirks, versions and limits: `docs/schemes/redis-cluster.md`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::hash::crc16;
use crate::schemes::prelude::*;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Redis Cluster",
    versions: "7.0.15",
    about: "CRC-16 slots with hash tags; each server holds ranges of slots",
    order: |_| Order::Positional,
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 2829,
    advice,
    ..SchemeEntry::new("redis-cluster", build)
};

const SLOTS: u16 = 16_384;

/// What of a key is hashed.
fn tag(key: &[u8]) -> &[u8] {
    let inside = key.iter().position(|byte| *byte == b'{').and_then(|open| {
        let rest = &key[open + 1..];
        let close = rest.iter().position(|byte| *byte == b'}')?;
        (close > 0).then(|| &rest[..close])
    });
    inside.unwrap_or(key)
}

/// A key's slot.
struct Slot;

impl KeyHash for Slot {
    type Position = u32;

    fn hash(&self, key: &[u8]) -> u32 {
        u32::from(crc16::xmodem(tag(key)) % SLOTS)
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        Cow::Borrowed(tag(key))
    }

    fn space(&self) -> Space {
        Space { hash: "redis-slot".to_owned(), size: Some(SLOTS.into()) }
    }
}

fn build(_: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let dealt = servers.iter().all(|server| server.hash_key().is_none());
    let slots = if dealt { deal(servers)? } else { held(servers)? };
    let place = Slots::new(slots, dealt && servers.len() > 1);
    Ok(Box::new(Hashed { hash: Slot, place }))
}

/// The slots as the servers' hash keys give them.
fn held(servers: &[Server]) -> Result<Vec<u32>, Error> {
    let mut slots = vec![NO_OWNER; usize::from(SLOTS)];
    for (owner, server) in (0_u32..).zip(servers) {
        let refuse = |why: String| {
            Err(Error::new(Kind::Server, format!("server {}: {why}", quoted(&server.identity()))))
        };
        let text = server.hash_key().unwrap_or_default();
        for range in text.split(',').filter(|_| !text.is_empty()) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let slot = |text: &str| {
                let digits = text.bytes().all(|byte| byte.is_ascii_digit());
                text.parse::<u16>().ok().filter(|slot| digits && *slot < SLOTS)
            };
            let (Some(first), Some(last)) = (slot(first), slot(last)) else {
                return refuse(format!("{} is no slot or range of slots", quoted(range)));
            };
            if first > last {
                return refuse(format!("the range of slots {} falls", quoted(range)));
            }
            for slot in first..=last {
                let holder = &mut slots[usize::from(slot)];
                if let Some(other) = servers.get(*holder as usize) {
                    let other = quoted(&other.identity());
                    return refuse(format!("slot {slot} is held by {other} already"));
                }
                *holder = owner;
            }
        }
    }
    Ok(slots)
}

/// The slots as redis-cli deals them.
fn deal(servers: &[Server]) -> Result<Vec<u32>, Error> {
    if servers.is_empty() {
        return Ok(Vec::new());
    }
    let Ok(count) = u16::try_from(servers.len())
        .map_err(drop)
        .and_then(|count| if count <= SLOTS { Ok(count) } else { Err(()) })
    else {
        return Err(Error::new(
            Kind::Limit,
            format!("{} servers are more than the {SLOTS} slots", servers.len()),
        ));
    };
    let mut slots = vec![NO_OWNER; usize::from(SLOTS)];
    let each = f32::from(SLOTS) / f32::from(count);
    let mut cursor = 0.0_f32;
    let mut first = 0_usize;
    for (turn, owner) in (1..).zip(interleaved(servers)) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "lround of a number from -1 to about 16384; below 0 `first` takes over"
        )]
        let mut last = (cursor + each - 1.0).round() as usize;
        if last > usize::from(SLOTS) || turn == count {
            last = usize::from(SLOTS - 1);
        }
        // redis-cli would write past its table here, with thousands of masters.
        let last = last.max(first).min(usize::from(SLOTS - 1));
        for slot in &mut slots[first.min(last + 1)..=last] {
            *slot = owner;
        }
        first = last + 1;
        cursor += each;
    }
    Ok(slots)
}

/// The servers' numbers, the first of each host, then the second of each …; hosts
/// in the order in which they come.
fn interleaved(servers: &[Server]) -> Vec<u32> {
    let mut hosts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut counts: Vec<u32> = Vec::new();
    let mut places: Vec<(u32, usize, u32)> = Vec::with_capacity(servers.len());
    for (number, server) in (0_u32..).zip(servers) {
        let host = *hosts.entry(server.host()).or_insert(counts.len());
        if host == counts.len() {
            counts.push(0);
        }
        places.push((counts[host], host, number));
        counts[host] += 1;
    }
    places.sort();
    places.into_iter().map(|(_, _, number)| number).collect()
}

fn advice(_: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    if servers.iter().all(|server| server.hash_key().is_none()) {
        return Vec::new();
    }
    let free =
        held(servers).map_or(0, |slots| slots.iter().filter(|owner| **owner == NO_OWNER).count());
    if free == 0 {
        return Vec::new();
    }
    vec![Advice::new(
        Topic::Unresolvable,
        format!("no server holds {free} of the {SLOTS} slots: their keys cannot be resolved"),
    )]
}

#[cfg(test)]
mod tests {
    use super::{NO_OWNER, deal, held, tag};
    use crate::Server;

    #[test]
    fn hash_tags() {
        for (key, hashed) in [
            ("user:{42}:x", "42"),
            ("{a}{b}", "a"),
            ("{{x}", "{x"),
            ("{}x", "{}x"),
            ("{}{x}", "{}{x}"),
            ("{x", "{x"),
            ("x}{y", "x}{y"),
            ("", ""),
        ] {
            assert_eq!(tag(key.as_bytes()), hashed.as_bytes(), "{key}");
        }
    }

    fn servers(hosts: &[&str]) -> Vec<Server> {
        hosts.iter().zip(7000..).map(|(host, port)| Server::new(*host, port)).collect()
    }

    fn ends(slots: &[u32]) -> Vec<(usize, u32)> {
        let mut ends: Vec<(usize, u32)> = Vec::new();
        for (slot, owner) in slots.iter().enumerate() {
            match ends.last_mut() {
                Some(end) if end.1 == *owner => end.0 = slot,
                _ => ends.push((slot, *owner)),
            }
        }
        ends
    }

    /// The ranges in Redis's own tutorial (three masters), and the well-known ones
    /// of six.
    #[test]
    fn deals_as_redis_cli() {
        let three = deal(&servers(&["a", "b", "c"])).unwrap();
        assert_eq!(ends(&three), [(5460, 0), (10922, 1), (16383, 2)]);
        let six = deal(&servers(&["a", "b", "c", "d", "e", "f"])).unwrap();
        assert_eq!(
            ends(&six),
            [(2730, 0), (5460, 1), (8191, 2), (10922, 3), (13652, 4), (16383, 5)]
        );
        let shared = deal(&servers(&["a", "a", "b"])).unwrap();
        assert_eq!(ends(&shared), [(5460, 0), (10922, 2), (16383, 1)]);
    }

    #[test]
    fn every_number_of_masters_covers_all_slots() {
        for count in [1, 2, 5, 7, 100, 999, 1000, 8191, 16_384] {
            let list: Vec<Server> =
                (0..count).map(|number| Server::without_port(number.to_string())).collect();
            assert!(!deal(&list).unwrap().contains(&NO_OWNER), "{count}");
        }
        let many: Vec<Server> =
            (0..16_385).map(|number| Server::without_port(number.to_string())).collect();
        assert!(deal(&many).unwrap_err().is_over_limit());
    }

    #[test]
    fn reads_ranges() {
        let list = [
            Server::new("a", 1).with_hash_key("0-5460,10923"),
            Server::new("b", 1).with_hash_key(""),
            Server::new("c", 1).with_hash_key("16383"),
        ];
        let slots = held(&list).unwrap();
        assert_eq!((slots[5460], slots[5461], slots[10923]), (0, NO_OWNER, 0));
        assert_eq!(slots[16383], 2);
        for text in ["16384", "1-", "-1", "5-4", "a", "+1", "0-5460,", "1 2"] {
            let list = [Server::new("a", 1).with_hash_key(text)];
            assert!(held(&list).unwrap_err().is_invalid_server(), "{text}");
        }
        let twice =
            [Server::new("a", 1).with_hash_key("0-9"), Server::new("b", 1).with_hash_key("9")];
        let error = held(&twice).unwrap_err().to_string();
        assert_eq!(error, "server 'b:1': slot 9 is held by 'a:1' already");
    }
}
