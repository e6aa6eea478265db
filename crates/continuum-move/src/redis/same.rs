//! Keys that are on both sides with the same bytes and time to live, which a copy or a cut
//! connection left: told by digests, a batch at a time, before anything is read whole.

use std::time::Instant;

use redis::{Cmd, Value, cmd};

use super::answer;
use super::compare::end_together;
use super::erase::{Read, erase};
use super::fate::Fate;
use super::hands::Hands;
use super::server::Redis;
use crate::error::Error;
use crate::options::Verb;

/// The digest of a value and the milliseconds that it has left.
const DIGEST: &str = "local value = redis.call('DUMP', KEYS[1]) \
    if not value then return false end \
    return {redis.sha1hex(value), redis.call('PTTL', KEYS[1])}";

/// What a machine says of a key.
struct Seen {
    digest: String,
    left: (i64, Instant),
}

impl Redis {
    /// Of each key that is there; nothing of all of them where no script is run.
    fn seen(&mut self, keys: &[Vec<u8>]) -> Result<Vec<Option<Seen>>, Error> {
        let ask = |key: &Vec<u8>| cmd("EVAL").arg(DIGEST).arg(1).arg(key).clone();
        let at = Instant::now();
        let told = self.ask(&keys.iter().map(ask).collect::<Vec<Cmd>>())?;
        let name = &self.name;
        let seen = |told: Value| match told {
            Value::Array(mut parts) if parts.len() == 2 => {
                let left = answer::number(name, "PTTL", &parts.remove(1))?;
                let digest = answer::bytes(name, "EVAL", parts.remove(0))?.unwrap_or_default();
                let digest = String::from_utf8_lossy(&digest).into_owned();
                Ok(Some(Seen { digest, left: (left, at) }))
            }
            _ => Ok(None),
        };
        told.into_iter().map(seen).collect()
    }
}

impl Hands<'_> {
    /// What becomes of keys that are on both sides.
    pub(super) fn judged(
        &mut self,
        to: u32,
        database: u32,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Fate>, Error> {
        let same = self.same(to, database, keys)?;
        let fates = keys.iter().zip(same).map(|(key, same)| match same {
            Some(fate) => Ok(fate),
            None => self.compare(to, database, key),
        });
        fates.collect()
    }

    /// What became of those keys that are the same on both sides; none: to be compared.
    fn same(
        &mut self,
        to: u32,
        database: u32,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Option<Fate>>, Error> {
        let mut fates = vec![None; keys.len()];
        let here = self.source.seen(keys)?;
        let there = self.of_target(to, database, |target| target.seen(keys)).unwrap_or_default();
        let mut same = Vec::new();
        for (at, (here, there)) in here.into_iter().zip(there).enumerate() {
            if let (Some(here), Some(there)) = (here, there)
                && here.digest == there.digest
                && end_together(here.left, there.left)
            {
                let left = Some(here.left);
                same.push((at, Read { key: keys[at].clone(), digest: here.digest, left }));
            }
        }
        let (places, reads): (Vec<usize>, Vec<Read>) = same.into_iter().unzip();
        let told = if self.run.verb == Verb::Copy {
            vec![Fate::Moved; reads.len()]
        } else {
            erase(&mut self.source, &reads)?
        };
        for (at, fate) in places.into_iter().zip(told) {
            fates[at] = Some(if fate == Fate::Vanished { Fate::Moved } else { fate });
        }
        Ok(fates)
    }
}
