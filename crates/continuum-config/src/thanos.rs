//! Thanos receive's hashrings, as `--receive.hashrings-file` has them: a JSON list.
//!
//! Each hashring is a pool. The replication factor, and the algorithm of a hashring that
//! names none, are flags of the program and not in the file: both are noted. Shuffle
//! sharding is refused: Go's generator draws.

use continuum::Server;

use crate::address;
use crate::draft::{Chosen, Draft, Found};
use crate::error::Error;
use crate::fault::Fault;
use crate::note::Topic;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::Tree;

const HASHRING: &[&str] = &[
    "hashring",
    "tenants",
    "tenant_matcher_type",
    "endpoints",
    "algorithm",
    "external_labels",
    "shuffle_sharding_config",
];
const ENDPOINT: &[&str] = &["address", "capnproto_address", "az"];

/// Whether a tree is such a file.
pub(crate) fn is_one(tree: &Tree) -> bool {
    tree.as_list().is_some_and(|list| {
        let listed =
            |ring: &Tree| ring.get("endpoints").is_some_and(|given| given.as_list().is_some());
        !list.is_empty() && list.iter().all(listed)
    })
}

pub(crate) fn read(tree: &Tree, file: &File) -> Result<Vec<Found>, Error> {
    let list = tree.list("the file").map_err(|fault| fault.within(file))?;
    let one = |(number, tree): (usize, &Tree)| {
        let name = tree.get("hashring").and_then(Tree::as_text).filter(|name| !name.is_empty());
        let name = name.map_or_else(|| format!("hashring-{number}"), str::to_owned);
        Found::of(&name, hashring(&name, tree, file).map_err(|fault| fault.within(file)))
    };
    Ok((1..).zip(list).map(one).collect())
}

fn hashring(name: &str, tree: &Tree, file: &File) -> Result<Found, Fault> {
    tree.only("a hashring", HASHRING)?;
    let endpoints = tree
        .get("endpoints")
        .ok_or_else(|| Fault::new(tree.line(), "a hashring without endpoints"))?;
    let algorithm = tree.get("algorithm");
    let named = algorithm.map(|value| value.text("algorithm")).transpose()?.unwrap_or_default();
    let ketama = named == "ketama";
    let scheme = if ketama { "thanos-ketama" } else { "thanos-hashmod" };
    let at = file.at(algorithm.map_or(tree.line(), Tree::line));
    let mut draft = Draft::new(name, file.at(tree.line()), Chosen::new(scheme), at.clone());
    if named.is_empty() {
        let sentence =
            "no algorithm: that of --receive.hashrings-algorithm, whose default is hashmod";
        draft.note(at, Topic::Assumed, "algorithm", sentence);
    } else if !ketama && named != "hashmod" {
        let sentence =
            format!("{} is no algorithm of Thanos, which takes hashmod then", quoted(named));
        draft.note(at, Topic::Assumed, "algorithm", sentence);
    }
    if let Some(sharding) = tree.get("shuffle_sharding_config") {
        let size = sharding.get("shard_size").map(|size| size.whole("shard_size", false));
        if size.transpose()?.is_some_and(|size| size > 0) {
            return Err(Fault::new(
                sharding.line(),
                "shuffle sharding is not covered: Go's generator draws",
            ));
        }
    }
    if let Some(tenants) = tree.get("tenants") {
        let sentence = "other tenants go to another hashring of the file";
        draft.note(file.at(tenants.line()), Topic::Override, "tenants", sentence);
    }
    for endpoint in endpoints.list("endpoints")? {
        draft.servers.push((server(endpoint, ketama)?, file.at(endpoint.line())));
    }
    if draft.servers.iter().any(|(server, _)| server.zone().is_some()) {
        let sentence = "--receive.replication-factor decides over how many zones replicas are \
                        spread: set replicas";
        draft.note(file.at(endpoints.line()), Topic::Assumed, "replication factor", sentence);
    }
    Ok(draft.into())
}

/// An address, or a map of address and availability zone.
fn server(tree: &Tree, ketama: bool) -> Result<Server, Fault> {
    let told = |sentence: String| Fault::new(tree.line(), sentence);
    let Some(text) = tree.as_text() else {
        tree.only("an endpoint", ENDPOINT)?;
        let address =
            tree.get("address").ok_or_else(|| told("an endpoint without address".to_owned()))?;
        let server = named(address.text("address")?).map_err(told)?;
        let Some(zone) = tree.get("az").map(|zone| zone.text("az")).transpose()? else {
            return Ok(server);
        };
        if !ketama && !zone.is_empty() {
            return Err(told(
                "an availability zone under hashmod, which Thanos refuses".to_owned(),
            ));
        }
        return Ok(if zone.is_empty() { server } else { server.with_zone(zone) });
    };
    named(text).map_err(told)
}

/// The address is hashed as it is written.
fn named(text: &str) -> Result<Server, String> {
    let server = address::server(text)?;
    Ok(if server.address() == text { server } else { server.with_name(text) })
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::testing::{file, json_tree, shown};

    fn one(text: &str) -> Vec<String> {
        shown(read(&json_tree(text), &file()))
    }

    #[test]
    fn hashrings() {
        let text = r#"[
          {"hashring": "a", "tenants": ["x"], "algorithm": "ketama",
           "endpoints": ["r-0:10901", {"address": "r-1:10901", "az": "eu-1"}]},
          {"endpoints": ["r-2:10901"]}
        ]"#;
        assert_eq!(
            one(text),
            ["a thanos-ketama | r-0:10901 r-1:10901@eu-1", "hashring-2 thanos-hashmod | r-2:10901",]
        );
    }

    #[test]
    fn refuses_by_name() {
        for (ring, says) in [
            (r#"{"hashring": "a"}"#, "a hashring without endpoints"),
            (r#"{"endpoints": [], "algoritm": "ketama"}"#, "unknown setting 'algoritm'"),
            (
                r#"{"endpoints": ["a:1"], "shuffle_sharding_config": {"shard_size": 2}}"#,
                "shuffle sharding is not covered",
            ),
            (
                r#"{"endpoints": [{"address": "a:1", "az": "z"}]}"#,
                "under hashmod, which Thanos refuses",
            ),
            (
                r#"{"endpoints": [{"az": "z"}], "algorithm": "ketama"}"#,
                "an endpoint without address",
            ),
        ] {
            let found = one(&format!("[{ring}]"));
            assert!(found[0].contains(says), "{found:?}");
        }
    }
}
