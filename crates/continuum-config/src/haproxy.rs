//! `haproxy.cfg`: the `backend` and `listen` sections whose `balance` hashes.
//!
//! `defaults` sections are followed, named ones (`from`) too. Servers get the id
//! that HAProxy gives them: their own, else the next free one at or above their
//! place, and a note where it was the place. Servers that are `disabled` stand on
//! no ring (capacity 0), nor do `backup` servers (left out), but both count as
//! places.
//!
//! What HAProxy's own surroundings decide is refused where it matters: `.if`
//! around a line that is read, and variables in one, unless the caller gives their
//! values or they are in an address that is not hashed. In a section that hashes,
//! a keyword or server parameter that is on no list is refused by name. Not
//! covered: `use_domain_only`, `hash-type … none`, `log-hash`.
//!
//! A file with a `global` or `defaults` is one that HAProxy takes by itself: without `mode`
//! it is tcp there. A file with neither is a part of a configuration: it is read as mode http
//! where what is hashed needs that, and a note says so. In tcp `balance hash` of a part of
//! a request hashes where rules of `tcp-request` wait for the request.

mod balance;
mod before;
mod frontends;
mod known;
mod proxy;
mod sample;
mod server;
mod settings;
mod turns;
mod words;

use std::collections::BTreeMap;

use crate::draft::{Count, Found};
use crate::error::Error;
use crate::limits;
use crate::note::{Note, Topic};
use crate::options::{Options, unknown_variable as unknown};
use crate::place::Place;
use crate::quote::quoted;
use crate::source::File;
use crate::spelling;
use before::Rules;
use frontends::Frontends;
use known::CLOSED_SECTIONS;
use proxy::Proxy;
use settings::Settings;

/// The section that lines belong to.
enum Section {
    None,
    Global,
    Closed,
    Defaults(Option<String>, Box<Settings>),
    Frontend(String, Box<Settings>),
    Proxy(Box<Proxy>),
}

/// A pool's place among what was found, and what it hashes after which rules.
struct Hashing {
    at: usize,
    balance: Vec<String>,
    rules: Rules,
    awaits: Option<Awaits>,
}

/// A section of mode tcp that hashes a part of a request.
struct Awaits {
    /// Whether its own rules wait for one.
    waits: bool,
    /// Whether a frontend of another file may lead to it.
    open: bool,
}

struct Reader<'a> {
    options: &'a Options,
    /// Whether HAProxy takes the file by itself.
    whole: bool,
    section: Section,
    /// The settings of the last `defaults`, and of those with a name.
    last: Settings,
    named: BTreeMap<String, Settings>,
    proxies: BTreeMap<String, Place>,
    found: Vec<Found>,
    /// Variables, those of `setenv` in `global` among them.
    environment: BTreeMap<Box<str>, Box<str>>,
    /// Lines of the `.if`s that are open.
    conditions: Vec<u32>,
    servers: Count,
    frontends: Frontends,
    hashing: Vec<Hashing>,
}

pub(crate) fn read(text: &str, file: &File, options: &Options) -> Result<Vec<Found>, Error> {
    let mut reader = Reader {
        options,
        whole: is_whole(text),
        section: Section::None,
        last: Settings::default(),
        named: BTreeMap::new(),
        proxies: BTreeMap::new(),
        found: Vec::new(),
        environment: options.environment.clone(),
        conditions: Vec::new(),
        servers: Count::default(),
        frontends: Frontends::default(),
        hashing: Vec::new(),
    };
    let mut last = 0;
    for (number, line) in (1_u32..).zip(text.lines()) {
        last = number;
        let place = file.at(number);
        reader.line(line, &place)?;
    }
    if !text.is_empty() && !text.ends_with('\n') {
        let sentence = "the last line has no end: HAProxy takes the file for truncated";
        return Err(Error::new(file.at(last), sentence));
    }
    if let Some(line) = reader.conditions.first() {
        return Err(Error::new(file.at(*line), ".if without its .endif"));
    }
    reader.close()?;
    for Hashing { at, balance, rules, awaits } in reader.hashing {
        let Some(found) = reader.found.get_mut(at) else { continue };
        let Found::Pool(draft) = found else { continue };
        reader.frontends.apply(draft, &balance, &rules);
        if let Some(Awaits { waits, open }) = awaits {
            let led = reader.frontends.waits(&draft.name).or((!open).then_some(false));
            turns::await_request(found, &balance, if waits { Some(true) } else { led });
        }
    }
    Ok(reader.found)
}

