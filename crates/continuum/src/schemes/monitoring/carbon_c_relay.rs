//! carbon-c-relay: clusters of type carbon_ch, fnv1a_ch, jump_fnv1a_ch and any_of.
//! Rule, quirks, versions and limits: `docs/schemes/carbon-c-relay.md`.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::carbon::{folded, md5_16, md5_16_all, md5_16_space};
use super::hashmod::shards;
use crate::error::{Error, Kind};
use crate::hash::fnv::{OFFSET_64, PRIME_64, fnv1a_32};
use crate::hash::word::{low32, signed64};
use crate::lanes::Hash32;
use crate::placement::{Circle, Hashed, Jumps, KeyHash, Placement, Space};
use crate::scheme::{
    Accepts, Advice, Capacities, Minimal, OptionSpec, Options, Order, PointLabel, SchemeEntry,
    Topic,
};
use crate::schemes::shared::points::check_total;
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "carbon-c-relay",
    versions: "1.2, 2.6, 3.0, 3.1, 3.7.3, 3.9",
    about: "circle of 100 points a server by MD5 or FNV-1a, jumps over sorted instances, or FNV-1a \
            modulo the number of servers",
    options: &[
        OptionSpec::new(
            "hash",
            Accepts::Choice(&["carbon", "fnv1a", "jump-fnv1a", "any-of"]),
            "carbon",
            "the cluster's type: carbon_ch, fnv1a_ch, jump_fnv1a_ch or any_of",
        ),
        OptionSpec::new(
            "dialect",
            Accepts::Choice(&["3.2", "3.1", "2"]),
            "3.2",
            "release: 3.2 to 3.9, 3.1, or 2 for 1.2 to 3.0",
        )
        .trying(&["2"]),
        OptionSpec::new(
            "input",
            Accepts::Choice(&["raw", "clean"]),
            "raw",
            "clean: what the listener makes of a metric's name",
        )
        .trying(&["clean"]),
        OptionSpec::new(
            "allow",
            Accepts::Text(256),
            "-_:#",
            "with input=clean: bytes that a name may hold besides letters and digits (-c)",
        ),
    ],
    capacities: |_| Capacities::Ignored,
    order: |options| {
        if is_numbered(options) { Order::Positional } else { Order::Ties }
    },
    minimal: |options| match (is_numbered(options), options.choice("dialect")) {
        (true, _) => Minimal { add: false, remove: false, weight: true },
        // Where its search stops depends on how many points there are.
        (false, "3.1") => Minimal { add: false, remove: false, weight: true },
        (false, _) => Minimal::ALWAYS,
    },
    proven: 150_862,
    advice,
    ..SchemeEntry::new("carbon-c-relay", build)
};

/// Points of a server.
const POINTS: u32 = 100;
/// The longest label, in bytes.
const LONGEST: usize = 255;
/// The port where none is given.
const PORT: u16 = 2003;

fn is_jump(options: &Options<'_>) -> bool {
    options.choice("hash") == "jump-fnv1a"
}

fn is_any(options: &Options<'_>) -> bool {
    options.choice("hash") == "any-of"
}

/// Whether servers are numbers rather than points.
fn is_numbered(options: &Options<'_>) -> bool {
    is_jump(options) || is_any(options)
}

/// FNV-1a of 64 bits over signed bytes.
fn fnv1a_64_signed(key: &[u8]) -> u64 {
    key.iter().fold(OFFSET_64, |hash, &byte| (hash ^ signed64(byte)).wrapping_mul(PRIME_64))
}

/// What the listener makes of a name, if it does.
struct Input {
    /// The bytes it leaves alone besides letters, digits and dots.
    allow: Option<Box<[u8]>>,
}

impl Input {
    fn of(options: &Options<'_>) -> Result<Self, Error> {
        let allow = options.text("allow");
        let clean = options.choice("input") == "clean";
        if !clean && allow != "-_:#" {
            return Err(Error::new(
                Kind::Scheme,
                format!(
                    "scheme '{}': 'allow' says what input=clean leaves alone, and input is raw",
                    SCHEME.name
                ),
            ));
        }
        Ok(Self { allow: clean.then(|| allow.as_bytes().into()) })
    }

