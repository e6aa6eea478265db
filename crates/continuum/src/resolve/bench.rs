//! What `bench/` needs and nobody else: a level of SIMD by name, and placing of
//! keys that are hashed already. No answer depends on it.

use std::any::Any;

use super::continuum::Continuum;
use crate::lanes::Level;
use crate::placement::{
    Guava, Holes, Jump, JumpBack, Numbered, Place, Ring, RingPosition, Scores, SlotTable, Slots,
    SplitMix64, Xorshift,
};

/// The levels that this CPU has, the slowest first.
#[must_use]
pub fn levels() -> Vec<&'static str> {
    Level::all().into_iter().map(Level::name).collect()
}

/// Keeps all batches of this process to a level, or to the best with `None`.
/// False when this CPU has no level of that name.
pub fn limit(level: Option<&str>) -> bool {
    let chosen = Level::all().into_iter().find(|other| Some(other.name()) == level);
    let known = chosen.is_some() || level.is_none();
    if known {
        Level::limit(chosen);
    }
    known
}

/// The owners of positions that were hashed before: a `Vec<u32>`, `Vec<u64>` or
/// `Vec<u128>`, as the scheme's positions are. One at a time or as a batch; false
/// where the positions are of another type, or the scheme has none.
pub fn place(continuum: &Continuum, positions: &dyn Any, batch: bool, owners: &mut [u32]) -> bool {
    let Some(structure) = continuum.placement().structure() else { return false };
    macro_rules! place {
        ($($structure:ty: $position:ty),* $(,)?) => {
            $(place_by::<$structure, $position>(structure, positions, batch, owners))||*
        };
    }
    place!(
        Ring<u32>: u32,
        Ring<u64>: u64,
        Ring<u128>: u128,
        Slots: u32,
        Slots: u64,
        Scores: u64,
        SlotTable: u64,
        Holes: u64,
        Numbered<Jump>: u64,
        Numbered<Guava>: u64,
        Numbered<JumpBack<SplitMix64>>: u64,
        Numbered<JumpBack<Xorshift>>: u64,
    )
}

/// [`place`] where the structure and the positions are of these types.
fn place_by<S: Place<P>, P: RingPosition>(
    structure: &dyn Any,
    positions: &dyn Any,
    batch: bool,
    owners: &mut [u32],
) -> bool {
    let (Some(structure), Some(positions)) =
        (structure.downcast_ref::<S>(), positions.downcast_ref::<Vec<P>>())
    else {
        return false;
    };
    if batch {
        structure.place_all(positions, owners);
    } else {
        for (position, owner) in positions.iter().zip(owners) {
            *owner = structure.place(*position);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::continuum::Continuum;
    use super::{levels, limit, place};
    use crate::server::Servers;

    #[test]
    fn answers_are_those_of_the_continuum() -> Result<(), crate::error::Error> {
        let servers = Servers::from_texts(["a:1", "b:1", "c:1"])?;
        let continuum = Continuum::with_servers("ring-1".parse()?, servers)?;
        let keys: Vec<String> = (0..1000).map(|number| format!("key:{number}")).collect();
        let want: Vec<_> = keys.iter().filter_map(|key| continuum.resolve_index(key)).collect();
        assert!(!limit(Some("none such")));
        assert_eq!(levels().first(), Some(&"portable"));
        let hash = |key: &String| crate::hash::xxh3::xxh3_64(key.as_bytes(), 0);
        let positions: Vec<u64> = keys.iter().map(hash).collect();
        for batch in [false, true] {
            let mut owners = vec![0; keys.len()];
            assert!(place(&continuum, &positions, batch, &mut owners));
            assert_eq!(owners, want);
        }
        assert!(!place(&continuum, &vec![0_u32], true, &mut [0]));
        Ok(())
    }
}
