//! What `defaults` and a section's own lines say, apart from servers.

use super::before::{Rule, Rules};
use super::known::{KEYWORDS, MODES, OLD_KEYWORDS, OVERRIDES};
use super::server::{Kind, Parameters};
use crate::error::Error;
use crate::limits;
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
pub(super) struct Override {
    pub(super) name: &'static str,
    pub(super) why: &'static str,
    pub(super) place: Place,
}

/// What `defaults` and a section's own lines say so far.
#[derive(Clone, Default)]
pub(super) struct Settings {
    pub(super) balance: Option<(Vec<String>, Place)>,
    pub(super) hash_type: Option<(Vec<String>, Place)>,
    pub(super) factor: Option<(Vec<String>, Place)>,
    pub(super) defaults: Parameters,
    pub(super) disabled: bool,
    /// What `mode` says, or why nobody can tell.
    pub(super) mode: Option<Result<String, Error>>,
    pub(super) overrides: Vec<Override>,
    pub(super) rules: Rules,
    /// Where `use_backend` and `default_backend` lead; no name: where a request says.
    leads_to: Vec<Option<Box<str>>>,
    default_backend: Option<Option<Box<str>>>,
    /// Whether there is a time to wait for requests, and a rule that may wait for one.
    delays: bool,
    inspects: bool,
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
    pub(super) fn check_spelling(&mut self) -> Result<(), Error> {
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
                if let [keyword, kind, ..] = words
                    && keyword == "tcp-request"
                {
                    self.delays |= kind == "inspect-delay";
                    self.inspects |= kind == "content";
                }
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

    /// Whether rules of `tcp-request` wait for what a client sends.
    pub(super) fn waits(&self) -> bool {
        self.delays && self.inspects
    }

    /// What `mode` says, unless something that only HAProxy knows decides it.
    pub(super) fn set_mode(&mut self, words: &[String], place: &Place, doubt: Option<Error>) {
        let refuse = |sentence: String| Err(Error::new(place.clone(), sentence));
        self.mode = Some(match (doubt, words.get(1)) {
            (Some(error), _) => Err(error),
            (None, Some(mode)) if MODES.contains(&mode.as_str()) => Ok(mode.clone()),
            (None, Some(mode)) => {
                refuse(format!("mode {} is none of {}", quoted(mode), MODES.join(", ")))
            }
            (None, None) => refuse("mode without a name".to_owned()),
        });
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
