//! Pools out of configurations.

use std::path::Path;

use continuum::{Continuum, Scheme};
use continuum_config::{Config, Identity, Options, Pool};

use super::set::{NO_CAPACITY, refuse_without_owners};
use super::source;
use crate::args::{self, Choice, Reading};
use crate::failure::Failure;
use crate::talk;

/// Bytes of a configuration, as for files.
const LARGEST: u64 = 16 << 20;

/// A file's pools, and what in it is none.
pub(super) struct Read {
    config: Config,
}

/// A pool by its name: as one side of a comparison has it.
pub(super) enum Found {
    Pool(Box<Pool>),
    /// It does not hash keys.
    Unhashed(String),
    /// It could not be read.
    Unread(String),
    Absent,
}

impl Read {
    pub(super) fn file(
        file: &Path,
        reading: &Reading,
        scheme: Option<&str>,
    ) -> Result<Self, Failure> {
        Ok(Self::known(file, reading, scheme)??)
    }

    /// The file, or what its reader says of it. `-` is stdin.
    fn known(
        file: &Path,
        reading: &Reading,
        scheme: Option<&str>,
    ) -> Result<Result<Self, continuum_config::Error>, Failure> {
        let scheme = scheme.map(super::scheme).transpose()?;
        let options = options(reading, scheme.as_ref())?;
        let config = if file == Path::new("-") {
            Config::parse(source::read(file, LARGEST)?, "stdin", &options)
        } else {
            Config::read(file, &options)
        };
        let config = match config {
            Ok(config) => config,
            Err(error) => return Ok(Err(error)),
        };
        if let Some(scheme) = scheme
            && let Some(pool) = config.pools().iter().find(|pool| *pool.scheme() != scheme)
        {
            return Err(Failure::refused(format!(
                "{}: pool '{}' is under scheme '{}' by its file; --scheme is for files that name \
                 none",
                pool.place(),
                pool.name(),
                pool.scheme()
            )));
        }
        Ok(Ok(Self { config }))
    }

    /// The names of everything that is, or might be, a pool; in the file's order.
    pub(super) fn names(&self) -> Vec<String> {
        let pools = self.config.pools().iter().map(Pool::name);
        let refused = self.config.refused().map(|(name, _)| name);
        pools.chain(refused).map(str::to_owned).collect()
    }

    /// The names of what does not hash keys.
    pub(super) fn unhashed(&self) -> impl Iterator<Item = String> + '_ {
        self.config.skipped().iter().map(|skipped| skipped.name().to_owned())
    }

    pub(super) fn find(&self, name: &str) -> Found {
        if let Some(pool) = self.config.pools().iter().find(|pool| pool.name() == name) {
            if is_drained(pool) {
                return Found::Unread(format!("{}: {NO_CAPACITY}", pool.place()));
            }
            return Found::Pool(Box::new(pool.clone()));
        }
        if let Some((_, error)) = self.config.refused().find(|(refused, _)| *refused == name) {
            let complaints: Vec<String> =
                error.complaints().iter().map(ToString::to_string).collect();
            return Found::Unread(complaints.join("; "));
        }
        match self.config.skipped().iter().find(|skipped| skipped.name() == name) {
            Some(skipped) => Found::Unhashed(skipped.why().to_string()),
            None => Found::Absent,
        }
    }

    /// The pool of that name, or all that could be read. What could not be read
    /// hides nothing: it is named on stderr.
    pub(super) fn pools(self, pool: Option<&str>, quiet: bool) -> Result<Vec<Pool>, Failure> {
        if let Some(name) = pool {
            return Ok(vec![self.config.pool(name)?.clone()]);
        }
        if self.config.pools().is_empty() {
            return Ok(self.config.into_pools()?);
        }
        self.complain(quiet);
        let (drained, pools): (Vec<Pool>, Vec<Pool>) =
            self.config.pools().iter().cloned().partition(is_drained);
        // Alone it is what was asked for: whoever builds it refuses it.
        if pools.is_empty() {
            return Ok(drained);
        }
        for pool in &drained {
            talk::warning(format!("{}: pool '{}': {NO_CAPACITY}", pool.place(), pool.name()));
        }
        Ok(pools)
    }

    /// Names what is no pool, once.
    pub(super) fn complain(&self, quiet: bool) {
        for (_, error) in self.config.refused() {
            error.complaints().iter().for_each(talk::warning);
        }
        if !quiet {
            self.config.notes().iter().for_each(|note| talk::note(&note.to_string()));
        }
        let skipped: Vec<&str> = self.config.skipped().iter().map(|pool| pool.name()).collect();
        if let (Some(first), false) = (self.config.skipped().first(), quiet) {
            let file = first.why().place().file();
            talk::note(&format!("{file}: does not hash keys: {}", skipped.join(", ")));
        }
    }
}

