//! Values through this process, where `MIGRATE` is refused (managed services, TLS, a Unix
//! socket, machines that do not reach each other): `DUMP` and `PTTL` in one transaction,
//! `RESTORE`, and then the source is deleted, but only if it is what was read. If it is
//! not, or is gone, what was put there is taken back, unless somebody has written to that
//! meanwhile.

use std::time::Instant;

use redis::{Cmd, cmd};

use super::answer;
use super::erase::{Read, digest, digest_told, erase, put};
use super::fate::Fate;
use super::hands::Hands;
use super::refusal::is_full;
use crate::error::Error;
use crate::options::Verb;

impl Hands<'_> {
    /// Carries keys over; those that are on the other side already stay there, unless
    /// they are to be replaced.
    pub(super) fn restore(
        &mut self,
        to: u32,
        database: u32,
        keys: &[Vec<u8>],
        replace: bool,
    ) -> Result<Vec<Fate>, Error> {
        let mut commands: Vec<Cmd> = Vec::new();
        for key in keys {
            commands.push(cmd("DUMP").arg(key).clone());
            commands.push(cmd("PTTL").arg(key).clone());
        }
        let name = self.source.name.clone();
        let read = Instant::now();
        let told = self.source.ask_together(&commands)?;
        if told.len() != 2 * keys.len() {
            return Err(Error::new(format!("{name} gives other values than were asked for")));
        }
        let mut fates = vec![Fate::Vanished; keys.len()];
        let (mut values, mut told) = (Vec::new(), told.into_iter());
        for (at, key) in keys.iter().enumerate() {
            let value = answer::bytes(&name, "DUMP", told.next().unwrap_or_default())?;
            let left = answer::number(&name, "PTTL", &told.next().unwrap_or_default())?;
            // -2: gone; -1: for ever, which RESTORE calls 0.
            if let Some(value) = value.filter(|_| left != -2) {
                values.push((at, key, value, left));
            }
        }
        // What reading took is not added to a key's life.
        let late = i64::try_from(read.elapsed().as_millis()).unwrap_or(i64::MAX);
        let leaves = self.run.verb != Verb::Copy;
        let ask = |(_, key, value, left): &(usize, &Vec<u8>, Vec<u8>, i64)| {
            let left = if *left < 0 { 0 } else { (*left - late).max(1) };
            if leaves {
                return put(key, left, value, replace);
            }
            cmd("RESTORE").arg(*key).arg(left).arg(value).clone()
        };
        let commands: Vec<Cmd> = values.iter().map(ask).collect();
        let told = self.of_target(to, database, |target| target.ask(&commands));
        let Some(told) = told else {
            values.iter().for_each(|(at, ..)| fates[*at] = Fate::Failed);
            return Ok(fates);
        };
        let (mut taken, mut busy) = (Vec::new(), Vec::new());
        for ((at, key, value, left), told) in values.into_iter().zip(told) {
            match answer::refusal(&told) {
                None if leaves => {
                    let digest = digest(&value);
                    let source = Read { key: key.clone(), digest, left: Some((left, read)) };
                    let there = digest_told(&self.run.machine(to).name, told)?;
                    let target = Read { key: key.clone(), digest: there, left: None };
                    taken.push((at, source, target));
                }
                None => fates[at] = Fate::Moved,
                Some(why) if why.contains("BUSYKEY") => busy.push((at, key.clone())),
                Some(why) => {
                    fates[at] = Fate::Failed;
                    let name = &self.run.machine(to).name;
                    let verb = if is_full(&why) { "takes no more" } else { "refuses keys" };
                    let why = format!("{name} {verb}: {why}");
                    self.lose(to, &why);
                }
            }
        }
        let sources: Vec<Read> = taken.iter().map(|(_, source, _)| source.clone()).collect();
        let erased = erase(&mut self.source, &sources)?;
        for ((at, ..), fate) in taken.iter().zip(erased) {
            fates[*at] = fate;
        }
        // Written or deleted between reading and deleting: what was put there is too old to stay.
        let old = [Fate::Changed, Fate::Vanished];
        let changed = taken.into_iter().filter(|(at, ..)| old.contains(&fates[*at]));
        let (places, targets): (Vec<usize>, Vec<Read>) =
            changed.map(|(at, _, target)| (at, target)).unzip();
        if !targets.is_empty() {
            let back = self.of_target(to, database, |target| erase(target, &targets));
            let back = back.unwrap_or_else(|| vec![Fate::Failed; places.len()]);
            for (at, fate) in places.into_iter().zip(back) {
                fates[at] = match fate {
                    // Gone here: whatever is there now, somebody else wrote.
                    _ if fates[at] == Fate::Vanished && fate != Fate::Failed => Fate::Vanished,
                    Fate::Moved | Fate::Vanished => Fate::Changed,
                    // Written on both sides, or not to be taken back: it is on both.
                    Fate::Failed => Fate::Failed,
                    _ => Fate::Conflict,
                };
            }
        }
        let (places, keys): (Vec<usize>, Vec<Vec<u8>>) = busy.into_iter().unzip();
        for (at, fate) in places.into_iter().zip(self.judged(to, database, &keys)?) {
            fates[at] = fate;
        }
        Ok(fates)
    }
}
