//! Graphite's `carbon.conf`: the relays and aggregators, whose `DESTINATIONS` are
//! hashed over by `RELAY_METHOD` (an aggregator always hashes consistently).
//!
//! As carbon reads it, `[relay:b]` is what `[relay]` says, with its own settings
//! above; `a` is the instance that is started where none is named. A relay by
//! rules is skipped.
//!
//! Not covered, and refused by name: the methods that hash the names which
//! aggregation rules make.

use std::collections::{BTreeMap, BTreeSet};

use continuum::Server;

use crate::address;
use crate::draft::{Chosen, Count, Draft, Found};
use crate::error::Error;
use crate::fault::Fault;
use crate::ini::{self, Section, Setting};
use crate::key::KeyRule;
use crate::note::Topic;
use crate::quote::quoted;
use crate::source::File;

/// Programs whose sections say where metrics go.
const PROGRAMS: [&str; 2] = ["relay", "aggregator"];

/// Whether the first line of a section is one of this file's.
pub(crate) fn is_section(line: &str) -> bool {
    let name = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    name.is_some_and(|name| {
        let program = name.split(':').next().unwrap_or(name);
        PROGRAMS.contains(&program) || matches!(program, "cache" | "aggregator-cache")
    })
}

/// A section and what it adds to.
struct Layers<'s> {
    own: &'s Section,
    below: Option<&'s Section>,
}

impl<'s> Layers<'s> {
    fn get(&self, name: &str) -> Option<&'s Setting> {
        self.own.get(name).or_else(|| self.below?.get(name))
    }

    /// The value of a setting, if it is not empty, and its line.
    fn value(&self, name: &str) -> Result<Option<(&'s str, u32)>, Fault> {
        let Some(setting) = self.get(name) else { return Ok(None) };
        if setting.value.contains('%') {
            let sentence = format!("{name}: what '%' stands for is not covered");
            return Err(Fault::new(setting.line, sentence));
        }
        let value = setting.value.trim();
        Ok((!value.is_empty()).then_some((value, setting.line)))
    }

    fn switch(&self, name: &str, default: bool) -> Result<bool, Fault> {
        let Some((text, line)) = self.value(name)? else { return Ok(default) };
        match text.to_ascii_lowercase().as_str() {
            "1" | "yes" | "true" | "on" => Ok(true),
            "0" | "no" | "false" | "off" => Ok(false),
            _ => {
                Err(Fault::new(line, format!("{name} {} is neither True nor False", quoted(text))))
            }
        }
    }
}

pub(crate) fn read(text: &str, file: &File) -> Result<Vec<Found>, Error> {
    let sections = ini::sections(text).map_err(|fault| fault.within(file))?;
    let named = |name: &str| sections.iter().find(|section| section.name == name);
    if let Some(section) = named("DEFAULT") {
        let sentence = "settings of [DEFAULT], which hold in all sections, are not covered";
        return Err(Error::new(file.at(section.line), sentence));
    }
    let mut servers = Count::default();
    let mut all = Vec::new();
    for section in &sections {
        let (program, instance) = match section.name.split_once(':') {
            Some((program, instance)) => (program, Some(instance)),
            None => (section.name.as_str(), None),
        };
        // Nothing is started by the bare section where instance a has its own.
        let replaced = instance.is_none() && named(&format!("{program}:a")).is_some();
        if !PROGRAMS.contains(&program) || replaced {
            continue;
        }
        let below = instance.and_then(|_| named(program));
        let layers = Layers { own: section, below };
        let found = pool(&layers, program, file).map_err(|fault| fault.within(file));
        if let Ok(Found::Pool(draft)) = &found {
            servers.add(draft.servers.len(), &file.at(section.line))?;
        }
        all.push(Found::of(&section.name, found));
    }
    Ok(all)
}

