//! The catalogue of schemes as plain tuples.

use continuum::Scheme;
use pyo3::prelude::*;

/// `(name, default, accepts, choices, about)` of an option.
type OptionRow = (&'static str, &'static str, String, Option<Vec<&'static str>>, &'static str);

/// `(name, aliases, program, versions, about, options, capacities, proven, takes_ints)`.
type Row = (
    &'static str,
    Vec<&'static str>,
    &'static str,
    &'static str,
    &'static str,
    Vec<OptionRow>,
    String,
    u64,
    bool,
);

/// A row for every scheme.
#[pyfunction]
pub(crate) fn schemes() -> Vec<Row> {
    Scheme::catalogue()
        .iter()
        .map(|entry| {
            let options = entry.options().iter().map(|option| {
                let choices = option.choices().map(<[_]>::to_vec);
                (option.name(), option.default(), option.accepts(), choices, option.about())
            });
            (
                entry.name(),
                entry.aliases().to_vec(),
                entry.program(),
                entry.versions(),
                entry.about(),
                options.collect(),
                entry.scheme().capacities().to_string(),
                entry.proven(),
                entry.takes_numbers(),
            )
        })
        .collect()
}
