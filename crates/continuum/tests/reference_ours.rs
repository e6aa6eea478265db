//! Slow, literal readings of our own schemes as `docs/schemes/` specifies them.
//! They share no code with the library: their own hashes, their own logarithm
//! (in doubles, rounded to single precision after every step), a matching by
//! sorting all pairs.

use continuum::{Capacity, Continuum, Scheme, Server, Servers};
use proptest::prelude::*;

/// The first 128 bytes of the secret in the specification of XXH3.
const SECRET: &str = "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f\
                      cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c\
                      3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8\
                      fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364ea";

fn secret(at: usize) -> u64 {
    let byte = |n: usize| u64::from(u8::from_str_radix(&SECRET[2 * n..2 * n + 2], 16).unwrap());
    (0..8).map(|n| byte(at + n) << (8 * n)).sum()
}

fn read(bytes: &[u8], at: usize, count: usize) -> u64 {
    bytes[at..at + count].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

const P1: u64 = 0x9e37_79b1_85eb_ca87;
const P2: u64 = 0xc2b2_ae3d_27d4_eb4f;
const P3: u64 = 0x1656_67b1_9e37_79f9;
const P4: u64 = 0x85eb_ca77_c2b2_ae63;
const P5: u64 = 0x27d4_eb2f_1656_67c5;

fn low(wide: u128) -> u64 {
    u64::try_from(wide % (1 << 64)).unwrap()
}

fn low32(wide: u64) -> u32 {
    u32::try_from(wide % (1 << 32)).unwrap()
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    low(product) ^ low(product >> 64)
}

fn avalanche64(mut h: u64) -> u64 {
    h = (h ^ h >> 33).wrapping_mul(P2);
    h = (h ^ h >> 29).wrapping_mul(P3);
    h ^ h >> 32
}

/// XXH3, 64 bits, seed 0, of at most 128 bytes.
fn xxh3(b: &[u8]) -> u64 {
    let n = b.len();
    let len = n as u64;
    match n {
        0 => avalanche64(secret(56) ^ secret(64)),
        1..=3 => {
            let all =
                u64::from(b[0]) << 16 | u64::from(b[n / 2]) << 24 | u64::from(b[n - 1]) | len << 8;
            avalanche64(all ^ u64::from(low32(secret(0)) ^ low32(secret(4))))
        }
        4..=8 => {
            let both = read(b, n - 4, 4).wrapping_add(read(b, 0, 4) << 32);
            let mut h = both ^ (secret(8) ^ secret(16));
            h ^= h.rotate_left(49) ^ h.rotate_left(24);
            h = h.wrapping_mul(0x9fb2_1c65_1e98_df25);
            h ^= (h >> 35).wrapping_add(len);
            h = h.wrapping_mul(0x9fb2_1c65_1e98_df25);
            h ^ h >> 28
        }
        _ => {
            let mix = |at: usize, key: usize| {
                fold(read(b, at, 8) ^ secret(key), read(b, at + 8, 8) ^ secret(key + 8))
            };
            let mut sum;
            if n <= 16 {
                let one = read(b, 0, 8) ^ secret(24) ^ secret(32);
                let two = read(b, n - 8, 8) ^ secret(40) ^ secret(48);
                sum = len
                    .wrapping_add(one.swap_bytes())
                    .wrapping_add(two)
                    .wrapping_add(fold(one, two));
            } else {
                assert!(n <= 128, "the reference stops at 128 bytes");
                sum = len.wrapping_mul(P1);
                for pair in 0..(n - 1) / 32 + 1 {
                    sum = sum.wrapping_add(mix(16 * pair, 32 * pair));
                    sum = sum.wrapping_add(mix(n - 16 * (pair + 1), 32 * pair + 16));
                }
            }
            sum = (sum ^ sum >> 37).wrapping_mul(0x1656_6791_9e37_79f9);
            sum ^ sum >> 32
        }
    }
}

/// XXH64, seed 0.
fn xxh64(b: &[u8]) -> u64 {
    let round = |lane: u64, word: u64| {
        lane.wrapping_add(word.wrapping_mul(P2)).rotate_left(31).wrapping_mul(P1)
    };
    let mut at = 0;
    let mut h = P5;
    if b.len() >= 32 {
        let mut lanes = [P1.wrapping_add(P2), P2, 0, 0_u64.wrapping_sub(P1)];
        while at + 32 <= b.len() {
            for lane in &mut lanes {
                *lane = round(*lane, read(b, at, 8));
                at += 8;
            }
        }
        h = [1, 7, 12, 18]
            .iter()
            .zip(lanes)
            .fold(0_u64, |sum, (turn, lane)| sum.wrapping_add(lane.rotate_left(*turn)));
        for lane in lanes {
            h = (h ^ round(0, lane)).wrapping_mul(P1).wrapping_add(P4);
        }
    }
    h = h.wrapping_add(b.len() as u64);
    while at + 8 <= b.len() {
        h = (h ^ round(0, read(b, at, 8))).rotate_left(27).wrapping_mul(P1).wrapping_add(P4);
        at += 8;
    }
    if at + 4 <= b.len() {
        h ^= read(b, at, 4).wrapping_mul(P1);
        h = h.rotate_left(23).wrapping_mul(P2).wrapping_add(P3);
        at += 4;
    }
    for byte in &b[at..] {
        h = (h ^ u64::from(*byte).wrapping_mul(P5)).rotate_left(11).wrapping_mul(P1);
    }
    avalanche64(h)
}

/// The n-th output (from 1) of `SplitMix64` from a seed.
fn splitmix(seed: u64, n: u64) -> u64 {
    mix(seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// Rounds a double to single precision.
fn single(x: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
    f64::from(x as f32)
}

fn draw(key: u64, server: u64) -> u32 {
    let mut x = low32(key ^ server);
    x = (x ^ x >> 17).wrapping_mul(0xed5a_d4bb);
    x = x ^ x >> 11 ^ low32((key ^ server) >> 32);
    x = x.wrapping_mul(0xac4c_1b51);
    x = (x ^ x >> 15).wrapping_mul(0x3184_8bab);
    x ^ x >> 14
}

/// From the highest power down, as decimal numbers that single precision holds.
const LOG: [f64; 8] = [
    0.006_529_401_056_468_487,
    -0.011_677_252_128_720_284,
    0.017_010_014_504_194_26,
    0.002_180_185_401_812_195_8,
    0.024_388_492_107_391_357,
    0.059_873_074_293_136_6,
    0.180_348_485_708_236_7,
    0.721_347_451_210_022,
];

fn negative_log(draw: u32) -> f64 {
    let high = draw >= 1 << 31;
    let float = single(single(f64::from(if high { !draw } else { draw })) + 0.5);
    let (whole, m) = if high {
        let (mut mantissa, mut whole) = (float, 31.0);
        while mantissa >= 2.0 {
            mantissa /= 2.0;
            whole -= 1.0;
        }
        while mantissa < 1.0 {
            mantissa *= 2.0;
            whole += 1.0;
        }
        (whole, 2.0 - mantissa)
    } else {
        (0.0, float / 2_147_483_648.0)
    };
    let sum = LOG.into_iter().map(single).reduce(|sum, next| single(single(sum * m) + next));
    single(whole + single(sum.unwrap() * m))
}

/// A server of the reference.
#[derive(Clone, Debug)]
struct Node {
    hash: u64,
    identity: String,
    capacity: f64,
    /// Its number in the list.
    number: u32,
    id: u32,
}

/// A capacity as m · 2^e with m from 1 to below 2.
fn parts(mut capacity: f64) -> (f64, i32) {
    let mut exponent = 0;
    while capacity >= 2.0 {
        capacity /= 2.0;
        exponent += 1;
    }
    while capacity < 1.0 {
        capacity *= 2.0;
        exponent -= 1;
    }
    (capacity, exponent)
}

/// Servers with capacity, in tie order, each with what its logarithms are
/// multiplied by.
fn scored(nodes: &[Node]) -> Vec<(Node, f64)> {
    let mut nodes: Vec<Node> = nodes.iter().filter(|node| node.capacity > 0.0).cloned().collect();
    nodes.sort_by(|a, b| (a.hash, &a.identity).cmp(&(b.hash, &b.identity)));
    let top = nodes.iter().map(|node| parts(node.capacity).1).max().unwrap_or(0);
    nodes
        .into_iter()
        .map(|node| {
            let (mantissa, exponent) = parts(node.capacity);
            let stretch = single(1.0 / mantissa) * 2.0_f64.powi((top - exponent).min(64));
            (node, stretch)
        })
        .collect()
}

/// Servers in the order of their scores at a key.
fn order(scored: &[(Node, f64)], key: u64) -> Vec<(f64, usize)> {
    let mut order: Vec<(f64, usize)> = scored
        .iter()
        .enumerate()
        .map(|(rank, (node, stretch))| (single(negative_log(draw(key, node.hash)) * stretch), rank))
        .collect();
    order.sort_by(|a, b| a.partial_cmp(b).unwrap());
    order
}

fn slot_key(slot: u64) -> u64 {
    splitmix(0, slot + 1)
}

/// The rank of each slot's server; `slack` in units of 2⁻³².
fn table(scored: &[(Node, f64)], slots: u64, slack: Option<u64>) -> Vec<usize> {
    let orders: Vec<_> = (0..slots).map(|slot| order(scored, slot_key(slot))).collect();
    let Some(slack) = slack else { return orders.into_iter().map(|order| order[0].1).collect() };
    let top = scored.iter().map(|(node, _)| parts(node.capacity).1).max().unwrap();
    let weights: Vec<u128> = scored
        .iter()
        .map(|(node, _)| {
            let (mantissa, exponent) = parts(node.capacity);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "53 bits")]
            let integer = (mantissa * 2.0_f64.powi(52)) as u128;
            if top - exponent > 52 { 0 } else { integer >> (top - exponent) }
        })
        .collect();
    let sum: u128 = weights.iter().sum();
    let units: Vec<u128> = scored
        .iter()
        .zip(&weights)
        .map(|((node, _), weight)| {
            let part = u128::from(slots) * ((1 << 32) + u128::from(slack)) * weight / sum;
            (part + u128::from(splitmix(node.hash, 1) >> 32)).saturating_sub(1 << 31)
        })
        .collect();
    let mut caps: Vec<u128> = units.iter().map(|units| units >> 32).collect();
    let mut nearest: Vec<usize> = (0..caps.len()).collect();
    nearest.sort_by(|a, b| (units[*b] % (1 << 32)).cmp(&(units[*a] % (1 << 32))));
    let mut turn = 0;
    while caps.iter().sum::<u128>() < u128::from(slots) {
        caps[nearest[turn % nearest.len()]] += 1;
        turn += 1;
    }
    let mut pairs: Vec<(f64, usize, usize)> = orders
        .iter()
        .enumerate()
        .flat_map(|(slot, order)| order.iter().map(move |(score, rank)| (*score, *rank, slot)))
        .collect();
    pairs.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let mut owners = vec![usize::MAX; orders.len()];
    for (_, rank, slot) in pairs {
        if owners[slot] == usize::MAX && caps[rank] > 0 {
            owners[slot] = rank;
            caps[rank] -= 1;
        }
    }
    owners
}

/// `JumpBackHash` with `SplitMix64`, from the highest range to the lowest.
fn jumpback(key: u64, buckets: u32) -> u32 {
    let mut drawn = 1;
    let first = splitmix(key, 1);
    let both = low32(first) ^ low32(first >> 32);
    for level in (0..31).rev() {
        let range = 1_u32 << level;
        if range >= buckets || both & range == 0 {
            continue;
        }
        // Jumps in this range and below it, within the buckets.
        let jumps = (0..=level).filter(|bit| both >> bit & 1 == 1).count();
        let half = if jumps % 2 == 0 { low32(first) } else { low32(first >> 32) };
        let mut bucket = range + half % range;
        let mut spare = None;
        loop {
            if bucket >= range && bucket < buckets {
                return bucket;
            }
            if bucket < range {
                break;
            }
            let half = spare.take().unwrap_or_else(|| {
                drawn += 1;
                let next = splitmix(key, drawn);
                spare = Some(low32(next >> 32));
                low32(next)
            });
            bucket = half % (2 * range);
        }
    }
    0
}

/// All candidates of a key, by the specifications.
fn candidates(scheme: &str, numbers: (u64, Option<u64>), nodes: &[Node], key: &[u8]) -> Vec<u32> {
    let scored = scored(nodes);
    if scored.is_empty() {
        return Vec::new();
    }
    let number = |rank: usize| scored[rank].0.number;
    let mut list: Vec<u32> = Vec::new();
    match scheme {
        "rendezvous-1" => {
            list.extend(order(&scored, xxh3(key)).into_iter().map(|(_, rank)| number(rank)));
        }
        "slots-1" => {
            let slot = (u128::from(xxh3(key) >> 32) * u128::from(numbers.0)) >> 32;
            let slot = u64::try_from(slot).unwrap();
            let owners = table(&scored, numbers.0, numbers.1);
            list.push(number(owners[usize::try_from(slot).unwrap()]));
            let order = order(&scored, slot_key(slot));
            list.extend(order.into_iter().map(|(_, rank)| number(rank)));
        }
        "ring-1" => {
            let mut points: Vec<(u64, usize)> = Vec::new();
            for (rank, (node, _)) in scored.iter().enumerate() {
                #[expect(clippy::cast_precision_loss, reason = "small")]
                let exact = numbers.0 as f64 * node.capacity;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "small"
                )]
                let count = ((exact + 0.5).floor() as u64).max(1);
                for index in 0..count {
                    let text = [node.identity.as_bytes(), &index.to_le_bytes()].concat();
                    points.push((xxh3(&text), rank));
                }
            }
            points.sort();
            let at = xxh3(key);
            let (below, above): (Vec<_>, Vec<_>) =
                points.into_iter().partition(|(position, _)| *position < at);
            list.extend(above.into_iter().chain(below).map(|(_, rank)| number(rank)));
        }
        _ => {
            let key = if key.len() <= 8 { read(key, 0, key.len()) } else { xxh64(key) };
            let slots = u32::try_from(numbers.0).unwrap();
            let draws = (0..8 * u64::from(slots) + 64).map(|draw| {
                let redrawn = mix(key.wrapping_add(draw.wrapping_mul(0xd134_2543_de82_ef95)));
                jumpback(if draw == 0 { key } else { redrawn }, slots)
            });
            for shard in draws.chain(0..slots) {
                let live = nodes.iter().find(|node| node.id == shard && node.capacity > 0.0);
                list.extend(live.map(|node| node.number));
            }
        }
    }
    let mut once = Vec::new();
    list.retain(|number| {
        !once.contains(number) && {
            once.push(*number);
            true
        }
    });
    list
}

