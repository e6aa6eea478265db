//! A set: servers under one configuration of a program, and its answers.

use std::collections::BTreeMap;

use continuum::{Capacity, Server};
use serde_json::{Map, Value};

use crate::case::{Case, numbers};
use crate::servers::{RawServers, numbered};

/// A set as it stands in the file.
#[derive(serde::Deserialize)]
pub(crate) struct RawSet {
    #[serde(default)]
    scheme: Option<String>,
    #[serde(default)]
    system: String,
    #[serde(default)]
    version: Value,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    options: Option<Map<String, Value>>,
    #[serde(default)]
    pub(crate) servers: RawServers,
    #[serde(default)]
    pub(crate) keys: Option<String>,
    #[serde(default)]
    pub(crate) index: Vec<Option<i64>>,
    /// Further servers of each key, in the program's order.
    #[serde(default)]
    pub(crate) alternatives: Vec<Vec<i64>>,
    /// What the answers depend on besides scheme, servers and key.
    #[serde(default)]
    also: Option<String>,
    /// Requests that open and close.
    #[serde(default)]
    pub(crate) ops: Vec<Value>,
    #[serde(default)]
    pub(crate) cases: Vec<Map<String, Value>>,
    #[serde(default)]
    pub(crate) raw_hash_cases: Vec<Map<String, Value>>,
    /// Cassandra: pairs of token and server.
    #[serde(default)]
    pub(crate) ring: Option<Vec<(i64, u32)>>,
}

/// One set of recorded answers.
#[derive(Debug)]
pub struct Set {
    pub(crate) scheme: Option<String>,
    system: String,
    version: String,
    name: String,
    pub(crate) options: Map<String, Value>,
    pub(crate) servers: Vec<Server>,
    pub(crate) cases: Vec<Case>,
    pub(crate) also: Option<String>,
    /// Numbered servers that are not listed, being too many.
    pub(crate) unlisted: Option<u64>,
    ring: Vec<(i64, u32)>,
}

impl Set {
    pub(crate) fn new(raw: RawSet, cases: Vec<Case>) -> Self {
        let version = match raw.version {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let mut set = Self {
            scheme: raw.scheme,
            system: raw.system,
            version,
            name: raw.name,
            options: raw.options.unwrap_or_default(),
            servers: raw.servers.list.clone(),
            cases,
            also: raw.also,
            unlisted: None,
            ring: raw.ring.unwrap_or_default(),
        };
        match raw.servers.count {
            Some(count) if count > Self::MOST_LISTED => set.unlisted = Some(count),
            Some(count) => set.servers = numbered(count),
            None => {}
        }
        set.apply_cluster();
        set.apply_order();
        set.complete_scheme();
        set.complete_keys();
        set.apply_weights();
        set.apply_program(&raw.servers.unweighted, &raw.servers.own_points);
        set.apply_scrape_config();
        set
    }

    /// The scheme's text, if the set has one.
    #[must_use]
    pub fn scheme(&self) -> Option<&str> {
        self.scheme.as_deref()
    }

    pub(crate) fn set_scheme(&mut self, text: String) {
        self.scheme = Some(text);
    }

    /// The program that answered.
    #[must_use]
    pub fn system(&self) -> &str {
        &self.system
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The set's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The servers, as given to the program.
    #[must_use]
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// Keys and owners, where the set records one owner a key.
    pub fn owners(&self) -> impl Iterator<Item = (&[u8], u32)> + '_ {
        self.cases.iter().filter_map(|case| match case.expected {
            crate::case::Expected::Owner(owner) => Some((&*case.key, owner)),
            _ => None,
        })
    }

    /// What the answers depend on besides scheme, servers and key, in words.
    #[must_use]
    pub fn also(&self) -> Option<&str> {
        self.also.as_deref()
    }

    /// A text among the set's options.
    #[must_use]
    pub fn option_text(&self, name: &str) -> Option<&str> {
        self.options.get(name)?.as_str()
    }

    /// Positions and owners, where the set records the owner of a position.
    pub fn positions(&self) -> impl Iterator<Item = (u128, u32)> + '_ {
        self.cases.iter().filter_map(|case| match case.expected {
            crate::case::Expected::OwnerOfPosition(position, owner) => Some((position, owner)),
            _ => None,
        })
    }

    /// A whole number among the set's options.
    pub(crate) fn option(&self, name: &str) -> Option<u64> {
        let value = self.options.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }

