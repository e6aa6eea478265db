//! How shares were found, as a word.

use continuum::ownership::Basis;

/// The word, and the 95 % bound of sampled shares.
pub(crate) fn basis_row(basis: Basis) -> (&'static str, Option<f64>) {
    match basis {
        Basis::Exact => ("exact", None),
        Basis::Expected => ("expected", None),
        Basis::Sampled { bound, .. } => ("sampled", Some(bound)),
        _ => ("unknown", None),
    }
}
