//! One `backend` or `listen` section, and what `defaults` lend it.

use std::collections::BTreeSet;

use super::balance::{self, Balance, HashType};
use super::before::{Rule, Rules};
use super::known::{KEYWORDS, OLD_KEYWORDS, OVERRIDES};
use super::server::{self, Kind, Line, Parameters};
use super::words::Words;
use crate::draft::{Draft, Found};
use crate::error::Error;
use crate::limits;
use crate::note::Topic;
use crate::options::Options;
use crate::place::Place;
use crate::quote::quoted;
use crate::spelling;

/// Whether a keyword is read; no variable or condition may decide it then.
pub(super) fn matters(keyword: &str) -> bool {
    matches!(
        keyword,
        "balance"
            | "hash-type"
            | "hash-balance-factor"
            | "server"
            | "server-template"
            | "default-server"
            | "disabled"
            | "enabled"
    )
}

/// A line that has requests go elsewhere than their hash says.
#[derive(Clone)]
struct Override {
    name: &'static str,
    why: &'static str,
    place: Place,
}

/// What `defaults` and a section's own lines say so far.
#[derive(Clone, Default)]
pub(super) struct Settings {
    balance: Option<(Vec<String>, Place)>,
    hash_type: Option<(Vec<String>, Place)>,
    factor: Option<(Vec<String>, Place)>,
    defaults: Parameters,
    disabled: bool,
    /// What `mode` says.
    mode: Option<String>,
    overrides: Vec<Override>,
    pub(super) rules: Rules,
    /// Where `use_backend` and `default_backend` lead; no name: where a request says.
    leads_to: Vec<Option<Box<str>>>,
    default_backend: Option<Option<Box<str>>>,
    faults: Vec<Error>,
    unknown: Vec<String>,
    /// A line that might have said how to balance could not be read.
    doubtful: bool,
}

impl Settings {
    pub(super) fn fault(&mut self, error: Error) {
        if self.faults.len() < limits::REMARKS {
            self.faults.push(error);
        }
    }

    /// A complaint about a line that might have said how to balance.
    pub(super) fn doubt(&mut self, error: Error) {
        self.doubtful = true;
        self.fault(error);
    }

    /// The complaints so far, if there are any.
    pub(super) fn check(&mut self) -> Result<(), Error> {
        Error::join(std::mem::take(&mut self.faults)).map_or(Ok(()), Err)
    }

    /// Complains if a keyword that is not known is nearly one that counts.
    fn check_spelling(&mut self) -> Result<(), Error> {
        let counts = ["balance", "hash-type", "server"];
        let misspelt = |name: &String| spelling::meant(name, &counts).is_some();
        if self.doubtful || self.unknown.iter().any(misspelt) { self.check() } else { Ok(()) }
    }

    /// A keyword that is not read: known, or refused.
    pub(super) fn other(&mut self, words: &[String], place: &Place) {
        if self.faults.len() >= limits::REMARKS {
            return;
        }
        // `no option x` and `default option x` take a setting back.
        let name = match words {
            [prefix, name, ..] if prefix == "no" || prefix == "default" => name,
            [name, ..] => name,
            [] => return,
        };
        if name == "mode" {
            self.mode = words.get(1).cloned();
        }
        self.follow(words, place);
        let known = OVERRIDES.iter().find(|(known, _)| known == name);
        if let Some((name, why)) = known {
            if self.overrides.len() < limits::REMARKS {
                self.overrides.push(Override { name, why, place: place.clone() });
            }
        } else if !KEYWORDS.contains(&name.as_str()) && !OLD_KEYWORDS.contains(&name.as_str()) {
            let sentence = format!("unknown keyword {}", quoted(name));
            self.fault(Error::new(place.clone(), sentence));
            self.unknown.push(name.clone());
        }
    }

    /// Takes down what a line does to requests before their backend has them, and where
    /// it sends them.
    pub(super) fn follow(&mut self, words: &[String], place: &Place) {
        let target = |name: &String| match name.contains(['%', '$']) {
            true => None,
            false => Some(name.as_str().into()),
        };
        match words {
            [keyword, name, ..] if keyword == "use_backend" => {
                if self.leads_to.len() < limits::POOLS {
                    self.leads_to.push(target(name));
                }
            }
            [keyword, name, ..] if keyword == "default_backend" => {
                self.default_backend = Some(target(name));
            }
            _ => {
                let Some(rule) = Rule::of(words, place) else { return };
                if !self.rules.add(rule) {
                    let sentence = format!("more than {} rules on requests", limits::RULES);
                    self.fault(Error::new(place.clone(), sentence));
                }
            }
        }
    }

    /// The backends that a frontend leads to; none: any.
    pub(super) fn leads_to(&self) -> impl Iterator<Item = Option<&str>> {
        let all = self.leads_to.iter().chain(&self.default_backend);
        all.map(|name| name.as_deref())
    }

