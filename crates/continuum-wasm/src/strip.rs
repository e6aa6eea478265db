//! The key space cut into equal pieces: who owns most of each, or how much of each moves.

use continuum::{Continuum, Plan};
use serde::Serialize;

/// Most pieces that are worth drawing.
const MOST: usize = 4096;

/// Pieces of equal width.
#[derive(Serialize)]
pub(crate) struct Strip {
    /// `ring` or `table`.
    kind: &'static str,
    /// How many positions or slots there are.
    of: f64,
    /// Of each piece the server that owns most of it; null where nobody owns any.
    owners: Vec<Option<u32>>,
    /// The part of the piece that is that server's; or that moves.
    parts: Vec<f64>,
}

/// Neighbouring positions, the last one left out, in a space of a power of two or so many slots.
struct Stretch {
    from: f64,
    to: f64,
    owner: Option<u32>,
}

/// A hash space.
#[derive(Clone, Copy)]
struct Space {
    kind: &'static str,
    /// How large it is.
    of: f64,
    /// What a position of the core's is here: a table whose slots are stretches of positions is
    /// counted in slots.
    scale: f64,
}

impl Space {
    /// Of so many slots, or of a ring; `last` is the last position.
    fn new(slots: Option<u64>, last: u128) -> Self {
        let size = float(last) + 1.0;
        match slots {
            Some(slots) => {
                let of = float(slots.into());
                Self { kind: "table", of, scale: of / size }
            }
            None => Self { kind: "ring", of: size, scale: 1.0 },
        }
    }

    fn stretch(self, first: u128, last: u128, owner: Option<u32>) -> Stretch {
        let (from, to) = (float(first) * self.scale, (float(last) + 1.0) * self.scale);
        Stretch { from, to, owner }
    }
}

impl Strip {
    /// `None` where the scheme has no map of one hash space.
    pub(crate) fn of(continuum: &Continuum, pieces: usize) -> Option<Self> {
        let slots = continuum.slots();
        let servers = continuum.servers().len();
        match continuum.ranges() {
            Some(ranges) => {
                let space = Space::new(slots, ranges.last()?.last);
                let stretches =
                    ranges.iter().map(|range| space.stretch(range.first, range.last, range.owner));
                Some(Self::owned(space, stretches, servers, pieces))
            }
            None => {
                let last = u128::from(slots?.checked_sub(1)?);
                let space = Space::new(slots, last);
                let owner = |slot: u128| continuum.resolve_position(slot);
                let stretches = (0..=last).map(|slot| space.stretch(slot, slot, owner(slot)));
                Some(Self::owned(space, stretches, servers, pieces))
            }
        }
    }

    /// Of stretches, ascending, that belong to so many servers.
    fn owned(
        space: Space,
        stretches: impl Iterator<Item = Stretch>,
        servers: usize,
        pieces: usize,
    ) -> Self {
        let pieces = pieces.clamp(1, MOST);
        let mut strip = Self {
            kind: space.kind,
            of: space.of,
            owners: vec![None; pieces],
            parts: vec![0.0; pieces],
        };
        let mut held = vec![0.0; servers];
        let mut touched = Vec::new();
        let mut at = 0;
        // Each piece is finished when the first stretch beyond it comes.
        let finish = |strip: &mut Self, at: usize, held: &mut [f64], touched: &mut Vec<u32>| {
            for server in touched.drain(..) {
                let part = std::mem::take(&mut held[server as usize]);
                if part > strip.parts[at] {
                    (strip.owners[at], strip.parts[at]) = (Some(server), part);
                }
            }
        };
        cut(space.of, stretches, pieces, |piece, part, owner| {
            if piece != at {
                finish(&mut strip, at, &mut held, &mut touched);
                at = piece;
            }
            if let Some(owner) = owner {
                let sum = &mut held[owner as usize];
                if *sum == 0.0 {
                    touched.push(owner);
                }
                *sum += part;
            }
        });
        finish(&mut strip, at, &mut held, &mut touched);
        strip
    }

