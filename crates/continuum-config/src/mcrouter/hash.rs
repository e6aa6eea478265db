//! The hash of a route: its function, salt, weights and tags.

use std::collections::BTreeMap;

use continuum::Capacity;

use super::server;
use crate::fault::Fault;
use crate::quote::quoted;
use crate::tree::Tree;

/// A hash function, and the settings beside it.
#[derive(Clone, Debug)]
pub(super) struct Hash<'t> {
    /// What the route says; without it, and weights in the pool, a PoolRoute hashes by
    /// WeightedCh3.
    function: Option<&'static str>,
    settings: Option<&'t Tree>,
    /// Whether what the pool says counts too: for a PoolRoute.
    of_pool_route: bool,
    line: u32,
    /// The settings in words, the same for two hashes that say the same.
    words: String,
}

impl PartialEq for Hash<'_> {
    /// The same function with the same settings, wherever they stand.
    fn eq(&self, other: &Self) -> bool {
        (self.function, self.of_pool_route, &self.words)
            == (other.function, other.of_pool_route, &other.words)
    }
}

fn function(text: &str, line: u32) -> Result<&'static str, Fault> {
    Ok(match text {
        "Ch3" => "ch3",
        "WeightedCh3" => "weighted-ch3",
        "Rendezvous" => "rendezvous",
        "WeightedRendezvous" => "weighted-rendezvous",
        other => {
            let known = "Ch3, WeightedCh3, Rendezvous, WeightedRendezvous";
            let sentence = format!("hash function {} is none of {known}", quoted(other));
            return Err(Fault::new(line, sentence));
        }
    })
}

impl<'t> Hash<'t> {
    /// Of `PoolRoute|A` or `HashRoute|Pool|A`, and a name behind it.
    pub(super) fn short(name: Option<&str>, of_pool_route: bool, line: u32) -> Result<Self, Fault> {
        let function = name.map(|name| function(name, line)).transpose()?;
        Ok(Self { function, settings: None, of_pool_route, line, words: String::new() })
    }

    /// Of a PoolRoute: `hash` is a name or a map.
    pub(super) fn of_pool_route(route: &'t Tree) -> Result<Self, Fault> {
        match route.get("hash") {
            None => Self::short(None, true, route.line()),
            Some(hash) => match hash.as_text() {
                Some(name) => Self::short(Some(name), true, hash.line()),
                None => Self::of(hash, true),
            },
        }
    }

    /// Of a HashRoute.
    pub(super) fn of_hash_route(route: &'t Tree) -> Result<Self, Fault> {
        Self::of(route, false)
    }

    /// Of a map with `hash_func`.
    fn of(tree: &'t Tree, of_pool_route: bool) -> Result<Self, Fault> {
        tree.map("hash")?;
        let name = tree.get("hash_func").map(|name| name.text("hash_func")).transpose()?;
        // What a function reads that is not covered would be an unknown setting.
        let hash = Self::short(name, of_pool_route, tree.line())?;
        let known = ["type", "children", "hash_func", "salt", "weights", "tags", "name"];
        tree.only("hash", &known)?;
        let words = ["salt", "weights", "tags"].map(|name| tree.get(name).map(Tree::compact));
        Ok(Self { settings: Some(tree), words: format!("{words:?}"), ..hash })
    }

    /// The function over a pool.
    pub(super) fn over(&self, pool: &Tree) -> Function<'t> {
        let weighted = self.of_pool_route && pool.get("weights").is_some();
        let name = self.function.unwrap_or(if weighted { "weighted-ch3" } else { "ch3" });
        Function {
            name,
            settings: self.settings,
            of_pool_route: self.of_pool_route,
            line: self.line,
        }
    }

    /// What is hashed behind every key.
    pub(super) fn salt(&self) -> Result<&'t str, Fault> {
        let salt = self.settings.and_then(|settings| settings.get("salt"));
        Ok(salt.map(|salt| salt.text("salt")).transpose()?.unwrap_or_default())
    }
}

/// A hash function over one pool, and where its settings are.
pub(super) struct Function<'t> {
    name: &'static str,
    settings: Option<&'t Tree>,
    of_pool_route: bool,
    line: u32,
}

impl<'t> Function<'t> {
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn is_weighted(&self) -> bool {
        self.name.starts_with("weighted")
    }

    /// A setting of the route, or else of the pool where that counts.
    pub(super) fn setting<'a>(&self, name: &str, pool: &'a Tree) -> Option<&'a Tree>
    where
        't: 'a,
    {
        let own = self.settings.and_then(|settings| settings.get(name));
        own.or_else(|| pool.get(name).filter(|_| self.of_pool_route))
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
                let text = server::text(server)?;
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
