//! Of keys that were copied before and are the same since: whether their copies are there
//! still. Before the switch those that are not are made again: a sweep has cleaned them away,
//! or their server threw them out. After it a client may have deleted them.

use super::targets::{Answer, Targets};
use super::wire::Reply;
use crate::engine::Run;
use crate::error::Error;
use crate::journal::State;
use crate::spool::{Entry, Spool, Spooled};
use crate::tally::Tally;

/// Looks for the copies of what a list names: those to be made again, and whether it came to
/// the end.
pub(crate) fn again(
    run: &Run<'_>,
    from: u32,
    mut list: Spooled,
    state: &mut State,
) -> Result<(Spool, bool), Error> {
    let mut owners = Targets::new(run);
    let (mut held, most) = (None, run.pace.batch(500));
    let mut again = run.read(Spool::new())?;
    let (failed, mut gone) = (state.pass.failed, 0);
    loop {
        let batch = run.read(list.batch(&mut held, most, u64::MAX))?;
        if batch.is_empty() {
            break;
        }
        run.pace.pass(run.count(&batch), 0, run.watch);
        if run.watch.is_stopped() {
            return Ok((again, false));
        }
        let count = run.count(&batch);
        let missing = missing(&mut owners, batch, &mut state.pass);
        if run.options.switched {
            gone += run.count(&missing);
            state.pass.found += run.count(&missing);
            state.pass.vanished += run.count(&missing);
            run.watch.done(count);
            continue;
        }
        missing.iter().try_for_each(|entry| run.read(again.push(entry)))?;
        run.watch.done(count - run.count(&missing));
    }
    if gone > 0 {
        run.note(&format!(
            "{gone} keys of {} that are the same as at the copy before are not on their new owners: deleted \
             there since the switch, or thrown out; they were left",
            run.machine(from).name
        ));
    }
    Ok((again, state.pass.failed == failed))
}

/// Those whose copy is not there; the others are counted.
fn missing(owners: &mut Targets<'_>, batch: Vec<Entry>, tally: &mut Tally) -> Vec<Entry> {
    let mut missing = Vec::new();
    for (entry, answer) in owners.answers(batch) {
        match answer {
            Answer::Says(Reply::Item(_)) => tally.in_place += 1,
            Answer::Unnamable => tally.skipped.unnamable += 1,
            Answer::Lost => tally.failed += 1,
            Answer::Says(_) => {
                missing.push(entry);
                continue;
            }
        }
        tally.found += 1;
    }
    missing
}