fn pool(layers: &Layers<'_>, program: &str, file: &File) -> Result<Found, Fault> {
    let (name, line) = (layers.own.name.as_str(), layers.own.line);
    let method = layers.value("RELAY_METHOD")?.filter(|_| program == "relay");
    let (method, at) = match method {
        None if program == "relay" => ("rules", line),
        None => ("consistent-hashing", line),
        Some(method) => method,
    };
    let router = match method {
        "rules" => {
            let why = "does not hash: it relays by rules";
            return Ok(Found::skipped(name, file.at(at), why));
        }
        "consistent-hashing" => "consistent",
        "fast-hashing" => "fast",
        "aggregated-consistent-hashing" | "fast-aggregated-hashing" => {
            let sentence = format!(
                "{method} hashes the names that aggregation rules make, which are in another \
                 file: that is not covered"
            );
            return Err(Fault::new(at, sentence));
        }
        other => {
            return Err(Fault::new(at, format!("RELAY_METHOD {} is not known", quoted(other))));
        }
    };
    let Some((destinations, listed)) = layers.value("DESTINATIONS")? else {
        return Ok(Found::skipped(name, file.at(line), "has no DESTINATIONS"));
    };
    let mut scheme = Chosen::new("graphite-carbon").with("router", router);
    if let Some((hash, at)) = layers.value("ROUTER_HASH_TYPE")? {
        if !["carbon_ch", "fnv1a_ch", "mmh3_ch"].contains(&hash) {
            let sentence = format!(
                "ROUTER_HASH_TYPE {} is none of carbon_ch, fnv1a_ch, mmh3_ch",
                quoted(hash)
            );
            return Err(Fault::new(at, sentence));
        }
        scheme = scheme.with("hash", hash.replace('_', "-"));
    }
    let diverse = layers.switch("DIVERSE_REPLICAS", true)?;
    let mut draft = Draft::new(name, file.at(line), scheme, file.at(at));
    draft.key = KeyRule::PLAIN;
    if let Some((digits, at)) = layers.value("REPLICATION_FACTOR")? {
        let copies = address::whole32(digits).filter(|copies| *copies > 0).ok_or_else(|| {
            let digits = quoted(digits);
            Fault::new(at, format!("REPLICATION_FACTOR {digits} is not a whole number from 1 up"))
        })?;
        if copies > 1 {
            let hosts = if diverse { ", no two of one host" } else { "" };
            let sentence =
                format!("each metric goes to its first {copies} candidates{hosts}, not to one");
            draft.note(file.at(at), Topic::Copies, "REPLICATION_FACTOR", sentence);
            if diverse {
                draft.scheme = draft.scheme.with("diverse", "on");
            }
        }
    }
    if layers.switch("TAG_RELAY_NORMALIZED", false)? {
        draft.key = KeyRule::opaque("the metric, its tags in order");
    }
    if layers.switch("DYNAMIC_ROUTER", false)? {
        let at = layers.get("DYNAMIC_ROUTER").map_or(line, |setting| setting.line);
        let sentence =
            "DYNAMIC_ROUTER takes a failing destination out: its metrics move while it is away";
        draft.note(file.at(at), Topic::Ejection, "DYNAMIC_ROUTER", sentence);
    }
    let (mut known, mut addresses) = (BTreeMap::new(), BTreeSet::new());
    for (offset, text) in lines_of(destinations) {
        let at = listed.saturating_add(offset);
        let server = server(text).map_err(|sentence| Fault::new(at, sentence))?;
        let hashed = (server.host().to_owned(), server.instance().map(str::to_owned));
        if let Some(first) = known.insert(hashed, at) {
            let sentence = format!(
                "destination {}: that host and instance are on line {first} already, which carbon \
                 refuses",
                quoted(text)
            );
            return Err(Fault::new(at, sentence));
        }
        // What is told apart by the instance alone is called by all of its text.
        let server = match addresses.insert(server.address().into_owned()) {
            true => server,
            false => server.with_name(text),
        };
        draft.servers.push((server, file.at(at)));
    }
    Ok(draft.into())
}

/// The parts between commas, each with the lines before it.
fn lines_of(list: &str) -> impl Iterator<Item = (u32, &str)> {
    let mut lines = 0;
    list.split(',').map(move |part| {
        let begins = part.len() - part.trim_start().len();
        let count = |text: &str| text.bytes().map(|byte| u32::from(byte == b'\n')).sum::<u32>();
        let at = lines + count(&part[..begins]);
        lines += count(part);
        (at, part.trim())
    })
}

