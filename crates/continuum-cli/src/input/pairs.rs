//! Pools of two configurations, matched.

use std::path::Path;

use continuum::Continuum;
use continuum::plan::Readdressed;
use continuum_config::Pool;

use super::config::{Found, Read};
use crate::args::Choice;
use crate::failure::Failure;
use crate::report::{Alone, Lack};
use crate::talk;

/// Pools that are in both, and those that are a pool on one side only.
#[derive(Default)]
pub(crate) struct Pairs {
    pub(crate) both: Vec<(Pool, Pool)>,
    pub(crate) alone: Vec<Alone>,
}

impl Pairs {
    /// By name; single pools match whatever their names. Beside it the name and the
    /// scheme of the new side, where they are others.
    pub(crate) fn read(
        old: &Path,
        new: &Path,
        choice: &Choice,
        (name_in_new, scheme_of_new): (Option<&str>, Option<&str>),
        quiet: bool,
    ) -> Result<Self, Failure> {
        if old == Path::new("-") && new == old {
            return Err(Failure::refused("stdin cannot be both configurations"));
        }
        let (reading, scheme) = (&choice.reading, choice.scheme.as_deref());
        let olds = Read::file(old, reading, scheme)?;
        let news = Read::file(new, reading, scheme_of_new.or(scheme))?;
        let sides = [(old, &olds), (new, &news)];
        let mut pairs = Self { both: Vec::new(), alone: Vec::new() };
        if let Some(name) = &reading.pool {
            let other = name_in_new.unwrap_or(name);
            pairs.match_names(sides, name, other);
            if pairs.both.is_empty() && pairs.alone.is_empty() {
                // Neither side has it: the old one says what it has.
                olds.pools(Some(name), quiet)?;
            }
            return Ok(pairs);
        }
        for (file, side) in sides {
            refuse_doubles(file, &side.names())?;
        }
        if !quiet {
            olds.complain(quiet);
            news.complain(quiet);
        }
        let (old_names, new_names) = (olds.names(), news.names());
        if let ([one], [other]) = (&*old_names, &*new_names)
            && matches!((news.find(one), olds.find(other)), (Found::Absent, Found::Absent))
        {
            pairs.match_names(sides, one, other);
            return Ok(pairs);
        }
        let only_new = new_names.iter().filter(|name| !old_names.contains(name));
        old_names.iter().chain(only_new).for_each(|name| pairs.match_names(sides, name, name));
        let told = |pool: &Alone| matches!(pool.lack, Lack::Unhashed | Lack::Hashed);
        if pairs.both.is_empty() && !pairs.alone.iter().any(told) {
            // Nothing that was asked for could be read: then that is the answer.
            for side in [olds, news] {
                side.pools(None, true)?;
            }
        }
        Ok(pairs)
    }

    fn match_names(
        &mut self,
        [(old, olds), (new, news)]: [(&Path, &Read); 2],
        one: &str,
        other: &str,
    ) {
        let (lack, file, why) = match (olds.find(one), news.find(other)) {
            (Found::Pool(old), Found::Pool(new)) => return self.both.push((*old, *new)),
            (Found::Unread(why), _) => (Lack::Unread, old, Some(why)),
            (_, Found::Unread(why)) => (Lack::Unread, new, Some(why)),
            (Found::Pool(_), Found::Unhashed(why)) => (Lack::Unhashed, old, Some(why)),
            (Found::Pool(_), Found::Absent) => (Lack::Gone, old, None),
            (Found::Unhashed(why), Found::Pool(_)) => (Lack::Hashed, new, Some(why)),
            (Found::Absent, Found::Pool(_)) => (Lack::New, new, None),
            (Found::Unhashed(_) | Found::Absent, Found::Unhashed(_) | Found::Absent) => return,
        };
        let file = file.display().to_string();
        self.alone.push(Alone { name: one.to_owned(), file, lack, why });
    }
}

/// Tells of servers that keep their names and have other addresses: what hashes names
/// sends their keys to another machine, and no share shows it.
pub(crate) fn warn_of_addresses(pool: &str, old: &Continuum, new: &Continuum) {
    let moved = Readdressed::between(old, new);
    let mut moved = moved.iter().map(|Readdressed { server, before, after, .. }| {
        format!("'{server}' ({before} → {after})")
    });
    let Some(first) = moved.next() else { return };
    let rest = match moved.count() {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    talk::warning(format!(
        "pool '{pool}': keys go by names, and servers have other addresses under the same name: \
         {first}{rest}; their keys are looked for there, which no share counts"
    ));
}

/// Pools whose names do not tell them apart cannot be matched by name.
fn refuse_doubles(file: &Path, names: &[String]) -> Result<(), Failure> {
    for (number, name) in names.iter().enumerate() {
        if names[..number].contains(name) {
            let file = file.display();
            return Err(Failure::refused(format!("{file} has two pools named '{name}'")));
        }
    }
    Ok(())
}
