//! NATS: `{{partition(n, tokens…)}}` of a subject mapping.
//!
//! Rule. FNV-1a of 32 bits over the named tokens of the subject, run together in the
//! order written, modulo n. Servers stand for partitions, numbered by their place in
//! the list. A key is the subject that the mapping's wildcards match, tokens counted
//! from 1.
//!
//! `tokens` names them, with `-` between: `1`, `1-3-2`; the same one twice counts
//! twice. `tokens=all` is `partition(n)` of 2.15: the whole incoming subject, dots and
//! all, which begins with what stands before the wildcards: `prefix`.
//!
//! Quirks, all kept:
//! - No separator: `a.bc` and `ab.c` are one key.
//! - Another number of partitions moves nearly every key. No weights.
//!
//! A subject with fewer tokens does not match such a mapping; here what is missing is
//! hashed as nothing. The program names one partition; candidates are the following
//! numbers.

use std::borrow::Cow;

use crate::error::{Error, Kind, quoted};
use crate::lanes::Hash32;
use crate::placement::{Hashed, KeyHash, Placement, Slots, Space};
use crate::scheme::{Accepts, Minimal, OptionSpec, Options, Order, SchemeEntry};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["nats"],
    program: "NATS partition()",
    versions: "2.9.10, 2.15.1",
    about: "FNV-1a of tokens of the subject, modulo the number of partitions",
    options: &[
        OptionSpec::new(
            "tokens",
            Accepts::Text(200),
            "1",
            "numbers of the tokens, from 1, with - between; or all",
        )
        .trying(&["2", "1-2", "all"]),
        OptionSpec::new(
            "prefix",
            Accepts::Text(1000),
            "",
            "with tokens=all: what subjects begin with",
        ),
    ],
    order: |_| Order::Positional,
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 7771,
    ..SchemeEntry::new("nats-partition", build)
};

/// The bytes hashed of a subject.
enum Tokens {
    /// By place, from 0.
    Some(Box<[usize]>),
    /// The whole, behind a prefix.
    All(Box<[u8]>),
}

impl Tokens {
    fn new(options: &Options<'_>) -> Result<Self, Error> {
        let (text, prefix) = (options.text("tokens"), options.text("prefix"));
        let refuse =
            |why: String| Err(Error::new(Kind::Scheme, format!("scheme 'nats-partition': {why}")));
        if text == "all" {
            return Ok(Self::All(prefix.as_bytes().into()));
        }
        if !prefix.is_empty() {
            return refuse("a prefix is hashed with tokens=all alone".to_owned());
        }
        let number = |part: &str| part.parse::<u16>().ok().filter(|number| *number > 0);
        let places: Option<Box<[usize]>> =
            text.split('-').map(|part| Some(usize::from(number(part)?) - 1)).collect();
        match places {
            Some(places) => Ok(Self::Some(places)),
            None => refuse(format!(
                "option 'tokens' is {}, but takes numbers from 1 to 65535 with - between, or all",
                quoted(text)
            )),
        }
    }

    fn text<'k>(&self, subject: &'k [u8]) -> Cow<'k, [u8]> {
        let token =
            |place: usize| subject.split(|byte| *byte == b'.').nth(place).unwrap_or_default();
        match self {
            Self::Some(places) => match **places {
                [place] => Cow::Borrowed(token(place)),
                _ => Cow::Owned(places.iter().flat_map(|place| token(*place)).copied().collect()),
            },
            Self::All(prefix) if prefix.is_empty() => Cow::Borrowed(subject),
            Self::All(prefix) => Cow::Owned([prefix, subject].concat()),
        }
    }
}

impl KeyHash for Tokens {
    type Position = u32;

    fn hash(&self, key: &[u8]) -> u32 {
        Hash32::Fnv1a32Plain.hash(&self.text(key))
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.text(key)
    }

    fn space(&self) -> Space {
        let name = Hash32::Fnv1a32Plain.name();
        let hash = match self {
            Self::All(prefix) if prefix.is_empty() => name.to_owned(),
            Self::All(prefix) => format!("{name}-behind-{}", String::from_utf8_lossy(prefix)),
            Self::Some(places) => {
                let places: Vec<String> =
                    places.iter().map(|place| (place + 1).to_string()).collect();
                format!("{name}-of-tokens-{}", places.join("-"))
            }
        };
        Space { hash, size: Some(1 << 32) }
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let partitions: Vec<u32> = (0_u32..).zip(servers).map(|(number, _)| number).collect();
    let place = Slots::new(partitions, servers.len() > 1);
    Ok(Box::new(Hashed { hash: Tokens::new(options)?, place }))
}
