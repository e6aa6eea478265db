//! The proxy of Redis (`redis_proxy`): which clusters its commands reach, and what it
//! hashes of their keys.
//!
//! Source: `source/extensions/filters/network/redis_proxy/` of Envoy 1.40: `router_impl.cc`
//! and `conn_pool_impl.cc`.

use std::collections::BTreeMap;

use super::values::switch;
use super::{field, only};
use crate::draft::Chosen;
use crate::fault::Fault;
use crate::key::{KeyRule, Kind};
use crate::tree::Tree;

/// Names of the filter.
const NAMES: [&str; 2] = ["envoy.filters.network.redis_proxy", "envoy.redis_proxy"];

/// How keys reach a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Way {
    /// `enable_hashtagging`.
    tags: bool,
    /// Why keys may be hashed otherwise.
    unread: Option<Box<str>>,
}

/// `settings` of the filter, of which the first decides what is hashed.
const SETTINGS: &[&str] = &[
    "enable_hashtagging",
    "op_timeout",
    "enable_redirection",
    "dns_cache_config",
    "max_buffer_size_before_flush",
    "buffer_flush_timeout",
    "max_upstream_unknown_connections",
    "enable_command_stats",
    "read_policy",
    "connection_rate_limit",
];

/// All proxies of Redis in a file.
#[derive(Default)]
pub(super) struct Redis<'t> {
    /// By cluster, with the lines that lead there.
    ways: BTreeMap<&'t str, Vec<(Way, u32)>>,
}

impl<'t> Redis<'t> {
    /// Takes down where a filter leads.
    pub(super) fn add(&mut self, filter: &'t Tree) {
        self.follow(filter, Way::default());
    }

    /// Every cluster that is named: for a prefix, for keys without one, for what is mirrored
    /// or read, and as the only one, as older releases have it. They all get the same keys.
    fn follow(&mut self, tree: &'t Tree, mut way: Way) {
        let on = |tree: &Tree, name: &str| {
            field(tree, name).map_or(Ok(false), |value| switch(value, name))
        };
        let mut unread = |why: String| way.unread = Some(why.into());
        if let Some(settings) = field(tree, "settings") {
            match only(settings, "settings of a proxy of Redis", SETTINGS)
                .and_then(|()| on(settings, "enable_hashtagging"))
            {
                Ok(tags) => way.tags = tags,
                Err(fault) => unread(fault.sentence),
            }
        }
        let changes = |name: &str| {
            format!("{name} changes keys of Redis before they are hashed: that is not covered")
        };
        match on(tree, "remove_prefix") {
            Ok(true) if !text(tree, "prefix").is_empty() => unread(changes("remove_prefix")),
            Ok(_) => {}
            Err(fault) => unread(fault.sentence),
        }
        if !text(tree, "key_formatter").is_empty() {
            unread(changes("key_formatter"));
        }
        for name in ["cluster", "catch_all_cluster"] {
            if let Some(cluster) = field(tree, name).and_then(Tree::as_text) {
                self.ways.entry(cluster).or_default().push((way.clone(), tree.line()));
            }
        }
        let inside = tree.as_map().unwrap_or(&[]).iter().map(|(_, tree)| tree);
        let lists = inside.clone().filter_map(Tree::as_list).flatten();
        for tree in inside.chain(lists) {
            self.follow(tree, way.clone());
        }
    }

    /// What the proxies that lead to a cluster hash; `None` where none does.
    pub(super) fn keys(&self, cluster: &str) -> Result<Option<Keys>, Fault> {
        let ways = self.ways.get(cluster).map_or(&[][..], Vec::as_slice);
        let Some((way, _)) = ways.first() else { return Ok(None) };
        for (other, line) in ways {
            if let Some(why) = &other.unread {
                return Err(Fault::new(*line, &**why));
            }
            if other != way {
                let sentence = "one proxy of Redis that leads to it has enable_hashtagging and \
                                another has not: one key has two hosts";
                return Err(Fault::new(*line, sentence));
            }
        }
        Ok(Some(Keys { tags: way.tags }))
    }
}

/// What is hashed of the keys of Redis.
#[derive(Default)]
pub(super) struct Keys {
    tags: bool,
}

impl Keys {
    /// A scheme that hashes so.
    pub(super) fn under(&self, scheme: Chosen) -> Chosen {
        let scheme = scheme.with("keys", "redis");
        if self.tags { scheme.with("tags", "on") } else { scheme }
    }

    pub(super) fn rule(&self) -> KeyRule {
        if self.tags {
            KeyRule::new("the key, or its part in {}", Kind::Protocol(Some(['{', '}'])))
        } else {
            KeyRule::PLAIN
        }
    }
}

/// The line on which a cluster has options of the proxy of Redis, which no other filter reads.
pub(super) fn options(cluster: &Tree) -> Option<u32> {
    ["typed_extension_protocol_options", "extension_protocol_options"].iter().find_map(|name| {
        let options = field(cluster, name)?.as_map()?;
        options.iter().find(|(key, _)| NAMES.contains(&&*key.text)).map(|(key, _)| key.line)
    })
}

/// The text of a field, or nothing.
fn text<'t>(tree: &'t Tree, name: &str) -> &'t str {
    field(tree, name).and_then(Tree::as_text).unwrap_or_default()
}

/// Whether a filter, or what it is set to, is the proxy of Redis: by its type, by its
/// name where the type is not told, or by routes that no other filter has.
pub(super) fn is_one(tree: &Tree) -> bool {
    let text = |name: &str| field(tree, name).and_then(Tree::as_text);
    let kind = text("@type").or_else(|| {
        let config = field(tree, "typed_config")?;
        config.get("@type")?.as_text()
    });
    let of_type = match kind.filter(|kind| !kind.ends_with("Struct")) {
        Some(kind) => kind.ends_with(".RedisProxy"),
        None => {
            text("type_url").is_some_and(|kind| kind.ends_with(".RedisProxy"))
                || text("name").is_some_and(|name| NAMES.contains(&name))
        }
    };
    of_type || ["prefix_routes", "catch_all_route"].iter().any(|name| field(tree, name).is_some())
}
