//! The routes that hash over pools.

use super::calls;
use super::hash::Hash;
use crate::brief::brief;
use crate::fault::Fault;
use crate::quote::quoted;
use crate::tree::Tree;

/// A route that hashes over a pool.
pub(super) struct Use<'t> {
    pub(super) pool: &'t str,
    pub(super) hash: Hash<'t>,
    pub(super) line: u32,
    /// The pool itself, where it stands in its route.
    pub(super) tree: Option<&'t Tree>,
    /// Where `shard_splits` stands.
    pub(super) splits: Option<u32>,
    /// The routes above that choose among pools by the key or by chance, in words.
    pub(super) above: Box<str>,
}

/// Routes that send a key to one of their children, and none to all of them.
const CHOOSING: [&str; 6] = [
    "HashRoute",
    "HostIdRoute",
    "KeySplitRoute",
    "LatestRoute",
    "LoadBalancerRoute",
    "RandomRoute",
];

/// What was found in the routes of a file: uses, and pools whose use is refused.
#[derive(Default)]
pub(super) struct Routes<'t> {
    pub(super) uses: Vec<Use<'t>>,
    pub(super) faults: Vec<(&'t str, Fault)>,
    above: String,
}

impl<'t> Routes<'t> {
    pub(super) fn of(tree: &'t Tree) -> Self {
        let mut routes = Self::default();
        for name in ["route", "routes", "named_handles"] {
            if let Some(tree) = tree.get(name) {
                routes.walk(tree);
            }
        }
        routes
    }

    fn add(&mut self, pool: &'t str, hash: Result<Hash<'t>, Fault>, line: u32, tree: &'t Tree) {
        match hash {
            Ok(hash) => {
                let splits = tree.get("shard_splits").map(Tree::line);
                let above = self.above.as_str().into();
                self.uses.push(Use { pool, hash, line, tree: None, splits, above });
            }
            Err(fault) => self.faults.push((pool, fault)),
        }
    }

    fn walk(&mut self, tree: &'t Tree) {
        if let Some(text) = tree.as_text() {
            return self.short(text, tree);
        }
        if let Some(list) = tree.as_list() {
            return list.iter().for_each(|tree| self.walk(tree));
        }
        let Some(map) = tree.as_map() else { return };
        match tree.get("type").and_then(Tree::as_text) {
            Some("PoolRoute") => self.pool_route(tree),
            Some("HashRoute") => {
                let children = tree.get("children").and_then(Tree::as_text);
                if let Some(pool) = children.and_then(|children| children.strip_prefix("Pool|")) {
                    return self.add(pool, Hash::of(tree), tree.line(), tree);
                }
            }
            _ => {}
        }
        let before = self.above.len();
        if let Some(choosing) = choosing(tree) {
            let and = if before == 0 { "" } else { " and " };
            self.above = format!("{}{and}{choosing}", self.above);
        }
        map.iter().for_each(|(_, tree)| self.walk(tree));
        self.above.truncate(before);
    }

    /// `PoolRoute|A`, `PoolRoute|A|Ch3`, `HashRoute|Pool|A`.
    fn short(&mut self, text: &'t str, tree: &'t Tree) {
        let line = tree.line();
        let named =
            text.strip_prefix("PoolRoute|").or_else(|| text.strip_prefix("HashRoute|Pool|"));
        if let Some(pool) = named {
            let (pool, hash) = pool.split_once('|').map_or((pool, None), |(p, h)| (p, Some(h)));
            self.add(pool, Hash::named(hash.unwrap_or("Ch3"), line), line, tree);
        } else if text.starts_with("HashRoute|") || calls::is_call(text) {
            let sentence = format!("route {} is not covered", quoted(text));
            self.faults.push((text, Fault::new(line, sentence)));
        }
    }

    fn pool_route(&mut self, tree: &'t Tree) {
        let line = tree.line();
        let Some(pool) = tree.get("pool") else {
            return self.faults.push(("", Fault::new(line, "PoolRoute without a pool")));
        };
        if let Some(name) = pool.as_text() {
            return self.add(name, Hash::of_pool_route(tree), line, tree);
        }
        let name = pool.get("name").and_then(Tree::as_text).unwrap_or_default();
        if name.is_empty() {
            let sentence = "a pool in its route has no name";
            return self.faults.push(("", Fault::new(pool.line(), sentence)));
        }
        self.add(name, Hash::of_pool_route(tree), line, tree);
        if let Some(last) = self.uses.last_mut().filter(|used| used.pool == name) {
            last.tree = Some(pool);
        }
    }
}

/// What a route does that chooses among several children.
fn choosing(route: &Tree) -> Option<String> {
    let kind = route.get("type")?.as_text().filter(|kind| CHOOSING.contains(kind))?;
    let children = ["children", "child", "destination"].iter().find_map(|name| route.get(name));
    if children.is_some_and(|tree| tree.as_list().is_some_and(|list| list.len() < 2)) {
        return None;
    }
    Some(format!("what {kind} leaves it of {}", brief(&route.compact())))
}
