//! A key that is on both sides: the same, which a copy or a cut connection left, or
//! another. Servers dump sets and hashes in an order of their own, and another release
//! dumps everything in another form: where the bytes differ, what is in them is compared.

use std::time::Instant;

use redis::{Cmd, Value, cmd};

use super::answer;
use super::erase::{Read, digest, erase};
use super::fate::Fate;
use super::hands::Hands;
use super::refusal::Migrated;
use super::server::Redis;
use crate::error::Error;
use crate::options::{OnConflict, Verb};

/// Milliseconds by which the ends of two copies of a key may differ: what it took to carry
/// one over.
const APART: i64 = 2_000;

/// What can be read of a value member by member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    List,
    Set,
    Sorted,
    Hash,
}

impl Kind {
    /// By the first byte of a dump. None for streams, modules and hashes whose fields
    /// expire: these are the same if their bytes are.
    fn of(dump: &[u8]) -> Option<Self> {
        Some(match dump.first()? {
            0 => Self::Text,
            1 | 10 | 14 | 18 => Self::List,
            2 | 11 | 20 => Self::Set,
            3 | 5 | 12 | 17 => Self::Sorted,
            4 | 9 | 13 | 16 => Self::Hash,
            _ => return None,
        })
    }

    fn read(self, key: &[u8]) -> Cmd {
        match self {
            Self::Text => cmd("GET").arg(key).clone(),
            Self::List => cmd("LRANGE").arg(key).arg(0).arg(-1).clone(),
            Self::Set => cmd("SMEMBERS").arg(key).clone(),
            Self::Sorted => cmd("ZRANGE").arg(key).arg(0).arg(-1).arg("WITHSCORES").clone(),
            Self::Hash => cmd("HGETALL").arg(key).clone(),
        }
    }

    /// What was read, in an order that is the same everywhere.
    fn parts(self, told: Value) -> Option<Vec<Vec<Vec<u8>>>> {
        let bytes = |value: Value| match value {
            Value::BulkString(bytes) => Some(bytes),
            _ => None,
        };
        let told = match told {
            Value::Array(told) => told,
            one => vec![one],
        };
        let told: Vec<Vec<u8>> = told.into_iter().map(bytes).collect::<Option<_>>()?;
        let size = if self == Self::Hash { 2 } else { 1 };
        let mut parts: Vec<Vec<Vec<u8>>> = told.chunks(size).map(<[_]>::to_vec).collect();
        if matches!(self, Self::Set | Self::Hash) {
            parts.sort();
        }
        Some(parts)
    }
}

/// What a server holds under a key.
struct Held {
    dump: Vec<u8>,
    /// Milliseconds that it had left, and when.
    left: (i64, Instant),
    parts: Option<Vec<Vec<Vec<u8>>>>,
}

impl Held {
    fn is_value(&self, other: &Self) -> bool {
        self.dump == other.dump || (self.parts.is_some() && self.parts == other.parts)
    }

    /// Whether it ends when the other does.
    fn ends_with(&self, other: &Self) -> bool {
        end_together(self.left, other.left)
    }

    fn read(&self, key: &[u8], ends: bool) -> Read {
        let left = ends.then_some(self.left);
        Read { key: key.to_vec(), digest: digest(&self.dump), left }
    }
}

/// Whether two keys end at the same time: what they had left, and when.
pub(super) fn end_together(one: (i64, Instant), other: (i64, Instant)) -> bool {
    let ((here, first), (there, second)) = (one, other);
    if here < 0 || there < 0 {
        return here == there;
    }
    let between = second.saturating_duration_since(first).as_millis();
    let between = i64::try_from(between).unwrap_or(i64::MAX);
    here.saturating_sub(between).abs_diff(there) <= APART.unsigned_abs()
}

impl Redis {
    /// A value at one moment; none: it is gone.
    fn held(&mut self, key: &[u8], kind: Option<Kind>) -> Result<Option<Held>, Error> {
        let mut commands = vec![cmd("DUMP").arg(key).clone(), cmd("PTTL").arg(key).clone()];
        commands.extend(kind.map(|kind| kind.read(key)));
        let at = Instant::now();
        let mut told = self.ask_together(&commands)?.into_iter();
        let mut next = || told.next().unwrap_or_default();
        let Some(dump) = answer::bytes(&self.name, "DUMP", next())? else { return Ok(None) };
        let left = answer::number(&self.name, "PTTL", &next())?;
        let parts = kind.and_then(|kind| kind.parts(next()));
        Ok(Some(Held { dump, left: (left, at), parts }))
    }
}