/// Whether there is a section, in whichever place, that is there once for all proxies.
fn is_whole(text: &str) -> bool {
    let sections = ["global", "defaults"];
    let first =
        |line: &'_ str| line.split_whitespace().next().is_some_and(|word| sections.contains(&word));
    text.lines().any(first)
}

impl Reader<'_> {
    fn line(&mut self, line: &str, place: &Place) -> Result<(), Error> {
        let words = match words::split(line, &self.environment) {
            Ok(words) => words,
            Err(sentence) => {
                // What stands in sections that are passed over may be anything.
                let error = Error::new(place.clone(), sentence);
                return match &mut self.section {
                    Section::Global | Section::Closed | Section::Frontend(..) => Ok(()),
                    Section::None => Err(error),
                    Section::Defaults(_, settings) => {
                        settings.doubt(error);
                        Ok(())
                    }
                    Section::Proxy(proxy) => {
                        proxy.settings.doubt(error);
                        Ok(())
                    }
                };
            }
        };
        let Some(first) = words.words.first() else { return Ok(()) };
        match first.as_str() {
            ".if" => self.conditions.push(place.line()),
            ".endif" => {
                self.conditions.pop();
            }
            directive if directive.starts_with('.') => {}
            "defaults" | "backend" | "listen" => {
                self.check_condition(place, first)?;
                self.open(&words, place)?;
            }
            "frontend" => self.open_frontend(&words)?,
            section if CLOSED_SECTIONS.contains(&section) => {
                self.close()?;
                self.section = if section == "global" { Section::Global } else { Section::Closed };
            }
            _ => return self.keyword(&words, place),
        }
        Ok(())
    }

    fn check_condition(&self, place: &Place, what: &str) -> Result<(), Error> {
        match self.conditions.last() {
            Some(line) => Err(Error::new(
                place.clone(),
                format!("{what} depends on the .if of line {line}, which only HAProxy can decide"),
            )),
            None => Ok(()),
        }
    }

    fn open(&mut self, words: &words::Words, place: &Place) -> Result<(), Error> {
        let refuse = |sentence: String| Err(Error::new(place.clone(), sentence));
        self.close()?;
        if let Some(variable) = words.unknown_but(&[]) {
            return refuse(unknown(variable));
        }
        let words: Vec<&str> = words.words.iter().map(String::as_str).collect();
        let (name, from) = match words.as_slice() {
            [_] => (None, None),
            [_, name] => (Some(*name), None),
            [_, "from", from] => (None, Some(*from)),
            [_, name, "from", from] => (Some(*name), Some(*from)),
            // HAProxy 1 took addresses here, as `bind` does.
            ["listen", name, rest @ ..] if rest.iter().any(|word| word.contains(':')) => {
                let sentence = "an address behind the name of a section, which HAProxy since 2.0 \
                                refuses";
                self.found.push(Found::Note(Note::new(
                    place.clone(),
                    Topic::Unread,
                    name,
                    sentence,
                )));
                (Some(*name), None)
            }
            [kind, _, word, ..] => return refuse(format!("{kind} takes no {}", quoted(word))),
            [] => return Ok(()),
        };
        let settings = match from {
            // A defaults section without `from` starts anew.
            None if words[0] == "defaults" => Settings::default(),
            None => self.last.clone(),
            Some(from) => match self.named.get(from) {
                Some(settings) => settings.clone(),
                None => return refuse(format!("no defaults section {} above", quoted(from))),
            },
        };
        if words[0] == "defaults" {
            self.section = Section::Defaults(name.map(str::to_owned), Box::new(settings));
            return Ok(());
        }
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return refuse(format!("{} without a name", words[0]));
        };
        if let Some(first) = self.proxies.insert(name.to_owned(), place.clone()) {
            let line = first.line();
            return refuse(format!("a second {}, first on line {line}", quoted(name)));
        }
        if self.proxies.len() > limits::POOLS {
            return refuse(format!("more than {} sections", limits::POOLS));
        }
        self.section = Section::Proxy(Box::new(Proxy::new(
            name,
            place.clone(),
            settings,
            words[0] == "listen",
        )));
        Ok(())
    }

    /// Only what a frontend does to requests is followed, whatever else is in it.
    fn open_frontend(&mut self, words: &words::Words) -> Result<(), Error> {
        self.close()?;
        let words: Vec<&str> = words.words.iter().map(String::as_str).collect();
        let name = words.get(1).copied().unwrap_or_default().to_owned();
        let settings = match *words.as_slice() {
            [_, _, "from", from] => self.named.get(from).cloned().unwrap_or_default(),
            _ => self.last.clone(),
        };
        self.section = Section::Frontend(name, Box::new(settings));
        Ok(())
    }

    fn keyword(&mut self, words: &words::Words, place: &Place) -> Result<(), Error> {
        let first = words.words[0].as_str();
        let condition = self.check_condition(place, first);
        let settings = match &mut self.section {
            // Its keywords are not known here, so a section that is not spelt
            // right would be passed over with it.
            Section::Global if first.ends_with("env") => {
                self.set_environment(words);
                return Ok(());
            }
            Section::Global | Section::Closed | Section::Frontend(..) => {
                if let Section::Frontend(_, settings) = &mut self.section {
                    settings.follow(&words.words, place);
                }
                return match spelling::meant(first, &["defaults", "backend", "listen"]) {
                    Some(meant) => Err(Error::new(
                        place.clone(),
                        format!("unknown keyword {}: is it {meant}?", quoted(first)),
                    )),
                    None => Ok(()),
                };
            }
            Section::None => {
                return Err(Error::new(
                    place.clone(),
                    format!("{} outside of a section", quoted(first)),
                ));
            }
            Section::Defaults(_, settings) => settings,
            Section::Proxy(proxy) => &mut proxy.settings,
        };
        if first == "mode" {
            let unknown =
                words.unknown_but(&[]).map(|name| Error::new(place.clone(), unknown(name)));
            settings.set_mode(&words.words, place, unknown.or(condition.err()));
            return Ok(());
        }
        if !settings::matters(first) {
            settings.other(&words.words, place);
            return Ok(());
        }
        // A server's address may turn out not to matter.
        let address: &[usize] = match first {
            "server" => &[2],
            "server-template" => &[3],
            _ => &[],
        };
        if let Some(variable) = words.unknown_but(address) {
            let error = Error::new(place.clone(), unknown(variable));
            if first == "balance" {
                settings.doubt(error)
            } else {
                settings.fault(error)
            }
            return Ok(());
        }
        if let Err(error) = condition {
            if let Section::Proxy(proxy) = &mut self.section {
                proxy.settings.doubt(error);
                return Ok(());
            }
            return Err(error);
        }
        match &mut self.section {
            Section::Defaults(_, settings) => settings.read(&words.words, place),
            Section::Proxy(proxy) => self.servers.add(proxy.read(words, place), place)?,
            Section::None | Section::Global | Section::Closed | Section::Frontend(..) => {}
        }
        Ok(())
    }

    /// `setenv`, `presetenv`, `unsetenv` and `resetenv` of `global`.
    fn set_environment(&mut self, words: &words::Words) {
        // What HAProxy alone can decide is not known below either.
        let doubtful = !self.conditions.is_empty() || words.unknown_but(&[]).is_some();
        let words: Vec<&str> = words.words.iter().map(String::as_str).collect();
        match *words.as_slice() {
            ["presetenv", name, _] if self.environment.contains_key(name) => {}
            ["setenv" | "presetenv", name, _] if doubtful => {
                self.environment.remove(name);
            }
            ["setenv" | "presetenv", name, value] => {
                self.environment.insert(name.into(), value.into());
            }
            ["unsetenv", ref names @ ..] => {
                self.environment.retain(|name, _| !names.contains(&&**name));
            }
            ["resetenv", ref names @ ..] => {
                self.environment.retain(|name, _| names.contains(&&**name));
            }
            _ => {}
        }
    }

    /// Ends the section.
    fn close(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.section, Section::None) {
            Section::None | Section::Global | Section::Closed => {}
            // What is wrong here is wrong in every section below that hashes.
            Section::Defaults(name, settings) => {
                let mut settings = *settings;
                settings.rules.lend();
                if let Some(name) = name {
                    self.named.insert(name, settings.clone());
                }
                self.last = settings;
            }
            Section::Frontend(name, settings) => self.frontends.add(&name, *settings),
            Section::Proxy(proxy) => {
                let rules = proxy.settings.rules.clone();
                let balance = proxy.settings.balance().unwrap_or_default().to_vec();
                if proxy.leads {
                    self.frontends.add(&proxy.name, proxy.settings.clone());
                }
                let open = !self.whole && !proxy.leads;
                let awaits = proxy
                    .awaits_request(self.whole)
                    .then(|| Awaits { waits: proxy.settings.waits(), open });
                let at = self.found.len();
                self.found.extend(proxy.finish(self.options, self.whole));
                if matches!(self.found.get(at), Some(Found::Pool(_))) {
                    self.hashing.push(Hashing { at, balance, rules, awaits });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod asked;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod waited;
