//! A change of the servers: update, plan, transition and ramp agree with looking
//! up every key in both.

use std::num::NonZero;

use continuum::plan::{Matching, Moves};
use continuum::transition::{Transition, ramp};
use continuum::{Continuum, Plan, Server, Servers};
use libfuzzer_sys::arbitrary::{Result, Unstructured};

use crate::sets;

pub(crate) fn update(
    old: &Continuum,
    keys: &[Vec<u8>],
    input: &mut Unstructured<'_>,
) -> Result<()> {
    let mut servers = old.servers().clone();
    let mut new = old.clone();
    // Some steps through update, the same on a plain set.
    for number in 0..input.arbitrary::<u8>()? % 4 {
        let before = servers.clone();
        if let Err(error) = step(&mut servers, input, old, u32::from(number))? {
            assert!(error.to_string().len() > 10, "{error}");
            servers = before.clone();
        }
        let wanted = servers.clone();
        let updated = new.update(|servers| {
            *servers = wanted;
            Ok(())
        });
        if let Err(error) = updated {
            assert!(error.to_string().len() > 10, "{error}");
            servers = before;
        }
        assert_eq!(new.servers(), &servers);
    }
    let fresh = Continuum::with_servers(old.scheme().clone(), servers).unwrap();
    assert_eq!(fresh, new);
    assert_eq!(fresh.fingerprint(), new.fingerprint());
    assert_eq!(fresh.ranges(), new.ranges(), "an update differs from a build");
    for key in keys {
        let order =
            |continuum: &Continuum| -> Vec<Server> { continuum.candidates(key).cloned().collect() };
        assert_eq!(order(&fresh), order(&new), "an update differs from a build");
    }
    over_keys(old, &new, keys);
    if sets::has_map(old) && sets::has_map(&new) {
        between(old, &new, keys);
    }
    if let Ok(steps) = ramp(old, &new, NonZero::new(3).unwrap()) {
        assert_eq!(steps.last(), Some(&new));
        assert!(steps.len() <= 3);
    }
    Ok(())
}

fn step(
    servers: &mut Servers,
    input: &mut Unstructured<'_>,
    old: &Continuum,
    number: u32,
) -> Result<std::result::Result<(), continuum::Error>> {
    let choice = input.arbitrary::<u8>()?;
    let some = servers.as_slice().get(usize::from(choice / 4) % servers.len().max(1));
    let some = some.map(|server| server.identity().into_owned());
    Ok(match (choice % 4, some) {
        (0, Some(identity)) => servers.remove(&identity).map(drop),
        (1, Some(identity)) => {
            servers.set_capacity(&identity, sets::capacity(input, old.scheme())?).map(drop)
        }
        _ => servers.add(sets::server(input, old.scheme(), 100 + number)?),
    })
}

fn identity(continuum: &Continuum, owner: Option<u32>) -> Option<String> {
    let server = continuum.servers().get(owner?)?;
    Some(server.identity().into_owned())
}

fn over_keys(old: &Continuum, new: &Continuum, keys: &[Vec<u8>]) {
    let plan = Plan::over_keys(old, new, keys.iter().map(|key| (key, Some(3))), Matching::Identity);
    let moved = keys.iter().filter(|key| {
        identity(old, old.resolve_index(key)) != identity(new, new.resolve_index(key))
    });
    let counts = plan.counts().unwrap();
    assert_eq!(counts.keys, keys.len() as u64);
    assert_eq!(counts.moved_keys, moved.count() as u64);
    assert_eq!(counts.moved_bytes, Some(3 * counts.moved_keys));
}

fn between(old: &Continuum, new: &Continuum, keys: &[Vec<u8>]) {
    let mut transition = Transition::between(old, new);
    let plan = transition.plan().clone();
    if !plan.is_exact() {
        return;
    }
    let (moved, needless) = (plan.moved(), plan.needless());
    assert!((0.0..=1.0 + 1e-9).contains(&moved), "{moved} moves");
    assert!((0.0..=moved + 1e-9).contains(&needless), "{needless} of {moved} needlessly");
    let named = |number: Option<u32>| {
        number.map(|number| plan.servers()[number as usize].identity.to_string())
    };
    for key in keys {
        let before = identity(old, old.resolve_index(key));
        let after = identity(new, new.resolve_index(key));
        let position = new.position(key);
        let flow = match (plan.moves(), position) {
            (Moves::Ranges(ranges), Some(at)) => {
                let range = ranges.iter().find(|range| range.first <= at && at <= range.last);
                Some(range.map(|range| (named(range.from), named(range.to))))
            }
            (Moves::Slots { of, moved }, Some(at)) => {
                let slot =
                    moved.iter().find(|moved| u128::from(moved.slot) == at % u128::from(*of));
                Some(slot.map(|slot| (named(slot.from), named(slot.to))))
            }
            _ => None,
        };
        if let Some(flow) = flow {
            let wanted = (before != after).then(|| (before.clone(), after.clone()));
            assert_eq!(flow, wanted, "the plan of a key");
        }
        let read: Vec<_> =
            transition.read_order(key).map(|server| server.identity().into_owned()).collect();
        let mut wanted: Vec<String> = after.clone().into_iter().collect();
        wanted.extend(before.filter(|before| Some(before) != after.as_ref()));
        assert_eq!(read, wanted, "read order");
    }
    let progress = transition.progress();
    assert!((progress.left - moved).abs() < 1e-9);
    if let Moves::Ranges(ranges) = plan.moves() {
        for range in ranges.iter().rev() {
            transition.finish(range.first..=range.last).unwrap();
        }
        assert!(transition.is_finished() && transition.progress().left == 0.0);
    }
    transition.finish_all();
    assert!(transition.is_finished());
    for key in keys {
        assert_eq!(transition.read_order(key).next(), new.resolve(key));
        assert_eq!(transition.old_owner(key), None);
    }
}