/// Whether nothing in a pool may own a key.
fn is_drained(pool: &Pool) -> bool {
    let mut servers = pool.servers().iter();
    servers.len() > 0 && servers.all(|server| server.capacity().get() == 0.0)
}

/// The chosen pool of a file, or all of them.
pub(crate) fn pools(file: &Path, choice: &Choice, quiet: bool) -> Result<Vec<Pool>, Failure> {
    let read = Read::file(file, &choice.reading, choice.scheme.as_deref())?;
    read.pools(choice.reading.pool.as_deref(), quiet)
}

/// The pools of a file, or why none of what is in it hashes keys; `foreign`: a file of no
/// program that is known is taken to be such a one.
pub(crate) fn pools_or_none(
    file: &Path,
    choice: &Choice,
    foreign: bool,
) -> Result<Result<Vec<Pool>, Vec<String>>, Failure> {
    let read = match Read::known(file, &choice.reading, choice.scheme.as_deref())? {
        Ok(read) => read,
        Err(error) if foreign && error.is_foreign() => {
            return Ok(Err(error.complaints().iter().map(ToString::to_string).collect()));
        }
        Err(error) => return Err(error.into()),
    };
    let hashes = !read.config.pools().is_empty() || read.config.refused().next().is_some();
    match read.pools(choice.reading.pool.as_deref(), false) {
        Err(Failure::Complaints(why)) if !hashes && choice.reading.pool.is_none() => Ok(Err(why)),
        other => other.map(Ok),
    }
}

/// What is said beside a file.
pub(crate) fn options(reading: &Reading, scheme: Option<&Scheme>) -> Result<Options, Failure> {
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
    if let Some(partitions) = reading.partitions {
        options = options.with_partitions(partitions);
    }
    if let Some(dialect) = &reading.haproxy_dialect {
        options = options.with_haproxy_dialect(dialect.as_str());
    }
    if let Some(prefix) = &reading.prefix {
        options = options.with_prefix(prefix);
    }
    if let Some(file) = &reading.endpoints {
        options = options.with_endpoints(file);
    }
    if reading.env_from_process {
        for (name, value) in std::env::vars_os() {
            // A name or value that is no text is in no configuration.
            if let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) {
                options = options.with_variable(name, value);
            }
        }
    }
    for text in &reading.env {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Failure::refused(format!("--env '{}': expected NAME=VALUE", text.escape_debug()))
        })?;
        options = options.with_variable(name, value);
    }
    for text in &reading.resolve {
        let parts = text.split_once('=').and_then(|(host, ip)| Some((host, ip.parse().ok()?)));
        let (host, address) = parts.ok_or_else(|| {
            Failure::refused(format!("--resolve '{}': expected HOST=IP", text.escape_debug()))
        })?;
        options = options.with_resolved(host, address);
    }
    if let Some(identity) = reading.identity {
        options = options.with_identity(match identity {
            args::Identity::Address => Identity::Address,
            args::Identity::Hostname => Identity::Hostname,
            args::Identity::Pod => Identity::Pod,
        });
    }
    Ok(if reading.keep_unready { options.keeping_unready() } else { options })
}

/// The only pool, or the chosen one.
pub(crate) fn one_pool(
    file: &Path,
    reading: &Reading,
    scheme: Option<&str>,
) -> Result<Pool, Failure> {
    let read = Read::file(file, reading, scheme)?;
    if reading.pool.is_none() && read.names().len() > 1 {
        return Err(several(file, &read.names()));
    }
    let mut pools = read.pools(reading.pool.as_deref(), true)?;
    // There is one: a file without pools is an error before.
    Ok(pools.remove(0))
}

fn several(file: &Path, names: &[String]) -> Failure {
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
                "{}: pool '{}' bounds loads to {percent}% of the mean: a server over it passes \
                 keys on, which depends on time and is not counted here",
                pool.place(),
                pool.name()
            ));
        }
        let down: Vec<&str> = pool.down().collect();
        if !down.is_empty() {
            talk::note(&format!(
                "{}: pool '{}': marked down, but in the map, which plans and shares are of (resolve \
                 passes their keys on): {}",
                pool.place(),
                pool.name(),
                down.join(", ")
            ));
        }
    }
}