    /// Places in the list that an option names.
    pub(crate) fn option_indexes(&self, name: &str) -> Vec<u32> {
        let list = self.options.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|value| u32::try_from(value.as_u64()?).ok()).collect()
    }

    /// A cluster of zones stands in the options, nodes numbered from 1.
    fn apply_cluster(&mut self) {
        let Some(cluster) = self.options.get("cluster").and_then(Value::as_object) else { return };
        let nodes: BTreeMap<u32, &Value> = cluster
            .iter()
            .filter_map(|(number, node)| Some((number.parse().ok()?, node)))
            .collect();
        self.servers = nodes
            .into_iter()
            .map(|(number, node)| {
                let zone = node.get("zone").and_then(Value::as_str).unwrap_or_default();
                Server::without_port(number.to_string()).with_zone(zone)
            })
            .collect();
        self.scheme.get_or_insert_with(|| "clandestined-cluster".to_owned());
    }

    /// libmemcached: the recorded scheme leaves out that it was chosen after the
    /// servers were added.
    fn apply_order(&mut self) {
        let after = self.option_text("order") == Some("after");
        if let Some(scheme) = self.scheme.as_mut().filter(|_| after) {
            scheme.push_str(",order=after");
        }
    }

    /// vmagent: the recorded scheme leaves out the labels besides a target's address.
    fn apply_scrape_config(&mut self) {
        let Some(scheme) = self.scheme.as_mut().filter(|s| s.starts_with("vmagent-cluster")) else {
            return;
        };
        let Some(config) = self.options.get("scrape_config") else { return };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let mut options: Vec<(&str, String)> = [
            ("job", "job_name"),
            ("interval", "scrape_interval"),
            ("timeout", "scrape_timeout"),
            ("scheme", "scheme"),
            ("path", "metrics_path"),
        ]
        .into_iter()
        .filter_map(|(option, field)| Some((option, text(config.get(field)?)?)))
        .collect();
        let file = self.options.get("file_sd").and_then(text);
        let mut labels = BTreeMap::new();
        let external = self.options.get("global").and_then(|g| g.get("external_labels"));
        let external = external.filter(|_| file.is_some());
        for given in [external, self.options.get("target_labels")].into_iter().flatten() {
            let pairs = given.as_object().into_iter().flatten();
            labels.extend(pairs.filter_map(|(name, value)| Some((name.clone(), text(value)?))));
        }
        for (name, values) in config.get("params").and_then(Value::as_object).into_iter().flatten()
        {
            let first = values.get(0).and_then(text).unwrap_or_default();
            labels.insert(format!("__param_{name}"), first);
        }
        let rules = config.get("relabel_configs").and_then(Value::as_array);
        for rule in rules.into_iter().flatten() {
            let field = |name: &str| rule.get(name).and_then(text);
            if field("action").as_deref() == Some("labeldrop") {
                labels.remove(&field("regex").unwrap_or_default());
            } else if let Some(target) = field("target_label") {
                // The one expression that is recorded takes the host.
                labels.insert(target, field("replacement").unwrap_or_else(|| "$host".to_owned()));
            }
        }
        let labels: Vec<String> =
            labels.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        options.push(("labels", labels.join(";")));
        options.extend(file.map(|file| ("file", file)));
        for (option, value) in options {
            let separator = if scheme.contains(':') { ',' } else { ':' };
            let value = value.replace('%', "%25").replace(',', "%2C");
            scheme.push_str(&format!("{separator}{option}={value}"));
        }
    }

    /// Weights in the options stand in place of the servers' own; buckets and
    /// weights without servers number them.
    fn apply_weights(&mut self) {
        let weights = ["normalized_weights", "weights"]
            .into_iter()
            .find_map(|name| numbers(self.options.get(name)));
        let count = self
            .option("buckets")
            .or(weights.as_ref().map(|weights| weights.len() as u64))
            .filter(|count| *count <= Self::MOST_NUMBERED);
        if let (true, Some(count)) = (self.servers.is_empty(), count) {
            self.servers =
                (0..count).map(|number| Server::without_port(number.to_string())).collect();
        }
        for (server, weight) in self.servers.iter_mut().zip(weights.into_iter().flatten()) {
            if let Ok(capacity) = Capacity::try_from(weight) {
                *server = server.clone().with_capacity(capacity);
            }
        }
    }

    /// Where a set gives the number of its servers alone, more than this are asked by
    /// number.
    pub(crate) const MOST_LISTED: u64 = 5000;

    /// More numbered servers than this are not built only to be numbered.
    pub(crate) const MOST_NUMBERED: u64 = 1_000_003;

    /// Gives each server of a token ring its tokens.
    pub(crate) fn spread_tokens(&mut self) {
        let count = self.ring.iter().map(|(_, owner)| owner + 1).max().unwrap_or(0);
        self.servers = (0..count)
            .map(|number| {
                let tokens: Vec<String> = self
                    .ring
                    .iter()
                    .filter(|(_, owner)| *owner == number)
                    .map(|(token, _)| token.to_string())
                    .collect();
                Server::without_port(number.to_string()).with_hash_key(tokens.join(","))
            })
            .collect();
    }
}
