//! What is hashed: the `hash_policy` of the routes that lead to a cluster, where
//! they stand in the same file.

use std::collections::BTreeMap;

use super::field;
use crate::draft::Draft;
use crate::note::Topic;
use crate::pool::KeyRule;
use crate::source::File;
use crate::tree::Tree;

/// Every route with a policy, by the cluster it leads to.
pub(super) struct Routes<'t>(BTreeMap<&'t str, Vec<(String, u32)>>);

impl<'t> Routes<'t> {
    pub(super) fn of(whole: &'t Tree) -> Self {
        let mut routes = Self(BTreeMap::new());
        routes.walk(whole);
        routes
    }

    fn walk(&mut self, tree: &'t Tree) {
        if let Some(list) = tree.as_list() {
            list.iter().for_each(|tree| self.walk(tree));
        }
        let Some(map) = tree.as_map() else { return };
        if let Some(policies) = field(tree, "hash_policy").and_then(Tree::as_list)
            && let Some(cluster) = field(tree, "cluster").and_then(Tree::as_text)
        {
            let texts: Vec<String> = policies.iter().map(text).collect();
            self.0.entry(cluster).or_default().push((texts.join(" and "), tree.line()));
        }
        map.iter().for_each(|(_, tree)| self.walk(tree));
    }

    /// Sets the draft's key rule from the first route, and notes where another
    /// differs.
    pub(super) fn apply(&self, cluster: &str, file: &File, draft: &mut Draft) {
        let rules = self.0.get(cluster).map_or(&[][..], Vec::as_slice);
        let Some((first, _)) = rules.first() else {
            draft.key = KeyRule::text("what the route's hash_policy names");
            return;
        };
        if let Some((other, line)) = rules.iter().find(|(rule, _)| rule != first) {
            let sentence = format!("another route to it hashes {other}, not {first}");
            draft.note(file.at(*line), Topic::Key, "hash_policy", sentence);
        }
        draft.key = KeyRule::text(first.as_str());
    }
}

/// A policy in words: `header(x-user)`.
fn text(policy: &Tree) -> String {
    let named = [
        ("header", "header_name"),
        ("cookie", "name"),
        ("query_parameter", "name"),
        ("filter_state", "key"),
    ];
    for (kind, name) in named {
        if let Some(value) = field(policy, kind) {
            let value = field(value, name).and_then(Tree::as_text).unwrap_or_default();
            return format!("{kind}({value})");
        }
    }
    if field(policy, "connection_properties").is_some() {
        return "source_ip".to_owned();
    }
    "an unknown policy".to_owned()
}
