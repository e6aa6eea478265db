//! How many slots each server gets: its exact share, rounded down or up.

use std::cmp::Reverse;

/// What one server may claim.
pub(super) struct Claim {
    /// Its capacity, from [`weights`].
    pub(super) weight: u128,
    /// What it must hold.
    pub(super) pinned: u64,
    /// What it holds now, what it must hold included.
    pub(super) held: u64,
}

/// Capacities as whole numbers in exact proportion, below 10^24.
///
/// A capacity is taken as the decimal number that it prints as: 0.1, 0.2 and 0.3
/// share six slots as 1, 2 and 3, which their binary fractions would not. What
/// lies more than 24 digits below the largest is cut, but no capacity to 0.
pub(super) fn weights(capacities: &[f64]) -> Vec<u128> {
    const DIGITS: i32 = 24;
    let decimals: Vec<Option<(u64, i32)>> =
        capacities.iter().map(|capacity| decimal(*capacity)).collect();
    let width = |digits: u64| i32::try_from(digits.ilog10() + 1).unwrap_or(0);
    let known = || decimals.iter().flatten();
    let top = known().map(|(digits, exponent)| exponent + width(*digits)).max().unwrap_or(0);
    let unit = known().map(|(_, exponent)| *exponent).min().unwrap_or(0).max(top - DIGITS);
    let power = |exponent: i32| 10_u128.checked_pow(exponent.unsigned_abs());
    decimals
        .iter()
        .map(|decimal| match decimal {
            None => 0,
            Some((digits, exponent)) if *exponent >= unit => {
                u128::from(*digits) * power(exponent - unit).unwrap_or(1)
            }
            Some((digits, exponent)) => {
                power(unit - exponent).map_or(0, |power| u128::from(*digits) / power).max(1)
            }
        })
        .collect()
}

/// The shortest decimal that reads back as this number; `None` for 0.
fn decimal(number: f64) -> Option<(u64, i32)> {
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}").parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?;
    (digits > 0).then_some((digits, exponent.parse::<i32>().ok()? - places))
}

/// Who shares what: servers with more pins than their share hold their pins and
/// nothing else, and leave the rest to the others.
struct Sharing {
    /// For each server whether it shares.
    sharing: Vec<bool>,
    /// What is left to share, and the weight of all who do.
    rest: u64,
    weight: u128,
}

/// `None` when nobody can take what is left.
fn sharing(slots: u64, claims: &[Claim]) -> Option<Sharing> {
    let mut sharing: Vec<bool> = claims.iter().map(|claim| claim.weight > 0).collect();
    loop {
        let of = |sharing: &[bool], shares: bool| -> Vec<&Claim> {
            claims.iter().zip(sharing).filter(|(_, s)| **s == shares).map(|(c, _)| c).collect()
        };
        let taken: u64 = of(&sharing, false).iter().map(|claim| claim.pinned).sum();
        let rest = slots.checked_sub(taken)?;
        let weight: u128 = of(&sharing, true).iter().map(|claim| claim.weight).sum();
        // Below 2^28 slots times 2^80, and 2^32 servers times 2^80.
        let above = |claim: &Claim| {
            u128::from(claim.pinned).saturating_mul(weight) > u128::from(rest) * claim.weight
        };
        let mut changed = false;
        for (claim, sharing) in claims.iter().zip(&mut sharing) {
            if *sharing && above(claim) {
                (*sharing, changed) = (false, true);
            }
        }
        if !changed {
            return (weight > 0 || rest == 0).then_some(Sharing { sharing, rest, weight });
        }
    }
}

