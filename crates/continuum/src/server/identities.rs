//! The identities of a set, cheap to copy.

use std::collections::BTreeSet;
use std::sync::Arc;

/// A set of texts whose clones share what they have in common: a change of a set
/// of servers is not to copy every name.
#[derive(Clone, Default)]
pub(crate) struct Identities {
    /// Shared with clones.
    base: Arc<BTreeSet<Box<str>>>,
    /// In the set, not in `base`.
    more: BTreeSet<Box<str>>,
    /// In `base`, not in the set.
    gone: BTreeSet<Box<str>>,
}

impl Identities {
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.more.contains(text) || (self.base.contains(text) && !self.gone.contains(text))
    }

    /// Whether it was not there yet. O(log n) on average over many changes.
    pub(crate) fn insert(&mut self, text: &str) -> bool {
        if self.contains(text) {
            return false;
        }
        if !self.gone.remove(text) {
            match Arc::get_mut(&mut self.base) {
                Some(base) => base.insert(text.into()),
                None => self.more.insert(text.into()),
            };
        }
        self.settle();
        true
    }

    pub(crate) fn remove(&mut self, text: &str) {
        if let Some(base) = Arc::get_mut(&mut self.base) {
            base.remove(text);
            self.more.remove(text);
        } else if !self.more.remove(text) && self.base.contains(text) {
            self.gone.insert(text.into());
        }
        self.settle();
    }

    /// Puts all into one set when enough has come together to pay for it, or
    /// when nobody shares the base.
    fn settle(&mut self) {
        let apart = self.more.len() + self.gone.len();
        let sole = Arc::get_mut(&mut self.base).is_some();
        if apart > 0 && (sole || apart > 64 + self.base.len() / 64) {
            let base = Arc::make_mut(&mut self.base);
            base.append(&mut self.more);
            for text in std::mem::take(&mut self.gone) {
                base.remove(&text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Identities;
    use crate::hash::splitmix64::splitmix64;

    #[test]
    fn clones_go_their_own_ways() {
        let mut all = vec![(Identities::default(), BTreeSet::new())];
        for turn in 0..20_000_u64 {
            let random = splitmix64(turn);
            let at = usize::try_from(random >> 32).unwrap() % all.len();
            let text = (random % 400).to_string();
            let (identities, plain) = &mut all[at];
            if random & 1 << 20 == 0 {
                assert_eq!(identities.insert(&text), plain.insert(text));
            } else {
                identities.remove(&text);
                plain.remove(&text);
            }
            if turn % 50 == 0 {
                let copy = all[at].clone();
                all.push(copy);
                if all.len() > 6 {
                    all.remove(0);
                }
            }
            let probe = (splitmix64(random) % 400).to_string();
            let (identities, plain) = &all[at.min(all.len() - 1)];
            assert_eq!(identities.contains(&probe), plain.contains(&probe), "turn {turn}");
        }
        for (identities, plain) in all {
            assert!((0..400).all(|n: u32| {
                identities.contains(&n.to_string()) == plain.contains(&n.to_string())
            }));
        }
    }
}
