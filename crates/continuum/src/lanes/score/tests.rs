//! Every kernel, at every level, beside [`plain`](super::plain) and beside a search
//! through all scores.

use super::columns::Columns;
use super::plain::{draw, negative_log, score};
use super::steps::FLOOR;
use super::*;
use crate::hash::splitmix64::splitmix64;

/// Servers of capacities that are alike, differ, or have one that takes nearly all.
fn servers(count: u64, spread: u64) -> Vec<(u64, f32)> {
    (0..count)
        .map(|n| {
            let random = splitmix64(n << 8 | spread);
            let stretch = match spread {
                0 => 1.0,
                1 => [1.0, 0.5, 0.75, 1.5, 3.0][usize::try_from(random % 5).unwrap()],
                2 => f32::from_bits((127 + (low32(random >> 40) & 63)) << 23),
                _ => [18_446_744_073_709_551_616.0, 1.0][usize::from(n == count / 2)],
            };
            (splitmix64(random), stretch)
        })
        .collect()
}

fn plain(servers: &[(u64, f32)], key: u64) -> Vec<u32> {
    let score = |(hash, stretch): &(u64, f32)| {
        score(low32(key), low32(key >> 32), low32(*hash), low32(*hash >> 32), *stretch)
    };
    servers.iter().map(|server| score(server).cast_unsigned()).collect()
}

/// The lowest score with its rank.
fn search(scores: &[u32]) -> (u32, u32) {
    scores.iter().copied().zip(0..).min().unwrap()
}

fn padded(columns: &Columns) -> Vec<f32> {
    vec![0.0; columns.len().next_multiple_of(LANES)]
}

#[test]
#[expect(clippy::print_stderr, reason = "a log should say which levels were tried")]
fn ten_million_random_draws() {
    let servers = servers(1000, 1);
    let columns = Columns::new(&servers);
    let mut out = padded(&columns);
    for key in (0..10_000).map(|n| splitmix64(!n)) {
        let want = plain(&servers, key);
        for level in Level::all() {
            scores(level, &columns, key, 0, &mut out);
            assert!(out.iter().map(|score| score.to_bits()).zip(&want).all(|(a, b)| a == *b));
        }
    }
    eprintln!("10000000 draws at {:?}", Level::all());
}

/// The low half of a server's hash that makes a key draw a number: [`draw`] turned
/// round, each step undone.
fn low_that_draws(wanted: u32, key: u64, high: u32) -> u32 {
    let unshift =
        |x: u32, by: u32| (1..).map(|n| n * by).take_while(|n| *n < 32).fold(x, |y, n| y ^ x >> n);
    // Newton's steps double the right bits.
    let inverse =
        |odd: u32| (0..5).fold(odd, |x, _| x.wrapping_mul(2_u32.wrapping_sub(odd.wrapping_mul(x))));
    let x = unshift(wanted, 14).wrapping_mul(inverse(0x3184_8bab));
    let x = unshift(x, 15).wrapping_mul(inverse(0xac4c_1b51));
    let x = unshift(x ^ low32(key >> 32) ^ high, 11).wrapping_mul(inverse(0xed5a_d4bb));
    unshift(x, 17) ^ low32(key)
}

/// Numbers around every power of two from both ends, and some between.
fn edges() -> Vec<u32> {
    let near =
        (0..32).flat_map(|bit| (0..9).map(move |n| (1_u32 << bit).wrapping_add(n).wrapping_sub(4)));
    let near = near.flat_map(|draw| [draw, !draw]);
    near.chain((0..2000).map(|n| low32(splitmix64(n)))).collect()
}

#[test]
fn draws_at_the_edges() {
    for key in [0, u64::MAX, 0x0123_4567_89ab_cdef] {
        let high = low32(splitmix64(key));
        let servers: Vec<(u64, f32)> = edges()
            .into_iter()
            .zip([1.0, 0.75, 18_446_744_073_709_551_616.0, 2.0].into_iter().cycle())
            .map(|(draw, stretch)| {
                (u64::from(high) << 32 | u64::from(low_that_draws(draw, key, high)), stretch)
            })
            .collect();
        for (server, wanted) in servers.iter().zip(edges()) {
            assert_eq!(draw(low32(key), low32(key >> 32), low32(server.0), high), wanted);
        }
        let columns = Columns::new(&servers);
        let want = plain(&servers, key);
        for level in Level::all() {
            let mut out = padded(&columns);
            scores(level, &columns, key, 0, &mut out);
            assert!(out.iter().map(|score| score.to_bits()).zip(&want).all(|(a, b)| a == *b));
            // Draws of 0 and 1 have one floor, and the same server twice one score.
            for count in (1..=70).chain([want.len()]) {
                let columns = Columns::new(&servers[..count]);
                assert_eq!(best(level, &columns, key), search(&want[..count]), "{level:?}");
            }
        }
    }
}

#[test]
fn a_floor_is_never_above_the_score() {
    for draw in edges().into_iter().chain((0..1 << 20).map(|n| n * 4093)) {
        #[expect(clippy::cast_precision_loss, reason = "as the kernels convert")]
        let half = (draw >> 1) as f32;
        for stretch in [1.0, 0.500_000_1, 0.7, 18_446_744_073_709_551_616.0] {
            assert!(half * stretch * FLOOR <= negative_log(draw) * stretch, "{draw}");
        }
    }
}

