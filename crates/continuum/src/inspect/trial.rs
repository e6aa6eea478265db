//! Trials: every scheme with every likely value of its options, over every likely form of
//! the servers, and how well each agrees with what was observed.

use super::variant::Variant;
use crate::error::Error;
use crate::resolve::Continuum;
use crate::scheme::{Scheme, SchemeEntry};
use crate::server::{Server, Servers};

/// A pair that a candidate gets wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The key's bytes.
    pub key: Box<[u8]>,
    /// Where it was seen.
    pub seen: Box<str>,
    /// Where the candidate puts it.
    pub says: Option<Box<str>>,
}

/// A key, and the server on which it was seen.
pub(super) struct Pair<'a> {
    pub(super) key: &'a [u8],
    pub(super) server: &'a Server,
    /// The server's number in the list given.
    pub(super) number: u32,
}

/// What a trial built.
pub(super) struct Built {
    pub(super) continuum: Continuum,
    /// The number of each of its servers in the list given: two may share an address.
    numbers: Vec<u32>,
}

impl Built {
    pub(super) fn agrees(&self, pair: &Pair<'_>) -> bool {
        let owner = self.continuum.resolve_index(pair.key);
        owner.is_some_and(|owner| self.numbers[owner as usize] == pair.number)
    }

    /// On how many pairs it agrees, and the first on which it does not.
    pub(super) fn agreed(&self, pairs: &[Pair<'_>]) -> (u64, Option<Wrong>) {
        let mut agreed = 0;
        let mut wrong = None;
        for pair in pairs {
            let same = self.agrees(pair);
            agreed += u64::from(same);
            if !same && wrong.is_none() {
                let says = self.continuum.resolve(pair.key);
                wrong = Some(Wrong {
                    key: pair.key.into(),
                    seen: pair.server.identity().into(),
                    says: says.map(|owner| owner.identity().into()),
                });
            }
        }
        (agreed, wrong)
    }
}

pub(super) struct Trial {
    scheme: Scheme,
    pub(super) variant: Variant,
}

impl Trial {
    /// An error where the scheme refuses these servers.
    pub(super) fn build(&self, servers: &Servers, most_points: u64) -> Result<Built, Error> {
        let (set, numbers) = self.variant.numbered(servers)?;
        let continuum = Continuum::of_at_most(most_points, self.scheme.clone(), set)?;
        Ok(Built { continuum, numbers })
    }
}

/// Every scheme at every combination of the values that its options try, over
/// every variant of the servers that can matter to it.
pub(super) fn trials(servers: &Servers, braces: bool) -> Vec<Trial> {
    let mut trials = Vec::new();
    for scheme in Scheme::catalogue().iter().flat_map(|entry| combinations(entry, braces)) {
        let variants = Variant::all(&scheme, servers);
        let of = |variant| Trial { scheme: scheme.clone(), variant };
        trials.extend(variants.into_iter().map(of));
    }
    // Servers as given before every other reading, fewer options set before more;
    // the catalogue's order within.
    trials.sort_by_key(|trial| (trial.variant, trial.scheme.options_set()));
    trials
}

/// A scheme with all combinations of what its options try.
pub(crate) fn combinations(entry: &'static SchemeEntry, braces: bool) -> Vec<Scheme> {
    let mut all = vec![entry.scheme()];
    for option in entry.options() {
        let most = if braces || option.tried_without_braces() { usize::MAX } else { 1 };
        let of = |scheme: &Scheme| {
            let one = |value| scheme.with_option(option.name(), value).ok();
            option.tried().take(most).filter_map(one).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(of).collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Scheme, combinations};

    /// Every value tried is one that the option takes, and all together they
    /// are few enough to try them all.
    #[test]
    #[allow(clippy::print_stdout, reason = "a test prints what it counted")]
    fn what_is_tried_is_valid_and_not_too_much() {
        let mut total = 0;
        for entry in Scheme::catalogue() {
            for option in entry.options() {
                for value in option.tried() {
                    let set = entry.scheme().with_option(option.name(), value);
                    assert!(set.is_ok(), "{}:{}={value}", entry.name(), option.name());
                }
            }
            let count = combinations(entry, true).len();
            println!("{count:5} {}", entry.name());
            total += count;
        }
        println!("{total:5} in all");
        assert!((500..2500).contains(&total), "{total} combinations");
    }
}
