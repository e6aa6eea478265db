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
    let one = |(at, tree): (usize, &Tree)| {
        let name = name(at, tree);
        let draft = hashring(&name, tree, file).map(|mut draft| {
            if let Some(sentence) = whose(list, at) {
                let line = tree.get("tenants").map_or(tree.line(), Tree::line);
                draft.note(file.at(line), Topic::Override, "tenants", sentence);
            }
            draft.into()
        });
        Found::of(&name, draft.map_err(|fault| fault.within(file)))
    };
    Ok(list.iter().enumerate().map(one).collect())
}

/// The name of a hashring, or its number from 1.
fn name(at: usize, tree: &Tree) -> String {
    let name = tree.get("hashring").and_then(Tree::as_text).filter(|name| !name.is_empty());
    name.map_or_else(|| format!("hashring-{}", at + 1), str::to_owned)
}

/// Whether a hashring takes every tenant: without a list, or with an empty one.
fn takes_all(tree: &Tree) -> bool {
    tree.get("tenants").is_none_or(|tenants| tenants.as_list().is_some_and(<[Tree]>::is_empty))
}

/// Which tenants come to a hashring, where not all do: a tenant goes to the first that
/// takes it.
fn whose(list: &[Tree], at: usize) -> Option<String> {
    let before = list.iter().take(at);
    if let Some((first, _)) = before.clone().enumerate().find(|(_, tree)| takes_all(tree)) {
        let first = quoted(&name(first, &list[first]));
        return Some(format!("no tenant comes here: hashring {first} stands before and takes all"));
    }
    match (list.get(at).is_some_and(takes_all), list.len()) {
        (true, _) if before.len() > 0 => {
            Some("tenants of the hashrings before it do not come here".to_owned())
        }
        (true, _) => None,
        (false, 1) => Some("other tenants are refused: no hashring takes them".to_owned()),
        (false, _) => Some("other tenants go to another hashring of the file".to_owned()),
    }
}

fn hashring(name: &str, tree: &Tree, file: &File) -> Result<Draft, Fault> {
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
        tenants.list("tenants")?;
    }
    for endpoint in endpoints.list("endpoints")? {
        draft.servers.push((server(endpoint, ketama)?, file.at(endpoint.line())));
    }
    if draft.servers.iter().any(|(server, _)| server.zone().is_some()) {
        let sentence = "--receive.replication-factor decides over how many zones replicas are \
                        spread: set replicas";
        draft.note(file.at(endpoints.line()), Topic::Assumed, "replication factor", sentence);
    }
    Ok(draft)
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
    use crate::draft::Found;
    use crate::note::Topic;
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
    fn which_tenants_come_to_a_hashring() {
        let told = |rings: &[&str]| -> Vec<String> {
            let rings = rings.iter().map(|tenants| {
                format!("{{\"endpoints\": [\"r:1\"], \"algorithm\": \"ketama\"{tenants}}}")
            });
            let text = format!("[{}]", rings.collect::<Vec<_>>().join(","));
            let found = read(&json_tree(&text), &file()).unwrap();
            let notes = found.iter().map(|found| {
                let Found::Pool(draft) = found else { panic!("{found:?}") };
                let notes = draft.notes.iter().filter(|note| note.topic() == Topic::Override);
                notes.map(|note| note.sentence()).collect::<String>()
            });
            notes.collect()
        };
        let (all, none, some) = ("", ", \"tenants\": []", ", \"tenants\": [\"t\"]");
        assert_eq!(told(&[all]), [""]);
        assert_eq!(told(&[none]), [""]);
        assert_eq!(told(&[some]), ["other tenants are refused: no hashring takes them"]);
        assert_eq!(
            told(&[some, none]),
            [
                "other tenants go to another hashring of the file",
                "tenants of the hashrings before it do not come here",
            ]
        );
        let shadowed = "no tenant comes here: hashring 'hashring-1' stands before and takes all";
        assert_eq!(told(&[none, some, all]), ["", shadowed, shadowed]);
    }

    #[test]
    fn refuses_by_name() {
        for (ring, says) in [
            (r#"{"endpoints": [], "tenants": "x"}"#, "tenants must be a list"),
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
