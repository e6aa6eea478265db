//! The types of routes, where their children stand, and what they do to keys.

use super::settings;
use crate::fault::Fault;
use crate::key::Prefix;
use crate::quote::quoted;
use crate::tree::Tree;

/// Types of routes that change no key, but as is said here.
pub(super) const KNOWN: &[&str] = &[
    "AllAsyncRoute",
    "AllFastestRoute",
    "AllInitialRoute",
    "AllMajorityRoute",
    "AllSyncRoute",
    "AsynclogRoute",
    "BlackholeRoute",
    "CarbonLookasideRoute",
    "DevNullRoute",
    "DistributionRoute",
    "ErrorRoute",
    "FailoverRoute",
    "FailoverWithExptimeRoute",
    "HashRoute",
    "HostIdRoute",
    "KeySplitRoute",
    "L1L2CacheRoute",
    "L1L2SizeSplitRoute",
    "LatencyInjectionRoute",
    "LatestRoute",
    "LoadBalancerRoute",
    "LoggingRoute",
    "MigrateRoute",
    "MissFailoverRoute",
    "ModifyExptimeRoute",
    "ModifyKeyRoute",
    "NullRoute",
    "OperationSelectorRoute",
    "OriginalClientHashRoute",
    "OutstandingLimitRoute",
    "Pool",
    "PoolRoute",
    "PrefixPolicyRoute",
    "PrefixSelectorRoute",
    "RandomRoute",
    "RateLimitRoute",
    "RoutingGroupRoute",
    "SRRoute",
    "SaltedFailoverRoute",
    "ShadowRoute",
    "StagingRoute",
    "WarmUpRoute",
];

/// Settings of these that hold a route, or a list of routes.
pub(super) const CHILDREN: &[&str] = &[
    "child",
    "children",
    "cold",
    "default_policy",
    "failover",
    "from",
    "l1",
    "l2",
    "normal",
    "staging",
    "target",
    "to",
    "warm",
    "wildcard",
];

/// Settings of these that hold a map of routes.
pub(super) const POLICIES: &[&str] = &["operation_policies", "policies"];

/// Types whose text in short, behind the bar, is their list of children.
pub(super) const OF_TEXT: &[&str] = &[
    "AllAsyncRoute",
    "AllFastestRoute",
    "AllInitialRoute",
    "AllMajorityRoute",
    "AllSyncRoute",
    "FailoverRoute",
    "LatestRoute",
    "LoggingRoute",
    "MissFailoverRoute",
    "RandomRoute",
];

/// Routes that send a key to one of their children, and none to all of them.
const CHOOSING: [&str; 7] = [
    "HashRoute",
    "HostIdRoute",
    "KeySplitRoute",
    "LatestRoute",
    "LoadBalancerRoute",
    "OriginalClientHashRoute",
    "RandomRoute",
];

/// The type of a route that chooses among several children.
pub(super) fn choosing(route: &Tree) -> Option<&str> {
    let kind = route.get("type")?.as_text().filter(|kind| CHOOSING.contains(kind))?;
    let children = ["children", "child", "destination"].iter().find_map(|name| route.get(name));
    let single = children.is_some_and(|tree| tree.as_list().is_some_and(|list| list.len() < 2));
    (!single).then_some(kind)
}

/// How a ModifyKeyRoute changes the beginning of keys. `set_routing_prefix` changes nothing
/// that is hashed.
pub(super) fn prefix(route: &Tree) -> Result<Prefix, Fault> {
    route.only("ModifyKeyRoute", settings::MODIFY_KEY)?;
    let text = |name: &str| route.get(name).map(|tree| tree.text(name)).transpose();
    let ensured = text("ensure_key_prefix")?.unwrap_or_default();
    if ensured.starts_with('/') {
        let sentence = format!(
            "ensure_key_prefix {} may be taken for a routing prefix, which is not followed",
            quoted(ensured)
        );
        return Err(Fault::new(route.line(), sentence));
    }
    let replaced = text("replace_key_prefix")?.map(Into::into);
    let in_place = route.get("modify_inplace");
    let in_place = in_place.map(|tree| tree.switch("modify_inplace")).transpose()?;
    if let (Some(_), Some(in_place)) = (&replaced, route.get("modify_inplace")) {
        let sentence = "replace_key_prefix and modify_inplace cannot be used together";
        return Err(Fault::new(in_place.line(), sentence));
    }
    Ok(Prefix { ensured: ensured.into(), replaced, in_place: in_place.unwrap_or(false) })
}
