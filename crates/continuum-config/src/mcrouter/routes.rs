//! The routes that hash over pools, reached from `route` and `routes` as mcrouter reaches
//! them: a text names a route of the file, or is one in short.

use std::collections::BTreeSet;

use super::hash::Hash;
use super::names::Names;
use super::{calls, kinds, settings};
use crate::brief::brief;
use crate::fault::Fault;
use crate::key::Prefix;
use crate::limits;
use crate::quote::quoted;
use crate::tree::Tree;

/// A route that hashes over a pool.
pub(super) struct Use<'t> {
    pub(super) pool: &'t str,
    pub(super) hash: Hash<'t>,
    pub(super) line: u32,
    /// The pool itself, where it stands in its route.
    pub(super) tree: Option<&'t Tree>,
    /// The route, where it is a map.
    pub(super) route: &'t Tree,
    pub(super) above: Above<'t>,
    /// Whether it stands in a named handle that no route leads to.
    pub(super) idle: bool,
}

/// What stands above a route.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Above<'t> {
    /// The routes that choose among pools by the key or by chance, in words.
    pub(super) choice: String,
    /// What becomes of the beginnings of keys, the outermost first.
    pub(super) prefixes: Vec<Prefix>,
    /// The last route of a type that is not known.
    pub(super) unknown: Option<&'t str>,
    /// Why what becomes of keys cannot be told: the line and a sentence.
    refused: Option<(u32, String)>,
}

