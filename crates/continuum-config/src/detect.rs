//! Detection: how one program's file is told from another's.

use crate::error::Error;
use crate::format::Format;
use crate::source::File;
use crate::tree::Tree;
use crate::{go_redis, thanos};

impl Format {
    /// Tells a format by the file's name and text, where they leave no doubt.
    pub(crate) fn detect(file: &File, text: &str) -> Result<Self, Error> {
        if file.name().ends_with(".toml") {
            return Ok(Self::Toml);
        }
        by_lines(text).or_else(|| by_ending(file.name())).map_or_else(
            || {
                let known: Vec<_> = Self::ALL.iter().map(|format| format.name()).collect();
                Err(Error::new(
                    file.at(1),
                    format!(
                        "neither name nor content tells which program's file this is; name the \
                         format: {}",
                        known.join(", ")
                    ),
                ))
            },
            Ok,
        )
    }

    /// Tells whose document a YAML or JSON tree is.
    pub(crate) fn of_tree(tree: &Tree) -> Option<Self> {
        if thanos::is_one(tree) {
            return Some(Self::Thanos);
        }
        if go_redis::is_one(tree) {
            return Some(Self::GoRedis);
        }
        if let Some(list) = tree.as_list() {
            return list
                .first()
                .filter(|first| first.get("lb_policy").is_some())
                .map(|_| Self::Envoy);
        }
        let kind = tree.get("kind").and_then(Tree::as_text).unwrap_or_default();
        if kind.starts_with("EndpointSlice") || kind == "List" {
            return Some(Self::EndpointSlice);
        }
        let envoy = ["static_resources", "staticResources", "lb_policy", "clusters", "resources"];
        if envoy.iter().any(|name| tree.get(name).is_some()) {
            return Some(Self::Envoy);
        }
        if tree.get("apps").is_some() {
            return Some(Self::Caddy);
        }
        if ["pools", "route", "routes"].iter().any(|name| tree.get(name).is_some()) {
            return Some(Self::Mcrouter);
        }
        let pools = tree.as_map()?;
        let pool = |tree: &Tree| tree.get("listen").is_some() || tree.get("servers").is_some();
        (!pools.is_empty() && pools.iter().any(|(_, pool_tree)| pool(pool_tree)))
            .then_some(Self::Twemproxy)
    }
}

/// The first line that only one program writes decides.
fn by_lines(text: &str) -> Option<Format> {
    if text.trim_start().starts_with(['{', '[']) && !text.trim_start().starts_with("[[") {
        return None;
    }
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().take(3).collect();
        match words.as_slice() {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            [first, ..] if first.starts_with("--") && first.len() > 3 => {
                return Some(Format::Libmemcached);
            }
            ["global" | "defaults"] => return Some(Format::Haproxy),
            ["defaults" | "backend" | "listen" | "frontend", name, ..]
                if *name != "{" && !line.contains(';') =>
            {
                return Some(Format::Haproxy);
            }
            ["upstream" | "http" | "stream" | "events" | "worker_processes" | "include", ..]
                if line.contains(['{', ';']) =>
            {
                return Some(Format::Nginx);
            }
            ["upstream", _] | ["http" | "stream" | "events"] => return Some(Format::Nginx),
            _ => {}
        }
    }
    None
}

fn by_ending(name: &str) -> Option<Format> {
    match name.rsplit_once('.')?.1 {
        "conf" => Some(Format::Nginx),
        "cfg" => Some(Format::Haproxy),
        "txt" | "list" => Some(Format::Text),
        _ => None,
    }
}
