//! PostgreSQL's `PARTITION BY HASH`.
//!
//! Rule. For each column that is not NULL,
//! `h ^= v + 0x49a0f4dd15e5a8e3 + (h << 54) + (h >> 7)` in 64 bits from 0, v being the
//! type's 64-bit hash with the seed 0x7a5b22367996dcfd; the partition is h modulo their
//! number. Servers stand for partitions of one modulus, remainder 0 first; where moduli
//! are mixed each server's [hash key](crate::Server::hash_key) is `modulus:remainder`.
//!
//! `type` is that of the column, or of several with `+` between: `text`, `varchar`,
//! `bytea` (the bytes), `char` (trailing blanks are cut off), `uuid`, `int2`, `int4`,
//! `int8`, `date`. A key is the text form of the value; for several columns texts with
//! a byte 0x1f between, `\N` for NULL.
//!
//! Quirks, all kept:
//! - Equal numbers hash alike as int2, int4 and int8.
//! - Another number of partitions moves nearly every row. No weights.
//!
//! A text that is no value of its type is refused by PostgreSQL; here its bytes are
//! hashed. The program names one partition; candidates are the following ones. Not
//! covered: big-endian machines, nondeterministic collations, timestamps, numeric,
//! arrays, and Citus, whose ranges of hashes are stored.

use crate::error::{Error, Kind, quoted};
use crate::hash::postgres::{PARTITION_SEED, bytes, number};
use crate::hash::word::{high32, low32};
use crate::placement::{Hashed, KeyHash, NO_OWNER, Placement, Slots, Space};
use crate::scheme::{Accepts, Minimal, OptionSpec, Options, Order, SchemeEntry};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["postgresql", "postgres-hash"],
    program: "PostgreSQL PARTITION BY HASH",
    versions: "15.18",
    about: "lookup3 of a row's columns, modulo the number of partitions",
    options: &[OptionSpec::new(
        "type",
        Accepts::Text(500),
        "text",
        "the column's type, or those of several with + between",
    )
    .trying(&["int8"])],
    order: |_| Order::Positional,
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 12_393,
    ..SchemeEntry::new("postgres", build)
};

/// What stands between the columns of a key.
const JOINT: u8 = 0x1f;
/// `hash_combine64`'s.
const COMBINE: u64 = 0x49a0_f4dd_15e5_a8e3;
/// Slots of a table for mixed moduli.
const MOST_SLOTS: u64 = 1 << 24;

#[derive(Clone, Copy, Debug)]
enum Type {
    Bytes,
    Blanks,
    Small,
    Wide,
    Uuid,
    Date,
}

impl Type {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "text" | "varchar" | "bytea" | "character varying" => Self::Bytes,
            "char" | "bpchar" | "character" => Self::Blanks,
            "int2" | "int4" | "smallint" | "int" | "integer" => Self::Small,
            "int8" | "bigint" => Self::Wide,
            "uuid" => Self::Uuid,
            "date" => Self::Date,
            // char(n) as psql writes it.
            _ if name.starts_with("char(") || name.starts_with("character(") => Self::Blanks,
            _ => return None,
        })
    }

    /// The 64-bit hash of a value.
    fn hash(self, text: &[u8]) -> u64 {
        let value = std::str::from_utf8(text).ok();
        let hashed = match self {
            Self::Bytes => None,
            Self::Blanks => Some(bytes(trimmed(text), PARTITION_SEED)),
            Self::Small => value
                .and_then(|text| text.parse::<i32>().ok())
                .map(|value| number(value.cast_unsigned(), PARTITION_SEED)),
            Self::Wide => value.and_then(|text| text.parse::<i64>().ok()).map(wide),
            Self::Uuid => value.and_then(uuid).map(|uuid| bytes(&uuid, PARTITION_SEED)),
            Self::Date => {
                value.and_then(days).map(|days| number(days.cast_unsigned(), PARTITION_SEED))
            }
        };
        hashed.unwrap_or_else(|| bytes(text, PARTITION_SEED))
    }
}

/// Without the blanks at its end.
fn trimmed(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    &text[..end]
}

/// An int8 folded so that it hashes as an equal int4.
pub(super) fn folded(value: i64) -> u32 {
    let bits = value.cast_unsigned();
    let high = if value < 0 { !high32(bits) } else { high32(bits) };
    low32(bits) ^ high
}

fn wide(value: i64) -> u64 {
    number(folded(value), PARTITION_SEED)
}

/// Sixteen bytes of a UUID, in any form that PostgreSQL takes: braces and hyphens after
/// every fourth digit may be left out.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let inner = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    let mut digits = 0_usize;
    let mut uuid = [0; 16];
    for byte in inner.bytes() {
        if byte == b'-' && digits.is_multiple_of(4) && digits > 0 {
            continue;
        }
        let digit = char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())?;
        let place = uuid.get_mut(digits / 2)?;
        *place = *place << 4 | digit;
        digits += 1;
    }
    (digits == 32).then_some(uuid)
}

