//! Machines that are asked or written to beside the one that is gone through.

use std::collections::{BTreeMap, BTreeSet};

use super::server::Memcached;
use super::wire::Reply;
use crate::engine::Run;

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

    /// Nothing more goes there.
    pub(super) fn lose(&mut self, to: u32, why: &str) {
        self.open.remove(&to);
        if self.lost.insert(to) {
            self.run.fault(why);
        }
    }
}
