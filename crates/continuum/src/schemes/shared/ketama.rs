//! What ketama and its descendants share: points that are the words of an MD5,
//! labels `name-J`, shares in single precision.

use crate::error::{Error, Kind, quoted};
use crate::lanes::Hash32;
use crate::placement::{KeyHash, Space};
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Label, Points};
use crate::server::Server;

/// The port that memcached's clients leave out of a label.
pub(crate) const MEMCACHED_PORT: u16 = 11211;

/// The space of a hash. `rule` is what else decides a key's position, such as
/// `;tag={}`.
pub(crate) fn space(hash: Hash32, rule: &str) -> Space {
    let Space { hash, size } = Plain32(hash).space();
    Space { hash: hash + rule, size }
}

/// Adds a server's points: for J below `labels` the first `words` words of the
/// MD5 of `name-J`.
pub(crate) fn add_points(
    points: &mut Points<'_, u32>,
    owner: u32,
    name: &str,
    labels: u64,
    words: usize,
) {
    let mut label = Label::new(format!("{name}-"));
    label.md5_all(labels, |label, digest| {
        points.add_words(owner, digest.into_iter().take(words), label);
    });
}

/// How many labels of four points a server gets, as libmemcached and those who
/// copied it count: in single precision, from left to right.
///
/// The share of one of n equal servers, times n, may fall short of 1: with 25,
/// 47, 50 … servers each gets 39 labels (156 points), not 40. The programs add
/// 1e-10 against that, which is less than half a unit in the last place of any
/// number here that it could lift: it changes nothing, in single or in double.
pub(crate) fn labels(weight: u64, total: u64, servers: usize) -> u64 {
    if total == 0 {
        return 0;
    }
    let share = weight as f32 / total as f32;
    let labels = share * 160.0 / 4.0 * servers as f32 + 1e-10;
    whole(labels.floor())
}

/// A number without a fraction, from 0 up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a floor of something positive; what is too large becomes the largest, which is refused"
)]
pub(crate) fn whole(number: f32) -> u64 {
    number as u64
}

/// Each server's capacity, where the scheme takes whole numbers only.
pub(crate) fn weights(servers: &[Server]) -> Vec<u64> {
    servers.iter().map(|server| server.capacity().whole().unwrap_or(0)).collect()
}

/// The sum of the weights; refused where it would overflow in the program.
pub(crate) fn total(scheme: &str, weights: &[u64], most: u64) -> Result<u64, Error> {
    let total = weights.iter().fold(0_u64, |sum, weight| sum.saturating_add(*weight));
    if total <= most {
        return Ok(total);
    }
    Err(Error::new(
        Kind::Capacity,
        format!(
            "scheme '{scheme}': the capacities sum to {total}, but the program counts to {most}"
        ),
    ))
}

/// The port, for a scheme that hashes it.
pub(crate) fn port(scheme: &str, server: &Server) -> Result<u16, Error> {
    server.port().ok_or_else(|| {
        Error::new(
            Kind::Server,
            format!(
                "server {} has no port, which scheme '{scheme}' hashes",
                quoted(&server.identity())
            ),
        )
    })
}

/// `host`, or `host:port` with any port but memcached's.
pub(crate) fn elided(host: &str, port: u16) -> String {
    if port == MEMCACHED_PORT { host.to_owned() } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::labels;

    #[test]
    fn equal_servers_may_fall_short() {
        let short: Vec<u64> = (1..=107)
            .filter(|count| {
                let each = labels(1, *count, usize::try_from(*count).unwrap());
                assert!(each == 40 || each == 39, "{count}: {each}");
                each == 39
            })
            .collect();
        assert_eq!(short, [25, 47, 50, 55, 61, 71, 94, 100, 107]);
    }
}