/// Every number of servers to 70, batches of every size to 70 keys.
#[test]
fn servers_and_keys_of_every_count() {
    let keys: Vec<u64> = (0..70).map(splitmix64).collect();
    for (count, spread) in (1..=70).flat_map(|count| (0..4).map(move |spread| (count, spread))) {
        let mut servers = servers(count, spread);
        if count > 3 {
            // Two of one score, always.
            servers[2] = servers[0];
        }
        let columns = Columns::new(&servers);
        let want: Vec<(u32, u32)> = keys.iter().map(|key| search(&plain(&servers, *key))).collect();
        for level in Level::all() {
            for len in 0..=keys.len() {
                let mut out = vec![(0, 0); len];
                best_of_all(level, &columns, &keys[..len], |at, score, rank| {
                    out[at] = (score, rank)
                });
                assert!(out == want[..len], "{level:?} {count} servers {len} keys");
            }
            for (key, want) in keys.iter().zip(&want) {
                assert_eq!(best(level, &columns, *key), *want, "{level:?} {count} servers");
                // However few: `best` itself asks for more of them.
                let by_floors = best_by_floors(level, &columns, *key, None);
                assert!(by_floors.is_none_or(|best| best == *want), "{level:?} {count} servers");
            }
        }
    }
}

/// Large sets, where floors decide: most keys are decided by them, and all rightly.
#[test]
fn floors_tell_nearly_all() {
    for (count, spread) in [(100, 0), (100, 1), (1000, 0), (1000, 2), (5000, 1), (333, 3)] {
        let servers = servers(count, spread);
        let columns = Columns::new(&servers);
        let keys: Vec<u64> = (0..500).map(|n| splitmix64(n << 20)).collect();
        let want: Vec<(u32, u32)> = keys.iter().map(|key| search(&plain(&servers, *key))).collect();
        for level in Level::all() {
            let mut decided = 0;
            for (key, want) in keys.iter().zip(&want) {
                assert_eq!(best(level, &columns, *key), *want);
                decided += usize::from(best_by_floors(level, &columns, *key, None).is_some());
            }
            assert!(spread == 3 || decided > 400, "{level:?} {count} {spread}: {decided}");
            let mut out = vec![(0, 0); keys.len()];
            best_of_all(level, &columns, &keys, |at, score, rank| out[at] = (score, rank));
            assert!(out == want, "{level:?} {count} {spread}");
        }
    }
}

#[test]
fn one_server_a_key() {
    for count in [1, 2, 33, 70] {
        let servers = servers(count, 1);
        let columns = Columns::new(&servers);
        let keys: Vec<u64> = (0..130).map(splitmix64).collect();
        let ranks: Vec<u32> = keys.iter().map(|key| low32(key % count)).collect();
        let want: Vec<u32> = keys
            .iter()
            .zip(&ranks)
            .map(|(key, rank)| plain(&servers, *key)[*rank as usize])
            .collect();
        for level in Level::all() {
            for len in 0..=keys.len() {
                let mut out = vec![0; len];
                scores_of(level, &columns, &keys[..len], &ranks[..len], &mut out);
                assert!(out == want[..len], "{level:?} {count} servers {len} keys");
            }
        }
    }
}

#[test]
fn limits_keep_servers_out() {
    for count in (1..=70).chain([1000]) {
        let servers = servers(count, count % 4);
        let columns = Columns::new(&servers);
        let mut limits = padded(&columns);
        for key in (0..20).map(splitmix64) {
            let scores = plain(&servers, key);
            for ((limit, score), n) in limits.iter_mut().zip(&scores).zip(0_u64..) {
                let score = f32::from_bits(*score);
                *limit = match splitmix64(key ^ n) % 6 {
                    0 => score,
                    1 => f32::INFINITY,
                    2 => f32::from_bits(score.to_bits() - 1),
                    _ => 0.0,
                };
            }
            let want = scores
                .iter()
                .copied()
                .zip(0_u32..)
                .filter(|(score, rank)| f32::from_bits(*score) <= limits[*rank as usize]);
            let want = want.min();
            for level in Level::all() {
                assert_eq!(best_below(level, &columns, key, &limits), want, "{level:?} {count}");
            }
        }
    }
}

#[test]
fn the_logarithm_is_close_and_falls_nowhere_by_much() {
    let exact = |draw: u32| {
        let x = (f64::from(draw) + 0.5) / 4_294_967_296.0;
        // ln(1 − x) as −2·artanh(x / (2 − x)): a series, as the lints wish.
        let t = x / (2.0 - x);
        let (mut term, mut sum, mut odd) = (t, 0.0, 1.0);
        while term / odd > 1e-18 {
            sum += term / odd;
            term *= t * t;
            odd += 2.0;
        }
        2.0 * sum / std::f64::consts::LN_2
    };
    let mut worst: f64 = 0.0;
    for draw in (0..2000)
        .chain((0..4000).map(|step| step * 1_000_003))
        .chain((0..2000).map(|step| (1 << 31) - 1000 + step))
    {
        let log = f64::from(negative_log(draw));
        worst = worst.max((log / exact(draw) - 1.0).abs());
    }
    assert!(worst < 4e-7, "{worst}");
    assert!(negative_log(0) > 0.0);
    assert_eq!(negative_log(u32::MAX).to_bits(), 33.0_f32.to_bits());
}
