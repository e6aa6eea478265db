//! What a memcached holds, in lists on disk: a dump is read at once, however slowly what it
//! names is then copied.

use super::run::Run;
use crate::error::Error;
use crate::journal::{Following, State};
use crate::memcached::{Dumped, Memcached};
use crate::options::Verb;
use crate::route::Lies;
use crate::spool::{Entry, Spool};

/// What a machine holds, in lists.
pub(super) struct Lists {
    pub(super) state: State,
    /// What is to be copied or deleted.
    pub(super) todo: Spool,
    /// What was copied before, and is the same since: its copy may be gone.
    pub(super) same: Spool,
    /// Copies of ours, each with its old owner.
    pub(super) copies: Spool,
    /// Keys that somebody else put where the new map puts them, since the last round.
    pub(super) later: bool,
    pub(super) whole: bool,
}

impl Lists {
    /// What the base said of copies does not hold.
    pub(super) fn forget(&mut self) -> std::io::Result<()> {
        self.later = false;
        self.copies = Spool::new()?;
        Ok(())
    }
}

/// Lists what a machine holds.
pub(super) fn dump(run: &Run<'_>, on: u32, state: State) -> Result<Lists, Error> {
    let mut lists = Lists {
        state,
        todo: run.read(Spool::new())?,
        same: run.read(Spool::new())?,
        copies: run.read(Spool::new())?,
        later: false,
        whole: false,
    };
    let mut server = Memcached::again(run, on)?;
    server.dump(|key| {
        run.watch.done(1);
        sort(run, on, key, &mut lists)?;
        Ok(!run.watch.is_stopped())
    })?;
    lists.whole = !run.watch.is_stopped();
    run.watch.expect(lists.todo.len() + lists.same.len());
    Ok(lists)
}

/// Where a key goes.
fn sort(
    run: &Run<'_>,
    on: u32,
    Dumped { key, cas, size, .. }: Dumped,
    lists: &mut Lists,
) -> Result<(), Error> {
    let name = &run.machine(on).name;
    let tally = &mut lists.state.pass;
    let to = match (run.route.lies(&key, on), run.verb) {
        (Lies::Moving(to), _) | (Lies::Stray(to), Verb::Sweep) => to,
        (lies, _) => {
            tally.found += 1;
            match lies {
                Lies::InPlace => tally.in_place += 1,
                Lies::Unowned => tally.skipped.unowned += 1,
                _ => tally.skipped.stray += 1,
            }
            let Some(from) = run.route.old_owner(&key).filter(|from| *from != on) else {
                return Ok(());
            };
            if lies == Lies::InPlace && run.verb == Verb::Copy {
                let base = run.base.as_ref();
                let first = base.and_then(|base| base.first.get(name));
                let first = first.or_else(|| run.marks.get(name));
                lists.state.arrived |= first.is_none_or(|first| cas <= first.cas);
                lists.later |= base.is_some_and(|base| base.is_later(name, cas));
                let owner = &run.machine(from).name;
                if base
                    .is_some_and(|base| base.is_ours(name, cas) && base.follows_deletes_of(owner))
                {
                    run.read(lists.copies.push(&Entry { key, to: from, cas, size }))?;
                }
            }
            return Ok(());
        }
    };
    if run.verb == Verb::Copy {
        let new = &run.machine(to).name;
        let base = run.base.as_ref();
        let same = base.is_some_and(|base| base.leaving(name, new, cas) == Following::Same);
        let most = run.options.max_value;
        // Of one that has grown the copy is taken back.
        if most.is_some_and(|most| size > most) && (same || base.is_none()) {
            tally.found += 1;
            tally.skipped.too_big += 1;
            return Ok(());
        }
        if same {
            return run.read(lists.same.push(&Entry { key, to, cas, size }));
        }
    }
    run.read(lists.todo.push(&Entry { key, to, cas, size }))
}
