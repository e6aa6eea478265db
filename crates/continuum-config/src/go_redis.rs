//! go-redis's `RingOptions` as JSON: its `Addrs`, an address for each shard's name.
//!
//! Only the names are hashed. Settings of the connections change no key's shard.

use crate::address;
use crate::draft::{Chosen, Draft, Found};
use crate::error::Error;
use crate::fault::Fault;
use crate::key::KeyRule;
use crate::source::File;
use crate::tree::Tree;

/// The field's names: Go writes it so, and people write it small.
const ADDRS: [&str; 2] = ["Addrs", "addrs"];

fn addrs(tree: &Tree) -> Option<&Tree> {
    ADDRS.into_iter().find_map(|name| tree.get(name)).filter(|tree| tree.as_map().is_some())
}

/// Whether a tree is such a file.
pub(crate) fn is_one(tree: &Tree) -> bool {
    addrs(tree).is_some()
}

pub(crate) fn read(tree: &Tree, file: &File) -> Result<Vec<Found>, Error> {
    Ok(vec![Found::of("ring", ring(tree, file).map_err(|fault| fault.within(file)))])
}

fn ring(tree: &Tree, file: &File) -> Result<Found, Fault> {
    let addrs = addrs(tree).ok_or_else(|| Fault::new(tree.line(), "has no Addrs"))?;
    for name in ["NewConsistentHash", "newConsistentHash"] {
        if let Some(hash) = tree.get(name) {
            return Err(Fault::new(
                hash.line(),
                "a NewConsistentHash of the caller's own is not covered",
            ));
        }
    }
    let at = file.at(addrs.line());
    let mut draft = Draft::new("ring", at.clone(), Chosen::new("go-redis"), at);
    draft.key = KeyRule::PLAIN;
    for (name, address) in addrs.map("Addrs")? {
        let text = address.text("an address")?;
        // Go's address without a host is that of every interface.
        let dialled =
            if text.starts_with(':') { format!("localhost{text}") } else { text.to_owned() };
        let server = address::server(&dialled).map_err(|why| Fault::new(address.line(), why))?;
        draft.servers.push((server.with_name(&*name.text), file.at(name.line)));
    }
    Ok(draft.into())
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::testing::{file, json_tree, shown};

    #[test]
    fn shards_by_name() {
        let text = r#"{"Addrs": {"shard1": ":7000", "shard2": "10.0.0.2:7000"}, "PoolSize": 5}"#;
        let found = shown(read(&json_tree(text), &file()));
        assert_eq!(found, ["ring go-redis | shard1<localhost:7000> shard2<10.0.0.2:7000>"]);
    }

    #[test]
    fn refuses_by_name() {
        for (text, says) in [
            ("{}", "has no Addrs"),
            (r#"{"Addrs": {"a": ":x"}}"#, "port 'x' is not a number"),
            (r#"{"Addrs": {"a": ":1"}, "NewConsistentHash": "x"}"#, "is not covered"),
        ] {
            let found = shown(read(&json_tree(text), &file()));
            assert!(found[0].contains(says), "{found:?}");
        }
    }
}
