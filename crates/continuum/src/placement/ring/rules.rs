//! The rules in which the deployed rings differ, and what follows from them alone.

use super::line::RingPosition;
use crate::placement::contract::Hit;
use crate::placement::regions::Segment;

/// Where a key finds its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seek {
    /// The first point at or above the key (libmemcached, nginx, twemproxy …).
    AtOrAfter,
    /// The first point strictly above the key (python-continuum, uhashring …).
    After,
    /// The last point at or below the key; below the first point the last of all
    /// (Dalli, redis-rb, Predis).
    AtOrBefore,
    /// The nearer of the points on both sides; the one below if both are as
    /// near (HAProxy).
    Nearest,
    /// The last point of all, wherever the key is (Varnish, over two points).
    Top,
}

/// What owns the keys above the last point, and below the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrap {
    /// The first point: a true ring.
    First,
    /// The last point: the circle is not closed (Varnish).
    Last,
    /// The first point above the last, and the last point below the first: an
    /// exact hit of the first point is its own (Enyim).
    Crossed,
}

/// What becomes of points at one position. Points come in the program's own
/// order, and that order is kept among equal ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shared {
    /// All stay: the first owns, the others follow in a walk. A key that
    /// reaches them from above gets the last.
    Keep,
    /// Only the first stays (nginx).
    First,
    /// Only the last stays, as in a map that is overwritten (spymemcached …).
    Last,
}

/// The three rules of a ring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) seek: Seek,
    pub(crate) wrap: Wrap,
    pub(crate) shared: Shared,
}

/// What belongs to each point where the search goes upwards, `more` above the key, of
/// points in ascending order and their owners: a point ends what is its own, of those at
/// one position the first. `above` owns what is above the last.
pub(super) fn stretches<P: RingPosition>(
    points: impl Iterator<Item = (P, u32)>,
    more: P,
    above: u32,
) -> impl Iterator<Item = Segment> {
    let mut before = None;
    points
        // Sought from above, point 0 belongs to the keys at the top.
        .filter(move |point| point.0 >= more)
        .map(move |(point, owner)| (point.above(more), owner))
        .chain(std::iter::once((P::MAX, above)))
        .filter(move |point| before.replace(point.0) != Some(point.0))
        .map(|(last, owner)| Segment { last: last.wide(), owner })
}

impl Rules {
    pub(crate) const fn new(seek: Seek, shared: Shared) -> Self {
        Self { seek, wrap: Wrap::First, shared }
    }
}

impl Rules {
    /// What to add to a position so that the owner is that of the first point at
    /// or above the sum, if the rules are so simple.
    pub(super) fn upwards<P: RingPosition>(self) -> Option<P> {
        match (self.seek, self.wrap) {
            (Seek::AtOrAfter, Wrap::First | Wrap::Last) => Some(P::narrow(0)),
            // Strictly above is at or above the next position. Behind the highest
            // that is 0, whose point is the first: the wrapped one.
            (Seek::After, Wrap::First) => Some(P::narrow(1)),
            _ => None,
        }
    }

    /// The hit of a key that belongs to a point.
    pub(super) fn hit<P: RingPosition>(self, point: P, position: P) -> Hit {
        let (up, down) = (point.above(position), position.above(point));
        let below = match self.seek {
            Seek::Nearest => down <= up,
            Seek::AtOrBefore => true,
            Seek::AtOrAfter | Seek::After => self.wrap == Wrap::Last && point < position,
            Seek::Top => point < position,
        };
        let distance = if below { down } else { up }.wide();
        Hit::Point { position: point.wide(), distance, below: below && distance > 0 }
    }
}
