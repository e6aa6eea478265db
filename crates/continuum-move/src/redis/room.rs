//! Whether a machine has room for more. One that throws out keys when it is full would
//! throw out what was just moved there, of which it has the only copy.

use redis::cmd;

use super::answer::{self, Memory};
use super::fate::Fate;
use super::hands::Hands;
use super::server::Redis;
use crate::error::Error;

/// Of its memory, what is left free: for its clients, and what cannot be seen from here.
const SPARE: u64 = 32;

impl Memory {
    /// Whether it throws out keys when it is full.
    pub(crate) fn evicts(&self) -> bool {
        self.most > 0 && !matches!(&*self.policy, "" | "noeviction")
    }

    /// Bytes that it can take.
    pub(crate) fn room(&self) -> u64 {
        self.most.saturating_sub(self.used).saturating_sub(self.most / SPARE)
    }
}

impl Redis {
    /// Its memory, and how many keys it has thrown out since it started.
    fn room(&mut self) -> Result<(Memory, u64), Error> {
        let ask = |part: &str| cmd("INFO").arg(part).clone();
        let mut told = self.ask(&[ask("memory"), ask("stats")])?;
        let stats = answer::info(&self.name, told.pop().unwrap_or_default())?;
        let memory = answer::info(&self.name, told.pop().unwrap_or_default())?;
        Ok((memory.memory, stats.evicted))
    }
}

impl Hands<'_> {
    /// Takes keys of so many bytes to a machine that has room for them: see `take`.
    ///
    /// # Errors
    /// The source is lost.
    pub(super) fn take_with_room(
        &mut self,
        to: u32,
        database: u32,
        (keys, bytes): (&[Vec<u8>], u64),
    ) -> Result<Vec<Fate>, Error> {
        // Others write there too, and each of them counts what is on its way.
        let coming = self.run.coming(to, bytes);
        let fates = match self.has_room(to, database, coming) {
            Some(evicts) => self
                .take(to, database, keys)
                .map(|fates| self.watched(to, database, keys, (fates, evicts))),
            None => Ok(vec![Fate::Failed; keys.len()]),
        };
        self.run.came(to, bytes);
        fates
    }

    /// Whether the machine throws out keys when it is full; none: nothing more goes there.
    fn has_room(&mut self, to: u32, database: u32, coming: u64) -> Option<bool> {
        let (memory, evicted) = self.of_target(to, database, Redis::room)?;
        let name = &self.run.machine(to).name;
        if evicted > self.run.evicted_before(to) {
            let why = throws_out(name, &memory.policy);
            self.lose(to, &why);
            return None;
        }
        // What a key takes differs from machine to machine.
        if memory.evicts() && memory.room() < coming.saturating_add(coming / 4) {
            let why = format!(
                "{name} has no room for more ({} of {} bytes are used) and would throw out other keys \
                 (maxmemory-policy {}): nothing more goes there",
                memory.used, memory.most, memory.policy
            );
            self.lose(to, &why);
            return None;
        }
        Some(memory.evicts())
    }

    /// What became of keys, where the machine may have thrown out some of them.
    fn watched(
        &mut self,
        to: u32,
        database: u32,
        keys: &[Vec<u8>],
        (mut fates, evicts): (Vec<Fate>, bool),
    ) -> Vec<Fate> {
        if !evicts {
            return fates;
        }
        let Some((memory, evicted)) = self.of_target(to, database, Redis::room) else {
            return fates;
        };
        if evicted <= self.run.evicted_before(to) {
            return fates;
        }
        let there = self.of_target(to, database, |target| target.exist(keys)).unwrap_or_default();
        let mut gone = Vec::new();
        for ((key, fate), there) in keys.iter().zip(&mut fates).zip(there) {
            if *fate == Fate::Moved && !there {
                *fate = Fate::Failed;
                gone.push(key);
            }
        }
        let mut why = throws_out(&self.run.machine(to).name, &memory.policy);
        if let Some(first) = gone.first() {
            let (first, more) = (crate::escape::escaped(first), gone.len() - 1);
            why =
                format!("{why}; '{first}' and {more} others of the last that were moved are gone");
        }
        self.lose(to, &why);
        fates
    }
}

fn throws_out(name: &str, policy: &str) -> String {
    format!(
        "{name} throws out keys to make room (maxmemory-policy {policy}): nothing more goes there, and \
         what was moved there may be among them"
    )
}

#[cfg(test)]
mod tests {
    use super::Memory;

    #[test]
    fn room_is_what_is_left_but_for_a_part() {
        let memory = |policy: &str, most: u64| Memory {
            used: 1000,
            startup: 0,
            most,
            policy: policy.to_owned(),
        };
        assert!(memory("allkeys-lru", 9).evicts() && memory("volatile-ttl", 9).evicts());
        assert!(!memory("noeviction", 9).evicts() && !memory("allkeys-lru", 0).evicts());
        assert_eq!(memory("allkeys-lru", 3200).room(), 2100);
        assert_eq!(memory("allkeys-lru", 900).room(), 0);
    }
}
