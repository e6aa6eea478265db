//! mcrouter's JSON: its `pools`, hashed as the routes that use them say.
//!
//! A pool is read once for each hash under which a route uses it: by
//! `"PoolRoute|NAME"` or `{"type": "PoolRoute", "pool": …, "hash": …}` (a `SaltedFailoverRoute`
//! holds one), or as the children `"Pool|NAME"` of a `HashRoute`. Weights of a pool make its
//! PoolRoutes hash by WeightedCh3, where they do not say how. Pools of one name have what they
//! are hashed by in brackets behind it. A pool that no such route uses is
//! skipped. Macros are written out, the file's own and those that mcrouter brings;
//! pools that `inherit` take what they do not say from the pool they name. What a
//! `ModifyKeyRoute` does to keys is a part of the rule.
//!
//! Not covered, and refused by name: `@import`, macros that draw by chance, hash
//! functions other than Ch3, WeightedCh3, Rendezvous and WeightedRendezvous, `bucketize` under
//! WeightedCh3, `additional_fanout`, servers that are routes, and names that the file does not
//! hold. Routes that send some keys elsewhere (`shard_splits`, `weights_rv`) and routes of
//! types that are not known are noted.

mod builtins;
mod calls;
mod hash;
mod kinds;
mod macros;
mod names;
mod pool;
mod routes;
mod server;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use crate::draft::{Count, Draft, Found};
use crate::error::Error;
use crate::fault::Fault;
use crate::limits;
use crate::note::Topic;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::{Key, Tree};
use pool::Pool;
use routes::{Routes, Use};

pub(crate) fn read(tree: &Tree, file: &File) -> Result<Vec<Found>, Error> {
    let told = |fault: Fault| fault.within(file);
    let tree = &macros::written_out(tree).map_err(told)?;
    let routes = Routes::of(tree).map_err(told)?;
    let mut found: Vec<Found> = routes
        .faults
        .into_iter()
        .map(|(pool, fault)| Found::Refused(pool.into(), fault.within(file)))
        .collect();
    let none = &[][..];
    let pools = match tree.get("pools") {
        Some(pools) => {
            pools.check_keys().map_err(told)?;
            pools.map("pools").map_err(told)?
        }
        None if routes.uses.iter().any(|used| used.tree.is_some()) => none,
        None => return Err(Error::new(file.at(tree.line()), no_pools(tree))),
    };
    if let Some(line) = of_twemproxy(tree, pools) {
        let sentence = "these pools are twemproxy's, whose file has no level 'pools': they stand \
                        at its top";
        return Err(Error::new(file.at(line), sentence));
    }
    let mut by_pool = by_pool(&routes.uses, file)?;
    let mut servers = Count::default();
    let mut read = |name: &str, line: u32, tree: &Tree, used: &[Wanted<'_>]| {
        let listed = tree.get("servers").and_then(Tree::as_list).map_or(0, <[_]>::len);
        servers.add(listed.saturating_mul(used.len()), &file.at(line))?;
        Ok::<_, Error>(over(&Pool { name, line, tree, all: pools, file }, used))
    };
    for (name, tree) in pools {
        let used = by_pool.remove(&*name.text).unwrap_or_default();
        let refused =
            |found: &Found| matches!(found, Found::Refused(pool, _) if **pool == *name.text);
        if used.is_empty() && !found.iter().any(refused) {
            let why = "no PoolRoute or HashRoute uses it";
            found.push(Found::skipped(&name.text, file.at(name.line), why));
        }
        found.extend(read(&name.text, name.line, tree, &used)?);
    }
    for (name, used) in by_pool {
        if let Some(tree) = used.iter().find_map(|wanted| wanted.route.tree) {
            found.extend(read(name, tree.line(), tree, &used)?);
            continue;
        }
        let sentence = format!("a route uses pool {}, which is not here", quoted(name));
        let refused = |wanted: &Wanted<'_>| {
            Found::Refused(name.into(), Error::new(file.at(wanted.route.line), &*sentence))
        };
        found.extend(used.iter().map(refused));
    }
    Ok(found)
}

