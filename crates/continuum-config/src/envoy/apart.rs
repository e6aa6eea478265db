//! Endpoints in a file of their own: the one that the caller names, or the one
//! beside `X.clusters.yaml` that is called `X.endpoints.yaml`.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::limits;
use crate::options::Options;
use crate::source::{self, File};
use crate::tree::{self, Tree};

/// The documents of that file, if there is one.
pub(super) fn read(file: &File, options: &Options) -> Result<Option<(Vec<Tree>, File)>, Error> {
    let beside = || options.path.as_deref().and_then(sibling).filter(|path| path.is_file());
    let Some(path) = options.endpoints.clone().or_else(beside) else { return Ok(None) };
    let apart = File::new(&path.display().to_string());
    let text = source::read_unmarked(&path, &apart, limits::BYTES)?;
    let begins = text.trim_start();
    let documents = if begins.starts_with(['{', '[']) && !file.name().ends_with(".yaml") {
        tree::json::parse(&text).map(|tree| vec![tree])
    } else {
        tree::yaml::parse(&text)
    };
    let documents = documents.map_err(|fault| fault.within(&apart))?;
    Ok(Some((documents, apart)))
}

fn sibling(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let other = name.replace("clusters", "endpoints");
    (other != name).then(|| path.with_file_name(other))
}