/// The reference's servers and the library's, of the same list.
fn both(list: &[(String, u16, f64)]) -> (Vec<Node>, Servers) {
    let mut servers = Servers::new();
    let mut nodes = Vec::new();
    for ((number, id), (host, port, capacity)) in
        (0..).zip((0..200).map(|n| n * 7 % 200).chain(200..)).zip(list)
    {
        let identity = format!("{host}:{port}");
        let server = Server::new(host.as_str(), *port).with_id(id);
        servers.add(server.with_capacity(Capacity::try_from(*capacity).unwrap())).unwrap();
        let hash = xxh3(identity.as_bytes());
        nodes.push(Node { hash, identity, capacity: *capacity, number, id });
    }
    (nodes, servers)
}

fn agrees(
    text: &str,
    numbers: (u64, Option<u64>),
    nodes: &[Node],
    servers: Servers,
    keys: &[Vec<u8>],
) -> Result<(), TestCaseError> {
    let scheme: Scheme = text.parse().unwrap();
    let continuum = Continuum::with_servers(scheme.clone(), servers).unwrap();
    for key in keys {
        let reference = candidates(scheme.name(), numbers, nodes, key);
        prop_assert_eq!(continuum.resolve_index(key), reference.first().copied(), "{}", text);
        let mut walk = continuum.candidates(key);
        let walk: Vec<u32> = std::iter::from_fn(|| walk.next_index()).collect();
        prop_assert_eq!(walk, reference, "{}", text);
    }
    Ok(())
}

