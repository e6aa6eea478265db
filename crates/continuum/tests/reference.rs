//! A slow, literal reading of `python-continuum` that shares no code with the
//! library: its own MD5 (from the text of RFC 1321), its own search.

use std::f64::consts::PI;

use continuum::{Capacity, Continuum, Scheme, Server, Servers};
use proptest::prelude::*;

/// RFC 1321, step by step. The table of sines is computed, not copied.
fn md5(message: &[u8]) -> [u32; 4] {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the RFC: the integer part of 4294967296 times abs(sin(i))"
    )]
    let table: Vec<u32> =
        (1..=64).map(|i| (f64::from(i).sin().abs() * 4_294_967_296.0) as u32).collect();
    assert_eq!(table[0], 0xd76a_a478, "sin is off on this machine, {PI}");
    let turns = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((message.len() as u64 * 8).to_le_bytes());
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded.chunks(64) {
        let word = |at: usize| u32::from_le_bytes(block[at * 4..at * 4 + 4].try_into().unwrap());
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64 {
            let (mixed, at) = match step / 16 {
                0 => ((b & c) | (!b & d), step),
                1 => ((b & d) | (c & !d), (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), (7 * step) % 16),
            };
            let sum = a.wrapping_add(mixed).wrapping_add(table[step]).wrapping_add(word(at));
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(turns[step / 16][step % 4]));
        }
        for (word, add) in state.iter_mut().zip([a, b, c, d]) {
            *word = word.wrapping_add(add);
        }
    }
    state
}

/// Points in the order in which the module makes them.
fn points(total: u32, servers: &[(String, u16, f64)]) -> Vec<(u32, u32)> {
    let sum: f64 = servers.iter().map(|server| server.2).sum();
    let mut points = Vec::new();
    for (number, (host, port, capacity)) in (0..).zip(servers) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "int()")]
        let dots = (f64::from(total) * (capacity / sum)) as u32;
        for x in 0..dots / 4 {
            for word in md5(format!("{host}-{port}-{x}").as_bytes()) {
                points.push((word, number));
            }
        }
        for left in 0..dots % 4 {
            points.push((left, number));
        }
    }
    points
}

/// The first point strictly above; among equal ones the first made.
fn resolve(points: &[(u32, u32)], key: &[u8]) -> Option<u32> {
    let at = md5(key)[0];
    let above = points.iter().filter(|point| point.0 > at).map(|point| point.0).min();
    let found = above.or_else(|| points.iter().map(|point| point.0).min())?;
    points.iter().find(|point| point.0 == found).map(|point| point.1)
}

proptest! {
    #![proptest_config(crate::properties::cases(200))]

    #[test]
    fn equals_the_reference(
        total in prop_oneof![1_u32..30, 30_u32..3000],
        list in prop::collection::btree_map(
            ("[a-z0-9.:é-]{1,20}", any::<u16>()),
            prop_oneof![Just(1.0), Just(0.0), (0_u32..9).prop_map(f64::from), 0.0..3.0_f64],
            1..12,
        ),
        keys in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..130), 1..60),
    ) {
        let list: Vec<(String, u16, f64)> =
            list.into_iter().map(|((host, port), capacity)| (host, port, capacity)).collect();
        prop_assume!(list.iter().any(|server| server.2 > 0.0));
        let mut servers = Servers::new();
        for (host, port, capacity) in &list {
            let capacity = Capacity::try_from(*capacity).unwrap();
            servers.add(Server::new(host.as_str(), *port).with_capacity(capacity)).unwrap();
        }
        let scheme: Scheme = format!("python-continuum:points={total}").parse().unwrap();
        let continuum = Continuum::with_servers(scheme, servers).unwrap();
        let points = points(total, &list);
        for key in keys {
            prop_assert_eq!(continuum.resolve_index(&key), resolve(&points, &key));
        }
    }
}
