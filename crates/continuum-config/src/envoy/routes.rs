//! What is hashed: the `hash_policy` of the routes that lead to a cluster, where
//! they stand in the same file.

use std::collections::BTreeMap;

use super::field;
use super::redis::{self, Redis};
use super::values::{items, switch};
use crate::draft::Draft;
use crate::key::{Field, Finder, Form, KeyRule, Kind, Policy, Target};
use crate::note::Topic;
use crate::source::File;
use crate::tree::Tree;

/// Fields of a route that leave it to something else where it leads.
const ELSEWHERE: [&str; 6] = [
    "cluster_header",
    "cluster_specifier_plugin",
    "inline_cluster_specifier_plugin",
    "rds",
    "scoped_routes",
    "vhds",
];

/// Every route, by the cluster it leads to, and what proxies of Redis lead to.
#[derive(Default)]
pub(super) struct Routes<'t> {
    /// The rule of its policies, where it has some.
    rules: BTreeMap<&'t str, Vec<(Option<KeyRule>, &'t Tree)>>,
    /// Something that is not in the file decides where some requests go.
    open: bool,
    pub(super) redis: Redis<'t>,
}

impl<'t> Routes<'t> {
    pub(super) fn of(documents: &'t [Tree]) -> Self {
        let mut routes = Self::default();
        documents.iter().for_each(|tree| routes.walk(tree));
        routes
    }

    fn walk(&mut self, tree: &'t Tree) {
        if let Some(list) = tree.as_list() {
            list.iter().for_each(|tree| self.walk(tree));
        }
        let Some(map) = tree.as_map() else { return };
        if redis::is_one(tree) {
            return self.redis.add(tree);
        }
        self.open |= ELSEWHERE.iter().any(|name| field(tree, name).is_some());
        // A proxy of TCP has a prefix for its statistics.
        let is_proxy = field(tree, "stat_prefix").is_some();
        self.leads(tree, is_proxy);
        if let Some(route) = field(tree, "route") {
            self.leads(route, true);
        }
        map.iter().for_each(|(_, tree)| self.walk(tree));
    }

    /// Takes down where a route leads; one without policies, if it is sure to be a route.
    fn leads(&mut self, tree: &'t Tree, is_route: bool) {
        // The proxy of UDP has its own word.
        let policies = field(tree, "hash_policy").or_else(|| field(tree, "hash_policies"));
        let policies = policies.and_then(items);
        let policies = policies.filter(|policies| !policies.is_empty());
        if policies.is_none() && !is_route {
            return;
        }
        let weighted = field(tree, "weighted_clusters")
            .and_then(|weighted| field(weighted, "clusters"))
            .and_then(items)
            .unwrap_or(&[]);
        let named = weighted.iter().filter_map(|cluster| field(cluster, "name"));
        for cluster in field(tree, "cluster").into_iter().chain(named) {
            let Some(name) = cluster.as_text() else { continue };
            let known = self.rules.entry(name).or_default();
            // A route is met as such and as a part of another tree.
            if known.iter().all(|(_, other)| !std::ptr::eq(*other, tree)) {
                known.push((policies.map(rule), tree));
            }
        }
    }

    /// Whether a route leads to a cluster, as against a proxy of Redis.
    pub(super) fn lead_to(&self, cluster: &str) -> bool {
        self.rules.contains_key(cluster)
    }

