//! A line: neighbouring points of a ring and their owners, in one or two lines of
//! the cache.

use std::fmt::Debug;
use std::mem;

use crate::placement::position::Position;

/// A server of a ring, in 16 bits.
pub(super) type Handle = u16;

/// No server.
pub(super) const NONE: Handle = u16::MAX;

/// The owner stands among the points that a line has no room for.
pub(super) const SPILLED: Handle = u16::MAX - 1;

/// The handle of a server that was just numbered.
pub(super) fn handle(server: u32) -> Handle {
    // Below SPILLED, as the build has seen.
    Handle::try_from(server).unwrap_or(NONE)
}

/// The type of a position's line.
pub(super) type LineFor<P> = <P as RingPosition>::Line;

/// A position that points of a ring may have.
pub(crate) trait RingPosition: Position {
    const MAX: Self;
    /// Neighbouring points of a ring in one or two cache lines.
    type Line: LineOf<Self>;
    /// A point, its number among those made and its owner: words compare in this order.
    type Word: Copy + Ord + Debug;
    /// Above the word of every point; its point is [`MAX`](Self::MAX).
    const NO_WORD: Self::Word;

    /// The number shifted right by `shift`, which leaves at most 31 bits.
    fn top(self, shift: u32) -> usize;

    /// Which of `count` stretches of equal width, to a position, holds this one.
    fn stretch(self, count: u32) -> u32;

    /// The last position of a stretch.
    fn last_of(stretch: u32, count: u32) -> Self;

    /// How many of these, in ascending order, lie below `limit`: no branch on what
    /// they are.
    fn below(points: &[Self], limit: Self) -> usize;

    /// The word of a point.
    fn word(self, number: u16, owner: u16) -> Self::Word;

    /// The point of a word, and its owner.
    fn of_word(word: Self::Word) -> (Self, u16);

    /// Puts the words of a line in ascending order.
    fn sort(words: &mut [Self::Word]);

    /// How far `self` lies above `below`, around the ring.
    #[inline]
    fn above(self, below: Self) -> Self {
        Self::narrow(self.wide().wrapping_sub(below.wide()))
    }

    /// The position `more` higher, around the ring.
    #[inline]
    fn plus(self, more: Self) -> Self {
        Self::narrow(self.wide().wrapping_add(more.wide()))
    }
}

/// Up to `N` points in ascending order; `M` is `N + 1`.
///
/// Unused points are the highest position; the owner of each, and the one owner
/// more, is that of the first point in a line behind. So a position belongs to the
/// owner whose number is how many of the points lie below it, whatever their
/// number: no branch, and no look at another line. A line that more than `N` points
/// fall into has [`SPILLED`] as its last owner.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Line<P, const N: usize, const M: usize> {
    points: [P; N],
    owners: [Handle; M],
    /// Points in use; `N + 1` if more fell here than there is room for.
    used: u16,
}

/// What [`Line`]s of every width offer.
pub(crate) trait LineOf<P: RingPosition>: Copy + Debug + Send + Sync + 'static {
    const EMPTY: Self;

    /// What becomes a line.
    type Builder: BuilderOf<P>;

    /// How many points lie below a position.
    fn below(&self, position: P) -> usize;

    /// The owner of a position in this line's stretch.
    fn owner(&self, position: P) -> u16;

    fn points(&self) -> &[P];
    fn owners(&self) -> &[u16];

    /// Points held here: all of the stretch unless [`is_over`](Self::is_over).
    fn len(&self) -> usize;

    /// Whether more points fell here than there is room for.
    fn is_over(&self) -> bool;

    /// Takes a point in without regard to the order; whether there was room.
    fn push(&mut self, position: P, owner: u16) -> bool;

    /// Takes all points out of `builder`, in ascending order, equal ones as they came.
    /// The line is still to be [closed](Self::close).
    fn gather(&mut self, builder: &mut Self::Builder);

    /// Whether no two points are equal.
    fn is_distinct(&self) -> bool;

    /// The owner of what is above the last point; once more where that changes.
    fn close(&mut self, next: u16);
}

/// The points of a line while a build still makes them: words, which are sorted
/// without a look at where else their parts lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineBuilder<P: RingPosition, const N: usize> {
    words: [P::Word; N],
    /// As that of a [`Line`].
    used: u16,
}

/// What [`LineBuilder`] of every width offers.
pub(crate) trait BuilderOf<P>: Copy {
    const EMPTY: Self;

    /// Takes a point in; whether there was room.
    fn push(&mut self, position: P, owner: Handle) -> bool;
}

impl<P: RingPosition, const N: usize> BuilderOf<P> for LineBuilder<P, N> {
    const EMPTY: Self = Self { words: [P::NO_WORD; N], used: 0 };

    #[inline]
    fn push(&mut self, position: P, owner: Handle) -> bool {
        let at = self.used;
        let Some(word) = self.words.get_mut(usize::from(at)) else {
            self.used = over(N);
            return false;
        };
        *word = position.word(at, owner);
        self.used = at + 1;
        true
    }
}

/// What `used` says of a line of `room` points that has no room for its own.
#[expect(clippy::cast_possible_truncation, reason = "a dozen")]
const fn over(room: usize) -> u16 {
    room as u16 + 1
}

impl<P: RingPosition, const N: usize, const M: usize> LineOf<P> for Line<P, N, M> {
    const EMPTY: Self = Self { points: [P::MAX; N], owners: [NONE; M], used: 0 };
    type Builder = LineBuilder<P, N>;

    #[inline]
    fn below(&self, position: P) -> usize {
        P::below(&self.points, position)
    }

    #[inline]
    fn owner(&self, position: P) -> u16 {
        self.owners[self.below(position)]
    }

    fn points(&self) -> &[P] {
        &self.points[..self.len()]
    }

    fn owners(&self) -> &[u16] {
        &self.owners[..self.len()]
    }

    #[inline]
    fn len(&self) -> usize {
        usize::from(self.used).min(N)
    }

    #[inline]
    fn is_over(&self) -> bool {
        usize::from(self.used) > N
    }

    #[inline]
    fn push(&mut self, position: P, owner: u16) -> bool {
        let at = usize::from(self.used);
        if at >= N {
            self.used = over(N);
            return false;
        }
        self.points[at] = position;
        self.owners[at] = owner;
        self.used += 1;
        true
    }

    #[inline]
    fn gather(&mut self, builder: &mut Self::Builder) {
        let LineBuilder { mut words, used } = mem::replace(builder, LineBuilder::EMPTY);
        P::sort(&mut words);
        for ((point, owner), word) in self.points.iter_mut().zip(&mut self.owners).zip(words) {
            (*point, *owner) = P::of_word(word);
        }
        self.used = used;
    }

    #[inline]
    fn is_distinct(&self) -> bool {
        let used = self.len();
        let same = |at: usize| (self.points[at - 1] == self.points[at]) & (at < used);
        // No branch on which: all are looked at.
        !(1..N).fold(false, |any, at| any | same(at))
    }

    #[inline]
    fn close(&mut self, next: u16) {
        let (used, last) = (self.used, if self.is_over() { SPILLED } else { next });
        // No branch on how many: all are written.
        let owners = self.owners;
        let mut at = 0;
        self.owners = owners.map(|owner| {
            // All ones where the point is in use.
            let keep = 0_u16.wrapping_sub(u16::from(at < used));
            at += 1;
            owner & keep | last & !keep
        });
        self.owners[N] = last;
    }
}