    /// The part of each piece that moves, by a plan from `old`. `None` where the schemes have no
    /// map of one hash space.
    pub(crate) fn moved(plan: &Plan, old: &Continuum, pieces: usize) -> Option<Self> {
        let ranges = plan.moves().ranges()?;
        let space = match plan.moves().slots() {
            Some(slots) => Space::new(Some(slots), u128::from(slots.checked_sub(1)?)),
            None => Space::new(old.slots(), old.positions()?.saturating_sub(1)),
        };
        let stretches = ranges.iter().map(|range| space.stretch(range.first, range.last, range.to));
        let pieces = pieces.clamp(1, MOST);
        let (kind, of) = (space.kind, space.of);
        let mut strip = Self { kind, of, owners: Vec::new(), parts: vec![0.0; pieces] };
        cut(of, stretches, pieces, |piece, part, _| strip.parts[piece] += part);
        Some(strip)
    }
}

/// Gives each part of a stretch of a space so large to the piece that it lies in.
fn cut(
    of: f64,
    stretches: impl Iterator<Item = Stretch>,
    pieces: usize,
    mut give: impl FnMut(usize, f64, Option<u32>),
) {
    let width = of / float(pieces as u128);
    for stretch in stretches {
        let (from, to) = (stretch.from / width, stretch.to / width);
        let mut at = whole(from).min(pieces - 1);
        loop {
            let begin = float(at as u128);
            let part = to.min(begin + 1.0) - from.max(begin);
            if part > 0.0 {
                give(at, part.min(1.0), stretch.owner);
            }
            at += 1;
            if at >= pieces || float(at as u128) >= to {
                break;
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a picture of some thousand pieces")]
fn float(number: u128) -> f64 {
    number as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0, then cut")]
fn whole(number: f64) -> usize {
    number as usize
}

#[cfg(test)]
mod tests {
    use continuum::{Continuum, Plan, Servers};

    use super::Strip;

    fn built(scheme: &str, servers: &[&str]) -> Continuum {
        let servers = Servers::from_texts(servers.iter().copied()).unwrap();
        Continuum::with_servers(scheme.parse().unwrap(), servers).unwrap()
    }

    /// What a server owns of the strip is near its share, and all that moves is what a plan says.
    #[test]
    fn pieces_add_up() {
        for scheme in
            ["nginx", "libketama", "uhashring", "slots-1", "envoy-maglev", "redis-cluster"]
        {
            let (old, new) = (built(scheme, &["a:1"]), built(scheme, &["a:1", "b:1", "c:1=2"]));
            let one = Strip::of(&old, 360).unwrap();
            assert!(one.owners.iter().all(|owner| *owner == Some(0)), "{scheme}");
            let whole: f64 = one.parts.iter().sum();
            assert!((whole - 360.0).abs() < 1e-3, "{scheme}: {whole}");
            let strip = Strip::of(&new, 360).unwrap();
            let table = ["slots-1", "envoy-maglev", "redis-cluster"].contains(&scheme);
            assert_eq!(strip.kind, if table { "table" } else { "ring" }, "{scheme}");
            assert_eq!(new.slots().is_some(), table, "{scheme}");
            if let Some(slots) = new.slots() {
                assert!((strip.of - super::float(slots.into())).abs() < 1e-9, "{scheme}");
            }
            assert!(strip.parts.iter().all(|part| *part > 0.3 && *part <= 1.0 + 1e-9), "{scheme}");
            let plan = Plan::between(&old, &new, continuum::plan::Matching::Identity);
            let moved = Strip::moved(&plan, &old, 360).unwrap();
            assert_eq!((moved.kind, moved.of), (strip.kind, strip.of), "{scheme}");
            let moved: f64 = moved.parts.iter().sum();
            assert!((moved / 360.0 - plan.moved()).abs() < 1e-3, "{scheme}: {moved}");
        }
    }

    #[test]
    fn no_map() {
        let continuum = built("rendezvous-1", &["a:1", "b:1"]);
        assert!(Strip::of(&continuum, 360).is_none());
        let nobody = Strip::of(&Continuum::new(), 360).unwrap();
        assert!(nobody.owners.iter().all(Option::is_none));
    }
}