/// How many of `slots` each server gets; `None` when no server can take what is
/// not pinned. `ranks`: who is first among equals.
///
/// Who shares gets its share rounded down or up. The slots that rounding down
/// leaves over go to servers that hold more than their share rounded down, then
/// to the largest remainders. *That makes moves least:* a table moves at least
/// the sum over servers of what they hold above their part; one slot more lowers
/// that sum by 1 where a server holds more than its share rounded down, else by
/// 0; so giving them there first makes it as low as it gets.
pub(super) fn quotas(slots: u64, claims: &[Claim], ranks: &[u32]) -> Option<Vec<u64>> {
    let Sharing { sharing, rest, weight } = sharing(slots, claims)?;
    let mut quotas: Vec<u64> = Vec::with_capacity(claims.len());
    let mut over = Vec::new();
    let mut left = rest;
    for (index, (claim, shares)) in claims.iter().zip(&sharing).enumerate() {
        if !shares {
            quotas.push(claim.pinned);
            continue;
        }
        let product = u128::from(rest) * claim.weight;
        let floor = u64::try_from(product / weight).ok()?;
        let remainder = product % weight;
        if remainder > 0 {
            over.push((Reverse(claim.held > floor), Reverse(remainder), ranks[index], index));
        }
        left = left.checked_sub(floor)?;
        quotas.push(floor);
    }
    over.sort();
    for (_, _, _, index) in over.into_iter().take(usize::try_from(left).ok()?) {
        quotas[index] += 1;
    }
    Some(quotas)
}

/// The share of each server, a fraction; nothing where nobody can take anything.
pub(super) fn fair(slots: u64, claims: &[Claim]) -> Vec<f64> {
    let Some(Sharing { sharing, rest, weight }) = sharing(slots, claims) else {
        return vec![0.0; claims.len()];
    };
    #[expect(clippy::cast_precision_loss, reason = "for people to read")]
    let part = |claim: &Claim, shares: &bool| {
        if *shares {
            rest as f64 * (claim.weight as f64 / weight as f64)
        } else {
            claim.pinned as f64
        }
    };
    claims.iter().zip(&sharing).map(|(claim, shares)| part(claim, shares)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Claim, quotas, weights};

    #[test]
    fn capacities_as_they_are_written() {
        assert_eq!(weights(&[0.1, 0.2, 0.3, 0.0]), [1, 2, 3, 0]);
        assert_eq!(weights(&[1.0, 20.0, 2.5]), [10, 200, 25]);
        assert_eq!(weights(&[1e300, 5e-324]), [10_u128.pow(23), 1]);
        assert_eq!(weights(&[f64::MAX; 2])[0], 17_976_931_348_623_157);
        assert!(weights(&[0.0]) == [0] && weights(&[]).is_empty());
    }

    fn claims(all: &[(u128, u64, u64)]) -> Vec<Claim> {
        all.iter().map(|&(weight, pinned, held)| Claim { weight, pinned, held }).collect()
    }

    #[test]
    fn holders_keep_the_odd_slot() {
        // 10 over 4: who holds 3 keeps 3, whatever the rank.
        let even = claims(&[(1, 0, 2), (1, 0, 3), (1, 0, 2), (1, 0, 3)]);
        assert_eq!(quotas(10, &even, &[0, 1, 2, 3]).unwrap(), [2, 3, 2, 3]);
        let fresh = claims(&[(1, 0, 0), (1, 0, 0), (1, 0, 0), (1, 0, 0)]);
        assert_eq!(quotas(10, &fresh, &[3, 2, 1, 0]).unwrap(), [2, 2, 3, 3]);
        // A whole share is never rounded up.
        let whole = claims(&[(2, 0, 9), (1, 0, 0), (1, 0, 0)]);
        assert_eq!(quotas(4, &whole, &[0, 1, 2]).unwrap(), [2, 1, 1]);
    }

    #[test]
    fn pins_above_the_share() {
        let pinned = claims(&[(1, 7, 7), (1, 0, 0), (1, 1, 1), (0, 1, 1)]);
        assert_eq!(quotas(10, &pinned, &[0, 1, 2, 3]).unwrap(), [7, 1, 1, 1]);
        assert_eq!(quotas(10, &claims(&[(0, 0, 0)]), &[0]), None);
        assert_eq!(quotas(1, &claims(&[(0, 1, 1)]), &[0]).unwrap(), [1]);
    }
}
