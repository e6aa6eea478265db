//! Names of routes and of pools.

use std::collections::{BTreeMap, BTreeSet};

use crate::brief::brief;
use crate::draft::Draft;
use crate::key::Routed;
use crate::tree::Tree;

/// The routes of a file that have names: those of `named_handles`, and every route that has
/// a `name` where it stands.
#[derive(Default)]
pub(super) struct Names<'t> {
    handles: Vec<(&'t str, &'t Tree)>,
    nameless: Vec<&'t Tree>,
    by_name: BTreeMap<&'t str, &'t Tree>,
}

impl<'t> Names<'t> {
    pub(super) fn of(tree: &'t Tree) -> Self {
        let mut names = Self::default();
        let handles = tree.get("named_handles");
        if let Some(map) = handles.and_then(Tree::as_map) {
            names.handles = map.iter().map(|(key, tree)| (&*key.text, tree)).collect();
        }
        for tree in handles.and_then(Tree::as_list).unwrap_or_default() {
            match tree.get("name").and_then(Tree::as_text) {
                Some(name) => names.handles.push((name, tree)),
                None => names.nameless.push(tree),
            }
        }
        names.by_name.extend(names.handles.iter().rev().copied());
        for name in ["named_handles", "route", "routes"] {
            if let Some(tree) = tree.get(name) {
                names.collect(tree);
            }
        }
        names
    }

    fn collect(&mut self, tree: &'t Tree) {
        if let Some(list) = tree.as_list() {
            list.iter().for_each(|tree| self.collect(tree));
        }
        let Some(map) = tree.as_map() else { return };
        if tree.get("type").is_some()
            && let Some(name) = tree.get("name").and_then(Tree::as_text)
        {
            self.by_name.entry(name).or_insert(tree);
        }
        map.iter().for_each(|(_, tree)| self.collect(tree));
    }

    pub(super) fn get(&self, name: &str) -> Option<&'t Tree> {
        self.by_name.get(name).copied()
    }

    /// The named handles of the file.
    pub(super) fn handles(&self) -> Vec<(&'t str, &'t Tree)> {
        self.handles.clone()
    }

    /// Those of them that have no name.
    pub(super) fn nameless(&self) -> Vec<&'t Tree> {
        self.nameless.clone()
    }
}

/// Names pools that come of one pool of the file under several hashes: what each is hashed by
/// stands in brackets behind the name, but of Ch3 as it is.
pub(super) fn tell_apart(drafts: &mut [(Draft, &str)]) {
    if drafts.len() < 2 {
        return;
    }
    let mut names = BTreeSet::new();
    for (draft, function) in drafts {
        let words = draft.key.routed().map(|routed| words(function, routed)).unwrap_or_default();
        let named = |words: &str| match words {
            "" => draft.name.clone(),
            words => format!("{}[{}]", draft.name, brief(words)).into(),
        };
        let mut name = named(&words);
        for number in 2_usize.. {
            if names.insert(name.clone()) {
                break;
            }
            let and = if words.is_empty() { "" } else { "," };
            name = named(&format!("{words}{and}{number}"));
        }
        draft.name = name;
    }
}

/// `hash=weighted-ch3,salt=s`.
fn words(function: &str, routed: &Routed) -> String {
    let mut words = Vec::new();
    if function != "ch3" {
        words.push(format!("hash={function}"));
    }
    for prefix in &routed.prefixes {
        words.extend(prefix.replaced.as_ref().map(|replaced| format!("replace={replaced}")));
        words.push(format!("prefix={}", prefix.ensured));
        if prefix.in_place {
            words.push("inplace".to_owned());
        }
    }
    if !routed.salt.is_empty() {
        words.push(format!("salt={}", routed.salt));
    }
    words.join(",")
}
