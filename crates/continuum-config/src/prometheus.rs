//! Relabelling with `action: hashmod`: in the file of Prometheus, in that of vmagent
//! or VictoriaMetrics, and in a list of rules as `-remoteWrite.relabelConfig` has it.
//!
//! Each rule is a pool of as many shards as its `modulus`, called by their numbers. It
//! bears the name of its job, or of the part of the file where it stands.
//!
//! The two programs hash differently, and a file of both reads alike: it is read as
//! Prometheus's unless a word in it is VictoriaMetrics' alone, or the caller names
//! `hashmod:program=vm`. A list of rules alone may be either's (`thanos store` takes
//! one, and vmagent too): without a word of one of the two it is refused.

use std::collections::BTreeMap;

use continuum::{Scheme, Server};

use crate::brief::brief;
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

/// Actions that only VictoriaMetrics' programs know.
const ACTIONS_OF_VICTORIAMETRICS: &[&str] = &[
    "drop_if_contains",
    "drop_if_equal",
    "drop_metrics",
    "graphite",
    "keep_if_contains",
    "keep_if_equal",
    "keep_metrics",
    "labelmap_all",
    "replace_all",
];
/// The label of blocks, by which Thanos's store and compactor are sharded: they hash as
/// Prometheus does.
const BLOCK: &str = "__block_id";
/// Lists that stand at the top of a file, or of a part of one.
const LISTS: &[&str] = &[
    "metric_relabel_configs",
    "relabel_configs",
    "remote_write",
    "scrape_config_files",
    "scrape_configs",
    "write_relabel_configs",
];

/// Whether a tree is such a file, or a part of one.
pub(crate) fn is_one(tree: &Tree) -> bool {
    if let Some(list) = tree.as_list() {
        let rule = |tree: &Tree| {
            tree.get("action").is_some() && tree.get("modulus").is_some()
                || tree.get("job_name").is_some()
        };
        return list.iter().any(rule);
    }
    LISTS.iter().any(|name| tree.get(name).is_some_and(|tree| tree.as_list().is_some()))
}

/// Whose file it is, and the line that says so.
#[derive(Clone, Copy)]
enum Program {
    /// A word of VictoriaMetrics'.
    VictoriaMetrics(u32),
    /// The label of blocks.
    Thanos(u32),
    /// A file with parts, as Prometheus has it, and vmagent too.
    Prometheus,
    /// A list of rules and no more.
    Unknown,
}

/// Every rule, by the part of the file that it belongs to.
#[derive(Default)]
struct Rules<'t> {
    found: Vec<(String, &'t Tree, &'t [Tree])>,
    victoriametrics: Option<u32>,
    blocks: Option<u32>,
    jobs: bool,
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
            let action = |action: &str| ACTIONS_OF_VICTORIAMETRICS.contains(&action);
            // VictoriaMetrics takes one label without a list.
            if OF_VICTORIAMETRICS.contains(&&*key.text)
                || &*key.text == "action" && value.as_text().is_some_and(action)
                || &*key.text == "source_labels" && value.as_text().is_some()
            {
                self.victoriametrics.get_or_insert(key.line);
            }
            self.jobs |= &*key.text == "job_name";
            let block = |label: &Tree| label.as_text() == Some(BLOCK);
            if &*key.text == "source_labels"
                && value.as_list().is_some_and(|labels| labels.iter().any(block))
            {
                self.blocks.get_or_insert(key.line);
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
    let program = match (rules.victoriametrics, rules.blocks) {
        (Some(line), _) => Program::VictoriaMetrics(line),
        (None, Some(line)) => Program::Thanos(line),
        (None, None) if tree.as_list().is_some() && !rules.jobs => Program::Unknown,
        (None, None) => Program::Prometheus,
    };
    let mut named: BTreeMap<String, u32> = BTreeMap::new();
    let mut all = Vec::new();
    for (part, rule, list) in rules.found {
        let times = named.entry(part.clone()).or_default();
        *times += 1;
        let name = if *times == 1 { part } else { format!("{part}#{times}") };
        let found = pool(&name, rule, program, file, options);
        let found = found.map(|mut draft| {
            if let Some(before) = before(rule, list) {
                draft.within(&before);
            }
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
    program: Program,
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
    let scheme = match (given, program) {
        (Some(scheme), _) => Chosen::from(Scheme::clone(scheme)),
        (None, Program::VictoriaMetrics(_)) => Chosen::new("hashmod").with("program", "vm"),
        (None, Program::Thanos(_) | Program::Prometheus) => Chosen::new("hashmod"),
        (None, Program::Unknown) => {
            let sentence = "a list of rules does not say whose it is, and programs hash \
                            differently: give --scheme hashmod:program=prometheus (Prometheus, \
                            Thanos) or --scheme hashmod:program=vm (vmagent, VictoriaMetrics)";
            return Err(Fault::new(line, sentence));
        }
    };
    let mut draft = Draft::new(name, file.at(line), scheme, file.at(line));
    match program {
        _ if given.is_some() => {}
        Program::VictoriaMetrics(line) => {
            let sentence = "read as VictoriaMetrics' or vmagent's, which knows this word; for \
                            Prometheus give --scheme hashmod:program=prometheus";
            draft.note(file.at(line), Topic::Assumed, "program", sentence);
        }
        Program::Thanos(line) => {
            let sentence = "read as Thanos's, whose blocks have this label: it hashes as \
                            Prometheus does";
            draft.note(file.at(line), Topic::Assumed, "program", sentence);
        }
        Program::Prometheus | Program::Unknown => {
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

/// The rules above in the list that may change what is hashed, in words.
fn before(rule: &Tree, list: &[Tree]) -> Option<String> {
    let above = list.iter().take_while(|other| !std::ptr::eq(*other, rule));
    let mut wanted = sources(rule);
    let mut found: Vec<String> = Vec::new();
    for other in above.collect::<Vec<_>>().into_iter().rev() {
        let text = |name: &str| other.get(name).and_then(|value| value.scalar(name).ok());
        let action = text("action").unwrap_or("replace").to_ascii_lowercase();
        let changes = match action.as_str() {
            "keep" | "drop" | "keepequal" | "dropequal" => false,
            _ if ACTIONS_OF_VICTORIAMETRICS.contains(&action.as_str()) => {
                action == "graphite" || action.ends_with("_all")
            }
            "labelmap" | "labeldrop" | "labelkeep" => true,
            _ => text("target_label").is_none_or(|target| {
                // What it is called may follow from other labels.
                target.contains('$') || wanted.iter().any(|label| label == target)
            }),
        };
        if changes {
            wanted.extend(sources(other));
            found.push(other.compact());
        }
    }
    found.reverse();
    (!found.is_empty()).then(|| format!("after {}", brief(&found.join("; "))))
}

/// The labels that a rule takes.
fn sources(rule: &Tree) -> Vec<String> {
    let Some(labels) = rule.get("source_labels") else { return Vec::new() };
    let all = labels.as_list().unwrap_or(std::slice::from_ref(labels));
    all.iter().filter_map(Tree::as_text).map(str::to_owned).collect()
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
mod tests;
