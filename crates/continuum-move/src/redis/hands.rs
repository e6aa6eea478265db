//! Takes a batch of keys from one machine to another.
//!
//! `MIGRATE` does it at once and whole for each key; where it is refused, see `relay.rs`.

use std::collections::{BTreeMap, BTreeSet};

use redis::{Value, cmd};

use super::answer;
use super::erase::{digest, erase};
use super::fate::Fate;
use super::server::Redis;
use crate::engine::Run;
use crate::error::Error;
use crate::options::{OnConflict, Verb};

/// The machine that keys are taken from, and those that get them.
pub(super) struct Hands<'r> {
    pub(super) run: &'r Run<'r>,
    pub(super) source: Redis,
    targets: BTreeMap<u32, Redis>,
    lost: BTreeSet<u32>,
    relay: bool,
}

impl<'r> Hands<'r> {
    pub(super) fn new(run: &'r Run<'r>, source: Redis) -> Self {
        let relay = run.options.relay;
        Self { run, source, targets: BTreeMap::new(), lost: BTreeSet::new(), relay }
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
        if self.relay || self.dialled_by_others(to).is_none() {
            return self.restore(to, database, keys, false);
        }
        match self.migrate(to, database, keys, false)? {
            Migrated::Refused(why) => self.sort_out(to, database, keys, &why),
            told => Ok(self.counted(to, database, keys, &told)),
        }
    }

    /// Where the source finds a target: its address in the maps, not our way to it.
    fn dialled_by_others(&self, to: u32) -> Option<(String, u16)> {
        let machine = self.run.machine(to);
        machine.known_as.clone().filter(|_| !machine.endpoint.tls)
    }

    fn migrate(
        &mut self,
        to: u32,
        database: u32,
        keys: &[Vec<u8>],
        replace: bool,
    ) -> Result<Migrated, Error> {
        let machine = self.run.machine(to);
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
        let (there, told) = self.source.ask_with_count(&command, keys)?;
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
    ) -> Result<Vec<Fate>, Error> {
        let here = self.source.exist(keys)?;
        let Some(there) = self.of_target(to, database, |target| target.exist(keys)) else {
            // The target is lost: what is still here has not been moved.
            let fate = |here: &bool| if *here { Fate::Failed } else { Fate::Moved };
            return Ok(here.iter().map(fate).collect());
        };
        let busy = why.contains("BUSYKEY");
        if is_full(why) {
            let name = &self.run.machine(to).name;
            self.lose(to, &format!("{name} takes no more: {}", told(why)));
        } else if !busy {
            let cannot = [
                "unknown command",
                "NOPERM",
                "IOERR",
                "not allowed",
                "no address",
                "Can't connect",
            ];
            if !cannot.iter().any(|word| why.contains(word)) {
                let name = &self.run.machine(to).name;
                self.lose(to, &format!("{name} refuses keys: {}", told(why)));
            } else if !self.relay {
                self.relay = true;
                let name = &self.source.name;
                self.run.note(&format!(
                    "{name} does not MIGRATE ({}): values go through this process",
                    told(why)
                ));
            }
        }
        let copy = self.run.verb == Verb::Copy;
        let (mut fates, mut again) = (Vec::new(), Vec::new());
        for ((key, here), there) in keys.iter().zip(here).zip(there) {
            fates.push(match (here, there) {
                (true, true) => self.compare(to, database, key)?,
                (false, true) if !copy => Fate::Moved,
                (false, _) => Fate::Vanished,
                (true, false) => {
                    again.push((fates.len(), key.clone()));
                    Fate::Failed
                }
            });
        }
        if again.is_empty() || self.lost.contains(&to) {
            return Ok(fates);
        }
        let keys: Vec<Vec<u8>> = again.iter().map(|(_, key)| key.clone()).collect();
        let second = if self.relay {
            self.restore(to, database, &keys, false)?
        } else {
            // Refused twice, they stay failed: someone else writes there too, and the next
            // pass tries again.
            let told = self.migrate(to, database, &keys, false)?;
            self.counted(to, database, &keys, &told)
        };
        for ((at, _), fate) in again.into_iter().zip(second) {
            fates[at] = fate;
        }
        Ok(fates)
    }

    /// A key that is on both sides: the same, which a copy or a cut connection left, or
    /// another.
    pub(super) fn compare(&mut self, to: u32, database: u32, key: &[u8]) -> Result<Fate, Error> {
        let one = [key.to_vec()];
        let Some(here) = self.source.dump(&one)?.pop().flatten() else { return Ok(Fate::Vanished) };
        let there = self.of_target(to, database, |target| target.dump(&one));
        let Some(mut there) = there else { return Ok(Fate::Failed) };
        let same = there.pop().flatten().is_some_and(|there| there == here);
        if self.run.verb == Verb::Copy {
            return Ok(if same { Fate::Moved } else { Fate::Conflict });
        }
        if same {
            return Ok(match erase(&mut self.source, &[(key.to_vec(), digest(&here))])?.pop() {
                Some(Fate::Moved | Fate::Vanished) => Fate::Moved,
                Some(fate) => fate,
                None => Fate::Failed,
            });
        }
        match self.run.options.on_conflict {
            OnConflict::Leave => Ok(Fate::Conflict),
            OnConflict::Keep => {
                Ok(match erase(&mut self.source, &[(key.to_vec(), digest(&here))])?.pop() {
                    Some(Fate::Moved) => Fate::Yielded,
                    Some(fate) => fate,
                    None => Fate::Failed,
                })
            }
            OnConflict::Replace if self.relay || self.dialled_by_others(to).is_none() => {
                self.restore(to, database, &one, true).map(|fates| fates[0])
            }
            OnConflict::Replace => Ok(match self.migrate(to, database, &one, true)? {
                Migrated::All => Fate::Moved,
                Migrated::Some | Migrated::None => Fate::Vanished,
                Migrated::Refused(_) => Fate::Failed,
            }),
        }
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
                Some(value) if there => doomed.push((at, (key.clone(), digest(&value)))),
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

enum Migrated {
    All,
    /// Those that were still there.
    Some,
    None,
    Refused(String),
}

pub(super) fn is_full(why: &str) -> bool {
    why.contains("OOM")
}

/// What the target said, where the source only passes it on.
fn told(why: &str) -> String {
    let inner = why.split_once("replied with error: ").map_or(why, |(_, inner)| inner);
    crate::escape::escaped(inner.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{is_full, told};

    #[test]
    fn words_of_the_target() {
        let why = "ERR Target instance replied with error: OOM command not allowed when used memory > 'maxmemory'.";
        assert!(is_full(why));
        assert_eq!(told(why), "OOM command not allowed when used memory > 'maxmemory'.");
        assert_eq!(told("IOERR error or timeout"), "IOERR error or timeout");
    }
}
