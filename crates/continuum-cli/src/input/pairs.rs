//! Pools of two configurations, matched.

use std::path::Path;

use continuum_config::Pool;

use super::config;
use crate::args::Chosen;
use crate::failure::Failure;

/// Pools that are in both, and those that are in one.
pub(crate) struct Pairs {
    pub(crate) both: Vec<(Pool, Pool)>,
    pub(crate) unmatched: Vec<Unmatched>,
}

/// A pool without its like.
#[derive(serde::Serialize)]
pub(crate) struct Unmatched {
    pub(crate) name: String,
    /// The file that has it.
    #[serde(rename = "in")]
    pub(crate) file: String,
}

impl Pairs {
    /// By name; single pools match whatever their names.
    pub(crate) fn read(
        old: &Path,
        new: &Path,
        chosen: &Chosen,
        name_in_new: Option<&str>,
    ) -> Result<Self, Failure> {
        if old == Path::new("-") && new == old {
            return Err(Failure::refused("stdin cannot be both configurations"));
        }
        let olds = config::pools(old, chosen)?;
        let name_in_new = name_in_new.or(chosen.reading.pool.as_deref());
        let news = config::read(new, &chosen.reading, chosen.scheme.as_deref(), name_in_new)?;
        for (file, pools) in [(old, &olds), (new, &news)] {
            refuse_doubles(file, pools)?;
        }
        let mut pairs = Self { both: Vec::new(), unmatched: Vec::new() };
        if let ([old], [new]) = (&*olds, &*news) {
            pairs.both.push((old.clone(), new.clone()));
            return Ok(pairs);
        }
        for pool in &olds {
            match news.iter().find(|other| other.name() == pool.name()) {
                Some(other) => pairs.both.push((pool.clone(), other.clone())),
                None => pairs.unmatched.push(Unmatched::of(pool, old)),
            }
        }
        let missing = news.iter().filter(|pool| !olds.iter().any(|old| old.name() == pool.name()));
        pairs.unmatched.extend(missing.map(|pool| Unmatched::of(pool, new)));
        if pairs.both.is_empty() {
            let names =
                |pools: &[Pool]| pools.iter().map(Pool::name).collect::<Vec<_>>().join(", ");
            return Err(Failure::refused(format!(
                "no pool is in both: {} has {}, {} has {}",
                old.display(),
                names(&olds),
                new.display(),
                names(&news)
            )));
        }
        Ok(pairs)
    }
}

/// Pools whose names do not tell them apart cannot be matched by name.
fn refuse_doubles(file: &Path, pools: &[Pool]) -> Result<(), Failure> {
    for (number, pool) in pools.iter().enumerate() {
        if pools[..number].iter().any(|other| other.name() == pool.name()) {
            let name = pool.name();
            let file = file.display();
            return Err(Failure::refused(format!("{file} has two pools of the name '{name}'")));
        }
    }
    Ok(())
}

impl Unmatched {
    fn of(pool: &Pool, file: &Path) -> Self {
        Self { name: pool.name().to_owned(), file: file.display().to_string() }
    }
}
