//! A pool of the file under one hash.

use super::hash::Function;
use super::routes::Use;
use super::{server, settings};
use crate::draft::{Chosen, Draft, Twice};
use crate::fault::Fault;
use crate::key::{KeyRule, Kind, Routed};
use crate::note::Topic;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::{Key, Tree, Value};

/// A pool as it stands in the file.
pub(super) struct Pool<'p> {
    pub(super) name: &'p str,
    pub(super) line: u32,
    pub(super) tree: &'p Tree,
    /// All pools of the file, which it may name.
    pub(super) all: &'p [(Key, Tree)],
    pub(super) file: &'p File,
}

impl Pool<'_> {
    /// The pool as a route hashes over it, and by which function.
    pub(super) fn under(&self, route: &Use<'_>) -> Result<(Draft, &'static str), Fault> {
        let (tree, file) = (&inherited(self.tree, self.all)?, self.file);
        tree.only("the pool", settings::POOL)?;
        let servers = tree.get("servers").ok_or_else(|| Fault::new(self.line, "has no servers"))?;
        let list = servers.list("servers")?;
        let function = route.hash.over(tree);
        places(tree)?;
        buckets(route.route, &function)?;
        let weights = function.weights(tree, list)?;
        let names = function.names(tree, list.len())?;
        let scheme = Chosen::new("mcrouter").with("hash", function.name());
        let mut draft = Draft::new(self.name, file.at(self.line), scheme, file.at(route.line));
        let routed =
            Routed { prefixes: route.above.prefixes.clone(), salt: route.hash.salt()?.into() };
        draft.key = KeyRule::new(routed.words(), Kind::Routed(routed));
        // The functions over numbers take a place in the list for a server.
        draft.twice = if names.is_none() { Twice::Numbered } else { Twice::Refused };
        for (number, entry) in list.iter().enumerate() {
            let text = server::text(entry)?;
            let read = server::read(text);
            let mut server = read.map_err(|sentence| Fault::new(entry.line(), sentence))?;
            if let Some(weight) = weights.as_ref().and_then(|weights| weights.get(number)) {
                server = server.with_capacity(*weight);
            }
            if let Some(name) = names.as_ref().and_then(|names| names.get(number)) {
                server = server.with_name(*name);
            }
            draft.servers.push((server, file.at(entry.line())));
        }
        note_weights(&mut draft, &function, tree, file);
        note_rest(&mut draft, tree, route, file);
        Ok((draft, function.name()))
    }
}

/// A pool with what it inherits: its own settings count before those of the pool that
/// it names.
fn inherited(tree: &Tree, pools: &[(Key, Tree)]) -> Result<Tree, Fault> {
    let mut whole: Vec<(Key, Tree)> = tree.map("a pool")?.to_vec();
    let mut passed = Vec::new();
    while let Some(at) = whole.iter().position(|(key, _)| &*key.text == "inherit") {
        let (key, from) = whole.remove(at);
        let from = from.text("inherit")?.to_owned();
        let base = pools.iter().find(|(name, _)| *name.text == *from);
        let Some((_, base)) = base.filter(|_| !passed.contains(&from)) else {
            let why = if passed.contains(&from) { "inherits from itself" } else { "is not here" };
            return Err(Fault::new(key.line, format!("inherit: pool {} {why}", quoted(&from))));
        };
        for (key, value) in base.map("a pool")? {
            if whole.iter().all(|(known, _)| known.text != key.text) {
                whole.push((key.clone(), value.clone()));
            }
        }
        passed.push(from);
    }
    Ok(Tree::new(tree.line(), Value::Map(whole)))
}

/// Refuses what gives each server several places in the list.
fn places(pool: &Tree) -> Result<(), Fault> {
    let Some(fanout) = pool.get("additional_fanout") else { return Ok(()) };
    match fanout.whole("additional_fanout", false)? {
        0 => Ok(()),
        more => {
            let sentence = format!(
                "additional_fanout {more} gives a server several places in the list, which is not \
                 covered"
            );
            Err(Fault::new(fanout.line(), sentence))
        }
    }
}

/// Refuses what has WeightedCh3 hash the number of a bucket.
fn buckets(route: &Tree, function: &Function<'_>) -> Result<(), Fault> {
    for name in ["bucketize", "useBucketHashSelector"] {
        if let Some(buckets) = route.get(name)
            && function.name() == "weighted-ch3"
            && buckets.switch(name)?
        {
            let sentence = format!(
                "{name} has WeightedCh3 hash the number of a key's bucket, which is not covered"
            );
            return Err(Fault::new(buckets.line(), sentence));
        }
    }
    Ok(())
}

/// Says where weights do not count as they are written.
fn note_weights(draft: &mut Draft, function: &Function<'_>, pool: &Tree, file: &File) {
    let used = function.setting("weights", pool).filter(|_| function.is_weighted());
    let Some(weights) = used.or_else(|| pool.get("weights")) else { return };
    let (given, servers) = (weights.as_list().map_or(0, <[_]>::len), draft.servers.len());
    let sentence = if used.is_none() {
        "the route's hash function takes no notice of weights".to_owned()
    } else if given > servers {
        format!("{given} weights for {servers} servers: the last ones are not used")
    } else if given < servers && weights.as_list().is_some() {
        format!("{given} weights for {servers} servers: the others have 0.5")
    } else {
        return;
    };
    draft.note(file.at(weights.line()), Topic::Capacity, "weights", sentence);
}

/// Says what is passed over, and what sends keys elsewhere.
fn note_rest(draft: &mut Draft, pool: &Tree, route: &Use<'_>, file: &File) {
    if let Some(hash) = pool.get("hash") {
        let sentence = "mcrouter reads no 'hash' of a pool: its routes say how they hash";
        draft.note(file.at(hash.line()), Topic::Unread, "hash", sentence);
    }
    for (name, sentence) in [
        (
            "shard_splits",
            "shard_splits sends keys of the shards it names elsewhere, which is not followed",
        ),
        (
            "weights_rv",
            "weights_rv sends a share of the keys nowhere, as a variable at run time says, which \
             is not followed",
        ),
    ] {
        if let Some(setting) = route.route.get(name) {
            draft.note(file.at(setting.line()), Topic::Override, name, sentence);
        }
    }
    if let Some(kind) = route.above.unknown {
        let sentence = format!(
            "a route of type {}, which is not known, stands above: it may change keys or send \
             them elsewhere",
            quoted(kind)
        );
        draft.note(file.at(route.line), Topic::Override, "route", sentence);
    }
}