    /// Sets the draft's key rule from its routes, and notes where they differ.
    pub(super) fn apply(&self, cluster: &str, file: &File, draft: &mut Draft) {
        let routes = self.rules.get(cluster).map_or(&[][..], Vec::as_slice);
        let mut rules =
            routes.iter().filter_map(|(rule, tree)| Some((rule.as_ref()?, tree.line())));
        let Some((first, _)) = rules.next() else {
            draft.key = match routes.first() {
                Some((_, tree)) => {
                    let sentence = "no route to it has a hash_policy: Envoy picks a host at random";
                    draft.note(file.at(tree.line()), Topic::Key, "hash_policy", sentence);
                    KeyRule::nothing("nothing, as no route to it has a hash_policy")
                }
                None if !self.rules.is_empty() && !self.open => {
                    KeyRule::nothing("nothing, as no route in the file leads to it")
                }
                None => KeyRule::new("what the route's hash_policy names", Kind::Unstated),
            };
            return;
        };
        draft.key = first.clone();
        if let Some((other, line)) = rules.find(|(rule, _)| *rule != first) {
            let sentence = format!("another route to it hashes {other}, not {first}");
            draft.note(file.at(line), Topic::Key, "hash_policy", sentence);
            draft.key = KeyRule::opaque(format!("{first} or {other}, by route"));
        }
        if let Some((_, tree)) = routes.iter().find(|(rule, _)| rule.is_none()) {
            let sentence = "a route to it has no hash_policy: for its requests Envoy picks a host \
                            at random";
            draft.note(file.at(tree.line()), Topic::Key, "hash_policy", sentence);
            draft.within("and of some routes nothing");
        }
    }
}

/// The rule of a route's policies.
pub(super) fn rule(policies: &[Tree]) -> KeyRule {
    let mut text = String::new();
    let mut parts: Option<Vec<Policy>> = Some(Vec::new());
    let mut ended = false;
    for tree in policies {
        let (words, part) = policy(tree);
        if !text.is_empty() {
            text.push_str(if ended { ", else " } else { " and " });
        }
        text.push_str(&words);
        let terminal = field(tree, "terminal").map_or(Ok(false), |on| switch(on, "terminal"));
        ended = terminal.as_ref().is_ok_and(|terminal| *terminal);
        match part.zip(terminal.ok()) {
            Some((field, terminal)) => parts.iter_mut().for_each(|parts| {
                parts.push(Policy { field: field.clone(), terminal });
            }),
            None => parts = None,
        }
    }
    match parts {
        Some(parts) => match <[Policy; 1]>::try_from(parts) {
            Ok([only]) => KeyRule::new(text, Kind::Must(only.field)),
            // Each one's hash is turned by a bit and added to the next.
            Err(parts) => KeyRule::new(text, Kind::Combined(parts)),
        },
        None => KeyRule::opaque(text),
    }
}

/// A policy in words, as `header(x-user)`, and what it takes.
fn policy(policy: &Tree) -> (String, Option<Field>) {
    let name = |kind: &str, name: &str| {
        let value = field(field(policy, kind)?, name)?.as_text()?;
        Some(value.to_owned())
    };
    if let Some(header) = name("header", "header_name") {
        let text = format!("header({header})");
        let rewritten =
            field(policy, "header").is_some_and(|h| field(h, "regex_rewrite").is_some());
        if rewritten {
            return (format!("{text} rewritten"), None);
        }
        let field = match header.to_ascii_lowercase().as_str() {
            ":path" => Field::Target(Target::WHOLE),
            ":method" => Field::Method,
            ":authority" => Field::Header("host".into()),
            name if name.starts_with(':') => return (text, None),
            name => Field::Header(name.into()),
        };
        return (text, Some(field));
    }
    if let Some(name) = name("cookie", "name") {
        let field = Field::Cookie { name: name.as_str().into(), any_case: false };
        return (format!("cookie({name})"), Some(field));
    }
    if let Some(name) = name("query_parameter", "name") {
        let field = Field::Parameter { name: name.as_str().into(), finder: Finder::Exact };
        return (format!("query_parameter({name})"), Some(field));
    }
    if let Some(key) = name("filter_state", "key") {
        return (format!("filter_state({key})"), None);
    }
    // As in a TCP proxy.
    if field(policy, "source_ip").is_some() {
        return ("source_ip".to_owned(), Some(Field::Client(Form::Text)));
    }
    let properties = field(policy, "connection_properties");
    let source = properties.and_then(|tree| field(tree, "source_ip"));
    if source.is_some_and(|source| switch(source, "source_ip").unwrap_or_default()) {
        return ("source_ip".to_owned(), Some(Field::Client(Form::Text)));
    }
    ("an unknown policy".to_owned(), None)
}