/// Why a file without `pools` has none.
fn no_pools(tree: &Tree) -> &'static str {
    if tree.get("clusters").is_some() {
        return "has no pools: mcrouter reads them from 'pools', and nothing from 'clusters'";
    }
    "has no pools"
}

/// The line of the first pool that is one of a fork of twemproxy.
fn of_twemproxy(tree: &Tree, pools: &[(Key, Tree)]) -> Option<u32> {
    let foreign =
        |tree: &Tree| ["listen", "distribution"].iter().any(|name| tree.get(name).is_some());
    let routed = ["route", "routes"].iter().any(|name| tree.get(name).is_some());
    let (name, _) = pools.iter().find(|(_, tree)| foreign(tree)).filter(|_| !routed)?;
    Some(name.line)
}

/// A hash that is wanted over a pool.
struct Wanted<'r> {
    route: &'r Use<'r>,
    /// Whether some routes of it have all keys, and others a part, or other parts.
    mixed: bool,
}

/// The uses of each pool, those that say the same as one.
fn by_pool<'r>(
    uses: &'r [Use<'r>],
    file: &File,
) -> Result<BTreeMap<&'r str, Vec<Wanted<'r>>>, Error> {
    let mut by_pool: BTreeMap<&str, Vec<Wanted<'_>>> = BTreeMap::new();
    let busy: BTreeSet<&str> =
        uses.iter().filter(|used| !used.idle).map(|used| used.pool).collect();
    for route in uses.iter().filter(|used| !used.idle || !busy.contains(used.pool)) {
        let used = by_pool.entry(route.pool).or_default();
        let known = used.iter_mut().find(|known| {
            known.route.hash == route.hash && known.route.above.prefixes == route.above.prefixes
        });
        if let Some(known) = known {
            known.mixed |= known.route.above.choice != route.above.choice;
        } else if used.len() >= limits::REMARKS {
            let sentence = format!("more than {} hashes over one pool", limits::REMARKS);
            return Err(Error::new(file.at(route.line), sentence));
        } else {
            used.push(Wanted { route, mixed: false });
        }
    }
    Ok(by_pool)
}

/// A pool under each hash that is wanted, those that come to the same as one.
fn over(pool: &Pool<'_>, used: &[Wanted<'_>]) -> Vec<Found> {
    let mut drafts: Vec<(Draft, &'static str)> = Vec::new();
    let mut shares: Vec<Wanted<'_>> = Vec::new();
    let mut found = Vec::new();
    for &Wanted { route, mixed } in used {
        let (draft, function) = match pool.under(route) {
            Ok(read) => read,
            Err(fault) => {
                let error = fault.within(pool.file);
                let same =
                    |found: &Found| matches!(found, Found::Refused(_, known) if *known == error);
                if !found.iter().any(same) {
                    found.push(Found::Refused(pool.name.into(), error));
                }
                continue;
            }
        };
        let servers = || draft.servers.iter().map(|(server, _)| server);
        let same = drafts.iter().position(|(known, other)| {
            *other == function
                && known.key == draft.key
                && known.servers.iter().map(|(server, _)| server).eq(servers())
        });
        match same.and_then(|at| shares.get_mut(at)) {
            Some(known) => known.mixed |= mixed || known.route.above.choice != route.above.choice,
            None => {
                drafts.push((draft, function));
                shares.push(Wanted { route, mixed });
            }
        }
    }
    names::tell_apart(&mut drafts);
    for ((mut draft, _), Wanted { route, mixed }) in drafts.into_iter().zip(shares) {
        if mixed {
            share(&mut draft, "of which some routes leave it a part", route, pool.file);
        } else if !route.above.choice.is_empty() {
            share(&mut draft, &route.above.choice, route, pool.file);
        }
        found.push(draft.into());
    }
    found
}

/// Says that a route above gives the pool a part of the keys.
fn share(draft: &mut Draft, context: &str, route: &Use<'_>, file: &File) {
    let sentence =
        format!("a route above chooses the pool: this one has a part of the keys, {context}");
    draft.note(file.at(route.line), Topic::Override, "route", sentence);
    draft.within(context);
}

#[cfg(test)]
mod tests;
