//! What is hashed: the `hash_policy` of the routes that lead to a cluster, where
//! they stand in the same file.

use super::field;
use crate::draft::Draft;
use crate::fault::Fault;
use crate::pool::KeyRule;
use crate::source::File;
use crate::tree::Tree;

/// Sets the draft's key rule from the first route, and notes where others differ.
pub(super) fn read(
    whole: &Tree,
    cluster: &str,
    file: &File,
    draft: &mut Draft,
) -> Result<(), Fault> {
    let mut rules: Vec<(String, u32)> = Vec::new();
    walk(whole, cluster, &mut rules);
    let Some((first, _)) = rules.first().cloned() else {
        draft.key = KeyRule::text("what the route's hash_policy names");
        return Ok(());
    };
    if let Some((other, line)) = rules.iter().find(|(rule, _)| *rule != first) {
        draft.note(file.at(*line), format!("another route to it hashes {other}, not {first}"));
    }
    draft.key = KeyRule::text(first);
    Ok(())
}

fn walk(tree: &Tree, cluster: &str, rules: &mut Vec<(String, u32)>) {
    if let Some(list) = tree.as_list() {
        list.iter().for_each(|tree| walk(tree, cluster, rules));
    }
    let Some(map) = tree.as_map() else { return };
    if let Some(policies) = field(tree, "hash_policy").and_then(Tree::as_list)
        && field(tree, "cluster").and_then(Tree::as_text) == Some(cluster)
    {
        let texts: Vec<String> = policies.iter().map(text).collect();
        rules.push((texts.join(" and "), tree.line()));
    }
    map.iter().for_each(|(_, tree)| walk(tree, cluster, rules));
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