/// What was found in the routes of a file: uses, and pools whose use is refused.
#[derive(Default)]
pub(super) struct Routes<'t> {
    pub(super) uses: Vec<Use<'t>>,
    pub(super) faults: Vec<(&'t str, Fault)>,
    names: Names<'t>,
    above: Above<'t>,
    /// The names that were followed, and under what.
    followed: BTreeSet<(&'t str, Above<'t>)>,
    refused: BTreeSet<(&'t str, u32, String)>,
    steps: usize,
    /// Whether no route leads to what is walked.
    idle: bool,
}

/// Where a value stands: what its texts mean.
#[derive(Clone, Copy, PartialEq)]
enum Position {
    /// A route belongs here.
    Route,
    /// Each value of a map is a route.
    Routes,
    /// Nothing is known of it; a PoolRoute in short is taken for one.
    Other,
}

impl<'t> Routes<'t> {
    /// # Errors
    /// The routes lead to one another in too many ways.
    pub(super) fn of(tree: &'t Tree) -> Result<Self, Fault> {
        let mut routes = Self { names: Names::of(tree), ..Self::default() };
        if let Some(route) = tree.get("route") {
            routes.walk(route, Position::Route, 0)?;
        }
        if let Some(aliases) = tree.get("routes") {
            // A list of maps with `route`, or a map of aliases.
            let position = match aliases.as_map() {
                Some(_) => Position::Routes,
                None => Position::Other,
            };
            routes.walk(aliases, position, 0)?;
        }
        routes.idle = true;
        for (name, tree) in routes.names.handles() {
            let mut followed = routes.followed.range((name, Above::default())..);
            if followed.next().is_none_or(|(followed, _)| *followed != name) {
                routes.follow(name, tree, 0)?;
            }
        }
        for tree in routes.names.nameless() {
            routes.walk(tree, Position::Route, 0)?;
        }
        Ok(routes)
    }

    /// `pool`: its name, and itself where it stands in its route.
    fn add(
        &mut self,
        (pool, inline): (&'t str, Option<&'t Tree>),
        hash: Result<Hash<'t>, Fault>,
        route: &'t Tree,
    ) {
        let refused = self.above.refused.as_ref();
        match (hash, refused.map(|(line, sentence)| Fault::new(*line, sentence))) {
            (Err(fault), _) | (_, Some(fault)) => self.refuse(pool, fault),
            (Ok(hash), None) => {
                let (line, above) = (route.line(), self.above.clone());
                self.uses.push(Use {
                    pool,
                    hash,
                    line,
                    tree: inline,
                    route,
                    above,
                    idle: self.idle,
                });
            }
        }
    }

    fn refuse(&mut self, name: &'t str, fault: Fault) {
        // A route that is reached by several ways is refused once.
        if self.refused.insert((name, fault.line, fault.sentence.clone())) {
            self.faults.push((name, fault));
        }
    }

    fn walk(&mut self, tree: &'t Tree, position: Position, depth: usize) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps > limits::VALUES || depth > 2 * limits::DEPTH {
            return Err(Fault::new(tree.line(), "routes lead to one another in too many ways"));
        }
        if let Some(text) = tree.as_text() {
            return self.text(text, tree, position, depth);
        }
        if let Some(list) = tree.as_list() {
            return list.iter().try_for_each(|tree| self.walk(tree, position, depth + 1));
        }
        let Some(map) = tree.as_map() else { return Ok(()) };
        if position == Position::Routes {
            let mut trees = map.iter().map(|(_, tree)| tree);
            return trees.try_for_each(|tree| self.walk(tree, Position::Route, depth + 1));
        }
        let kind = tree.get("type").and_then(Tree::as_text);
        match kind {
            Some("PoolRoute") => self.pool_route(tree, "PoolRoute", settings::POOL_ROUTE),
            Some(kind @ "SaltedFailoverRoute") => {
                self.pool_route(tree, kind, settings::SALTED_FAILOVER);
            }
            Some("HashRoute") => {
                if let Some(pool) = self.pool_below(tree) {
                    self.add(pool, Hash::of_hash_route(tree), tree);
                    return Ok(());
                }
            }
            _ => {}
        }
        let before = self.above.clone();
        let known = kind.is_some_and(|kind| kinds::KNOWN.contains(&kind));
        self.enter(tree, kind, position);
        for (key, tree) in map {
            let position = match &*key.text {
                "route" if kind.is_none() => Position::Route,
                "destination" if kind == Some("KeySplitRoute") => Position::Route,
                name if known && kinds::CHILDREN.contains(&name) => Position::Route,
                name if known && kinds::POLICIES.contains(&name) => Position::Routes,
                _ => Position::Other,
            };
            self.walk(tree, position, depth + 1)?;
        }
        self.above = before;
        Ok(())
    }

    /// Notes what a route does to what is below it.
    fn enter(&mut self, route: &'t Tree, kind: Option<&'t str>, position: Position) {
        if let Some(choosing) = kinds::choosing(route) {
            let and = if self.above.choice.is_empty() { "" } else { " and " };
            let choosing = format!("what {choosing} leaves it of {}", brief(&route.compact()));
            self.above.choice = format!("{}{and}{choosing}", self.above.choice);
        }
        match kind {
            Some("ModifyKeyRoute") => match kinds::prefix(route) {
                Ok(prefix) if prefix.changes_nothing() => {}
                Ok(prefix) => self.above.prefixes.push(prefix),
                Err(fault) => self.above.refused = Some((fault.line, fault.sentence)),
            },
            Some(kind) if position == Position::Route && !kinds::KNOWN.contains(&kind) => {
                self.above.unknown = Some(kind);
            }
            _ => {}
        }
    }

    /// A name, `PoolRoute|A`, `PoolRoute|A|Ch3`, `HashRoute|Pool|A`, `AllSyncRoute|PoolRoute|A`.
    fn text(
        &mut self,
        text: &'t str,
        tree: &'t Tree,
        position: Position,
        depth: usize,
    ) -> Result<(), Fault> {
        let line = tree.line();
        let is_route = position == Position::Route;
        if is_route && let Some(named) = self.names.get(text) {
            return self.follow(text, named, depth);
        }
        let of_pool_route = text.strip_prefix("PoolRoute|");
        if let Some(pool) = of_pool_route.or_else(|| text.strip_prefix("HashRoute|Pool|")) {
            let (pool, name) = pool.split_once('|').map_or((pool, None), |(p, n)| (p, Some(n)));
            self.add((pool, None), Hash::short(name, of_pool_route.is_some(), line), tree);
        } else if text.starts_with("HashRoute|") || calls::is_call(text) {
            let sentence = format!("route {} is not covered", quoted(text));
            self.refuse(text, Fault::new(line, sentence));
        } else if is_route && !text.is_empty() {
            let (kind, below) = text.split_once('|').unwrap_or((text, ""));
            if !kinds::KNOWN.contains(&kind) {
                let what = "is neither a route of mcrouter's nor one that the file names";
                let sentence = format!("route {} {what}", quoted(kind));
                self.refuse(text, Fault::new(line, sentence));
            } else if kinds::OF_TEXT.contains(&kind) {
                // What stands behind the bar is the list of children.
                return self.text(below, tree, position, depth + 1);
            }
        }
        Ok(())
    }

    /// Follows a name, once under the same routes.
    fn follow(&mut self, name: &'t str, tree: &'t Tree, depth: usize) -> Result<(), Fault> {
        if !self.followed.insert((name, self.above.clone())) {
            return Ok(());
        }
        self.walk(tree, Position::Route, depth + 1)
    }

    /// The pool whose servers are the children of a HashRoute.
    fn pool_below(&mut self, route: &'t Tree) -> Option<(&'t str, Option<&'t Tree>)> {
        let children = route.get("children")?;
        let children = children.as_list().unwrap_or(std::slice::from_ref(children));
        let pools: Vec<_> = children.iter().filter_map(|tree| self.pool_of(tree)).collect();
        if let ([pool], 1) = (pools.as_slice(), children.len()) {
            return Some(*pool);
        }
        for (pool, _) in pools {
            let sentence = "a HashRoute over the servers of a pool and more is not covered";
            self.refuse(pool, Fault::new(route.line(), sentence));
        }
        None
    }

    /// The pool that a route is: `Pool|A`, or a map of that type.
    fn pool_of(&self, tree: &'t Tree) -> Option<(&'t str, Option<&'t Tree>)> {
        let tree = tree.as_text().and_then(|name| self.names.get(name)).unwrap_or(tree);
        if let Some(text) = tree.as_text() {
            return text.strip_prefix("Pool|").map(|pool| (pool, None));
        }
        let is_pool = tree.get("type").and_then(Tree::as_text) == Some("Pool");
        let name = tree.get("name").and_then(Tree::as_text).filter(|_| is_pool)?;
        Some((name, Some(tree)))
    }

    fn pool_route(&mut self, tree: &'t Tree, kind: &str, known: &[&str]) {
        let line = tree.line();
        let Some(pool) = tree.get("pool") else {
            return self.refuse("", Fault::new(line, format!("{kind} without a pool")));
        };
        let hash = tree.only(kind, known).and_then(|()| Hash::of_pool_route(tree));
        if let Some(name) = pool.as_text() {
            return self.add((name, None), hash, tree);
        }
        let name = pool.get("name").and_then(Tree::as_text).unwrap_or_default();
        if name.is_empty() {
            let sentence = "a pool in its route has no name";
            return self.refuse("", Fault::new(pool.line(), sentence));
        }
        self.add((name, Some(pool)), hash, tree);
    }
}