    /// What is hashed, in words.
    pub(super) fn balance(&self) -> Option<&[String]> {
        self.balance.as_ref().map(|(words, _)| words.as_slice())
    }

    /// A keyword that is read, apart from servers.
    pub(super) fn read(&mut self, words: &[String], place: &Place) {
        let (name, rest) = words.split_first().map_or(("", &[][..]), |(n, r)| (n.as_str(), r));
        match name {
            "balance" => self.balance = Some((rest.to_vec(), place.clone())),
            "hash-type" => self.hash_type = Some((rest.to_vec(), place.clone())),
            "hash-balance-factor" => self.factor = Some((rest.to_vec(), place.clone())),
            "disabled" => self.disabled = true,
            "enabled" => self.disabled = false,
            "default-server" => {
                if let Err(sentence) = self.defaults.read(rest, Kind::Default) {
                    self.fault(Error::new(place.clone(), sentence));
                }
            }
            other => {
                let sentence = format!("{other} does not belong here");
                self.fault(Error::new(place.clone(), sentence));
            }
        }
    }
}

pub(super) struct Proxy {
    pub(super) name: String,
    place: Place,
    pub(super) settings: Settings,
    servers: Vec<(Line, Place)>,
    /// A `listen`, which may lead on as a frontend does.
    pub(super) leads: bool,
}

impl Proxy {
    pub(super) fn new(name: &str, place: Place, settings: Settings, leads: bool) -> Self {
        Self { name: name.to_owned(), place, settings, servers: Vec::new(), leads }
    }

    /// Reads a keyword; how many servers it added.
    pub(super) fn read(&mut self, words: &Words, place: &Place) -> usize {
        let rest = words.words.get(1..).unwrap_or_default();
        let defaults = &self.settings.defaults;
        let lines = match words.words.first().map(String::as_str) {
            Some("server") => {
                server::server(rest, words.is_unknown(2), defaults).map(|line| vec![line])
            }
            Some("server-template") => server::template(rest, words.is_unknown(3), defaults),
            _ => {
                self.settings.read(&words.words, place);
                return 0;
            }
        };
        match lines {
            Ok(lines) => {
                let count = lines.len();
                self.servers.extend(lines.into_iter().map(|line| (line, place.clone())));
                count
            }
            Err(sentence) => {
                self.settings.fault(Error::new(place.clone(), sentence));
                0
            }
        }
    }

    /// The pool; nothing for a `listen` or `backend` that has no servers.
    pub(super) fn finish(self, options: &Options) -> Option<Found> {
        if self.settings.disabled {
            return Some(Found::skipped(&self.name, self.place, "is disabled"));
        }
        let name = self.name.clone();
        match self.draft(options) {
            Ok(found) => found,
            Err(error) => Some(Found::Refused(name.into(), error)),
        }
    }

    fn draft(self, options: &Options) -> Result<Option<Found>, Error> {
        let Self { name, place, mut settings, servers, .. } = self;
        let Some((words, at)) = settings.balance.take() else {
            // What is not understood might have been a balance.
            settings.check_spelling()?;
            if servers.is_empty() {
                return Ok(None);
            }
            let why = "does not hash: without 'balance' HAProxy takes turns";
            return Ok(Some(Found::skipped(&name, place, why)));
        };
        let told = |place: &Place, sentence: String| Error::new(place.clone(), sentence);
        let (key, input, notes) = match balance::balance(&words) {
            Ok(Balance::Other(method)) => {
                let why = format!("does not hash a key: balance {method}");
                return Ok(Some(Found::skipped(&name, at, why)));
            }
            Ok(Balance::Hash { .. })
                if settings.mode.as_deref() == Some("tcp") && balance::needs_http(&words) =>
            {
                let why = format!(
                    "does not hash a key: balance {} needs mode http, in mode tcp HAProxy takes turns",
                    words.first().map_or("", String::as_str)
                );
                return Ok(Some(Found::skipped(&name, at, why)));
            }
            Ok(Balance::Hash { key, input, notes }) => (key, input, notes),
            Err(sentence) => return Err(told(&at, sentence)),
        };
        settings.check()?;
        let hash_type = match &settings.hash_type {
            Some((words, at)) => HashType::read(words).map_err(|s| told(at, s))?,
            None => HashType::none(),
        };
        let consistent = hash_type.consistent;
        let mut scheme = hash_type.scheme();
        for (option, value) in input {
            scheme = scheme.with(option, value);
        }
        if let Some(dialect) = options.haproxy_dialect.as_deref().filter(|_| consistent) {
            scheme = scheme.with("dialect", dialect);
        }
        let mut draft = Draft::new(&name, place, scheme, at.clone());
        draft.key = key;
        for (topic, sentence) in notes {
            draft.note(at.clone(), topic, "balance", sentence);
        }
        if let Some((words, at)) = &settings.factor {
            draft.bounded = balance::factor(words).map_err(|s| told(at, s))?.filter(|_| consistent);
        }
        for Override { name, why, place } in settings.overrides {
            draft.note(place, Topic::Override, name, why);
        }
        if settings.mode.is_none() && balance::needs_http(&words) {
            let sentence = "no 'mode' is in this file, and HAProxy's default is tcp, in which it takes \
                            turns: read as mode http";
            draft.note(at.clone(), Topic::Assumed, "mode", sentence);
        }
        if consistent && options.haproxy_dialect.is_none() {
            draft.note(
                at,
                Topic::Assumed,
                "dialect",
                "points are placed as by HAProxy up to 2.9, and by 3.x since the fix of October \
                 2025; for 3.0 to 3.2 without that fix, use --haproxy-dialect 3.0",
            );
        }
        if servers.is_empty() {
            return Ok(Some(Found::skipped(&name, draft.place, "has no servers")));
        }
        place_servers(&mut draft, servers, consistent)?;
        Ok(Some(draft.into()))
    }
}

