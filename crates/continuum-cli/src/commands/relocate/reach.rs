//! The pool before and after, and how its servers are reached.

use std::collections::BTreeMap;
use std::time::Duration;

use continuum_config::{Pool, SameKey};
use continuum_move::{Endpoint, Options, Route, Secret, Side};

use crate::args::Between;
use crate::failure::Failure;
use crate::input::{self, Pairs};
use crate::talk;

/// Both sides of the one pool, and the database that the files say, which is that of the
/// options if those name none.
pub(super) fn sides(args: &Between) -> Result<([Side; 2], Option<u32>), Failure> {
    let quiet = args.report.quiet;
    let pairs = Pairs::read(&args.old, &args.new, &args.choice, (None, None), quiet)?;
    if let Some(alone) = pairs.alone.iter().find(|_| pairs.both.len() != 1) {
        let why = alone.why.as_deref().map_or(String::new(), |why| format!(": {why}"));
        return Err(Failure::refused(format!(
            "pool '{}' is a pool in one of the files only{why}; say which to move with --pool",
            alone.name
        )));
    }
    let [(old, new)] = pairs.both.as_slice() else {
        let names: Vec<&str> = pairs.both.iter().map(|(old, _)| old.name()).collect();
        return Err(Failure::refused(format!(
            "several pools: {}; one is moved at a time: say which with --pool",
            names.join(", ")
        )));
    };
    if old.database() != new.database() && args.database.is_empty() {
        let named = |pool: &Pool| {
            pool.database().map_or("no database".to_owned(), |number| format!("database {number}"))
        };
        return Err(Failure::refused(format!(
            "pool '{}' is of {} in OLD and of {} in NEW, and keys are not taken from one database to another",
            new.name(),
            named(old),
            named(new)
        )));
    }
    // A database that is named counts before those of the files.
    let other_key = if args.database.is_empty() {
        old.key().compare(new.key()) == SameKey::Different
    } else {
        !old.key().takes_same(new.key())
    };
    if other_key {
        return Err(Failure::refused(format!(
            "pool '{}' hashes {} in OLD and {} in NEW: keys that are the same to one are not to the other",
            new.name(),
            old.key(),
            new.key()
        )));
    }
    for pool in [old, new] {
        input::build_pool(pool)?;
    }
    if !quiet {
        input::notes([new]);
    }
    let side = |pool| Side::of(pool).map_err(Failure::refused);
    Ok(([side(old)?, side(new)?], new.database()))
}

/// The maps over their servers; the options learn which databases are gone through.
pub(super) fn route(args: &Between, options: &mut Options) -> Result<Route, Failure> {
    let ([old, new], database) = sides(args)?;
    options.of_database = database;
    options.databases.clone_from(&args.database);
    if options.databases.is_empty() {
        options.databases.extend(database);
    }
    let mut dial = BTreeMap::new();
    for text in &args.dial {
        // A URL holds a password: what is wrong with it is told without it.
        let (server, url) = text
            .split_once("=redis")
            .map(|(server, rest)| (server, format!("redis{rest}")))
            .or_else(|| text.split_once("=memcached").map(|(server, rest)| (server, format!("memcached{rest}"))))
            .ok_or_else(|| {
                Failure::refused(
                    "--dial: expected SERVER=URL, the URL with redis://, rediss://, memcached:// or \
                     memcacheds://",
                )
            })?;
        dial.insert(server.to_owned(), Endpoint::parse(server, &url).map_err(Failure::refused)?);
    }
    let mut route = Route::between(old, new, &dial).map_err(Failure::refused)?;
    let authority = input::pem(args.tls_ca.as_deref())?;
    let (user, password) = input::credentials()?;
    let [user, password] = [user, password].map(|text| text.map(Secret::new));
    for endpoint in route.endpoints_mut() {
        let named = endpoint.clone().or_as(user.as_ref(), password.as_ref());
        *endpoint = if args.tls {
            named.over_tls(authority.clone())
        } else {
            named.trusting(authority.clone())
        };
    }
    Ok(route)
}

/// What all errands have in common.
pub(super) fn options(args: &Between) -> Options {
    let mut options = Options::default();
    options.timeout = Duration::from_secs(u64::from(args.timeout.get()));
    options
}

/// That there is nothing to do is worth a word.
pub(super) fn note_same(route: &Route, quiet: bool) {
    let [old, new] = route.fingerprints();
    if old == new && !quiet {
        talk::note("OLD and NEW are the same map: only strays can lie elsewhere");
    }
}
