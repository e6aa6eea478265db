//! A scheme by its name.

use continuum::Scheme;

use crate::failure::Failure;

/// Names at least so alike, of 1, are suggested.
const ALIKE: f64 = 0.7;

/// Parses a scheme; a name that is misspelt is refused with the nearest one.
pub(crate) fn scheme(text: &str) -> Result<Scheme, Failure> {
    text.parse().map_err(|error: continuum::Error| match nearest(text) {
        Some(name) => {
            let given = text.split(':').next().unwrap_or_default().escape_debug();
            Failure::refused(format!("no scheme '{given}'; did you mean '{name}'?"))
        }
        None => Failure::refused(error),
    })
}

/// The known name that an unknown one is most like.
fn nearest(text: &str) -> Option<&'static str> {
    let given = text.split(':').next().unwrap_or_default();
    let entries = Scheme::catalogue().iter();
    let names = entries.flat_map(|entry| entry.aliases().iter().copied().chain([entry.name()]));
    let alike = |name: &str| strsim::normalized_damerau_levenshtein(given, name);
    let rated = names.map(|name| (alike(name), name));
    let (likeness, name) = rated.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (ALIKE..1.0).contains(&likeness).then_some(name)
}
