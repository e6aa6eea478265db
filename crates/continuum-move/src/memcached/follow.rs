//! Takes back copies whose key clients deleted on its old owner. What is a copy, and
//! whose, `journal/base.rs` tells.

use super::server::Memcached;
use super::targets::Targets;
use super::wire::Reply;
use crate::engine::Run;
use crate::error::Error;
use crate::spool::Spooled;
use crate::tally::Tally;

/// Takes back copies whose key is gone from its old owner, or outdated there. The list is of
/// copies on `from`, each with the old owner. Returns whether it came to the end, with every
/// old owner asked.
pub(crate) fn follow(
    run: &Run<'_>,
    from: u32,
    mut list: Spooled,
    tally: &mut Tally,
) -> Result<bool, Error> {
    let mut holder = Memcached::again(run, from)?;
    let mut owners = Targets::new(run);
    let (mut held, most, mut whole) = (None, run.pace.batch(500), true);
    loop {
        let batch = run.read(list.batch(&mut held, most, u64::MAX))?;
        if batch.is_empty() {
            return Ok(whole);
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
            let Some(replies) = owners.peek(owner, &keys) else {
                whole = false;
                continue;
            };
            let missing = entries.iter().zip(replies).filter(|(_, reply)| match reply {
                Some(Reply::None) => true,
                Some(Reply::Item(item)) => item.stale,
                _ => false,
            });
            gone.extend(missing.map(|(entry, _)| (&*entry.key, entry.cas)));
        }
        let replies = holder.delete(&gone)?;
        let is_deleted = |reply: &&Option<Reply>| matches!(reply, Some(Reply::Item(_)));
        tally.withdrawn += run.count(&replies.iter().filter(is_deleted).collect::<Vec<_>>());
    }
}
