//! Ceph CRUSH: a straw2 bucket, flat root, `choose firstn`.
//! Rule, quirks, versions and limits: `docs/schemes/ceph-straw2.md`.

mod crush_ln;

use std::collections::BTreeMap;

use self::crush_ln::ln;
use crate::hash::rjenkins::hash3;
use crate::hash::word::low16;
use crate::schemes::prelude::*;
use crate::schemes::shared::number_key::{self, NumberKey};
use crate::schemes::shared::plain::Low32;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["straw2"],
    program: "Ceph CRUSH straw2",
    versions: "16.2.15",
    about: "CRUSH's weighted draw among numbered items",
    options: &[number_key::OPTION],
    capacities: |_| Capacities::UpTo(65_535),
    proven: 42_000,
    numbers: true,
    ..SchemeEntry::new("ceph-straw2", build)
};

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let mut ids: BTreeMap<u32, &Server> = BTreeMap::new();
    let mut items = Vec::new();
    for (owner, server) in (0_u32..).zip(servers) {
        let refuse = |why: String| {
            Error::new(Kind::Server, format!("server {}: {why}", quoted(&server.identity())))
        };
        let id = id(server).ok_or_else(|| {
            refuse("it has no id, which CRUSH hashes: give it one, or name it osd.N".to_owned())
        })?;
        if let Some(other) = ids.insert(id, server) {
            let other = quoted(&other.identity());
            return Err(refuse(format!("its id {id} is that of {other}")));
        }
        let weight = weight(server);
        if weight > 0 {
            items.push(Item { id, weight, owner });
        }
    }
    let place = Straw2 { items: items.into_boxed_slice() };
    Ok(Box::new(Hashed { hash: Low32(NumberKey::new(options)), place }))
}

fn id(server: &Server) -> Option<u32> {
    let named = || {
        let digits = server.name().unwrap_or(server.host()).strip_prefix("osd.")?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| plain)
    };
    server.id().or_else(named)
}

/// The capacity as crushtool reads a weight: `int(float(text) * 0x10000)`.
fn weight(server: &Server) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "C's own casts; at most 65535 · 65536")]
    let weight = (server.capacity().get() as f32 * 65_536.0_f32) as i64;
    weight
}

#[derive(Clone, Copy, Debug)]
struct Item {
    id: u32,
    /// 16.16 fixed-point, above 0.
    weight: i64,
    owner: u32,
}

/// Items that draw.
struct Straw2 {
    items: Box<[Item]>,
}

impl Item {
    fn length(&self, input: u32, draw: u32) -> i64 {
        let log = ln(low16(hash3(input, self.id, draw))).cast_signed() - (1 << 48);
        log / self.weight
    }
}

impl Straw2 {
    /// `bucket_straw2_choose`. O(items).
    fn choose(&self, input: u32, draw: u32) -> u32 {
        let mut best = (i64::MIN, NO_OWNER);
        for item in &self.items {
            let length = item.length(input, draw);
            if length > best.0 {
                best = (length, item.owner);
            }
        }
        best.1
    }
}

impl Place<u32> for Straw2 {
    fn place(&self, position: u32) -> u32 {
        self.choose(position, 0)
    }

    fn step(&self, position: u32, cursor: &mut Cursor) -> Option<u32> {
        /// Draws beyond the number of items: what `firstn` spends on the last copy.
        const TRIES: u32 = 50;
        let count = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        if count == 0 || cursor.steps >= count.saturating_add(TRIES) {
            return None;
        }
        let owner = self.choose(position, cursor.steps);
        cursor.steps += 1;
        Some(owner)
    }

    fn hit(&self, position: u32) -> Option<Hit> {
        #[expect(clippy::cast_precision_loss, reason = "at most 2^48 either way")]
        let scores: Vec<(u32, f64)> =
            self.items.iter().map(|item| (item.owner, item.length(position, 0) as f64)).collect();
        (!scores.is_empty()).then_some(Hit::Scores { scores, highest: true })
    }

    fn expected_shares(&self, count: usize) -> Option<Vec<f64>> {
        let mut shares = vec![0.0; count];
        #[expect(clippy::cast_precision_loss, reason = "weights are below 2^32")]
        let weight = |item: &Item| item.weight as f64;
        let sum: f64 = self.items.iter().map(weight).sum();
        for item in &self.items {
            shares[item.owner as usize] = weight(item) / sum;
        }
        Some(shares)
    }

    fn order_matters(&self) -> bool {
        // Two items tie for some of 2^32 inputs, whatever their ids.
        self.items.len() > 1
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.items)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Capacity, Continuum, Error, Server, Servers};

    fn built(list: impl IntoIterator<Item = Server>) -> Result<Continuum, Error> {
        let mut servers = Servers::new();
        for server in list {
            servers.add(server)?;
        }
        Continuum::with_servers("ceph-straw2".parse()?, servers)
    }

    #[test]
    fn ids_come_from_the_server() {
        let osd = |number: u32| Server::without_port(format!("osd.{number}"));
        let by_name = built([osd(4), osd(2), osd(9)]).unwrap();
        let by_id = built(
            [4, 2, 9].map(|id| Server::new("host", 1).with_name(format!("n{id}")).with_id(id)),
        );
        let by_id = by_id.unwrap();
        for x in 0..200_u32 {
            let key = x.to_le_bytes();
            assert_eq!(by_name.resolve_index(key), by_id.resolve_index(key));
        }
        let error = built([Server::new("a", 1)]).unwrap_err().to_string();
        assert!(error.contains("it has no id"), "{error}");
        let error = built([osd(1), Server::new("a", 1).with_id(1)]).unwrap_err().to_string();
        assert_eq!(error, "server 'a:1': its id 1 is that of 'osd.1'");
    }

    #[test]
    fn too_small_a_weight_is_none() {
        let tiny = Capacity::try_from(1e-6).unwrap();
        let one = Server::without_port("osd.0").with_capacity(tiny);
        assert_eq!(built([one]).unwrap().resolve("x"), None);
    }
}
