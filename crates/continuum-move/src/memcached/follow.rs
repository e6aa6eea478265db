//! Takes back copies whose key clients deleted on its old owner. What is a copy, and
//! whose, `journal/base.rs` tells.

use super::server::Memcached;
use super::targets::{Answer, Targets};
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
        let told = owners.answers(batch);
        // An owner that does not answer has not said that a key is gone.
        whole &= !told.iter().any(|(_, answer)| matches!(answer, Answer::Lost));
        let gone = told.iter().filter(|(_, answer)| match answer {
            Answer::Says(Reply::None) => true,
            Answer::Says(Reply::Item(item)) => item.stale,
            _ => false,
        });
        let gone: Vec<(&[u8], u64)> = gone.map(|(entry, _)| (&*entry.key, entry.cas)).collect();
        let replies = holder.delete(&gone)?;
        let is_deleted = |reply: &&Option<Reply>| matches!(reply, Some(Reply::Item(_)));
        tally.withdrawn += run.count(&replies.iter().filter(is_deleted).collect::<Vec<_>>());
    }
}
