//! Takes back copies whose key clients deleted on its old owner. What is a copy, and
//! whose, `journal/base.rs` tells.

use super::copy::Targets;
use super::server::Memcached;
use super::wire::Reply;
use crate::engine::Run;
use crate::error::Error;
use crate::spool::Spooled;
use crate::tally::Tally;

/// Takes back copies whose key is gone from its old owner. The list is of copies on
/// `from`, each with the old owner.
pub(crate) fn follow(
    run: &Run<'_>,
    from: u32,
    mut list: Spooled,
    tally: &mut Tally,
) -> Result<bool, Error> {
    let mut holder = Memcached::again(run, from)?;
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
            let Some(replies) = owners.peek(owner, &keys) else { continue };
            let missing = entries.iter().zip(replies);
            let missing = missing.filter(|(_, reply)| *reply == Some(Reply::None));
            gone.extend(missing.map(|(entry, _)| (&*entry.key, entry.cas)));
        }
        let replies = holder.delete(&gone)?;
        let is_deleted = |reply: &&Option<Reply>| matches!(reply, Some(Reply::Item(_)));
        tally.withdrawn += run.count(&replies.iter().filter(is_deleted).collect::<Vec<_>>());
    }
}
