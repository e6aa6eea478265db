//! Bounded load: no server above its cap, nobody refused.

use continuum::Continuum;
use continuum::compat::HaproxyBounded;
use continuum::load::{Bounded, InFlight, Overflow};
use libfuzzer_sys::arbitrary::{Result, Unstructured};

pub(crate) fn bounded(
    continuum: &Continuum,
    keys: &[Vec<u8>],
    input: &mut Unstructured<'_>,
) -> Result<()> {
    let factor = 1.0 + f64::from(input.arbitrary::<u8>()?) / 64.0;
    let overflow = if input.arbitrary::<bool>()? { Overflow::Rendezvous } else { Overflow::Scheme };
    let rule = Bounded::new(factor)
        .unwrap()
        .with_overflow(overflow)
        .with_min_cap(input.arbitrary::<u8>()?.into());
    let in_flight = InFlight::new(continuum.clone(), rule);
    let mut guards = Vec::new();
    for round in 0..6 {
        for key in keys {
            let guard = in_flight.acquire(key);
            assert_eq!(guard.is_some(), continuum.resolve(key).is_some(), "refused");
            if let Some(guard) = &guard {
                assert!(guard.load() <= guard.cap());
            }
            guards.extend(guard);
            if input.arbitrary::<u8>().unwrap_or(200) < 60 && !guards.is_empty() {
                let at = guards.len() / 2;
                drop(guards.swap_remove(at));
            }
        }
        assert_eq!(in_flight.total(), guards.len() as u64, "round {round}");
    }
    // As many as are counted, whoever counts.
    let total = in_flight.total();
    let fair = continuum.fair_shares();
    for key in keys {
        let load = |server| in_flight.load(server);
        let picked = rule.pick(continuum, key, load);
        assert_eq!(picked.is_some(), continuum.resolve(key).is_some());
        if let Some(picked) = picked {
            assert!(load(picked) < rule.cap(total, fair[picked as usize]), "nobody had room");
        }
        // Loads that cannot be: somebody is picked all the same.
        assert_eq!(rule.pick(continuum, key, |_| u64::MAX).is_some(), picked.is_some());
    }
    drop(guards);
    assert_eq!(in_flight.total(), 0);
    haproxy(continuum, keys, input)
}

fn haproxy(continuum: &Continuum, keys: &[Vec<u8>], input: &mut Unstructured<'_>) -> Result<()> {
    let factor = u32::from(input.arbitrary::<u8>().unwrap_or(125)) * 2;
    let servers = continuum.servers().clone();
    let Ok(mut bounded) = HaproxyBounded::new(continuum.scheme().clone(), servers, factor) else {
        return Ok(());
    };
    for key in keys {
        let opened = bounded.open(key);
        assert_eq!(opened.is_some(), continuum.resolve(key).is_some());
        if let Some(server) = opened.filter(|_| key.len() % 3 == 0) {
            assert!(bounded.close(server));
        }
    }
    Ok(())
}