fn lists() -> impl Strategy<Value = Vec<(String, u16, f64)>> {
    let capacity = prop_oneof![
        3 => Just(1.0),
        1 => Just(0.0),
        2 => (0_u32..9).prop_map(f64::from),
        2 => 0.0..3.0_f64,
        1 => prop_oneof![Just(1e-300), Just(5e-324), Just(1e-12), Just(0.3)],
    ];
    prop::collection::btree_map(("[a-z0-9.-]{1,100}", any::<u16>()), capacity, 0..14).prop_map(
        |map| map.into_iter().map(|((host, port), capacity)| (host, port, capacity)).collect(),
    )
}

fn texts() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..129), 1..12)
}

proptest! {
    #![proptest_config(crate::properties::cases(1000))]

    #[test]
    fn slots_1_equals_the_reference(
        list in lists(),
        keys in texts(),
        slots in prop_oneof![1_u64..80, Just(64), Just(256)],
        slack in prop_oneof![Just(None), Just(Some(0.0)), Just(Some(0.05)), (0.0..1.0_f64).prop_map(Some)],
    ) {
        let (nodes, servers) = both(&list);
        let word = slack.map_or("off".to_owned(), |slack| slack.to_string());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2^32")]
        let units = slack.map(|slack| (slack * 4_294_967_296.0).floor() as u64);
        let text = format!("slots-1:slots={slots},slack={word}");
        agrees(&text, (slots, units), &nodes, servers.clone(), &keys)?;
        // The whole table, by the first position of each slot.
        let continuum = Continuum::with_servers(text.parse().unwrap(), servers).unwrap();
        let scored = scored(&nodes);
        let owners = if scored.is_empty() { Vec::new() } else { table(&scored, slots, units) };
        for (slot, rank) in (0_u64..).zip(owners) {
            let first = (slot << 32).div_ceil(slots) << 32;
            let owner = continuum.resolve_position(first.into());
            prop_assert_eq!(owner, Some(scored[rank].0.number), "slot {}", slot);
        }
    }

    #[test]
    fn rendezvous_1_equals_the_reference(list in lists(), keys in texts()) {
        let (nodes, servers) = both(&list);
        agrees("rendezvous-1", (0, None), &nodes, servers, &keys)?;
    }

    #[test]
    fn ring_1_equals_the_reference(list in lists(), keys in texts(), points in 1_u64..40) {
        let (nodes, servers) = both(&list);
        agrees(&format!("ring-1:points={points}"), (points, None), &nodes, servers, &keys)?;
    }

    #[test]
    fn jumpback_holes_1_equals_the_reference(list in lists(), keys in texts(), slots in 98_u64..300) {
        let list: Vec<_> =
            list.into_iter().map(|(host, port, capacity)| (host, port, capacity.min(1.0).ceil())).collect();
        let (nodes, servers) = both(&list);
        agrees(&format!("jumpback-holes-1:slots={slots}"), (slots, None), &nodes, servers, &keys)?;
    }
}

