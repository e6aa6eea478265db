//! How a cluster balances: `lb_policy` and its settings, or the newer
//! `load_balancing_policy`.

use super::routes;
use super::values::{self, items, switch, word, wrapped};
use super::{field, only};
use crate::draft::Chosen;
use crate::fault::Fault;
use crate::key::KeyRule;
use crate::quote::quoted;
use crate::tree::Tree;

pub(super) struct Balancing {
    pub(super) scheme: Chosen,
    pub(super) at: u32,
    pub(super) by_hostname: bool,
    pub(super) bounded: Option<u32>,
    pub(super) weighted_localities: bool,
    /// What is hashed, where the policy says it and not the route.
    pub(super) key: Option<KeyRule>,
}

/// The options of HTTP, by the end of their name.
const PROTOCOL: &str = "upstreams.http.v3.HttpProtocolOptions";

/// Why a cluster is no pool: a line and a sentence.
type Skipped = (u32, String);

const RING: &[&str] = &[
    "@type",
    "hash_function",
    "minimum_ring_size",
    "maximum_ring_size",
    "use_hostname_for_hashing",
    "hash_balance_factor",
    "consistent_hashing_lb_config",
    "locality_weighted_lb_config",
];
const MAGLEV: &[&str] =
    &["@type", "table_size", "consistent_hashing_lb_config", "locality_weighted_lb_config"];
const CONSISTENT: &[&str] = &["use_hostname_for_hashing", "hash_balance_factor", "hash_policy"];
/// Fields of `common_lb_config` that change no host while all are healthy. Zone-aware routing
/// is of the policies that take turns: a ring or a table takes no part in it.
const COMMON: &[&str] = &[
    "zone_aware_lb_config",
    "healthy_panic_threshold",
    "update_merge_window",
    "ignore_new_hosts_until_first_hc",
    "close_connections_on_host_set_change",
    "override_host_status",
    "locality_weighted_lb_config",
    "consistent_hashing_lb_config",
];

pub(super) fn balancing(cluster: &Tree) -> Result<Result<Balancing, Skipped>, Fault> {
    let balancing = by_policy(cluster)?;
    Ok(balancing.map(|balancing| Balancing {
        // That of the balancing policy counts before that of the protocol's options.
        key: balancing.key.or_else(|| of_protocol(cluster)),
        ..balancing
    }))
}

/// The rule of `hash_policy` in the options of the protocol, where Envoy has it from
/// 1.37 on: it counts before that of a route.
fn of_protocol(cluster: &Tree) -> Option<KeyRule> {
    let options = field(cluster, "typed_extension_protocol_options")?;
    let http = options.as_map()?.iter().find(|(key, _)| key.text.ends_with(PROTOCOL))?;
    let policies = items(field(&http.1, "hash_policy")?)?;
    (!policies.is_empty()).then(|| routes::rule(policies))
}

fn by_policy(cluster: &Tree) -> Result<Result<Balancing, Skipped>, Fault> {
    if let Some(policy) = field(cluster, "load_balancing_policy") {
        return policies(policy);
    }
    let Some(policy) = field(cluster, "lb_policy") else {
        let why = "does not hash: without 'lb_policy' Envoy takes turns".to_owned();
        return Ok(Err((cluster.line(), why)));
    };
    let (name, config) = match word(policy, "lb_policy")?.as_str() {
        "RING_HASH" | "2" => ("ring", field(cluster, "ring_hash_lb_config")),
        "MAGLEV" | "5" => ("maglev", field(cluster, "maglev_lb_config")),
        other @ ("ROUND_ROBIN" | "LEAST_REQUEST" | "RANDOM" | "CLUSTER_PROVIDED"
        | "ORIGINAL_DST_LB" | "0" | "1" | "3" | "4" | "6") => {
            let redis = field(cluster, "cluster_type").and_then(|kind| field(kind, "name"));
            if redis.and_then(Tree::as_text) == Some("envoy.clusters.redis") {
                let why = "hashes keys as a Redis Cluster does, whose slots and hosts are not in the \
                           file: the scheme is redis-cluster";
                return Ok(Err((policy.line(), why.to_owned())));
            }
            return Ok(Err((policy.line(), format!("does not hash a key: lb_policy {other}"))));
        }
        other => {
            let sentence = format!("lb_policy {} is not known", quoted(other));
            return Err(Fault::new(policy.line(), sentence));
        }
    };
    let mut balancing = make(name, config, policy.line(), 1)?;
    if let Some(common) = field(cluster, "common_lb_config") {
        only(common, "common_lb_config", COMMON)?;
        balancing.weighted_localities |= weighted_localities(common)?;
        if let Some(consistent) = field(common, "consistent_hashing_lb_config") {
            apply(consistent, &mut balancing)?;
        }
    }
    Ok(Ok(balancing))
}