    fn apply<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        let Some(allow) = &self.allow else { return Cow::Borrowed(key) };
        let tags_follow = !allow.contains(&b';');
        let mut name = Vec::with_capacity(key.len());
        let mut ends_at_tags = false;
        for &byte in key {
            match byte {
                b'.' if name.last().is_none_or(|last| *last == b'.') => {}
                b'.' => name.push(byte),
                b';' if tags_follow => {
                    ends_at_tags = true;
                    break;
                }
                0 => name.push(b'_'),
                _ if byte.is_ascii_alphanumeric() || allow.contains(&byte) => name.push(byte),
                _ => name.push(b'_'),
            }
        }
        if !ends_at_tags && name.last() == Some(&b'.') {
            name.pop();
        }
        Cow::Owned(name)
    }

    fn space(&self, hash: Space) -> Space {
        match &self.allow {
            None => hash,
            Some(allow) => Space {
                hash: format!("{};clean={}", hash.hash, String::from_utf8_lossy(allow)),
                size: hash.size,
            },
        }
    }
}

/// Keys of 16 bits.
struct Folded {
    fnv: bool,
    input: Input,
}

impl KeyHash for Folded {
    type Position = u32;

    fn hash(&self, key: &[u8]) -> u32 {
        place(self.fnv, &self.input.apply(key))
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        if self.input.allow.is_some() {
            for (key, out) in keys.iter().zip(out) {
                *out = self.hash(key);
            }
        } else if self.fnv {
            Hash32::Fnv1a_32.hash_all(keys, out);
            for hash in out {
                *hash = folded(*hash);
            }
        } else {
            md5_16_all(keys, out);
        }
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.input.apply(key)
    }

    fn space(&self) -> Space {
        self.input.space(if self.fnv {
            Space { hash: "fnv1a_32-folded".to_owned(), size: Some(1 << 16) }
        } else {
            md5_16_space()
        })
    }
}

fn place(fnv: bool, text: &[u8]) -> u32 {
    if fnv { folded(fnv1a_32(text)) } else { md5_16(text) }
}

/// Keys of 64 bits, for jumps.
struct Wide {
    input: Input,
}

impl KeyHash for Wide {
    type Position = u64;

    fn hash(&self, key: &[u8]) -> u64 {
        fnv1a_64_signed(&self.input.apply(key))
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.input.apply(key)
    }

    fn space(&self) -> Space {
        self.input.space(Space { hash: "fnv1a_64-signed".to_owned(), size: Some(1 << 64) })
    }
}

/// Keys of 32 bits, for a remainder.
struct Whole {
    input: Input,
}

impl KeyHash for Whole {
    type Position = u32;

    fn hash(&self, key: &[u8]) -> u32 {
        fnv1a_32(&self.input.apply(key))
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        if self.input.allow.is_none() {
            return Hash32::Fnv1a_32.hash_all(keys, out);
        }
        for (key, out) in keys.iter().zip(out) {
            *out = self.hash(key);
        }
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.input.apply(key)
    }

    fn space(&self) -> Space {
        let hash = Hash32::Fnv1a_32;
        self.input.space(Space { hash: hash.name().to_owned(), size: hash.range().map(u128::from) })
    }
}

/// A server's instance as the parser of the configuration reads it.
fn instance<'s>(server: &'s Server, dialect: &str) -> Option<Cow<'s, str>> {
    let text = server.instance()?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || dialect == "2" {
        return Some(Cow::Borrowed(text));
    }
    // strtol stops at the largest long, and the parser keeps its lower 32 bits.
    let number = text.parse::<i64>().unwrap_or(i64::MAX);
    Some(Cow::Owned(cut(number).to_string()))
}

/// The lower 32 bits as C's `int`.
fn cut(number: i64) -> i32 {
    low32(number.cast_unsigned()).cast_signed()
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let input = Input::of(options)?;
    let dialect = options.choice("dialect");
    if is_jump(options) {
        let (order, order_matters) = sorted(servers, dialect);
        return Ok(Box::new(Hashed {
            hash: Wide { input },
            place: Jumps::new(order, order_matters),
        }));
    }
    if is_any(options) {
        return Ok(Box::new(Hashed { hash: Whole { input }, place: shards(servers) }));
    }
    check_total(options, [servers.len() as u64 * u64::from(POINTS)])?;
    let fnv = options.choice("hash") == "fnv1a";
    let place = circle(options, servers, fnv, dialect);
    Ok(Box::new(Hashed { hash: Folded { fnv, input }, place }))
}