/// Days from 2000-01-01 to a date as ISO 8601 writes it.
fn days(text: &str) -> Option<i32> {
    let mut parts = text.splitn(3, '-');
    let year: i32 = parts.next()?.parse().ok().filter(|year| (1..=99_999).contains(year))?;
    let month: i32 = parts.next()?.parse().ok().filter(|month| (1..=12).contains(month))?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let day: i32 = parts.next()?.parse().ok().filter(|day| (1..=last).contains(day))?;
    // Counted from the first of March, so that a leap day ends its year.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let before = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    // The first of January 2000, counted so.
    Some(before - 730_425)
}

struct Row {
    columns: Box<[Type]>,
}

impl Row {
    fn new(options: &Options<'_>) -> Result<Self, Error> {
        let name = options.text("type");
        let column = |name: &str| {
            Type::named(name).ok_or_else(|| {
                Error::new(
                    Kind::Scheme,
                    format!(
                        "scheme 'postgres': type {} is not covered: text, varchar, char, bytea, uuid, \
                         int2, int4, int8 and date are",
                        quoted(name)
                    ),
                )
            })
        };
        let columns = name.split('+').map(column).collect::<Result<_, _>>()?;
        Ok(Self { columns })
    }
}

impl KeyHash for Row {
    type Position = u64;

    fn hash(&self, key: &[u8]) -> u64 {
        let combine = |hash: u64, value: u64| {
            hash ^ value.wrapping_add(COMBINE).wrapping_add(hash << 54).wrapping_add(hash >> 7)
        };
        if let [column] = *self.columns {
            return combine(0, column.hash(key));
        }
        let texts = key.split(|byte| *byte == JOINT);
        self.columns
            .iter()
            .zip(texts)
            .filter(|(_, text)| *text != b"\\N")
            .fold(0, |hash, (column, text)| combine(hash, column.hash(text)))
    }

    fn space(&self) -> Space {
        // Types of one hash are one function.
        let columns: Vec<String> =
            self.columns.iter().map(|column| format!("{column:?}").to_lowercase()).collect();
        Space { hash: format!("postgres-{}", columns.join("-")), size: Some(1 << 64) }
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let hash = Row::new(options)?;
    let owners = if servers.iter().any(|server| server.hash_key().is_some()) {
        mixed(servers)?
    } else {
        (0_u32..).zip(servers).map(|(number, _)| number).collect()
    };
    Ok(Box::new(Hashed { hash, place: Slots::new(owners, servers.len() > 1) }))
}

/// A table over the least common multiple of the moduli.
fn mixed(servers: &[Server]) -> Result<Vec<u32>, Error> {
    let refuse = |server: &Server, why: &str| {
        Error::new(
            Kind::Server,
            format!("scheme 'postgres': server {}: {why}", quoted(&server.identity())),
        )
    };
    let parts = servers
        .iter()
        .map(|server| {
            let text = server.hash_key().unwrap_or_default();
            let numbers = text.split_once(':').and_then(|(modulus, remainder)| {
                Some((modulus.parse::<u64>().ok()?, remainder.parse::<u64>().ok()?))
            });
            numbers
                .filter(|(modulus, remainder)| remainder < modulus)
                .ok_or_else(|| refuse(server, "its hash_key is not modulus:remainder, as 4:1"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let size = parts.iter().map(|(modulus, _)| *modulus).max().unwrap_or(1);
    for ((modulus, _), server) in parts.iter().zip(servers) {
        if !size.is_multiple_of(*modulus) || size > MOST_SLOTS {
            return Err(refuse(
                server,
                "each modulus divides the largest, which is at most 16777216",
            ));
        }
    }
    let mut slots = vec![NO_OWNER; usize::try_from(size).unwrap_or(0)];
    for (((modulus, remainder), server), number) in parts.iter().zip(servers).zip(0_u32..) {
        let step = usize::try_from(*modulus).unwrap_or(usize::MAX);
        let from = usize::try_from(*remainder).unwrap_or(usize::MAX);
        for slot in slots.iter_mut().skip(from).step_by(step) {
            if *slot != NO_OWNER {
                return Err(refuse(server, "its partition overlaps another"));
            }
            *slot = number;
        }
    }
    Ok(slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_2000() {
        for (text, count) in [
            ("2000-01-01", Some(0)),
            ("2000-02-29", Some(59)),
            ("1999-12-31", Some(-1)),
            ("2026-11-26", Some(9826)),
            ("0001-01-01", Some(-730_119)),
            ("2001-02-29", None),
            ("2000-1", None),
        ] {
            assert_eq!(days(text), count, "{text}");
        }
    }

    #[test]
    fn uuids_in_all_forms() {
        let plain = uuid("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
        assert!(plain.is_some());
        for text in [
            "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
            "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
            "a0eebc999c0b4ef8bb6d6bb9bd380a11",
            "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
        ] {
            assert_eq!(uuid(text), plain, "{text}");
        }
        assert_eq!(uuid("a0eebc99"), None);
    }

    #[test]
    fn equal_numbers_hash_alike() {
        for value in [0_i32, 1, -1, i32::MAX, i32::MIN] {
            let text = value.to_string();
            assert_eq!(Type::Small.hash(text.as_bytes()), Type::Wide.hash(text.as_bytes()));
        }
    }
}
