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

use crate::error::{Error, Kind};
use crate::hash::md5;
use crate::placement::{Hashed, KeyHash, Placement, Rules, Seek, Shared, Space, space_size};
use crate::scheme::{Accepts, Capacities, OptionSpec, Options, SchemeEntry};
use crate::schemes::shared::points::{Points, check_total};
use crate::server::Server;

/// The most bytes of labels that a build hashes: they grow with the square of weights.
const MOST_BYTES: u64 = 1 << 32;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["tooz-hashring"],
    program: "OpenStack tooz HashRing",
    versions: "9.1.0",
    about: "ring of 32 digests of the repeated name a unit of weight, first above",
    options: &[
        OptionSpec::new("points", Accepts::Whole(1, 1 << 16), "32", "partitions, a unit of weight")
            // Labels grow with the square of the points: only the default is tried.
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
}

impl First128 {
    fn new(name: &'static str) -> Self {
        let digest = match name {
            "sha1" => first128::<Sha1>,
            "sha224" => first128::<Sha224>,
            "sha256" => first128::<Sha256>,
            "sha384" => first128::<Sha384>,
            "sha512" => first128::<Sha512>,
            _ => md5_128,
        };
        Self { name, digest }
    }
}

fn md5_128(key: &[u8]) -> u128 {
    md5::words(key).into_iter().fold(0, |number, word| number << 32 | u128::from(word.swap_bytes()))
}

fn first128<D: Digest>(key: &[u8]) -> u128 {
    let digest = D::digest(key);
    digest.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
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
    check_total(options, servers.iter().map(count))?;
    let bytes = servers
        .iter()
        .map(|server| {
            let (count, name) = (count(server), server.label().len() as u64);
            count.saturating_mul(count).saturating_mul(name) / 2
        })
        .fold(0, u64::saturating_add);
    if bytes > MOST_BYTES {
        return Err(Error::new(
            Kind::Limit,
            format!(
                "scheme 'tooz': these capacities ask for labels of {bytes} bytes, but at most \
                 {MOST_BYTES} are hashed: tooz repeats a name once for each point"
            ),
        ));
    }
    let hash = First128::new(options.choice("hash"));
    let mut points = Points::new(options);
    points.each(servers, count, |points, owner, server, count| {
        let name = server.label();
        let mut label = name.as_bytes().to_vec();
        for _ in 0..count {
            label.extend_from_slice(name.as_bytes());
            points.add(owner, hash.hash(&label), &label);
        }
        Ok(())
    })?;
    let place = points.ring(Rules::new(Seek::After, Shared::Last));
    Ok(Box::new(Hashed { hash, place }))
}
