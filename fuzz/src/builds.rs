//! Any scheme over any servers: refused with a sentence, or it keeps the laws.

use std::collections::{BTreeMap, BTreeSet};

use continuum::ownership::Basis;
use continuum::scheme::Order;
use continuum::{Continuum, NO_OWNER, Server, Servers};
use libfuzzer_sys::arbitrary::{Result, Unstructured};

use crate::{assignments, batches, loads, plans, sets};

pub fn run(data: &[u8]) {
    // An input too short says nothing.
    let _ = build(&mut Unstructured::new(data));
}

fn build(input: &mut Unstructured<'_>) -> Result<()> {
    let Some(scheme) = sets::scheme(input)? else { return Ok(()) };
    let servers = sets::servers(input, &scheme)?;
    let continuum = match Continuum::with_servers(scheme, servers) {
        Ok(continuum) => continuum,
        Err(error) => {
            assert!(error.to_string().len() > 10, "{error}");
            return Ok(());
        }
    };
    // What else is tried, so that one input stays fast.
    let what = input.arbitrary::<u8>()? % 6;
    let keys = sets::keys(input, 12)?;
    let slices: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    batches::agree(&continuum, &slices);
    for key in &keys {
        order(&continuum, key);
    }
    match what {
        0 => whole(&continuum),
        1 => order_free(&continuum, &keys),
        2 => plans::update(&continuum, &keys, input)?,
        3 => loads::bounded(&continuum, &keys, input)?,
        4 => assignments::sequence(&continuum, input)?,
        _ => explain(&continuum, &keys[keys.len() - 1]),
    }
    Ok(())
}

/// Candidates, copies, zones and health of one key.
fn order(continuum: &Continuum, key: &[u8]) {
    let owner = continuum.resolve(key);
    let candidates: Vec<&Server> = continuum.candidates(key).collect();
    assert_eq!(candidates.first().copied(), owner);
    let distinct: BTreeSet<_> = candidates.iter().map(|server| server.identity()).collect();
    assert_eq!(distinct.len(), candidates.len(), "a candidate comes twice");
    assert!(candidates.iter().all(|server| sets::counts(continuum.scheme(), server)));
    if owner.is_some() {
        let able = continuum.servers().iter().filter(|s| sets::counts(continuum.scheme(), s));
        assert_eq!(candidates.len(), able.count(), "candidates are left out");
    }
    // In the order of how many earlier candidates stand in the same zone.
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wanted: Vec<(usize, &Server)> = candidates
        .iter()
        .map(|server| {
            let before = seen.entry(server.zone().unwrap_or_default()).or_default();
            *before += 1;
            (*before, *server)
        })
        .collect();
    wanted.sort_by_key(|(before, _)| *before);
    for n in [0, 1, 2, 3, 5, 17, 40] {
        let copies: Vec<&Server> = continuum.copies_in_zones(key, n).collect();
        let wanted: Vec<&Server> = wanted.iter().take(n).map(|(_, server)| *server).collect();
        assert_eq!(copies, wanted, "{n} copies over zones");
        assert_eq!(continuum.copies(key, n).count(), n.min(candidates.len()));
    }
    for avoid in 0..3 {
        let healthy = |server: &Server| candidates.iter().skip(avoid).any(|other| *other == server);
        assert_eq!(continuum.resolve_where(key, healthy), candidates.get(avoid).copied());
    }
    if let (Some(position), Some(owner)) = (continuum.position(key), continuum.resolve_index(key)) {
        let placed = continuum.resolve_position(position);
        assert!(placed.is_none_or(|placed| placed == owner), "a position of another owner");
    }
}

/// Shares, ranges, fingerprint, advice.
fn whole(continuum: &Continuum) {
    let _ = (continuum.advice(), continuum.memory(), format!("{continuum:?}"));
    let fair: f64 = continuum.fair_shares().iter().sum();
    assert!(fair == 0.0 || (fair - 1.0).abs() < 1e-9, "fair shares sum to {fair}");
    if !sets::has_map(continuum) {
        return;
    }
    let ownership = continuum.ownership();
    assert_eq!(ownership.basis(), Basis::Exact);
    assert!(ownership.shares().iter().all(|share| (0.0..=1.0 + 1e-9).contains(share)));
    let sum: f64 = ownership.shares().iter().sum();
    let owned = continuum.resolve("").is_some();
    assert!((sum - if owned { 1.0 } else { 0.0 }).abs() < 1e-9, "shares sum to {sum}");
    let Some(ranges) = continuum.ranges() else { return };
    let mut next = Some(0);
    for range in &ranges {
        assert_eq!(Some(range.first), next, "ranges leave a gap");
        assert!(range.first <= range.last);
        next = range.last.checked_add(1);
        for position in [range.first, range.first + (range.last - range.first) / 2, range.last] {
            assert_eq!(continuum.resolve_position(position), range.owner, "at {position}");
        }
    }
}

/// The same servers in another order.
fn order_free(continuum: &Continuum, keys: &[Vec<u8>]) {
    let mut reversed = Servers::new();
    for server in continuum.servers().as_slice().iter().rev() {
        reversed.add(server.clone()).unwrap();
    }
    let other = Continuum::with_servers(continuum.scheme().clone(), reversed);
    // The order may decide what is refused only where it decides anything.
    let other = match other {
        Ok(other) => other,
        Err(error) => {
            assert_ne!(continuum.scheme().order(), Order::Free, "{error}");
            return;
        }
    };
    let same = continuum.fingerprint() == other.fingerprint();
    assert!(same || continuum.scheme().order() != Order::Free, "order is said to be free");
    for key in keys {
        let (one, two) = (continuum.resolve(key), other.resolve(key));
        assert!(!same || one == two, "equal fingerprints, unequal maps");
    }
}

fn explain(continuum: &Continuum, key: &[u8]) {
    let explanation = continuum.explain(key);
    assert_eq!(explanation.owner_index().unwrap_or(NO_OWNER), {
        continuum.resolve_index(key).unwrap_or(NO_OWNER)
    });
    assert_eq!(explanation.key(), key);
    assert_eq!(explanation.position(), continuum.position(key));
    assert_eq!(explanation.candidates().count(), continuum.candidates(key).count());
    let _ = (explanation.hashed(), explanation.hash(), format!("{:?}", explanation.hit()));
}
