//! What an earlier run over memcacheds left to this one, by its journal.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::SystemTime;

use super::run::Run;
use crate::error::Error;
use crate::journal::{Base, Batch, Found, Head, Journal, Marks, State, emptied};
use crate::memcached::{adopt, doubtful, settle};
use crate::options::Verb;

/// What is known of machines.
pub(super) type States = BTreeMap<String, State>;

/// Opens the journal.
///
/// # Errors
/// It is another run's, or cannot be used.
pub(super) fn open(run: &mut Run<'_>, path: &Path) -> Result<Found, Error> {
    let head = Head::new(run.verb.name(), run.route, run.options);
    let (journal, found) = Journal::open(path, &head, run.options.switched)?;
    run.journal = journal;
    Ok(found)
}

/// The copy after the switch was done before: whoever asks for it again is told so.
pub(super) fn already(run: &Run<'_>, doubts: &[String], at: u64) {
    doubts.iter().for_each(|doubt| run.doubt(doubt));
    let ago = now().saturating_sub(at);
    let ago = match ago {
        0..120 => format!("{ago} seconds"),
        120..7200 => format!("{} minutes", ago / 60),
        7200..172_800 => format!("{} hours", ago / 3600),
        _ => format!("{} days", ago / 86_400),
    };
    run.note(&format!(
        "the copy after the switch was done already, {ago} ago, and nothing is written now: another \
         change needs another file with --journal"
    ));
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Takes over what was found, by the counters of this moment; the states of machines
/// that need not be gone through anew.
pub(super) fn take(run: &mut Run<'_>, found: Found) -> Result<States, Error> {
    let Found { mut states, open, resumed, marks, base, baseless, doubts, .. } = found;
    doubts.iter().for_each(|doubt| run.doubt(doubt));
    let gone = emptied(&marks, &run.now);
    run.base = base;
    if run.verb == Verb::Copy {
        cut(run, &open, resumed, &gone, &mut states)?;
    } else {
        for (name, batch) in &open {
            if let Some(number) = run.number(name) {
                let state = states.entry(name.clone()).or_default();
                settle(run, number, batch, state)?;
                run.journal.state(name, state)?;
            }
        }
    }
    // What a machine got before it was restarted or emptied is not there any more.
    run.resumed = resumed && gone.is_empty();
    run.marks = if run.resumed { marks } else { Marks::new() };
    if let Some(mut base) = run.base.take() {
        forget(run, &mut base);
        run.base = Some(base);
    }
    if baseless {
        unfollowed(run);
    }
    if !run.resumed {
        states.clear();
    }
    for (name, cas) in states.values().flat_map(|state| &state.wrote) {
        if let Some(number) = run.number(name) {
            run.wrote(number, *cas);
        }
    }
    Ok(states)
}

/// The copy before cannot be followed.
pub(super) fn unfollowed(run: &Run<'_>) {
    if run.options.switched {
        run.doubt(
            "new owners held keys of this change when the copy before began: copies whose key was \
             deleted since then cannot be told, and were left",
        );
    }
}

/// Of keys that were being copied when a run was killed: before the switch what is there
/// is ours, after it nobody knows.
fn cut(
    run: &mut Run<'_>,
    open: &BTreeMap<String, Batch>,
    resumed: bool,
    gone: &BTreeSet<String>,
    states: &mut States,
) -> Result<(), Error> {
    let Some(mut base) = run.base.take() else { return Ok(()) };
    for (name, batch) in open {
        if !run.options.switched {
            adopt(run, &mut base, batch, gone)?;
            let state = states.entry(name.clone()).or_default();
            state.wrote.clone_from(&base.last);
            run.journal.state(name, state)?;
        } else if !resumed && let Some(number) = run.number(name) {
            doubtful(run, &base, number, batch, gone)?;
        }
    }
    run.base = Some(base);
    Ok(())
}

/// Forgets what is known of machines that were restarted, and says what follows.
fn forget(run: &Run<'_>, base: &mut Base) {
    let got: BTreeSet<String> = base.received().map(str::to_owned).collect();
    let forgotten = base.forget(&run.now);
    let has = |name: &str, side: usize| {
        run.number(name).is_some_and(|number| run.machine(number).sides[side])
    };
    for name in base.lost.iter().filter(|name| has(name, 0)) {
        run.doubt(&format!(
            "{name} was restarted between the copies, and does not have the keys of before: copies of \
             them were kept, also of those that a client may have deleted"
        ));
    }
    for name in forgotten.intersection(&got).filter(|name| has(name, 1)) {
        if run.options.switched {
            run.doubt(&format!(
                "{name} was restarted or emptied after the copy before, which was lost there: its keys were copied \
                 anew as their old owners have them, also those that a client may have changed or \
                 deleted there between the switch and that"
            ));
        } else {
            run.note(&format!(
                "{name} was restarted or emptied after the copy before, which was lost there: its keys are copied \
                 anew"
            ));
        }
    }
}
