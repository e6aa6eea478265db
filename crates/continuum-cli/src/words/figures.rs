//! Figures in few characters.

use continuum::ownership::Basis;

/// A share for a sentence: as many digits as tell it from nothing and from all.
pub(crate) fn percent(share: f64) -> String {
    let hundred = share * 100.0;
    match hundred {
        0.0 => "0%".to_owned(),
        100.0 => "100%".to_owned(),
        _ if hundred < 0.001 => "under 0.001%".to_owned(),
        _ if hundred < 1.0 => format!("{hundred:.3}%"),
        _ if (99.95..100.0).contains(&hundred) && share < 1.0 - 1e-9 => {
            format!("{:.3}%", hundred.min(99.999))
        }
        _ => format!("{hundred:.1}%"),
    }
}

/// A share for a column: with more digits where two would be noughts.
pub(crate) fn share(share: f64) -> String {
    let hundred = share * 100.0;
    if hundred > 0.0 && hundred < 0.01 {
        format!("{hundred:.4}%")
    } else {
        format!("{hundred:.2}%")
    }
}

/// The share that `12%` or `0.12` says.
pub(crate) fn share_of(text: &str) -> Option<f64> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    match text.strip_suffix('%') {
        Some(percent) => number(percent).map(|percent| percent / 100.0),
        None => number(text),
    }
    .filter(|share| (0.0..=1.0).contains(share))
}

/// A share that somebody chose, without noughts behind it.
pub(crate) fn limit(share: f64) -> String {
    format!("{}%", (share * 1e7).round() / 1e5)
}

/// The bound of some changes: to one digit, never less than they are.
pub(crate) fn about(share: f64) -> String {
    let mut unit = 1.0;
    while unit > share && unit > 1e-9 {
        unit /= 10.0;
    }
    format!("±{}", limit((share / unit - 1e-9).ceil() * unit))
}

/// A whole number with its thousands apart.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut apart = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}

/// A capacity in at most eight characters: three decimals, as ramps have many.
pub(crate) fn capacity(capacity: f64) -> String {
    let rounded = (capacity * 1000.0).round() / 1000.0;
    let text =
        if capacity < 0.001 || !rounded.is_finite() { capacity } else { rounded }.to_string();
    if text.len() <= 8 { text } else { format!("{capacity:.1e}") }
}

/// So many servers.
pub(crate) fn servers(number: usize) -> String {
    if number == 1 { "1 server".to_owned() } else { format!("{} servers", count(number as u64)) }
}

/// Bytes in the largest unit that leaves a whole part.
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match UNITS.iter().find(|(unit, _)| number >= *unit) {
        Some((unit, name)) => {
            let tenths = u128::from(number) * 10 / u128::from(*unit);
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
        None => format!("{number} bytes"),
    }
}

/// How shares were found.
pub(crate) fn basis(basis: Basis) -> String {
    match basis {
        Basis::Exact => "exact".to_owned(),
        Basis::Expected => "expected by formula, for keys that hash evenly".to_owned(),
        Basis::Sampled { keys, bound } => {
            format!("from {} keys, ±{}", count(keys.into()), percent(bound))
        }
        _ => "by another method".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{about, bytes, capacity, count, limit, percent};

    #[test]
    fn figures() {
        for (share, text) in [
            (0.0, "0%"),
            (1e-9, "under 0.001%"),
            (0.00063, "0.063%"),
            (0.138, "13.8%"),
            (0.2, "20.0%"),
            (0.99999, "99.999%"),
            (0.999_999_9, "99.999%"),
            (1.0, "100%"),
        ] {
            assert_eq!(percent(share), text);
        }
        assert_eq!([0.25, 0.125, 0.07, 1.0, 0.0].map(limit), ["25%", "12.5%", "7%", "100%", "0%"]);
        assert_eq!([0.001, 0.00134, 0.25].map(about), ["±0.1%", "±0.2%", "±30%"]);
        assert_eq!([4.0, 2.0 / 3.0, 1e6].map(capacity), ["4", "0.667", "1000000"]);
        assert_eq!([1e9, 1e-7, 1e308].map(capacity), ["1.0e9", "1.0e-7", "1.0e308"]);
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([999, 1_990, 12_340_000].map(bytes), ["999 bytes", "1.9 kB", "12.3 MB"]);
    }
}
