//! What a file has beside its pools, for whoever shows the file as a whole.

use std::path::Path;

use continuum_config::Pool;

use super::config::{Found, Read};
use crate::args::Choice;
use crate::failure::Failure;

/// What is no pool, by name, and why.
pub(crate) struct Rest {
    /// It could not be read.
    pub(crate) refused: Vec<(String, String)>,
    /// It does not hash keys.
    pub(crate) skipped: Vec<(String, String)>,
}

/// The chosen pool of a file or all of them, and what else it has. Of a file `after` another
/// the chosen one may be lacking: then that is what is to be seen.
pub(crate) fn pools_and_rest(
    file: &Path,
    choice: &Choice,
    (after, quiet): (bool, bool),
) -> Result<(Vec<Pool>, Rest), Failure> {
    let read = Read::file(file, &choice.reading, choice.scheme.as_deref())?;
    let chosen = choice.reading.pool.as_deref();
    let mut rest = Rest { refused: Vec::new(), skipped: Vec::new() };
    let names = read.names().into_iter().chain(read.unhashed());
    for name in names.filter(|name| chosen.is_none_or(|chosen| chosen == name)) {
        match read.find(&name) {
            Found::Unread(why) => rest.refused.push((name, why)),
            Found::Unhashed(why) => rest.skipped.push((name, why)),
            Found::Pool(_) | Found::Absent => {}
        }
    }
    let lacking = chosen.is_some_and(|name| !matches!(read.find(name), Found::Pool(_)));
    if after && lacking {
        return Ok((Vec::new(), rest));
    }
    Ok((read.pools(chosen, quiet)?, rest))
}
