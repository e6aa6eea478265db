//! Scores of weighted rendezvous: many keys, or many servers, side by side.
//!
//! Every step is one that all instruction sets round alike, so every level gives
//! the same bits. Where servers are many, most of the work is spared: a score is
//! never below its floor, which needs no logarithm, so the floors say who may be
//! best, and its score says whether it is.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod columns;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(test)]
mod plain;
mod portable;
mod steps;
#[cfg(test)]
mod tests;

use super::level::Level;
use crate::hash::word::low32;
pub(crate) use columns::Columns;
use columns::{Block, Lanes, Many, One};
use steps::FLOOR;

/// The score, as bits, of the server of this rank, by the plain steps.
#[cfg(test)]
pub(crate) fn plain_score(servers: &Columns, rank: u32, key: u64) -> u32 {
    let (low, high, stretch) = servers.of(rank);
    plain::score(low32(key), low32(key >> 32), low, high, stretch).cast_unsigned()
}

/// Servers in a block of [`Columns`].
pub(crate) const LANES: usize = 16;

/// The fewest servers for which floors save more than they cost, keys in lanes:
/// of n servers about one key in n is not decided by them and is scored again alone.
const LOWEST_OF_KEYS: usize = 20;

/// The same, servers in lanes.
const LOWEST_OF_SERVERS: usize = 100;

/// A call of the kernels of a level: their module, and the proof that they can run.
macro_rules! by_level {
    ($level:expr, |$kernels:ident, $proof:ident| $call:expr) => {
        match $level {
            Level::Portable => {
                use portable as $kernels;
                let $proof = ();
                $call
            }
            #[cfg(target_arch = "x86_64")]
            Level::Avx2($proof) => {
                use avx2 as $kernels;
                $call
            }
            #[cfg(target_arch = "x86_64")]
            Level::Avx512($proof) => {
                use avx512 as $kernels;
                $call
            }
            #[cfg(target_arch = "aarch64")]
            Level::Neon($proof) => {
                use neon as $kernels;
                $call
            }
        }
    };
}

/// One key at all servers.
#[inline]
fn one(level: Level, servers: &Columns, key: u64, how: One<'_>) {
    by_level!(level, |kernels, proof| kernels::one(proof, servers, key, how));
}

/// The lowest of the lanes and, among equals, of the lowest rank: its bits and its
/// rank. Numbers above 0 order as their bits do.
#[inline]
fn lowest(lanes: &Lanes) -> (u32, u32) {
    let mut all = [0; LANES];
    for (lane, all) in all.iter_mut().enumerate() {
        let rank = u64::from(lanes.blocks[lane]) << 4 | lane as u64;
        *all = u64::from(lanes.first[lane].to_bits()) << 32 | rank;
    }
    // Halves on halves: one after the other, each would wait for the one before.
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            all[lane] = all[lane].min(all[lane + half]);
        }
    }
    (low32(all[0] >> 32), low32(all[0]))
}

/// The lowest score of a key, as bits, and the rank of its server, the first of
/// equals; there must be a server. O(servers).
pub(crate) fn best(level: Level, servers: &Columns, key: u64) -> (u32, u32) {
    if servers.len() >= LOWEST_OF_SERVERS
        && let Some(best) = best_by_floors(level, servers, key, None)
    {
        return best;
    }
    best_by_scores(level, servers, key, None)
}

/// As [`best`] among servers that score at most their limits, of which there are
/// as many as servers and padding; `None` if no server does. O(servers).
pub(crate) fn best_below(
    level: Level,
    servers: &Columns,
    key: u64,
    limits: &[f32],
) -> Option<(u32, u32)> {
    if servers.len() >= LOWEST_OF_SERVERS
        && let Some(best) = best_by_floors(level, servers, key, Some(limits))
    {
        return Some(best);
    }
    let (score, rank) = best_by_scores(level, servers, key, Some(limits));
    (score < f32::INFINITY.to_bits()).then_some((score, rank))
}

fn best_by_scores(level: Level, servers: &Columns, key: u64, limits: Option<&[f32]>) -> (u32, u32) {
    let mut lanes = Lanes::new();
    one(level, servers, key, One::Best(limits, &mut lanes));
    lowest(&lanes)
}

