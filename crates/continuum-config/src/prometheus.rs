//! Relabelling with `action: hashmod`: in the file of Prometheus, in that of vmagent
//! or VictoriaMetrics, and in a list of rules as `-remoteWrite.relabelConfig` has it.
//!
//! Each rule is a pool of as many shards as its `modulus`, called by their numbers. It
//! bears the name of its job, or of the part of the file where it stands.
//!
//! The two programs hash differently, and a file of both reads alike: it is read as
//! Prometheus's unless a word in it is VictoriaMetrics' alone, or the caller names
//! `hashmod:program=vm`.

use std::collections::BTreeMap;

use continuum::{Scheme, Server};

use crate::draft::{Chosen, Draft, Found};
use crate::error::Error;
use crate::fault::Fault;
use crate::key::KeyRule;
use crate::limits;
use crate::note::Topic;
use crate::options::Options;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::Tree;

/// Words that only VictoriaMetrics' programs know.
const OF_VICTORIAMETRICS: &[&str] = &[
    "if",
    "no_stale_markers",
    "scrape_align_interval",
    "scrape_offset",
    "series_limit",
    "stream_parse",
];

/// Whether a tree is such a file.
pub(crate) fn is_one(tree: &Tree) -> bool {
    if let Some(list) = tree.as_list() {
        let rule = |tree: &Tree| tree.get("action").is_some() && tree.get("modulus").is_some();
        return list.iter().any(rule);
    }
    let named = |name: &str| tree.get(name).is_some_and(|tree| tree.as_list().is_some());
    named("scrape_configs") || named("remote_write") || named("scrape_config_files")
}

/// Every rule, by the part of the file that it belongs to.
#[derive(Default)]
struct Rules<'t> {
    found: Vec<(String, &'t Tree, &'t [Tree])>,
    victoriametrics: Option<u32>,
}

impl<'t> Rules<'t> {
    fn walk(&mut self, tree: &'t Tree, part: &str) {
        if let Some(list) = tree.as_list() {
            for item in list {
                if is_hashmod(item) {
                    self.found.push((part.to_owned(), item, list));
                }
                self.walk(item, part);
            }
        }
        let Some(map) = tree.as_map() else { return };
        let name = ["job_name", "name"].iter().find_map(|name| tree.get(name)?.as_text());
        for (key, value) in map {
            if OF_VICTORIAMETRICS.contains(&&*key.text) {
                self.victoriametrics.get_or_insert(key.line);
            }
            let part = match (part, name) {
                ("", _) => &*key.text,
                (_, Some(name)) => name,
                (part, None) => part,
            };
            self.walk(value, part);
        }
    }
}

/// The action's name may be written in any case.
fn is_hashmod(tree: &Tree) -> bool {
    let action = tree.get("action").and_then(Tree::as_text);
    action.is_some_and(|action| action.eq_ignore_ascii_case("hashmod"))
}

pub(crate) fn read(tree: &Tree, file: &File, options: &Options) -> Result<Vec<Found>, Error> {
    let mut rules = Rules::default();
    rules.walk(tree, if tree.as_list().is_some() { "relabelling" } else { "" });
    if tree.as_list().is_some() {
        rules.victoriametrics.get_or_insert(tree.line());
    }
    let mut named: BTreeMap<String, u32> = BTreeMap::new();
    let mut all = Vec::new();
    for (part, rule, list) in rules.found {
        let times = named.entry(part.clone()).or_default();
        *times += 1;
        let name = if *times == 1 { part } else { format!("{part}#{times}") };
        let found = pool(&name, rule, rules.victoriametrics, file, options);
        let found = found.map(|mut draft| {
            keeps(rule, list, file, &mut draft);
            draft.into()
        });
        all.push(Found::of(&name, found.map_err(|fault| fault.within(file))));
        if all.len() > limits::POOLS {
            return Err(Error::new(file.at(1), format!("more than {} rules", limits::POOLS)));
        }
    }
    Ok(all)
}

fn pool(
    name: &str,
    rule: &Tree,
    victoriametrics: Option<u32>,
    file: &File,
    options: &Options,
) -> Result<Draft, Fault> {
    rule.check_keys()?;
    let line = rule.line();
    let modulus =
        rule.get("modulus").ok_or_else(|| Fault::new(line, "hashmod without a modulus"))?;
    let shards = modulus.whole("modulus", false)?;
    if shards == 0 {
        return Err(Fault::new(modulus.line(), "modulus 0 is refused by the programs too"));
    }
    if shards > limits::SERVERS as u64 {
        let sentence = format!("modulus {shards}: more than {} shards", limits::SERVERS);
        return Err(Fault::new(modulus.line(), sentence));
    }
    let given = options.scheme.as_ref().filter(|scheme| scheme.name() == "hashmod");
    let program = if victoriametrics.is_some() { "vm" } else { "prometheus" };
    let scheme = given.map_or_else(
        || Chosen::new("hashmod").with("program", program),
        |scheme: &Scheme| Chosen::from(scheme.clone()),
    );
    let mut draft = Draft::new(name, file.at(line), scheme, file.at(line));
    match victoriametrics {
        _ if given.is_some() => {}
        Some(line) => {
            let sentence = "read as VictoriaMetrics' or vmagent's, which knows this word; for \
                            Prometheus give --scheme hashmod:program=prometheus";
            draft.note(file.at(line), Topic::Assumed, "program", sentence);
        }
        None => {
            let sentence = "read as Prometheus's; vmagent and VictoriaMetrics hash otherwise: for \
                            those give --scheme hashmod:program=vm";
            draft.note(file.at(line), Topic::Assumed, "program", sentence);
        }
    }
    draft.key = KeyRule::opaque(key(rule)?);
    for shard in 0..shards {
        draft.servers.push((Server::without_port(shard.to_string()), file.at(modulus.line())));
    }
    Ok(draft)
}

