//! Pools out of configurations.

use std::io::Read as _;
use std::path::Path;

use continuum::{Continuum, Scheme};
use continuum_config::{Config, Options, Pool};

use super::set::refuse_without_owners;
use crate::args::{Chosen, Reading};
use crate::failure::Failure;
use crate::talk;

/// The chosen pool of a file, or all of them.
pub(crate) fn pools(file: &Path, chosen: &Chosen) -> Result<Vec<Pool>, Failure> {
    read(file, &chosen.reading, chosen.scheme.as_deref(), chosen.reading.pool.as_deref())
}

/// The pool of that name, or all. `-` is stdin.
pub(super) fn read(
    file: &Path,
    reading: &Reading,
    scheme: Option<&str>,
    pool: Option<&str>,
) -> Result<Vec<Pool>, Failure> {
    let scheme = scheme.map(str::parse::<Scheme>).transpose()?;
    let options = options(reading, scheme.as_ref())?;
    let config = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| Failure::unreadable(Path::new("stdin"), &error))?;
        Config::parse(&text, "stdin", &options)?
    } else {
        Config::read(file, &options)?
    };
    let pools = match pool {
        Some(name) => vec![config.pool(name)?.clone()],
        None => config.into_pools()?,
    };
    if let Some(scheme) = scheme
        && let Some(pool) = pools.iter().find(|pool| *pool.scheme() != scheme)
    {
        return Err(Failure::refused(format!(
            "{}: pool '{}' is under scheme '{}' by its file; --scheme is for files that name none",
            pool.place(),
            pool.name(),
            pool.scheme()
        )));
    }
    Ok(pools)
}

fn options(reading: &Reading, scheme: Option<&Scheme>) -> Result<Options, Failure> {
    let mut options = Options::new();
    if let Some(format) = &reading.format {
        options = options.with_format(format.parse().map_err(Failure::refused)?);
    }
    if let Some(scheme) = scheme {
        options = options.with_scheme(scheme.clone());
    }
    if let Some(port) = &reading.port {
        options = options.with_port(port.as_str());
    }
    if let Some(dialect) = &reading.haproxy_dialect {
        options = options.with_haproxy_dialect(dialect.as_str());
    }
    Ok(options)
}

/// The only pool, or the chosen one.
pub(crate) fn one_pool(
    file: &Path,
    reading: &Reading,
    scheme: Option<&str>,
) -> Result<Pool, Failure> {
    let mut pools = read(file, reading, scheme, reading.pool.as_deref())?;
    if pools.len() > 1 {
        return Err(several(file, &pools));
    }
    // There is one: a file without pools is an error before.
    Ok(pools.remove(0))
}

fn several(file: &Path, pools: &[Pool]) -> Failure {
    let names: Vec<&str> = pools.iter().map(Pool::name).collect();
    Failure::refused(format!(
        "{} has the pools {}: say which with --pool",
        file.display(),
        names.join(", ")
    ))
}

/// A pool's continuum, able to resolve keys.
pub(crate) fn build_pool(pool: &Pool) -> Result<Continuum, Failure> {
    let refuse =
        |why: &str| Failure::refused(format!("{}: pool '{}': {why}", pool.place(), pool.name()));
    let continuum = Continuum::with_servers(pool.scheme().clone(), pool.servers().clone())
        .map_err(|error| refuse(&error.to_string()))?;
    match refuse_without_owners(&continuum) {
        Err(Failure::Refused(why)) => Err(refuse(&why)),
        other => other.map(|()| continuum),
    }
}

/// Tells what the reader noticed about the pools.
pub(crate) fn notes<'a>(pools: impl IntoIterator<Item = &'a Pool>) {
    for pool in pools {
        pool.notes().iter().for_each(|note| talk::note(&note.to_string()));
        if let Some(percent) = pool.bounded() {
            talk::note(&format!(
                "{}: pool '{}' bounds loads to {percent} % of the mean: a server over it passes \
                 keys on, which depends on time and is not counted here",
                pool.place(),
                pool.name()
            ));
        }
        let down: Vec<&str> = pool.down().collect();
        if !down.is_empty() {
            talk::note(&format!(
                "{}: pool '{}': marked down and in the map all the same: {}",
                pool.place(),
                pool.name(),
                down.join(", ")
            ));
        }
    }
}
