//! Takes a batch of keys from one machine to another.
//!
//! `MIGRATE` does it at once and whole for each key; where it is refused, see `relay.rs`.

use std::collections::{BTreeMap, BTreeSet};

use redis::{Value, cmd};

use super::answer;
use super::erase::{Read, digest, erase};
use super::fate::Fate;
use super::refusal::{Migrated, Refusal, is_full};
use super::server::Redis;
use crate::engine::Run;
use crate::error::Error;
use crate::options::Verb;

/// How often keys are offered again where someone else writes to the target meanwhile.
const AGAIN: u32 = 4;

/// The machine that keys are taken from, and those that get them.
pub(super) struct Hands<'r> {
    pub(super) run: &'r Run<'r>,
    /// The number of the source.
    from: u32,
    pub(super) source: Redis,
    targets: BTreeMap<u32, Redis>,
    lost: BTreeSet<u32>,
    /// Those that are dialled at another address than the maps have, and got a key.
    pub(super) proved: BTreeSet<u32>,
    relay: bool,
    /// Which pass over the machine this is.
    pub(super) pass: u32,
    /// Keys of a database that are written while they are read: left for another run.
    changed: BTreeSet<(u32, Vec<u8>)>,
}

impl<'r> Hands<'r> {
    pub(super) fn new(run: &'r Run<'r>, from: u32, source: Redis) -> Self {
        let relay = run.options.relay;
        Self {
            run,
            from,
            source,
            targets: BTreeMap::new(),
            lost: BTreeSet::new(),
            proved: BTreeSet::new(),
            relay,
            pass: 0,
            changed: BTreeSet::new(),
        }
    }

    /// Nothing more goes there.
    pub(super) fn lose(&mut self, to: u32, why: &str) {
        self.targets.remove(&to);
        if self.lost.insert(to) {
            self.run.fault(why);
        }
    }

    fn target(&mut self, to: u32, database: u32) -> Option<&mut Redis> {
        if self.lost.contains(&to) {
            return None;
        }
        if !self.targets.contains_key(&to) {
            match Redis::open(self.run.machine(to), self.run.options.timeout) {
                Ok(server) => {
                    self.targets.insert(to, server);
                }
                Err(error) => self.lose(to, &error.to_string()),
            }
        }
        if let Some(Err(error)) = self.targets.get_mut(&to).map(|target| target.select(database)) {
            self.lose(to, &error.to_string());
        }
        self.targets.get_mut(&to)
    }

