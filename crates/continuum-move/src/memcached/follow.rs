//! What clients did on the old owners while and after values were copied.
//!
//! Every write to a memcached takes the next number of one counter. So a key whose
//! number is above the counter at the start of the last copy was written since, and is
//! copied again. What lies on a new owner with a number between our first write there
//! and our last is a copy of ours, which may be replaced, or taken back if its key was
//! deleted on the old owner; anything above was written by a client of the new map,
//! and stays.

use super::copy::Targets;
use super::server::Memcached;
use super::wire::Reply;
use crate::engine::Run;
use crate::error::Error;
use crate::journal::Base;
use crate::spool::Spooled;
use crate::tally::Tally;

/// What a dumped key is to a copy that follows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Following {
    /// Written since: copy it again.
    Changed,
    /// Copied before, and the same since.
    Same,
}

impl Base {
    /// What a key that moves is, by its number on the machine that it leaves.
    pub(crate) fn leaving(&self, machine: &str, cas: u64) -> Following {
        let began = self.began.get(machine).copied().unwrap_or(0);
        if cas > began { Following::Changed } else { Following::Same }
    }

    /// Whether what lies on a machine is a copy of ours, by its number there.
    pub(crate) fn is_ours(&self, machine: &str, cas: u64) -> bool {
        let at = |marks: &crate::journal::Marks| marks.get(machine).copied();
        match (at(&self.first), at(&self.last)) {
            (Some(first), Some(last)) => first < cas && cas <= last,
            _ => false,
        }
    }

    /// Whether it was written by somebody else after our last write.
    pub(crate) fn is_later(&self, machine: &str, cas: u64) -> bool {
        self.last.get(machine).is_some_and(|last| cas > *last)
    }
}

/// Takes back copies whose key is gone from its old owner. The list is of copies on
/// `from`, each with the old owner.
pub(crate) fn follow(
    run: &Run<'_>,
    from: u32,
    mut list: Spooled,
    tally: &mut Tally,
) -> Result<bool, Error> {
    let mut holder = Memcached::open(run.machine(from), run.options.timeout)?;
    let mut owners = Targets::new(run);
    let (mut held, most) = (None, run.pace.batch(500));
    loop {
        let batch = run.read(list.batch(&mut held, most, u64::MAX))?;
        if batch.is_empty() {
            return Ok(true);
        }
        run.pace.pass(run.count(&batch), 0, run.watch);
        if run.watch.is_stopped() {
            return Ok(false);
        }
        let mut gone = Vec::new();
        let mut groups: std::collections::BTreeMap<u32, Vec<_>> = Default::default();
        batch.iter().for_each(|entry| groups.entry(entry.to).or_default().push(entry));
        for (owner, entries) in groups {
            let keys: Vec<&[u8]> = entries.iter().map(|entry| &*entry.key).collect();
            // An owner that does not answer has not said that a key is gone.
            let Some(server) = owners.get(owner) else { continue };
            match server.peek(&keys) {
                Ok(replies) => gone.extend(
                    entries
                        .iter()
                        .zip(replies)
                        .filter(|(_, reply)| *reply == Some(Reply::None))
                        .map(|(entry, _)| (&*entry.key, entry.cas)),
                ),
                Err(error) => owners.lose(owner, &error.to_string()),
            }
        }
        let replies = holder.delete(&gone)?;
        let is_deleted = |reply: &&Option<Reply>| matches!(reply, Some(Reply::Item(_)));
        tally.withdrawn += run.count(&replies.iter().filter(is_deleted).collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use super::Following;
    use crate::journal::Base;

    #[test]
    fn numbers_tell_who_wrote() {
        let at = |cas: u64| [("a".to_owned(), cas)].into();
        let base = Base { began: at(100), first: at(50), last: at(200) };
        assert_eq!(base.leaving("a", 100), Following::Same);
        assert_eq!(base.leaving("a", 101), Following::Changed);
        // Of a machine that is not known, everything may have changed and nothing is ours.
        assert_eq!(base.leaving("b", 1), Following::Changed);
        assert!(!base.is_ours("b", 60) && !base.is_later("b", 60));
        for (cas, ours, later) in
            [(50, false, false), (51, true, false), (200, true, false), (201, false, true)]
        {
            assert_eq!((base.is_ours("a", cas), base.is_later("a", cas)), (ours, later), "{cas}");
        }
    }
}