/// A server's point, as the program compares them.
struct Point<'s> {
    place: u32,
    host: &'s str,
    port: u16,
    instance: Option<&'s str>,
    owner: u32,
}

impl Point<'_> {
    fn compare(&self, other: &Self, fnv: bool) -> Ordering {
        let places = self.place.cmp(&other.place).then_with(|| self.host.cmp(other.host));
        places.then_with(|| {
            if fnv {
                self.port.cmp(&other.port)
            } else {
                let absent =
                    |point: &Self| (point.instance.is_none(), point.instance.unwrap_or(""));
                absent(self).cmp(&absent(other))
            }
        })
    }
}

fn circle(options: &Options<'_>, servers: &[Server], fnv: bool, dialect: &str) -> Circle {
    let instances: Vec<Option<Cow<'_, str>>> =
        servers.iter().map(|server| instance(server, dialect)).collect();
    let mut points = Vec::with_capacity(servers.len() * POINTS as usize);
    for ((owner, server), instance) in (0_u32..).zip(servers).zip(&instances) {
        let (host, port) = (server.host(), server.port().unwrap_or(PORT));
        for number in 0..POINTS {
            let label = match (fnv, instance) {
                (true, Some(instance)) => format!("{number}-{instance}"),
                (true, None) => format!("{number}-{host}:{port}"),
                (false, Some(instance)) => format!("('{host}', '{instance}'):{number}"),
                (false, None) => format!("('{host}', None):{number}"),
            };
            let text = label.as_bytes();
            let place = place(fnv, &text[..text.len().min(LONGEST)]);
            if let Some(trace) = options.context.trace {
                trace.see(place.into(), owner, || PointLabel { text: label, word: None });
            }
            let instance = instance.as_deref();
            points.push(Point { place, host, port, instance, owner });
        }
    }
    points.sort_by(|one, other| one.compare(other, fnv));
    // Points that nothing tells apart stand in the order of the list.
    let order_matters = points.windows(2).any(|pair| {
        pair[0].compare(&pair[1], fnv) == Ordering::Equal && pair[0].owner != pair[1].owner
    });
    let mut owned: Vec<(u64, u32)> =
        points.iter().map(|point| (u64::from(point.place), point.owner)).collect();
    if dialect == "3.2" {
        for at in 1..owned.len() {
            if owned[at].0 == owned[at - 1].0 {
                owned[at].1 = owned[at - 1].1;
            }
        }
    }
    let circle = Circle::new(owned, false, order_matters);
    if dialect == "3.1" { circle.found_by(halved) } else { circle }
}

/// The search of 3.1, step by step: it stops at any point at the key's own place.
fn halved(points: &[u64], key: u64) -> usize {
    let (mut low, mut high) = (0_usize, points.len());
    loop {
        let at = low.midpoint(high);
        match points[at].cmp(&key) {
            Ordering::Equal => return at,
            Ordering::Less => {
                low = at;
                if low + 1 == high {
                    return high;
                }
            }
            Ordering::Greater => {
                high = at;
                if low + 1 == high {
                    return if points[low] >= key { low } else { high };
                }
                if high == 0 {
                    return 0;
                }
            }
        }
    }
}

/// The number that `strtol` reads where it reads the whole text.
fn whole(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let trimmed = text.trim_start_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let end = if trimmed.starts_with('-') { i64::MIN } else { i64::MAX };
    Some(trimmed.parse().unwrap_or(end))
}

/// Servers by instance, and whether the order of the list decides anything.
fn sorted(servers: &[Server], dialect: &str) -> (Vec<u32>, bool) {
    let instances: Vec<Option<Cow<'_, str>>> =
        servers.iter().map(|server| instance(server, dialect)).collect();
    let key = |server: u32| instances[server as usize].as_deref();
    let compare = |one: u32, other: u32| -> Ordering {
        let (one, other) = (key(one), key(other));
        match (dialect, one, other) {
            ("2", ..) => one.unwrap_or("").cmp(other.unwrap_or("")),
            (_, None, None) => Ordering::Equal,
            (_, None, Some(_)) => Ordering::Greater,
            (_, Some(_), None) => Ordering::Less,
            ("3.1", Some(one), Some(other)) => one.cmp(other),
            (_, Some(one), Some(other)) => match (whole(one), whole(other)) {
                (Some(one), Some(other)) => cut(one.wrapping_sub(other)).cmp(&0),
                _ => one.cmp(other),
            },
        }
    };
    let count = low32(servers.len() as u64);
    let order = merge_sorted((0..count).collect(), &compare);
    let backwards = merge_sorted((0..count).rev().collect(), &compare);
    let numbers = instances.iter().flatten().filter(|text| whole(text).is_some()).count();
    let mixed = dialect == "3.2" && (1..instances.iter().flatten().count()).contains(&numbers);
    let order_matters = order != backwards || mixed;
    (order, order_matters)
}