    /// Asks a target; one that is lost meanwhile is told of, once.
    pub(super) fn of_target<T>(
        &mut self,
        to: u32,
        database: u32,
        ask: impl FnOnce(&mut Redis) -> Result<T, Error>,
    ) -> Option<T> {
        match ask(self.target(to, database)?) {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.lose(to, &error.to_string());
                None
            }
        }
    }

    /// Copies or moves keys that were there a moment ago.
    ///
    /// # Errors
    /// The source is lost. A target that is lost fails its keys.
    pub(super) fn take(
        &mut self,
        to: u32,
        database: u32,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Fate>, Error> {
        // Whether it can be written to is asked first: MIGRATE would hang on it.
        if self.target(to, database).is_none() {
            return Ok(vec![Fate::Failed; keys.len()]);
        }
        let mut proved = self.prove(to, database, keys)?;
        let keys = &keys[proved.len()..];
        let fates = if keys.is_empty() {
            Vec::new()
        } else if self.run.is_copied() {
            // What a copy before this one brought is not sent once more.
            self.sort_out(to, database, keys, "BUSYKEY", AGAIN)?
        } else if self.is_relayed(to) {
            self.restore(to, database, keys, false)?
        } else {
            match self.migrate(to, database, keys, false)? {
                Migrated::Refused(why) => self.sort_out(to, database, keys, &why, AGAIN)?,
                told => self.counted(to, database, keys, &told),
            }
        };
        let changed = keys.iter().zip(&fates).filter(|(_, fate)| **fate == Fate::Changed);
        self.changed.extend(changed.map(|(key, _)| (database, key.clone())));
        proved.extend(fates);
        Ok(proved)
    }

    /// Whether a key is written by somebody under the old map, as far as was seen.
    pub(super) fn is_written(&self, database: u32, key: &[u8]) -> bool {
        !self.changed.is_empty() && self.changed.contains(&(database, key.to_vec()))
    }

    /// Whether values go there through this process.
    pub(super) fn is_relayed(&self, to: u32) -> bool {
        self.relay || self.dialled_by_others(to).is_none()
    }

    /// Where the source finds a target: its address in the maps, not our way to it.
    fn dialled_by_others(&self, to: u32) -> Option<(String, u16)> {
        let machine = self.run.machine(to);
        machine.known_as.clone().filter(|_| !machine.endpoint.tls)
    }

    pub(super) fn migrate(
        &mut self,
        to: u32,
        database: u32,
        keys: &[Vec<u8>],
        replace: bool,
    ) -> Result<Migrated, Error> {
        let run = self.run;
        let machine = run.machine(to);
        let Some((host, port)) = self.dialled_by_others(to) else {
            return Ok(Migrated::Refused("ERR no address to migrate to".to_owned()));
        };
        // Before our own patience ends.
        let patience = (self.run.options.timeout / 2).as_millis().clamp(1, 60_000);
        let mut command = cmd("MIGRATE");
        command.arg(host).arg(port).arg("").arg(database).arg(patience.to_string());
        if self.run.verb == Verb::Copy {
            command.arg("COPY");
        }
        if replace {
            command.arg("REPLACE");
        }
        match (&machine.endpoint.user, &machine.endpoint.password) {
            (Some(user), Some(password)) => {
                command.arg("AUTH2").arg(user.reveal()).arg(password.reveal());
            }
            (None, Some(password)) => {
                command.arg("AUTH").arg(password.reveal());
            }
            _ => {}
        }
        command.arg("KEYS").arg(keys);
        let way = run.ways.enter(self.from, to);
        let asked = self.source.ask_with_count(&command, keys);
        drop(way);
        let (there, told) = asked?;
        Ok(match told {
            Value::Okay if there == keys.len() => Migrated::All,
            Value::Okay => Migrated::Some,
            Value::SimpleString(word) if word == "NOKEY" => Migrated::None,
            told => {
                Migrated::Refused(answer::refusal(&told).unwrap_or_else(|| format!("{told:?}")))
            }
        })
    }

    /// What became of keys that `MIGRATE` took: it does not say of which there were none.
    fn counted(&mut self, to: u32, database: u32, keys: &[Vec<u8>], told: &Migrated) -> Vec<Fate> {
        let all = |fate: Fate| vec![fate; keys.len()];
        match told {
            Migrated::All => all(Fate::Moved),
            Migrated::None => all(Fate::Vanished),
            Migrated::Refused(_) => all(Fate::Failed),
            Migrated::Some => {
                let there = self.of_target(to, database, |target| target.exist(keys));
                let fate = |there: bool| if there { Fate::Moved } else { Fate::Vanished };
                there
                    .map_or_else(|| all(Fate::Moved), |there| there.into_iter().map(fate).collect())
            }
        }
    }

    /// Of keys of which `MIGRATE` did not take all: where each is, and what to do with it.
    fn sort_out(
        &mut self,
        to: u32,
        database: u32,
        keys: &[Vec<u8>],
        why: &str,
        again: u32,
    ) -> Result<Vec<Fate>, Error> {
        let here = self.source.exist(keys)?;
        let Some(there) = self.of_target(to, database, |target| target.exist(keys)) else {
            // The target is lost: what is still here has not been moved.
            let fate = |here: &bool| if *here { Fate::Failed } else { Fate::Moved };
            return Ok(here.iter().map(fate).collect());
        };
        match Refusal::of(why) {
            Refusal::Busy => {}
            Refusal::Target(why) => {
                let verb = if is_full(why) { "takes no more" } else { "refuses keys" };
                let name = &self.run.machine(to).name;
                self.lose(to, &format!("{name} {verb}: {}", self.run.shown(why)));
            }
            Refusal::NoMigrate if self.relay => {}
            Refusal::NoMigrate => {
                self.relay = true;
                let name = &self.source.name;
                self.run.note(&format!(
                    "{name} does not MIGRATE ({}): values go through this process",
                    self.run.shown(why)
                ));
            }
            Refusal::Source => {
                let name = &self.source.name;
                let why = self.run.shown(why);
                return Err(Error::new(format!("{name} does not give its keys away: {why}")));
            }
        }
        let copy = self.run.verb == Verb::Copy;
        let (mut fates, mut rest) = (Vec::new(), Vec::new());
        let both = keys.iter().zip(here.iter().zip(&there));
        let both = both.filter(|(_, (here, there))| **here && **there);
        let both: Vec<Vec<u8>> = both.map(|(key, _)| key.clone()).collect();
        let mut judged = self.judged(to, database, &both)?.into_iter();
        for ((key, here), there) in keys.iter().zip(here).zip(there) {
            let fate = match (here, there) {
                (true, true) => judged.next().unwrap_or(Fate::Failed),
                (false, true) if !copy => Fate::Moved,
                (false, _) => Fate::Vanished,
                (true, false) => Fate::Missing,
            };
            if fate == Fate::Missing {
                rest.push((fates.len(), key.clone()));
            }
            fates.push(fate);
        }
        if rest.is_empty() || self.lost.contains(&to) {
            return Ok(fates);
        }
        let keys: Vec<Vec<u8>> = rest.iter().map(|(_, key)| key.clone()).collect();
        let second = if self.is_relayed(to) {
            self.restore(to, database, &keys, false)?
        } else {
            // Refused again and again, they stay failed.
            match self.migrate(to, database, &keys, false)? {
                Migrated::Refused(why) if again > 0 => {
                    self.sort_out(to, database, &keys, &why, again - 1)?
                }
                told => self.counted(to, database, &keys, &told),
            }
        };
        for ((at, _), fate) in rest.into_iter().zip(second) {
            fates[at] = fate;
        }
        Ok(fates)
    }

    /// Deletes keys that their owner has too, or that nobody misses.
    pub(super) fn sweep(
        &mut self,
        owner: u32,
        database: u32,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Fate>, Error> {
        let mut fates = vec![Fate::Vanished; keys.len()];
        let values = self.source.dump(keys)?;
        let there = if self.run.options.orphans {
            vec![true; keys.len()]
        } else {
            match self.of_target(owner, database, |target| target.exist(keys)) {
                Some(there) => there,
                None => return Ok(vec![Fate::Failed; keys.len()]),
            }
        };
        let mut doomed = Vec::new();
        for (at, ((key, value), there)) in keys.iter().zip(values).zip(there).enumerate() {
            match value {
                Some(value) if there => {
                    let digest = digest(&value);
                    doomed.push((at, Read { key: key.clone(), digest, left: None }));
                }
                Some(_) => fates[at] = Fate::OnlyCopy,
                None => {}
            }
        }
        let list: Vec<_> = doomed.iter().map(|(_, key)| key.clone()).collect();
        for ((at, _), fate) in doomed.into_iter().zip(erase(&mut self.source, &list)?) {
            fates[at] = fate;
        }
        Ok(fates)
    }

    /// How many of the keys that lie here are not on the machine that had them before:
    /// deleted there since they were copied.
    pub(super) fn left_over(
        &mut self,
        old: u32,
        database: u32,
        keys: &[Vec<u8>],
    ) -> Result<u64, Error> {
        let there = self.of_target(old, database, |machine| machine.exist(keys));
        let gone = keys.iter().zip(there.unwrap_or_default()).filter(|(_, there)| !there);
        let gone: Vec<Vec<u8>> = gone.map(|(key, _)| key.clone()).collect();
        // What has ended on both is left nowhere.
        let here = self.source.exist(&gone)?;
        Ok(self.run.count(&here.iter().filter(|here| **here).collect::<Vec<_>>()))
    }

    /// Of keys that were in hand when a run was killed: those that are gone from the source.
    pub(super) fn gone(
        &mut self,
        to: Option<u32>,
        database: u32,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Fate>, Error> {
        self.source.select(database)?;
        let here = self.source.exist(keys)?;
        let there = match to {
            Some(to) => self
                .of_target(to, database, |target| target.exist(keys))
                .unwrap_or_else(|| vec![true; keys.len()]),
            None => vec![true; keys.len()],
        };
        let fate = |(here, there)| match (here, there) {
            (true, _) => Fate::Failed,
            (false, true) => Fate::Moved,
            (false, false) => Fate::Vanished,
        };
        Ok(here.into_iter().zip(there).map(fate).collect())
    }
}
