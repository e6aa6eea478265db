//! Frontends, and sections that lead on as they do: what they do to a request before a
//! backend hashes it.

use std::collections::BTreeMap;

use super::before::{self, Rule, Rules};
use super::settings::Settings;
use crate::draft::Draft;
use crate::key::Before;
use crate::limits;
use crate::note::Topic;
use crate::quote::quoted;

/// Every section that leads to a backend, by the backend's name.
#[derive(Default)]
pub(super) struct Frontends {
    all: Vec<(Box<str>, Settings)>,
    by_backend: BTreeMap<Box<str>, Vec<usize>>,
    /// Those of which a request decides where it goes.
    to_any: Vec<usize>,
}

impl Frontends {
    pub(super) fn add(&mut self, name: &str, settings: Settings) {
        let at = self.all.len();
        for backend in settings.leads_to() {
            let led = match backend {
                Some(backend) => self.by_backend.entry(backend.into()).or_default(),
                None => &mut self.to_any,
            };
            if led.last() != Some(&at) {
                led.push(at);
            }
        }
        self.all.push((name.into(), settings));
    }

    /// Whether one that leads to a backend waits for what a client sends, if any leads there.
    pub(super) fn waits(&self, backend: &str) -> Option<bool> {
        let leading = self.leading(backend);
        let waits = leading.iter().any(|at| self.all[*at].1.waits());
        (!leading.is_empty()).then_some(waits)
    }

    /// The numbers of those that lead to a backend.
    fn leading(&self, backend: &str) -> Vec<usize> {
        let named = self.by_backend.get(backend).into_iter().flatten();
        let mut leading: Vec<usize> = named.chain(&self.to_any).copied().collect();
        leading.sort();
        leading.dedup();
        leading
    }

    /// Says of a pool what is done to its requests before they are hashed, by others and
    /// by its own rules, and makes that a part of its key rule.
    pub(super) fn apply(&self, draft: &mut Draft, balance: &[String], own: &Rules) {
        let leading = self.leading(&draft.name);
        let mut texts = Vec::new();
        for at in leading.iter().take(limits::FRONTENDS) {
            let (name, settings) = &self.all[*at];
            let before: Vec<&Rule> = settings.rules.all().collect();
            let all: Vec<&Rule> = before.iter().copied().chain(own.all()).collect();
            let touching = before::touching(balance, &all);
            let is_before = |rule: &&Rule| before.iter().any(|known| std::ptr::eq(*known, *rule));
            let touching: Vec<&Rule> = touching.into_iter().filter(is_before).collect();
            if let Some(text) = before::told(&touching) {
                texts.push(format!("{text} in {}", quoted(name)));
                note(draft, &touching);
            }
        }
        if leading.len() > limits::FRONTENDS {
            texts.push(format!("what {} sections do", leading.len()));
        }
        let own: Vec<&Rule> = own.all().collect();
        let touching = before::touching(balance, &own);
        texts.extend(before::told(&touching));
        note(draft, &touching);
        if !texts.is_empty() {
            draft.after(&texts.join("; "), Before::Anything);
        }
    }
}

fn note(draft: &mut Draft, rules: &[&Rule]) {
    for rule in rules {
        if draft.notes.len() < limits::REMARKS {
            draft.note(rule.place.clone(), Topic::Override, "http-request", rule.why());
        }
    }
}
