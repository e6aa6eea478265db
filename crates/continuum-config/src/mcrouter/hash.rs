//! The hash of a route: its function, salt, weights and tags.

use std::collections::BTreeMap;

use continuum::Capacity;

use crate::fault::Fault;
use crate::quote::quoted;
use crate::tree::Tree;

/// A hash function, and the settings beside it.
#[derive(Clone, Debug)]
pub(super) struct Hash<'t> {
    name: &'static str,
    settings: Option<&'t Tree>,
    line: u32,
}

impl PartialEq for Hash<'_> {
    /// The same function with the same settings: those of one place in the file.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && match (self.settings, other.settings) {
                (None, None) => true,
                (Some(a), Some(b)) => std::ptr::eq(a, b),
                _ => false,
            }
    }
}

/// Settings of routes beside the hash, which change no key's server.
const ROUTE: &[&str] = &[
    "type",
    "pool",
    "hash",
    "shadows",
    "rates",
    "max_outstanding",
    "name",
    "slow_warmup",
    "shadow_policy",
    "stats_enabled",
    "asynclog",
    "asynclog_name",
    "destination",
    "failover",
    "bucketize",
    "keep_routing_prefix",
    "enable_cross_cluster",
    "shard_splits",
    "pool_locality",
    "pool_region",
    "shard_info",
    "axonlog",
    "bucketization_keyspace",
    "total_buckets",
];

impl<'t> Hash<'t> {
    pub(super) fn named(text: &str, line: u32) -> Result<Self, Fault> {
        let name = match text {
            "Ch3" => "ch3",
            "WeightedCh3" => "weighted-ch3",
            "Rendezvous" => "rendezvous",
            "WeightedRendezvous" => "weighted-rendezvous",
            other => {
                let known = "Ch3, WeightedCh3, Rendezvous, WeightedRendezvous";
                let sentence = format!("hash function {} is none of {known}", quoted(other));
                return Err(Fault::new(line, sentence));
            }
        };
        Ok(Self { name, settings: None, line })
    }

    /// Of a PoolRoute: `hash` is a name or a map.
    pub(super) fn of_pool_route(route: &'t Tree) -> Result<Self, Fault> {
        route.only("PoolRoute", ROUTE)?;
        match route.get("hash") {
            None => Self::named("Ch3", route.line()),
            Some(hash) => match hash.as_text() {
                Some(name) => Self::named(name, hash.line()),
                None => Self::of(hash),
            },
        }
    }

    /// Of a map with `hash_func`.
    pub(super) fn of(tree: &'t Tree) -> Result<Self, Fault> {
        let known = ["type", "children", "hash_func", "salt", "weights", "tags", "name"];
        tree.only("hash", &known)?;
        let function = tree.get("hash_func").map(|name| name.text("hash_func")).transpose()?;
        let hash = Self::named(function.unwrap_or("Ch3"), tree.line())?;
        // Settings that the function does not read make no difference.
        let settings = (hash.name != "ch3" || tree.get("salt").is_some()).then_some(tree);
        Ok(Self { settings, ..hash })
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn is_weighted(&self) -> bool {
        self.name.starts_with("weighted")
    }

    /// What is hashed behind every key.
    pub(super) fn salt(&self) -> Result<&'t str, Fault> {
        let salt = self.settings.and_then(|settings| settings.get("salt"));
        Ok(salt.map(|salt| salt.text("salt")).transpose()?.unwrap_or_default())
    }

    /// A setting of the route, or else of the pool.
    fn setting<'a>(&self, name: &str, pool: &'a Tree) -> Option<&'a Tree>
    where
        't: 'a,
    {
        self.settings.and_then(|settings| settings.get(name)).or_else(|| pool.get(name))
    }

    /// The servers' weights, where the function reads them.
    pub(super) fn weights(
        &self,
        pool: &Tree,
        servers: &[Tree],
    ) -> Result<Option<Vec<Capacity>>, Fault> {
        if !self.is_weighted() {
            return Ok(None);
        }
        let weights = self
            .setting("weights", pool)
            .ok_or_else(|| Fault::new(self.line, format!("{} without weights", self.name)))?;
        let one = |tree: &Tree| {
            let number = tree.number("a weight")?;
            let most = if self.name == "weighted-ch3" { 1.0 } else { f64::MAX };
            Capacity::try_from(number).ok().filter(|capacity| capacity.get() <= most).ok_or_else(
                || Fault::new(tree.line(), format!("weight {number} is out of its range")),
            )
        };
        if let (Some(map), "weighted-rendezvous") = (weights.as_map(), self.name) {
            // By name: mcrouter finds a server's weight under its text.
            let weights_by: BTreeMap<&str, &Tree> =
                map.iter().map(|(key, tree)| (&*key.text, tree)).collect();
            let found = servers.iter().map(|server| {
                let text = server.text("a server")?;
                let weight = weights_by.get(text).ok_or_else(|| {
                    Fault::new(weights.line(), format!("no weight for server {}", quoted(text)))
                })?;
                one(weight)
            });
            return found.collect::<Result<_, _>>().map(Some);
        }
        let list = weights.list("weights")?;
        if self.name != "weighted-ch3" {
            check_count("weights", weights, list.len(), servers.len())?;
        }
        // As mcrouter: what is missing is 0.5, what is too much is left out.
        let half = Capacity::try_from(0.5).unwrap_or(Capacity::ONE);
        let given: Result<Vec<_>, Fault> = list.iter().take(servers.len()).map(one).collect();
        let mut weights = given?;
        weights.resize(servers.len(), half);
        Ok(Some(weights))
    }

    /// The texts that are hashed, where the function hashes texts.
    pub(super) fn names<'a>(
        &self,
        pool: &'a Tree,
        servers: usize,
    ) -> Result<Option<Vec<&'a str>>, Fault>
    where
        't: 'a,
    {
        if !self.name.ends_with("rendezvous") {
            return Ok(None);
        }
        let tags = self.setting("tags", pool).ok_or_else(|| {
            Fault::new(self.line, format!("{} without tags, the texts it hashes", self.name))
        })?;
        let list = tags.list("tags")?;
        check_count("tags", tags, list.len(), servers)?;
        list.iter().map(|tag| tag.text("a tag")).collect::<Result<_, _>>().map(Some)
    }
}

fn check_count(what: &str, tree: &Tree, given: usize, servers: usize) -> Result<(), Fault> {
    if given == servers {
        return Ok(());
    }
    Err(Fault::new(tree.line(), format!("{given} {what} for {servers} servers")))
}
