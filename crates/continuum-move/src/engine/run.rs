//! What all threads of a run share.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::error::{Error, reason};
use crate::journal::{Base, Journal, Life, Marks, Written};
use crate::options::{Options, Verb};
use crate::pace::Pace;
use crate::route::{Machine, Route};
use crate::watch::Watch;
use crate::ways::Ways;

/// Machines that are gone through at once.
const THREADS: usize = 8;

pub(crate) struct Run<'a> {
    pub(crate) route: &'a Route,
    pub(crate) verb: Verb,
    pub(crate) options: &'a Options,
    pub(crate) watch: &'a Watch,
    pub(crate) pace: Pace,
    /// Which Redis migrates to which now.
    pub(crate) ways: Ways,
    pub(crate) journal: Journal,
    /// What a copy follows.
    pub(super) base: Option<Base>,
    /// Counters of writes when the round began.
    pub(super) marks: Marks,
    /// The round goes on after a cut.
    pub(super) resumed: bool,
    /// Redis: the journal has a run before this one.
    pub(super) follows: bool,
    /// Counters of writes now.
    pub(super) now: Marks,
    /// Keys that each machine had thrown out when the run began.
    pub(super) evicted: BTreeMap<u32, u64>,
    /// Machines of which other databases are left out.
    pub(super) in_part: BTreeSet<u32>,
    /// Keys of a database that were in hand when a run was killed: what their new owner has
    /// may be of that run.
    pub(super) in_doubt: BTreeSet<(u32, Vec<u8>)>,
    /// Bytes that are on their way to each machine.
    coming: Mutex<BTreeMap<u32, u64>>,
    faults: Mutex<Vec<String>>,
    doubts: Mutex<Vec<String>>,
    notes: Mutex<Vec<String>>,
    written: Mutex<BTreeMap<u32, u64>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        route: &'a Route,
        verb: Verb,
        options: &'a Options,
        watch: &'a Watch,
    ) -> Self {
        Self {
            route,
            verb,
            options,
            watch,
            pace: Pace::new(options.keys_per_second, options.bytes_per_second),
            ways: Ways::default(),
            journal: Journal::none(),
            base: None,
            marks: Marks::new(),
            resumed: false,
            follows: false,
            now: Marks::new(),
            evicted: BTreeMap::new(),
            in_part: BTreeSet::new(),
            in_doubt: BTreeSet::new(),
            coming: Mutex::default(),
            faults: Mutex::default(),
            doubts: Mutex::default(),
            notes: Mutex::default(),
            written: Mutex::default(),
        }
    }

    pub(crate) fn machine(&self, number: u32) -> &Machine {
        // Numbers come from the route alone.
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        &self.route.machines()[at]
    }

    /// The number of the machine of that name.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        let at = self.route.machines().iter().position(|machine| machine.name == name)?;
        self.route.machines()[at].same_as.or_else(|| u32::try_from(at).ok())
    }

    /// The numbers of all machines, or of those that the old map has.
    pub(super) fn machines(&self, all: bool) -> Vec<u32> {
        let machines = (0_u32..).zip(self.route.machines());
        let machines = machines.filter(|(_, machine)| machine.same_as.is_none());
        machines.filter(|(_, machine)| all || machine.sides[0]).map(|(number, _)| number).collect()
    }

    /// What a machine said, as it may be shown: without the passwords that it was given.
    pub(crate) fn shown(&self, words: &str) -> String {
        let mut machines = self.route.machines().iter();
        match machines.find_map(|machine| machine.endpoint.hides(words)) {
            Some(hidden) => hidden.to_owned(),
            None => crate::escape::escaped(words.as_bytes()),
        }
    }

    /// Something went wrong; said once.
    pub(crate) fn fault(&self, sentence: &str) {
        say(&self.faults, sentence);
    }

    /// Something cannot be told; said once.
    pub(crate) fn doubt(&self, sentence: &str) {
        say(&self.doubts, sentence);
    }

    /// Everything that could not be told so far.
    pub(super) fn doubts(&self) -> Vec<String> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something to know; said once.
    pub(crate) fn note(&self, sentence: &str) {
        say(&self.notes, sentence);
    }

    pub(super) fn told(&self) -> (Vec<String>, Vec<String>) {
        let take = |list: &Mutex<Vec<String>>| {
            std::mem::take(&mut *list.lock().unwrap_or_else(PoisonError::into_inner))
        };
        (take(&self.faults), take(&self.notes))
    }

    /// Keys that a machine had thrown out when the run began.
    pub(crate) fn evicted_before(&self, machine: u32) -> u64 {
        self.evicted.get(&machine).copied().unwrap_or(u64::MAX)
    }

    /// Whether what the new owner has of a key may be what a killed run put there.
    pub(crate) fn is_in_doubt(&self, database: u32, key: &[u8]) -> bool {
        !self.in_doubt.is_empty() && self.in_doubt.contains(&(database, key.to_vec()))
    }

    /// So many bytes are on their way to a machine; with these, how many.
    pub(crate) fn coming(&self, to: u32, bytes: u64) -> u64 {
        let mut coming = self.coming.lock().unwrap_or_else(PoisonError::into_inner);
        let all = coming.entry(to).or_default();
        *all = all.saturating_add(bytes);
        *all
    }

    /// They are there, or not on their way any more.
    pub(crate) fn came(&self, to: u32, bytes: u64) {
        let mut coming = self.coming.lock().unwrap_or_else(PoisonError::into_inner);
        let all = coming.entry(to).or_default();
        *all = all.saturating_sub(bytes);
    }

    /// A value of ours got this number.
    pub(crate) fn wrote(&self, to: u32, cas: u64) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let last = written.entry(to).or_default();
        *last = cas.max(*last);
    }

    /// The last of these on each machine.
    pub(crate) fn written(&self) -> Written {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.iter().map(|(to, cas)| (self.machine(*to).name.clone(), *cas)).collect()
    }

    /// Whether a value on a new owner is a copy of ours, by its number there.
    pub(crate) fn is_ours(&self, to: u32, cas: u64) -> bool {
        let name = &self.machine(to).name;
        self.base.as_ref().is_some_and(|base| base.is_ours(name, cas))
    }

    /// Whether a client of the new map wrote it, after all that was written to the old owner.
    pub(crate) fn is_newer(&self, to: u32, cas: u64) -> bool {
        let name = &self.machine(to).name;
        self.options.switched && self.base.as_ref().is_some_and(|base| base.is_later(name, cas))
    }

    /// In which life a machine was when the run began.
    pub(crate) fn life(&self, machine: &str) -> Option<Life> {
        self.now.get(machine).map(|mark| mark.life)
    }

    /// Whether this is a copy, and one before it has brought some of its keys.
    pub(crate) fn is_copied(&self) -> bool {
        self.verb == Verb::Copy && self.follows
    }

    /// Whether a database is to be gone through.
    pub(crate) fn wants(&self, database: u32) -> bool {
        self.options.databases.is_empty() || self.options.databases.contains(&database)
    }

    pub(crate) fn count<T>(&self, list: &[T]) -> u64 {
        u64::try_from(list.len()).unwrap_or(u64::MAX)
    }

    /// Of files of our own.
    pub(crate) fn read<T>(&self, result: io::Result<T>) -> Result<T, Error> {
        result.map_err(|error| {
            Error::new(format!("cannot keep the list of keys: {}", reason(&error)))
        })
    }
}

fn say(list: &Mutex<Vec<String>>, sentence: &str) {
    let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
    if !list.iter().any(|said| said == sentence) {
        list.push(sentence.to_owned());
    }
}

/// Does something for each of the machines, a few at once; the results in their order.
pub(super) fn each<T: Send>(machines: &[u32], work: impl Fn(u32) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, T>> = Mutex::default();
    let some = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(machine) = machines.get(at) else { break };
            let result = work(*machine);
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(at, result);
        }
    };
    thread::scope(|scope| {
        // Where a thread cannot be made, those there are and the caller's do all of it.
        let made = |_| thread::Builder::new().spawn_scoped(scope, some).is_ok();
        if !(0..THREADS.min(machines.len())).all(made) {
            some();
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

/// All results, or all complaints in one sentence.
pub(super) fn all<T>(results: Vec<Result<T, Error>>) -> Result<Vec<T>, Error> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(result) => good.push(result),
            Err(error) => bad.push(error.to_string()),
        }
    }
    if bad.is_empty() { Ok(good) } else { Err(Error::new(bad.join("; "))) }
}