/// So many servers that floors decide who is best, and of unlike capacities.
#[test]
fn large_sets_equal_the_reference() {
    for count in [97_u16, 100, 130, 333] {
        let list: Vec<(String, u16, f64)> = (0..count)
            .map(|n| (format!("host-{n}"), 11_211, [1.0, 2.0, 0.3, 4.0, 0.001][usize::from(n) % 5]))
            .collect();
        let (nodes, servers) = both(&list);
        let keys: Vec<Vec<u8>> = (0..60).map(|n| format!("key-{n}").into_bytes()).collect();
        agrees("rendezvous-1", (0, None), &nodes, servers.clone(), &keys).unwrap();
        let slack = Some(214_748_364);
        let continuum =
            Continuum::with_servers("slots-1:slots=512,slack=0.05".parse().unwrap(), servers)
                .unwrap();
        let scored = scored(&nodes);
        for (slot, rank) in (0_u128..).zip(table(&scored, 512, slack)) {
            let owner = continuum.resolve_position(slot << (64 - 9));
            assert_eq!(owner, Some(scored[rank].0.number), "{count} servers, slot {slot}");
        }
    }
}

/// The logarithm at random and at its edges against the library's would need
/// its inside; the orders above depend on every bit of it. Here: its constants
/// are what single precision holds.
#[test]
fn the_hashes_are_those_that_are_published() {
    assert_eq!(xxh3(b""), 0x2d06_8005_38d3_94c2);
    assert_eq!(xxh64(b""), 0xef46_db37_51d8_e999);
    assert_eq!(xxh64(b"abc"), 0x44bc_2cf5_ad77_0999);
    assert_eq!(splitmix(1_234_567, 1), 6_457_827_717_110_365_317);
    assert!(LOG.into_iter().all(|constant| (single(constant) - constant).abs() < 1e-9));
}

/// Worked values for the documents: server, hash, draw, logarithm, score.
pub fn worked(identity: &str, capacity: f64, top: i32, key: u64) -> (u64, u32, u32, u32) {
    let hash = xxh3(identity.as_bytes());
    let draw = draw(key, hash);
    let (mantissa, exponent) = parts(capacity);
    let stretch = single(1.0 / mantissa) * 2.0_f64.powi((top - exponent).min(64));
    let log = negative_log(draw);
    #[expect(clippy::cast_possible_truncation, reason = "they are single precision")]
    let bits = |x: f64| (x as f32).to_bits();
    (hash, draw, bits(log), bits(single(log * stretch)))
}

/// XXH3 for the documents.
pub fn key_hash(key: &[u8]) -> u64 {
    xxh3(key)
}

/// A slot's key for the documents.
pub fn key_of_slot(slot: u64) -> u64 {
    slot_key(slot)
}