/// `host:port`, `host:port:instance`, an IPv6 host in brackets.
fn server(text: &str) -> Result<Server, String> {
    let refuse = |why: &str| format!("destination {}: {why}", quoted(text));
    let (host, rest) = match text.strip_prefix('[') {
        Some(rest) => rest.rsplit_once("]:").ok_or_else(|| refuse("'[' has no ']:'"))?,
        None => text.split_once(':').ok_or_else(|| refuse("has no port"))?,
    };
    if host.is_empty() {
        return Err(refuse("the host is empty"));
    }
    let (port, instance) = match rest.split_once(':') {
        Some((port, instance)) => (port, Some(instance)),
        None => (rest, None),
    };
    let server = Server::new(host, address::port(port.trim()).map_err(|why| refuse(&why))?);
    match instance {
        Some("") => Err(refuse("the instance is empty")),
        Some(instance) => Ok(server.with_instance(instance)),
        None => Ok(server),
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::testing::{file, only, shown};

    const CONF: &str = "
[cache]
LINE_RECEIVER_PORT = 2003
[relay]
RELAY_METHOD = consistent-hashing
REPLICATION_FACTOR = 2
DESTINATIONS = 10.0.0.1:2004:a, 10.0.0.1:2104:b,
    [2001:db8::1]:2004
[relay:b]
relay_method = fast-hashing
ROUTER_HASH_TYPE = fnv1a_ch
DIVERSE_REPLICAS = False
[relay:c]
RELAY_METHOD = rules
[aggregator]
DESTINATIONS = 127.0.0.1:2004
REPLICATION_FACTOR = 1
";

    #[test]
    fn sections_and_their_instances() {
        assert_eq!(
            shown(read(CONF, &file())),
            [
                "relay graphite-carbon:diverse=on | 10.0.0.1:2004 10.0.0.1:2104 [2001:db8::1]:2004",
                "relay:b graphite-carbon:hash=fnv1a-ch,router=fast | 10.0.0.1:2004 10.0.0.1:2104 \
                 [2001:db8::1]:2004",
                "relay:c - does not hash: it relays by rules",
                "aggregator graphite-carbon | 127.0.0.1:2004",
            ]
        );
        // Instance a is what is started, and says more.
        let own = format!("{CONF}[relay:a]\nDIVERSE_REPLICAS = off\n");
        let found = shown(read(&own, &file()));
        assert!(
            found[0].starts_with("relay:b ") && found[3].starts_with("relay:a graphite-carbon |")
        );
    }

    #[test]
    fn instances_and_lines() {
        let text = CONF.split("[relay:b]").next().unwrap();
        let draft = only(read(text, &file()));
        let instances: Vec<_> = draft.servers.iter().map(|(server, _)| server.instance()).collect();
        assert_eq!(instances, [Some("a"), Some("b"), None]);
        let lines: Vec<u32> = draft.servers.iter().map(|(_, place)| place.line()).collect();
        assert_eq!(lines, [7, 7, 8]);
        assert!(draft.notes[0].sentence().contains("first 2 candidates, no two of one host"));
    }

    #[test]
    fn refuses_by_name() {
        let text = CONF.split("[relay:b]").next().unwrap();
        for (from, to, says) in [
            ("consistent-hashing", "hashing", "f:5: RELAY_METHOD 'hashing' is not known"),
            ("consistent-hashing", "aggregated-consistent-hashing", "f:5: aggregated-consistent"),
            ("= 2\n", "= two\n", "f:6: REPLICATION_FACTOR 'two' is not"),
            (":2104:b", ":x:b", "f:7: destination '10.0.0.1:x:b': port 'x'"),
            (":2104:b", ":2104:", "f:7: destination '10.0.0.1:2104:': the instance is empty"),
            ("10.0.0.1:2104:b", "10.0.0.1", "f:7: destination '10.0.0.1': has no port"),
            ("[2001:db8::1]:", "[2001:db8::1", "f:8: destination '[2001:db8::12004': '[' has no"),
            ("b,\n", "b,,\n", "f:7: destination '': has no port"),
            ("10.0.0.1:2004:a", "%(x)s", "f:7: DESTINATIONS: what '%' stands for"),
            ("[cache]", "[DEFAULT]", "f:2: settings of [DEFAULT]"),
            (
                ":2104:b",
                ":2104:a",
                "f:7: destination '10.0.0.1:2104:a': that host and instance are",
            ),
            ("= 2\n", "= 2\nROUTER_HASH_TYPE = md5\n", "f:7: ROUTER_HASH_TYPE 'md5' is none of"),
            (
                "= 2\n",
                "= 2\nDIVERSE_REPLICAS = maybe\n",
                "f:7: DIVERSE_REPLICAS 'maybe' is neither",
            ),
        ] {
            let found = shown(read(&text.replacen(from, to, 1), &file()));
            assert!(found[0].starts_with(&format!("! {says}")), "{to}: {found:?}");
        }
    }
}
