//! Detection: how one program's file is told from another's.

use crate::error::Error;
use crate::format::Format;
use crate::source::File;
use crate::tree::{Tree, yaml};
use crate::{carbon, go_redis, kafka, prometheus, thanos};

impl Format {
    /// Tells a format by the file's name and text, where they leave no doubt.
    pub(crate) fn detect(file: &File, text: &str) -> Result<Self, Error> {
        if file.name().ends_with(".toml") {
            return Ok(Self::Toml);
        }
        if let Some(line) = vcl_line(file.name(), text) {
            let sentence = "VCL of Varnish, whose directors are code, is not read: give a list of \
                            the servers, and the scheme: varnish-hash or varnish-shard";
            return Err(Error::foreign(file.at(line), sentence));
        }
        // An ending that several programs use says less than YAML of one of them.
        let by_ending = || by_ending(file.name()).filter(|_| !is_yaml(text) && !is_ini(text));
        by_lines(text).or_else(by_ending).map_or_else(
            || {
                let known: Vec<_> = Self::ALL.iter().map(|format| format.name()).collect();
                Err(Error::foreign(
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

    /// Tells whose documents YAML or JSON trees are.
    pub(crate) fn of_trees(documents: &[Tree]) -> Option<Self> {
        documents.iter().find_map(Self::of_tree)
    }

    fn of_tree(tree: &Tree) -> Option<Self> {
        if has_envoy_type(tree, 5) {
            return Some(Self::Envoy);
        }
        if prometheus::is_one(tree) {
            return Some(Self::Prometheus);
        }
        if let Some(list) = tree.as_list() {
            let names = ["lb_policy", "lbPolicy", "load_assignment", "loadAssignment"];
            let names = names.into_iter().chain(["cluster_name", "clusterName"]);
            let names = names.chain(["edsClusterConfig", "eds_cluster_config"]);
            let names: Vec<&str> =
                names.chain(["load_balancing_policy", "loadBalancingPolicy"]).collect();
            let envoy = |tree: &Tree| names.iter().any(|name| tree.get(name).is_some());
            let thanos = thanos::is_one(tree).then_some(Self::Thanos);
            return if list.iter().any(envoy) { Some(Self::Envoy) } else { thanos };
        }
        if go_redis::is_one(tree) {
            return Some(Self::GoRedis);
        }
        let kind = tree.get("kind").and_then(Tree::as_text).unwrap_or_default();
        let versioned = tree.get("apiVersion").is_some() && !kind.is_empty();
        if versioned || kind.starts_with("EndpointSlice") || matches!(kind, "List" | "Endpoints") {
            return Some(Self::EndpointSlice);
        }
        // Pools of an older mcrouter stand in a map; Envoy's clusters are a list.
        let routes = ["route", "routes"].iter().any(|name| tree.get(name).is_some());
        if routes && tree.get("clusters").is_some_and(|clusters| clusters.as_map().is_some()) {
            return Some(Self::Mcrouter);
        }
        let envoy = ["static_resources", "staticResources", "lb_policy", "lbPolicy", "clusters"];
        let envoy =
            envoy.into_iter().chain(["resources", "cluster_name", "clusterName", "Clusters"]);
        if envoy.into_iter().any(|name| tree.get(name).is_some()) {
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

/// Where a text says that it is VCL, or its name does.
fn vcl_line(name: &str, text: &str) -> Option<u32> {
    let starts = |line: &str| ["vcl 4.", "sub vcl_"].iter().any(|start| line.starts_with(start));
    let says = (1_u32..).zip(text.lines()).find(|(_, line)| starts(line.trim_start()));
    says.map(|(line, _)| line).or_else(|| name.ends_with(".vcl").then_some(1))
}

/// Whether a text begins with a section of an INI file, which none of these programs has.
fn is_ini(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    let name = first.and_then(|line| line.strip_prefix('[')?.strip_suffix(']'));
    name.is_some_and(|name| !name.is_empty() && !name.contains(['[', ']', '"', '{', ',']))
}

/// Whether a text is YAML of a program that is known.
fn is_yaml(text: &str) -> bool {
    yaml::parse(text).is_ok_and(|documents| Format::of_trees(&documents).is_some())
}

/// Whether a message of Envoy's stands here, not deeper than this.
fn has_envoy_type(tree: &Tree, depth: u32) -> bool {
    let kind = tree.get("@type").and_then(Tree::as_text).unwrap_or_default();
    let inside = |tree: &Tree| depth > 0 && has_envoy_type(tree, depth - 1);
    kind.starts_with("type.googleapis.com/envoy.")
        || tree.as_list().is_some_and(|list| list.iter().any(inside))
        || tree.as_map().is_some_and(|map| map.iter().any(|(_, tree)| inside(tree)))
}

/// The first line that only one program writes decides.
fn by_lines(text: &str) -> Option<Format> {
    let begins = text.trim_start();
    let section = carbon::is_section(begins.lines().next().unwrap_or_default().trim_end());
    if begins.starts_with(['{', '[']) && !begins.starts_with("[[") && !section {
        return None;
    }
    // A file of options begins with one; further down `--` may begin a comment of Lua.
    let mut firsts = text.lines().filter_map(|line| line.split_whitespace().next());
    let first = firsts.find(|word| !word.starts_with('#')).unwrap_or_default();
    if first.starts_with("--") && first.len() > 3 {
        return Some(Format::Libmemcached);
    }
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().take(3).collect();
        match words.as_slice() {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            [first, ..] if first.ends_with("_by_lua_block") && line.contains('{') => {
                return Some(Format::Nginx);
            }
            [first] if carbon::is_section(first) => return Some(Format::Carbon),
            ["cluster", _] => return Some(Format::CarbonCRelay),
            ["cluster", _, kind] if !kind.starts_with(['{', '=', ':']) => {
                return Some(Format::CarbonCRelay);
            }
            _ if kafka::is_line(line.trim()) => return Some(Format::Kafka),
            ["global" | "defaults"] => return Some(Format::Haproxy),
            ["defaults" | "backend" | "listen" | "frontend", name, ..]
                if *name != "{" && !line.contains(';') && !line.trim_end().ends_with('{') =>
            {
                return Some(Format::Haproxy);
            }
            ["upstream" | "http" | "stream" | "events" | "worker_processes" | "include", ..]
                if line.contains(['{', ';']) =>
            {
                return Some(Format::Nginx);
            }
            ["upstream", _] | ["http" | "stream" | "events"] => return Some(Format::Nginx),
            ["[[pools]]" | "[[servers]]"] | ["scheme" | "servers", "=", ..] => {
                return Some(Format::Toml);
            }
            _ => {}
        }
    }
    is_list(text).then_some(Format::Text)
}

/// Whether every line is a server with a port, or the scheme.
fn is_list(text: &str) -> bool {
    let mut servers = 0_usize;
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        let port = |word: &str| {
            let (_, port) = word.split('=').next()?.rsplit_once(':')?;
            port.parse::<u16>().ok()
        };
        match words.as_slice() {
            [] | ["scheme" | "scheme:", _] => {}
            [server] | [server, _] if port(server).is_some() => servers += 1,
            _ => return false,
        }
    }
    servers > 0
}

fn by_ending(name: &str) -> Option<Format> {
    match name.rsplit_once('.')?.1 {
        "conf" => Some(Format::Nginx),
        "cfg" => Some(Format::Haproxy),
        "txt" | "list" => Some(Format::Text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ini_file_is_not_nginx_s() {
        let told = |text: &str| Format::detect(&File::new("seafile.conf"), text).ok();
        assert_eq!(told("# ours\n[memcached]\nmemcached_options = --SERVER=a:1\n"), None);
        assert_eq!(told("[relay]\nDESTINATIONS = a:1\n"), Some(Format::Carbon));
        assert_eq!(told("include a.conf;\n[x]\n"), Some(Format::Nginx));
    }

    #[test]
    fn a_comment_of_lua_is_no_option() {
        let told = |name: &str, text: &str| Format::detect(&File::new(name), text).ok();
        let upstream =
            "upstream backend {\n hash $request_uri consistent;\n server 10.0.0.1:80;\n}\n";
        let lua = "init_by_lua_block {\n --load the modules\n require \"resty.core\"\n}\n";
        let old = "init_by_lua '\n --load the modules\n';\n";
        let table = "init_by_lua_block {\n servers = { \"a\" }\n}\n";
        for before in [lua, old] {
            for text in [format!("{before}{upstream}"), format!("lua_shared_dict a 1m;\n{before}")]
            {
                assert_eq!(told("lb.conf", &text), Some(Format::Nginx), "{text}");
            }
            assert_eq!(told("-", &format!("{before}{upstream}")), Some(Format::Nginx));
        }
        assert_eq!(told("-", &format!("{table}{upstream}")), Some(Format::Nginx));
        for options in ["--SERVER=a:1 --HASH=MD5\n", "\n# ours\n --HASH=MD5\n--SERVER=a:1\n"] {
            assert_eq!(told("lb.conf", options), Some(Format::Libmemcached), "{options}");
        }
    }

    #[test]
    fn vcl_is_no_file_of_haproxy() {
        let told = |name: &str, text: &str| match Format::detect(&File::new(name), text) {
            Ok(format) => format.to_string(),
            Err(error) => error.to_string(),
        };
        let backend = "backend default {\n  .host = \"127.0.0.1\";\n  .port = \"80\";\n}\n";
        let vcl = |name: &str, line: u32| {
            format!(
                "{name}:{line}: VCL of Varnish, whose directors are code, is not read: give a list \
                 of the servers, and the scheme: varnish-hash or varnish-shard"
            )
        };
        assert_eq!(told("a.vcl", backend), vcl("a.vcl", 1));
        assert_eq!(told("-", &format!("vcl 4.0;\n{backend}")), vcl("-", 1));
        assert_eq!(told("a.cfg", &format!("// ours\n\nvcl 4.1;\n{backend}")), vcl("a.cfg", 3));
        assert_eq!(told("-", &format!("{backend}\nsub vcl_init {{\n}}\n")), vcl("-", 6));
        let error = Format::detect(&File::new("a.vcl"), backend).unwrap_err();
        assert!(error.is_foreign());
        assert!(told("-", backend).contains("neither name nor content tells"));
        assert_eq!(told("-", "backend b\n balance uri\n"), "haproxy");
    }
}