/// What is hashed: `__address__`, or `job;instance` with the separator between them.
fn key(rule: &Tree) -> Result<String, Fault> {
    let labels = rule
        .get("source_labels")
        .ok_or_else(|| Fault::new(rule.line(), "hashmod without source_labels"))?;
    // VictoriaMetrics takes one label without a list.
    let labels = match labels.as_text() {
        Some(label) => vec![label],
        None => {
            let list = labels.list("source_labels")?.iter();
            list.map(|label| label.text("a label")).collect::<Result<_, _>>()?
        }
    };
    let separator = rule.get("separator").map(|text| text.scalar("separator")).transpose()?;
    Ok(labels.join(separator.unwrap_or(";")))
}

/// Says which shards a later rule keeps or drops.
fn keeps(rule: &Tree, list: &[Tree], file: &File, draft: &mut Draft) {
    let Some(target) = rule.get("target_label").and_then(Tree::as_text) else { return };
    let behind = list.iter().skip_while(|other| !std::ptr::eq(*other, rule)).skip(1);
    for other in behind {
        let labels = other.get("source_labels");
        let same = labels.is_some_and(|labels| match labels.as_list() {
            Some([label]) => label.as_text() == Some(target),
            _ => labels.as_text() == Some(target),
        });
        let action = other.get("action").and_then(Tree::as_text).unwrap_or_default();
        let action = action.to_ascii_lowercase();
        let regex = other.get("regex").and_then(|regex| regex.scalar("regex").ok());
        if let (true, "keep" | "drop", Some(regex)) = (same, action.as_str(), regex) {
            let what = if action == "keep" { "keeps" } else { "drops" };
            let sentence = format!("this file {what} the shards that match {}", quoted(regex));
            draft.note(file.at(other.line()), Topic::Override, target, sentence);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_one, read};
    use crate::options::Options;
    use crate::testing::{file, none, only, shown, yaml_tree};

    const FILE: &str = "
global: {scrape_interval: 15s}
scrape_configs:
- job_name: node
  static_configs: [{targets: [a:1, b:1]}]
  relabel_configs:
  - source_labels: [__address__]
    modulus: 3
    target_label: __tmp_hash
    action: hashmod
  - source_labels: [__tmp_hash]
    regex: ^1$
    action: keep
- job_name: plain
remote_write:
- url: http://x
  write_relabel_configs:
  - {source_labels: [job, instance], separator: '|', modulus: 2, target_label: s, action: HashMod}
";

    #[test]
    fn rules_are_pools_of_shards() {
        let tree = yaml_tree(FILE);
        assert!(is_one(&tree));
        assert_eq!(
            shown(read(&tree, &file(), &none())),
            ["node hashmod | 0 1 2", "remote_write hashmod | 0 1"]
        );
        let one = yaml_tree(FILE.split("remote_write").next().unwrap());
        let draft = only(read(&one, &file(), &none()));
        assert_eq!(draft.key.as_text(), Some("__address__"));
        let notes: Vec<&str> = draft.notes.iter().map(|note| note.sentence()).collect();
        assert!(notes[0].starts_with("read as Prometheus's; vmagent"), "{notes:?}");
        assert_eq!(notes[1], "this file keeps the shards that match '^1$'");
    }

    #[test]
    fn whose_file_it_is() {
        let text = FILE.replace("job_name: plain", "job_name: plain\n  stream_parse: true");
        let found = shown(read(&yaml_tree(&text), &file(), &none()));
        assert_eq!(found[0], "node hashmod:program=vm | 0 1 2");
        let options = Options::new().with_scheme("hashmod:program=vm".parse().unwrap());
        let found = shown(read(&yaml_tree(FILE), &file(), &options));
        assert_eq!(found[0], "node hashmod:program=vm | 0 1 2");
        let list = "- {source_labels: [a, b], action: hashmod, modulus: 2, target_label: s}\n";
        let tree = yaml_tree(list);
        assert!(is_one(&tree));
        assert_eq!(shown(read(&tree, &file(), &none())), ["relabelling hashmod:program=vm | 0 1"]);
    }

    #[test]
    fn refuses_by_name() {
        for (from, to, says) in [
            ("modulus: 3", "modulus: 0", "f:8: modulus 0 is refused"),
            ("modulus: 3", "modulus: many", "f:8: modulus must be a whole number"),
            ("modulus: 3", "modulus: 4294967296", "f:8: modulus 4294967296: more than"),
            ("    modulus: 3\n", "", "f:7: hashmod without a modulus"),
            ("source_labels: [__address__]", "regex: x", "f:7: hashmod without source_labels"),
            ("[__address__]", "{a: b}", "f:7: source_labels must be a list"),
        ] {
            let found = shown(read(&yaml_tree(&FILE.replacen(from, to, 1)), &file(), &none()));
            assert!(found[0].starts_with(&format!("! {says}")), "{to}: {found:?}");
        }
    }
}