/// glibc's merge sort: halves, the first the shorter; of equals the left one first.
fn merge_sorted(list: Vec<u32>, compare: &impl Fn(u32, u32) -> Ordering) -> Vec<u32> {
    if list.len() < 2 {
        return list;
    }
    let mut left = list;
    let right = left.split_off(left.len() / 2);
    let (left, right) = (merge_sorted(left, compare), merge_sorted(right, compare));
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        let next = if compare(*one, *other).is_le() { left.next() } else { right.next() };
        merged.extend(next);
    }
    merged.extend(left.chain(right));
    merged
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    if servers.len() < 2 {
        return Vec::new();
    }
    if is_any(options) {
        return vec![Advice::new(
            Topic::Churn,
            "a remainder deals most metrics anew whenever a server comes or goes: fnv1a_ch moves \
             few",
        )];
    }
    if is_jump(options) {
        let unnamed = servers.iter().filter(|server| server.instance().is_none()).count();
        if unnamed == 0 {
            return Vec::new();
        }
        return vec![Advice::new(
            Topic::Churn,
            format!(
                "{unnamed} servers have no instance and are numbered by their place: give each \
                 an instance, so that a new one does not renumber others"
            ),
        )];
    }
    let fnv = options.choice("hash") == "fnv1a";
    let circle = circle(options, servers, fnv, options.choice("dialect"));
    let mut owning = vec![false; servers.len()];
    circle.owners().iter().for_each(|owner| owning[*owner as usize] = true);
    let starved: Vec<String> = owning
        .iter()
        .zip(servers)
        .filter(|(owning, _)| !**owning)
        .map(|(_, server)| server.identity().into_owned())
        .collect();
    match &*starved {
        [] => Vec::new(),
        [first, ..] => vec![Advice::new(
            Topic::Starved,
            format!(
                "{} of {} servers own no point, as {first}: others hash the same texts; give \
                 each an instance. Asked for more replicas than servers that own points, \
                 carbon-c-relay hangs",
                starved.len(),
                servers.len()
            ),
        )],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned() {
        let clean = |allow: &[u8], key: &str| {
            let input = Input { allow: Some(allow.into()) };
            String::from_utf8(input.apply(key.as_bytes()).into_owned()).unwrap()
        };
        for (key, name) in [
            ("..a..b.", "a.b"),
            ("a b/c", "a_b_c"),
            ("a.b;tag=1", "a.b"),
            ("a.;t=1", "a."),
            ("\u{e9}", "__"),
            ("...", ""),
            ("a-_:#", "a-_:#"),
            ("a\0", "a_"),
        ] {
            assert_eq!(clean(b"-_:#", key), name, "{key}");
        }
        assert_eq!(clean(b";=", "a;t=1-"), "a;t=1_");
    }

    #[test]
    fn instances_are_read_as_ints() {
        let read = |text: &str, dialect| {
            instance(&Server::new("a", 1).with_instance(text), dialect).unwrap().into_owned()
        };
        for (text, wanted) in [
            ("010", "10"),
            ("2147483648", "-2147483648"),
            ("18446744073709551617", "-1"),
            ("+2", "+2"),
            ("09x", "09x"),
        ] {
            assert_eq!(read(text, "3.2"), wanted);
            assert_eq!(read(text, "2"), text);
        }
    }

    #[test]
    fn halving_meets_every_key() {
        let points = [3, 5, 5, 5, 9];
        for key in 0..12 {
            let at = halved(&points, key);
            let first = points.partition_point(|point| *point < key);
            assert!(at == first || points[at] == key, "{key}: {at}");
        }
        assert_eq!(halved(&[7], 3), 0);
        assert_eq!(halved(&[7], 8), 1);
    }
}