impl Hands<'_> {
    /// What becomes of a key that is on both sides.
    pub(super) fn compare(&mut self, to: u32, database: u32, key: &[u8]) -> Result<Fate, Error> {
        let Some(mut here) = self.source.held(key, None)? else { return Ok(Fate::Vanished) };
        let there = self.of_target(to, database, |target| target.held(key, None));
        let Some(there) = there else { return Ok(Fate::Failed) };
        let Some(mut there) = there else { return Ok(Fate::Missing) };
        if let Some(kind) = Kind::of(&here.dump)
            && here.dump != there.dump
            && Kind::of(&there.dump) == Some(kind)
        {
            let again = self.source.held(key, Some(kind))?;
            let Some(again) = again else { return Ok(Fate::Vanished) };
            here = again;
            let again = self.of_target(to, database, |target| target.held(key, Some(kind)));
            let Some(again) = again else { return Ok(Fate::Failed) };
            let Some(again) = again else { return Ok(Fate::Missing) };
            there = again;
        }
        let same = here.is_value(&there) && here.ends_with(&there);
        if self.run.verb == Verb::Copy {
            return Ok(if same { Fate::Moved } else { Fate::Conflict });
        }
        let erased = |source: &mut Redis, read: Read| Ok(erase(source, &[read])?.pop());
        if same {
            return Ok(match erased(&mut self.source, here.read(key, true))? {
                Some(Fate::Moved | Fate::Vanished) => Fate::Moved,
                Some(fate) => fate,
                None => Fate::Failed,
            });
        }
        match self.run.options.on_conflict {
            OnConflict::Leave => Ok(Fate::Conflict),
            // A pass before this one took it, of this run or an earlier one: who wrote it since
            // still follows the old map. Or a run that was killed put it there, and it has been
            // written here since.
            _ if self.pass > 0 || self.run.is_in_doubt(database, key) => Ok(Fate::Conflict),
            OnConflict::Keep => Ok(match erased(&mut self.source, here.read(key, false))? {
                Some(Fate::Moved) => Fate::Yielded,
                Some(fate) => fate,
                None => Fate::Failed,
            }),
            OnConflict::Replace => self.replace(to, database, key),
        }
    }

    fn replace(&mut self, to: u32, database: u32, key: &[u8]) -> Result<Fate, Error> {
        let one = [key.to_vec()];
        if self.is_relayed(to) {
            return self.restore(to, database, &one, true).map(|fates| fates[0]);
        }
        Ok(match self.migrate(to, database, &one, true)? {
            Migrated::All => Fate::Moved,
            Migrated::Some | Migrated::None => Fate::Vanished,
            Migrated::Refused(why) => {
                let (name, why) = (&self.source.name, self.run.shown(&why));
                self.run.fault(&format!("{name} does not replace keys of their new owner: {why}"));
                Fate::Failed
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use redis::Value;

    use super::{Held, Kind};

    fn array(parts: &[&str]) -> Value {
        let bulk = |part: &&str| Value::BulkString(part.as_bytes().to_vec());
        Value::Array(parts.iter().map(bulk).collect())
    }

    #[test]
    fn what_is_in_a_value_counts_and_not_its_order() {
        let same = |kind: Kind, one: &[&str], two: &[&str]| {
            kind.parts(array(one)).unwrap() == kind.parts(array(two)).unwrap()
        };
        assert!(same(Kind::Set, &["a", "b"], &["b", "a"]));
        assert!(!same(Kind::Set, &["a", "b"], &["a"]));
        assert!(!same(Kind::List, &["a", "b"], &["b", "a"]));
        assert!(same(Kind::Hash, &["a", "1", "b", "2"], &["b", "2", "a", "1"]));
        assert!(!same(Kind::Hash, &["a", "1", "b", "2"], &["a", "2", "b", "1"]));
        assert!(!same(Kind::Sorted, &["a", "1", "b", "2"], &["b", "2", "a", "1"]));
        assert_eq!(Kind::Set.parts(Value::Array(vec![Value::Nil])), None);
        assert_eq!([Kind::of(b"\x15"), Kind::of(b"\x18"), Kind::of(b"")], [None; 3]);
    }

    #[test]
    fn the_time_that_is_left_counts() {
        let at = Instant::now();
        let held = |left: i64, after: u64| {
            let left = (left, at + Duration::from_millis(after));
            Held { dump: Vec::new(), left, parts: None }
        };
        assert!(held(-1, 0).ends_with(&held(-1, 9)));
        assert!(!held(-1, 0).ends_with(&held(1, 0)) && !held(1, 0).ends_with(&held(-1, 0)));
        assert!(held(60_000, 0).ends_with(&held(61_900, 0)));
        assert!(!held(60_000, 0).ends_with(&held(62_100, 0)));
        // The second was asked five seconds later.
        assert!(held(60_000, 0).ends_with(&held(55_000, 5_000)));
        assert!(!held(60_000, 0).ends_with(&held(60_000, 5_000)));
    }
}
