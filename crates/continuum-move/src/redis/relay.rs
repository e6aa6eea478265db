//! Values through this process, where `MIGRATE` is refused (managed services, TLS, a Unix
//! socket, machines that do not reach each other): `DUMP` and `PTTL` in one transaction,
//! `RESTORE`, and then the source is deleted, but only if it is what was read.

use std::time::Instant;

use redis::{Cmd, Value, cmd};

use super::answer;
use super::erase::{digest, erase};
use super::fate::Fate;
use super::hands::{Hands, is_full};
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
        let mut commands: Vec<Cmd> = vec![cmd("MULTI")];
        for key in keys {
            commands.push(cmd("DUMP").arg(key).clone());
            commands.push(cmd("PTTL").arg(key).clone());
        }
        commands.push(cmd("EXEC"));
        let name = self.source.name.clone();
        let read = Instant::now();
        let told = self.source.ask(&commands)?.pop().unwrap_or_default();
        let Value::Array(told) = told else {
            let why = answer::refusal(&told).unwrap_or_else(|| "no values".to_owned());
            return Err(Error::new(format!("{name} does not give its values: {why}")));
        };
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
                let left = if left < 0 { 0 } else { left.max(1) };
                values.push((at, key, value, left));
            }
        }
        // What reading took is not added to a key's life.
        let late = i64::try_from(read.elapsed().as_millis()).unwrap_or(i64::MAX);
        let put = |(_, key, value, left): &(usize, &Vec<u8>, Vec<u8>, i64)| {
            let mut command = cmd("RESTORE");
            let left = if *left > 0 { (*left - late).max(1) } else { 0 };
            command.arg(*key).arg(left).arg(value);
            if replace {
                command.arg("REPLACE");
            }
            command
        };
        let commands: Vec<Cmd> = values.iter().map(put).collect();
        let told = self.of_target(to, database, |target| target.ask(&commands));
        let Some(told) = told else {
            values.iter().for_each(|(at, ..)| fates[*at] = Fate::Failed);
            return Ok(fates);
        };
        let (mut taken, mut busy) = (Vec::new(), Vec::new());
        for ((at, key, value, _), told) in values.iter().zip(told) {
            match answer::refusal(&told) {
                None => taken.push((*at, ((*key).clone(), digest(value)))),
                Some(why) if why.contains("BUSYKEY") => busy.push((*at, (*key).clone())),
                Some(why) => {
                    fates[*at] = Fate::Failed;
                    let name = &self.run.machine(to).name;
                    let verb = if is_full(&why) { "takes no more" } else { "refuses keys" };
                    let why = format!("{name} {verb}: {why}");
                    self.lose(to, &why);
                }
            }
        }
        if self.run.verb == Verb::Copy {
            taken.iter().for_each(|(at, _)| fates[*at] = Fate::Moved);
        } else {
            let keys: Vec<_> = taken.iter().map(|(_, key)| key.clone()).collect();
            for ((at, _), fate) in taken.iter().zip(erase(&mut self.source, &keys)?) {
                fates[*at] = fate;
            }
        }
        // Written between reading and deleting: what was put there is too old to stay.
        let changed = taken.into_iter().filter(|(at, _)| fates[*at] == Fate::Changed);
        let changed: Vec<_> = changed.map(|(_, key)| key).collect();
        if !changed.is_empty() {
            self.of_target(to, database, |target| erase(target, &changed));
        }
        for (at, key) in busy {
            fates[at] = self.compare(to, database, &key)?;
        }
        Ok(fates)
    }
}