/// The first policy of the list is taken, which every Envoy that reads it knows.
fn policies(policy: &Tree) -> Result<Result<Balancing, Skipped>, Fault> {
    only(policy, "load_balancing_policy", &["policies"])?;
    let missing = || Fault::new(policy.line(), "load_balancing_policy without policies");
    let list = values::list(field(policy, "policies").ok_or_else(missing)?, "policies")?;
    let extension = list.first().and_then(|first| field(first, "typed_extension_config"));
    let extension = extension.ok_or_else(missing)?;
    only(extension, "typed_extension_config", &["name", "typed_config"])?;
    let config = field(extension, "typed_config").ok_or_else(|| {
        Fault::new(extension.line(), "typed_extension_config without typed_config")
    })?;
    let text = |tree: &'_ Tree, name| {
        tree.get(name).map(|kind| kind.text(name).map(str::to_owned)).transpose()
    };
    let (mut kind, mut config) = (text(config, "@type")?.unwrap_or_default(), config);
    // A message in the form that no program need know.
    if kind.ends_with(".TypedStruct") {
        kind = text(config, "type_url")?.or(text(config, "typeUrl")?).unwrap_or_default();
        config = config.get("value").unwrap_or(config);
    }
    let at = config.line();
    match kind.rsplit('.').next() {
        Some("RingHash") => make("ring", Some(config), at, 2).map(Ok),
        Some("Maglev") => make("maglev", Some(config), at, 2).map(Ok),
        Some(
            "RoundRobin"
            | "LeastRequest"
            | "Random"
            | "ClusterProvided"
            | "ClientSideWeightedRoundRobin"
            | "PickFirst",
        ) => Ok(Err((at, format!("does not hash a key: {}", quoted(&kind))))),
        Some("WrrLocality") => {
            let inner = field(config, "endpoint_picking_policy").map(policies).transpose()?;
            match inner {
                Some(Err(skipped)) => Ok(Err(skipped)),
                _ => Err(Fault::new(at, format!("policy {} is not covered", quoted(&kind)))),
            }
        }
        _ => Err(Fault::new(at, format!("policy {} is not covered", quoted(&kind)))),
    }
}

/// `murmur2` is the number of that hash among the functions of the message: the newer one has a
/// default before the two.
fn make(name: &str, config: Option<&Tree>, line: u32, murmur2: u64) -> Result<Balancing, Fault> {
    let at = config.map_or(line, Tree::line);
    let whole = |name: &str, default: u64| match config.and_then(|config| field(config, name)) {
        Some(value) => wrapped(value, name),
        None => Ok(default),
    };
    let scheme = if name == "ring" {
        if let Some(config) = config {
            only(config, "the ring's settings", RING)?;
        }
        let (min, max) =
            (whole("minimum_ring_size", 1024)?, whole("maximum_ring_size", 8_388_608)?);
        if min > max {
            let sentence = format!("minimum_ring_size {min} is above maximum_ring_size {max}");
            return Err(Fault::new(at, sentence));
        }
        let function = config.and_then(|config| field(config, "hash_function"));
        let written = function.map(|value| word(value, "hash_function")).transpose()?;
        let hash = match written.as_deref() {
            None | Some("XX_HASH" | "DEFAULT_HASH") => "xxh64",
            Some("MURMUR_HASH_2") => "murmur2",
            Some(number) if number.parse() == Ok(murmur2) => "murmur2",
            Some(number) if number.parse::<u64>().is_ok_and(|number| number < murmur2) => "xxh64",
            Some(other) => {
                let sentence = format!("hash_function {} is not known", quoted(other));
                return Err(Fault::new(function.map_or(at, Tree::line), sentence));
            }
        };
        Chosen::new("envoy-ring-hash").with("min", min).with("max", max).with("hash", hash)
    } else {
        if let Some(config) = config {
            only(config, "the table's settings", MAGLEV)?;
        }
        Chosen::new("envoy-maglev").with("table", whole("table_size", 65_537)?)
    };
    let mut balancing = Balancing {
        scheme,
        at,
        by_hostname: false,
        bounded: None,
        weighted_localities: false,
        key: None,
    };
    if let Some(config) = config {
        // The ring's own copies of these fields are older than the shared ones.
        flags(config, &mut balancing)?;
        balancing.weighted_localities = weighted_localities(config)?;
        if let Some(consistent) = field(config, "consistent_hashing_lb_config") {
            apply(consistent, &mut balancing)?;
        }
    }
    Ok(balancing)
}

fn weighted_localities(tree: &Tree) -> Result<bool, Fault> {
    let Some(config) = field(tree, "locality_weighted_lb_config") else { return Ok(false) };
    only(config, "locality_weighted_lb_config", &[]).map(|()| true)
}

fn apply(consistent: &Tree, balancing: &mut Balancing) -> Result<(), Fault> {
    only(consistent, "consistent_hashing_lb_config", CONSISTENT)?;
    if let Some(policies) = field(consistent, "hash_policy") {
        let policies = values::list(policies, "hash_policy")?;
        balancing.key = (!policies.is_empty()).then(|| routes::rule(policies));
    }
    flags(consistent, balancing)
}

fn flags(tree: &Tree, balancing: &mut Balancing) -> Result<(), Fault> {
    if let Some(value) = field(tree, "use_hostname_for_hashing") {
        balancing.by_hostname = switch(value, "use_hostname_for_hashing")?;
    }
    if let Some(value) = field(tree, "hash_balance_factor") {
        let percent = wrapped(value, "hash_balance_factor")?;
        let percent =
            u32::try_from(percent).ok().filter(|percent| *percent == 0 || *percent >= 100);
        let percent = percent.ok_or_else(|| {
            Fault::new(
                value.line(),
                "hash_balance_factor is neither 0 nor a percentage from 100 up",
            )
        })?;
        balancing.bounded = (percent > 0).then_some(percent);
    }
    Ok(())
}