/// As [`best`] or [`best_below`]; `None`: the floors do not tell.
fn best_by_floors(
    level: Level,
    servers: &Columns,
    key: u64,
    limits: Option<&[f32]>,
) -> Option<(u32, u32)> {
    let mut lanes = Lanes::new();
    one(level, servers, key, One::Lowest(limits, &mut lanes));
    let (floor, rank) = lowest(&lanes);
    if floor >= f32::INFINITY.to_bits() {
        return None;
    }
    let score = portable::score_of(servers.of(rank), key);
    let lane = rank as usize % LANES;
    lanes.first[lane] = lanes.second[lane];
    let (next, _) = lowest(&lanes);
    let within = limits.is_none_or(|limits| score <= limits[rank as usize]);
    (within && score < f32::from_bits(next) * FLOOR).then_some((score.to_bits(), rank))
}

/// The scores of a key at the servers of the blocks from `from` on, as many whole
/// blocks as fit. The padding scores too.
pub(crate) fn scores(level: Level, servers: &Columns, key: u64, from: usize, out: &mut [f32]) {
    one(level, servers, key, One::Scores(from, out));
}

/// As [`best`] for many keys: hands over each key's place in the slice, score and
/// rank. O(keys · servers).
pub(crate) fn best_of_all(
    level: Level,
    servers: &Columns,
    keys: &[u64],
    put: impl FnMut(usize, u32, u32),
) {
    blocks(level, servers, keys, Wanted::Best(put));
}

/// The scores, as bits, of one server for each key, named by its rank; all slices
/// are of one length. O(keys).
pub(crate) fn scores_of(
    level: Level,
    servers: &Columns,
    keys: &[u64],
    ranks: &[u32],
    out: &mut [u32],
) {
    blocks(level, servers, keys, Wanted::<fn(usize, u32, u32)>::Scores(ranks, out));
}

/// What is wanted of many keys.
enum Wanted<'a, F> {
    Best(F),
    Scores(&'a [u32], &'a mut [u32]),
}

fn blocks<F: FnMut(usize, u32, u32)>(
    level: Level,
    servers: &Columns,
    keys: &[u64],
    wanted: Wanted<'_, F>,
) {
    by_level!(level, |kernels, proof| blocks_by(level, servers, keys, wanted, |block, how| {
        kernels::many(proof, servers, block, how);
    }));
}

fn blocks_by<const KEYS: usize, F: FnMut(usize, u32, u32)>(
    level: Level,
    servers: &Columns,
    keys: &[u64],
    mut wanted: Wanted<'_, F>,
    many: impl Fn(&mut Block<KEYS>, Many),
) {
    let how = if servers.len() < LOWEST_OF_KEYS { Many::Best } else { Many::Lowest };
    let mut block = Block::<KEYS>::new();
    for (from, keys) in (0..).step_by(KEYS).zip(keys.chunks(KEYS)) {
        for ((low, high), key) in block.low.iter_mut().zip(&mut block.high).zip(keys) {
            (*low, *high) = (low32(*key), low32(*key >> 32));
        }
        match &mut wanted {
            Wanted::Scores(ranks, out) => {
                block.ranks[..keys.len()].copy_from_slice(&ranks[from..from + keys.len()]);
                many(&mut block, Many::Chosen);
                for (out, score) in out[from..].iter_mut().zip(&block.scores[..keys.len()]) {
                    *out = score.to_bits();
                }
            }
            // A block costs the same however few keys it holds.
            Wanted::Best(put) if keys.len() * 4 <= KEYS => {
                for (at, key) in (from..).zip(keys) {
                    let (score, rank) = best(level, servers, *key);
                    put(at, score, rank);
                }
            }
            Wanted::Best(put) => {
                many(&mut block, how);
                for (at, key) in keys.iter().enumerate() {
                    let (mut score, mut rank) = (block.scores[at].to_bits(), block.ranks[at]);
                    if matches!(how, Many::Lowest) && block.scores[at] >= block.floors[at] {
                        (score, rank) = best_by_scores(level, servers, *key, None);
                    }
                    put(from + at, score, rank);
                }
            }
        }
    }
}
