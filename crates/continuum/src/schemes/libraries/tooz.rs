//! OpenStack tooz's `HashRing`.
//!
//! Rule. A node has the points j from 1 to `points` (32) times its weight: the digest of
//! its name repeated j + 1 times, as one big-endian number. A key is its own digest and
//! belongs to the first point strictly above, around the ring; `get_nodes` goes on to
//! the next nodes.
//!
//! Quirks, all kept:
//! - A key that is a node's name repeated is an exact hit and belongs to the point behind.
//! - Names such as `a` and `aa` share points; the node added later owns them.
//! - Weight 0 has no points.
//!
//! Digests longer than 128 bits are compared by their first 128. A server's name is the
//! node's; else it is `host:port`. Not covered: nodes given to the constructor, which
//! pass through a set, so that who is later varies; a shared point is lost to both when
//! either node is removed.

use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use crate::error::Error;
use crate::hash::md5;
use crate::placement::{Hashed, KeyHash, Placement, Rules, Seek, Shared, Space, space_size};
use crate::scheme::{Accepts, Capacities, OptionSpec, Options, SchemeEntry};
use crate::schemes::shared::points::{Points, check_wide_total};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["tooz-hashring"],
    program: "OpenStack tooz HashRing",
    versions: "9.1.0",
    about: "ring of 32 digests of the repeated name a unit of weight, first above",
    options: &[
        OptionSpec::new("points", Accepts::Whole(1, 1 << 16), "32", "partitions, a unit of weight")
            // Only the default is tried: six digests of more points take long.
            .trying(&[]),
        OptionSpec::new(
            "hash",
            Accepts::Choice(&["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]),
            "md5",
            "hash_function",
        ),
    ],
    capacities: |_| Capacities::Whole(u32::MAX as u64),
    proven: 9386,
    ..SchemeEntry::new("tooz", build)
};

/// The first 128 bits of a digest, the first byte highest.
struct First128 {
    name: &'static str,
    digest: fn(&[u8]) -> u128,
    /// Those of a name repeated 2, 3, 4 … times, so many of them.
    repeated: fn(&[u8], u64, &mut dyn FnMut(u128)),
}

impl First128 {
    fn new(name: &'static str) -> Self {
        match name {
            "sha1" => Self::of::<Sha1>(name),
            "sha224" => Self::of::<Sha224>(name),
            "sha256" => Self::of::<Sha256>(name),
            "sha384" => Self::of::<Sha384>(name),
            "sha512" => Self::of::<Sha512>(name),
            _ => Self { name, digest: |key| big_endian(md5::words(key)), repeated: repeated_md5 },
        }
    }

    fn of<D: Digest + Clone>(name: &'static str) -> Self {
        Self { name, digest: |key| first128(D::new_with_prefix(key)), repeated: repeated::<D> }
    }
}

fn first128(digest: impl Digest) -> u128 {
    digest.finalize().iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
}

fn big_endian(words: [u32; 4]) -> u128 {
    words.into_iter().fold(0, |number, word| number << 32 | u128::from(word.swap_bytes()))
}

fn repeated<D: Digest + Clone>(name: &[u8], count: u64, put: &mut dyn FnMut(u128)) {
    let mut text = D::new_with_prefix(name);
    for _ in 0..count {
        text.update(name);
        put(first128(text.clone()));
    }
}

fn repeated_md5(name: &[u8], count: u64, put: &mut dyn FnMut(u128)) {
    let mut text = md5::Prefix::default();
    text.extend(name);
    for _ in 0..count {
        text.extend(name);
        put(big_endian(text.words()));
    }
}

impl KeyHash for First128 {
    type Position = u128;

    fn hash(&self, key: &[u8]) -> u128 {
        (self.digest)(key)
    }

    fn space(&self) -> Space {
        Space { hash: format!("{}-big-endian", self.name), size: Some(space_size(u128::BITS)) }
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let each = options.whole("points");
    let count = |server: &Server| server.capacity().whole().unwrap_or(0).saturating_mul(each);
    check_wide_total(options, servers.iter().map(count))?;
    let hash = First128::new(options.choice("hash"));
    let mut points = Points::new(options);
    points.each(servers, count, |points, owner, server, count| {
        let name = server.label();
        let mut times = 1;
        (hash.repeated)(name.as_bytes(), count, &mut |position| {
            times += 1;
            points.add_named(owner, position, || name.repeat(times));
        });
        Ok(())
    })?;
    let place = points.ring(Rules::new(Seek::After, Shared::Last));
    Ok(Box::new(Hashed { hash, place }))
}
