//! One `backend` or `listen` section, and what `defaults` lend it.

use std::collections::BTreeSet;

use super::balance::{self, Balance, HashType, Needs};
use super::server::{self, Line};
use super::settings::{Override, Settings};
use super::turns;
use super::words::Words;
use crate::draft::{Draft, Found};
use crate::error::Error;
use crate::note::Topic;
use crate::options::Options;
use crate::place::Place;
use crate::quote::quoted;

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
    ///
    /// `whole`: the file is one that HAProxy takes by itself, so that a mode which it does
    /// not give is HAProxy's own.
    pub(super) fn finish(self, options: &Options, whole: bool) -> Option<Found> {
        if self.settings.disabled {
            return Some(Found::skipped(&self.name, self.place, "is disabled"));
        }
        let name = self.name.clone();
        match self.draft(options, whole) {
            Ok(found) => found,
            Err(error) => Some(Found::Refused(name.into(), error)),
        }
    }

    /// Whether it hashes, in mode tcp, what a client may not have sent yet.
    pub(super) fn awaits_request(&self, whole: bool) -> bool {
        let needs = balance::needs(self.settings.balance().unwrap_or_default());
        let tcp = match &self.settings.mode {
            // A part of a configuration is read in the mode that hashes.
            None => whole || needs == Needs::Cookie,
            Some(mode) => mode.as_deref() == Ok("tcp"),
        };
        tcp && matches!(needs, Needs::Request | Needs::Cookie)
    }

    fn draft(self, options: &Options, whole: bool) -> Result<Option<Found>, Error> {
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
            Ok(Balance::Hash { key, input, notes }) => (key, input, notes),
            Err(sentence) => return Err(told(&at, sentence)),
        };
        let needs = balance::needs(&words);
        if needs == Needs::Bytes {
            return Ok(Some(Found::skipped(&name, at, turns::without_bytes(&words))));
        }
        let mode = settings.mode.take().filter(|_| needs != Needs::Nothing).transpose()?;
        if mode.is_none() {
            // What is not understood might have been the mode.
            settings.check()?;
        }
        if let Some(why) = turns::without_mode(&words, needs, mode.as_deref(), whole) {
            return Ok(Some(Found::skipped(&name, at, why)));
        }
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
        for (line, name, most) in
            [(&settings.hash_type, "hash-type", 3), (&settings.factor, "hash-balance-factor", 1)]
        {
            let over = line.as_ref().and_then(|(words, at)| {
                Some((at, balance::passed_over(name, words.get(most..)?)?))
            });
            if let Some((at, (topic, sentence))) = over {
                draft.note(at.clone(), topic, name, sentence);
            }
        }
        for Override { name, why, place } in settings.overrides {
            draft.note(place, Topic::Override, name, why);
        }
        if mode.is_none() && !whole && matches!(needs, Needs::Http | Needs::Request) {
            let sentence = "no 'mode' is in this file, which holds a part of a configuration: read as \
                            mode http; in tcp, HAProxy's default, it takes turns";
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
    let is_used = |line: &&Line| !line.parameters.backup && !line.parameters.disabled;
    let has_weight = |line: &Line| line.parameters.weight != Some(0);
    let lines = || servers.iter().map(|(line, _)| line);
    if !lines().any(|line| is_used(&line)) {
        let sentence = "every server is a backup or disabled: which of them serves is not covered";
        return Err(Error::new(draft.place.clone(), sentence));
    }
    // Backups serve then. Else none of them does, and what they and disabled servers weigh
    // changes no owner, not even in a table: HAProxy divides the weights by what divides
    // all of them, so that its table may be ours several times over, one behind the other.
    if !lines().filter(is_used).any(has_weight) && lines().any(|line| line.parameters.backup) {
        let sentence = "every server is a backup, disabled or of weight 0: which of them serves is \
                        not covered";
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
    for (line, place) in servers {
        let Line { mut server, parameters, .. } = line;
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
