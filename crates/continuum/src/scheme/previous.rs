//! What a continuum was before a change, for builds that can start from it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::placement::{NO_OWNER, Placement};
use crate::server::Server;

/// The continuum before a change, as the scheme's build sees it in its options.
///
/// A build may use it or not: what it answers must be exactly what a build
/// without it answers. It belongs to the same scheme with the same options.
pub(crate) struct Previous<'a> {
    servers: &'a [Server],
    held: RefCell<Held<'a>>,
    numbers: Numbers,
}

/// The structure from before.
pub(crate) enum Held<'a> {
    /// Others look keys up in it: it stays as it is.
    Shared(&'a dyn Placement),
    /// Nobody else has it, and it is dropped after the build.
    Sole(&'a mut dyn Placement),
}

impl<'a> Previous<'a> {
    /// O(n), and O(m log n) for the m servers between the first and the last
    /// that changed.
    pub(crate) fn new(held: Held<'a>, before: &'a [Server], after: &[Server]) -> Self {
        let numbers = Numbers::of(before, after);
        Self { servers: before, held: RefCell::new(held), numbers }
    }

    /// The servers before the change.
    pub(crate) fn servers(&self) -> &'a [Server] {
        self.servers
    }

    /// Who became who.
    pub(crate) fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// Shows the structure from before, if it is a `T`: what a
    /// [`Hashed`](crate::placement::Hashed) holds as its place, or what a placement
    /// of its own says it is.
    pub(crate) fn look<T: 'static, R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        let held = self.held.borrow();
        let structure = match &*held {
            Held::Shared(placement) => placement.structure(),
            Held::Sole(placement) => placement.structure(),
        };
        structure?.downcast_ref().map(look)
    }

    /// The structure from before to change it in place: the thing itself where
    /// nobody else has it, or else a copy. After this the build must not fail,
    /// because the continuum would be left without.
    pub(crate) fn take<T: Clone + Default + 'static>(&self) -> Option<T> {
        match &mut *self.held.borrow_mut() {
            Held::Shared(placement) => placement.structure()?.downcast_ref().cloned(),
            Held::Sole(placement) => placement.structure_mut()?.downcast_mut().map(std::mem::take),
        }
    }
}

/// The numbers of the servers that a change left as they were in everything,
/// before and after it. Those that stay keep their order; one that was moved up
/// or down the list counts as gone and come again.
pub(crate) struct Numbers {
    before: Box<[u32]>,
    after: Box<[u32]>,
}

impl Numbers {
    fn of(old: &[Server], new: &[Server]) -> Self {
        let mut before = vec![NO_OWNER; new.len()];
        let mut after = vec![NO_OWNER; old.len()];
        let mut same = |from: usize, to: usize| {
            // A set holds less than 2³² servers.
            before[to] = u32::try_from(from).unwrap_or(NO_OWNER);
            after[from] = u32::try_from(to).unwrap_or(NO_OWNER);
        };
        let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        (0..head).for_each(|at| same(at, at));
        let (old, new) = (&old[head..], &new[head..]);
        let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new);
        let tail = tail.count();
        let (middle, rest) = old.split_at(old.len() - tail);
        let (changed, _) = new.split_at(new.len() - tail);
        (0..rest.len()).for_each(|at| same(head + middle.len() + at, head + changed.len() + at));
        if !middle.is_empty() && !changed.is_empty() {
            let known: BTreeMap<_, usize> =
                middle.iter().zip(0..).map(|(server, at)| (server.text(), at)).collect();
            let mut next = 0;
            for (to, server) in changed.iter().enumerate() {
                let from = known.get(&server.text()).copied();
                if let Some(from) = from.filter(|from| *from >= next && middle[*from] == *server) {
                    same(head + from, head + to);
                    next = from + 1;
                }
            }
        }
        Self { before: before.into_boxed_slice(), after: after.into_boxed_slice() }
    }

    /// The number that a server had before, if it is as it was.
    pub(crate) fn before(&self, after: u32) -> Option<u32> {
        self.before.get(after as usize).copied().filter(|number| *number != NO_OWNER)
    }

    /// How many servers there are after the change.
    pub(crate) fn count(&self) -> usize {
        self.before.len()
    }

    /// By number before: the number after, or [`NO_OWNER`] where the server is
    /// gone or another one by now.
    pub(crate) fn after(&self) -> &[u32] {
        &self.after
    }
}

#[cfg(test)]
mod tests {
    use super::Numbers;
    use crate::Servers;
    use crate::placement::NO_OWNER;

    fn numbers(change: impl FnOnce(&mut Servers)) -> Numbers {
        let old = Servers::from_texts(["a:1", "b:1", "c:1", "d:1", "e:1"]).unwrap();
        let mut new = old.clone();
        change(&mut new);
        Numbers::of(old.as_slice(), new.as_slice())
    }

    #[test]
    fn those_that_stay_keep_their_order() {
        let removed = numbers(|servers| drop(servers.remove("b:1").unwrap()));
        assert_eq!(removed.after(), [0, NO_OWNER, 1, 2, 3]);
        assert_eq!(removed.before(1), Some(2));
        let heavier = numbers(|servers| _ = servers.set_capacity("c:1", 2).unwrap());
        assert_eq!(heavier.after(), [0, 1, NO_OWNER, 3, 4]);
        assert_eq!(heavier.before(2), None);
        let several = numbers(|servers| {
            drop(servers.remove("a:1").unwrap());
            drop(servers.remove("c:1").unwrap());
            servers.add(super::Server::new("f", 1)).unwrap();
            // Comes back at the end: a new one.
            let again = servers.remove("d:1").unwrap();
            servers.add(again).unwrap();
        });
        assert_eq!(several.after(), [NO_OWNER, 0, NO_OWNER, NO_OWNER, 1]);
        assert_eq!(several.before(0), Some(1));
        assert_eq!((several.before(2), several.before(3)), (None, None));
    }
}
