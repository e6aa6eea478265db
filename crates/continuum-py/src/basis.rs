//! How shares were found, as a word.

use continuum::ownership::Basis;

/// The word, and the 95 % bound of sampled shares.
pub(crate) fn basis_row(basis: Basis) -> (&'static str, Option<f64>) {
    let word = match basis {
        Basis::Exact => "exact",
        Basis::Expected => "expected",
        Basis::Sampled { .. } => "sampled",
        _ => "unknown",
    };
    (word, basis.bound())
}