/// Gives ids and puts the servers on the ring that belong there.
fn place_servers(
    draft: &mut Draft,
    servers: Vec<(Line, Place)>,
    consistent: bool,
) -> Result<(), Error> {
    let mut taken: BTreeSet<u32> = BTreeSet::new();
    for (line, place) in &servers {
        if let Some(id) = line.parameters.id
            && !taken.insert(id)
        {
            return Err(Error::new(place.clone(), format!("id {id} is another server's too")));
        }
    }
    let used: Vec<u32> = servers
        .iter()
        .filter(|(line, _)| !line.parameters.backup && !line.parameters.disabled)
        .map(|(line, _)| line.parameters.weight.unwrap_or(1))
        .collect();
    if used.is_empty() {
        let sentence = "every server is a backup or disabled: which of them serves is not covered";
        return Err(Error::new(draft.place.clone(), sentence));
    }
    let template = servers.iter().find(|(line, _)| line.awaits_address);
    if let Some((line, place)) = template {
        let awaiting = servers.iter().filter(|(line, _)| line.awaits_address).count();
        let sentence = format!(
            "{awaiting} of {} servers get their addresses from a resolver: one that has none yet \
             holds no points, and its keys go to the others",
            servers.len()
        );
        let name = line.server.identity().into_owned();
        draft.note(place.clone(), Topic::Assumed, &name, sentence);
    }
    let mut next = 0;
    let mut positional = 0_usize;
    let mut weights = Vec::with_capacity(servers.len());
    for (line, place) in servers {
        let Line { mut server, parameters, .. } = line;
        weights.push(parameters.weight.unwrap_or(1));
        // An id that was given takes up a place too.
        next += 1;
        let id = match parameters.id {
            Some(id) => id,
            None => {
                positional += 1;
                next = first_free(&mut taken, next);
                next
            }
        };
        server = server.with_id(id);
        let name = server.identity().into_owned();
        if parameters.backup {
            let sentence = format!("backup server {} is not on the ring, left out", quoted(&name));
            draft.note(place, Topic::LeftOut, &name, sentence);
            continue;
        }
        if parameters.disabled {
            server = server.with_capacity(0);
            let sentence =
                format!("server {} is disabled: it holds no points (capacity 0)", quoted(&name));
            draft.note(place.clone(), Topic::Down, &name, sentence);
        }
        draft.servers.push((server, place));
    }
    // The table is as long as the weights of all servers make it, those too that
    // are not in use.
    if !consistent && gcd(&weights) != gcd(&used) {
        let sentence = "a backup or disabled server's weight lengthens the table of map-based, \
                        which is not covered";
        return Err(Error::new(draft.place.clone(), sentence));
    }
    let by_address = |(server, _): &&(continuum::Server, Place)| {
        server.hash_key().is_some_and(|key| key.starts_with("addr"))
            && server.host().parse::<std::net::IpAddr>().is_ok()
    };
    let hashed = draft.servers.iter().filter(by_address).count();
    if consistent && hashed > 0 {
        let sentence = format!(
            "{hashed} of {} servers are hashed by IP address: one that comes back under another \
             address owns other keys",
            draft.servers.len()
        );
        draft.note(draft.place.clone(), Topic::Identity, "hash-key", sentence);
    }
    if consistent && positional > 0 {
        let sentence = format!(
            "{positional} of the servers have no id: their place in the list is hashed, so a \
             server put in or taken out above them moves their keys"
        );
        draft.note(draft.place.clone(), Topic::Positional, "id", sentence);
    }
    Ok(())
}

/// Takes the first id from here up that nobody has.
fn first_free(taken: &mut BTreeSet<u32>, from: u32) -> u32 {
    (from..).find(|id| taken.insert(*id)).unwrap_or(from)
}

fn gcd(weights: &[u32]) -> u32 {
    weights.iter().fold(0, |mut a, b| {
        let mut b = *b;
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    })
}
