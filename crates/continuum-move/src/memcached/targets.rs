//! Machines that are asked or written to beside the one that is gone through.

use std::collections::{BTreeMap, BTreeSet};

use super::server::Memcached;
use super::wire::Reply;
use crate::engine::Run;
use crate::spool::Entry;

/// What a machine says of a key.
pub(super) enum Answer {
    Says(Reply),
    /// No command can name it.
    Unnamable,
    /// The machine does not answer, which is told.
    Lost,
}

/// The machines that get values, each opened when the first comes.
pub(super) struct Targets<'r> {
    run: &'r Run<'r>,
    open: BTreeMap<u32, Memcached>,
    /// Those that take nothing more, and were told of.
    lost: BTreeSet<u32>,
}

impl<'r> Targets<'r> {
    pub(super) fn new(run: &'r Run<'r>) -> Self {
        Self { run, open: BTreeMap::new(), lost: BTreeSet::new() }
    }

    pub(super) fn get(&mut self, to: u32) -> Option<&mut Memcached> {
        if self.lost.contains(&to) {
            return None;
        }
        if !self.open.contains_key(&to) {
            match Memcached::again(self.run, to) {
                Ok(server) => {
                    self.open.insert(to, server);
                }
                Err(error) => self.lose(to, &error.to_string()),
            }
        }
        self.open.get_mut(&to)
    }

    /// Whether a machine has keys; none where it does not answer, which is told.
    pub(super) fn peek(&mut self, on: u32, keys: &[&[u8]]) -> Option<Vec<Option<Reply>>> {
        match self.get(on)?.peek(keys) {
            Ok(replies) => Some(replies),
            Err(error) => {
                self.lose(on, &error.to_string());
                None
            }
        }
    }

    /// What the machine that each entry names says of its key, machine by machine.
    pub(super) fn answers(&mut self, batch: Vec<Entry>) -> Vec<(Entry, Answer)> {
        let mut groups: BTreeMap<u32, Vec<Entry>> = BTreeMap::new();
        batch.into_iter().for_each(|entry| groups.entry(entry.to).or_default().push(entry));
        let mut all = Vec::new();
        for (on, entries) in groups {
            let keys: Vec<&[u8]> = entries.iter().map(|entry| &*entry.key).collect();
            match self.peek(on, &keys) {
                Some(told) => {
                    let told =
                        told.into_iter().map(|told| told.map_or(Answer::Unnamable, Answer::Says));
                    all.extend(entries.into_iter().zip(told));
                }
                None => all.extend(entries.into_iter().map(|entry| (entry, Answer::Lost))),
            }
        }
        all
    }

    /// Nothing more goes there.
    pub(super) fn lose(&mut self, to: u32, why: &str) {
        self.open.remove(&to);
        if self.lost.insert(to) {
            self.run.fault(why);
        }
    }
}
