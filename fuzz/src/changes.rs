//! Servers change in place, step by step: the same as a continuum built anew of them.

use continuum::{Continuum, Server, Servers};

use crate::catalogue;
use crate::records;

/// A head, and a change in every record.
pub fn run(data: &[u8]) {
    let Some((head, steps)) = records::of(data) else { return };
    let [low, high, shape, keys] = *head;
    let scheme = u16::from_le_bytes([low, high]);
    let Some(mut changed) = catalogue::continuum(scheme, shape % 4 + shape / 128 * 8) else {
        return;
    };
    let mut servers = changed.servers().clone();
    for (number, step) in (100..).zip(steps.iter().take(6)) {
        let before = servers.clone();
        let mut done = change(&mut servers, &changed, *step, number);
        if done.is_ok() {
            let wanted = servers.clone();
            done = changed.update(|servers| {
                *servers = wanted;
                Ok(())
            });
        }
        if let Err(error) = done {
            assert!(error.to_string().len() > 10, "{error}");
            servers = before;
        }
        assert_eq!(changed.servers(), &servers);
    }
    let fresh = Continuum::with_servers(changed.scheme().clone(), servers).unwrap();
    assert_eq!(fresh.fingerprint(), changed.fingerprint(), "{} differs", changed.scheme());
    for number in 0..16_u8 {
        let key = [keys, number, number.wrapping_mul(keys)];
        let owners = (fresh.resolve_index(key), changed.resolve_index(key));
        assert_eq!(owners.0, owners.1, "{}: an update differs from a build", changed.scheme());
    }
    let order =
        |continuum: &Continuum| -> Vec<Server> { continuum.candidates(&[keys]).cloned().collect() };
    assert_eq!(order(&fresh), order(&changed), "{}: another order", changed.scheme());
    if keys % 8 == 0 {
        assert_eq!(fresh.ranges(), changed.ranges(), "{}: other ranges", changed.scheme());
    }
}

/// One server comes, goes or changes; or several do at once.
fn change(
    servers: &mut Servers,
    continuum: &Continuum,
    [kind, which, capacity, more]: [u8; 4],
    number: u32,
) -> Result<(), continuum::Error> {
    let scheme = continuum.scheme();
    for turn in 0..=u32::from(more % 16 / 14) {
        let some = servers.as_slice().get(usize::from(which) % servers.len().max(1));
        let some = some.map(|server| server.identity().into_owned());
        match (kind % 4, some) {
            (0, Some(identity)) => drop(servers.remove(&identity)?),
            (1, Some(identity)) => {
                let wanted = catalogue::server(scheme, 0, capacity).capacity();
                let _ = servers.set_capacity(&identity, wanted)?;
            }
            // One of the first hundred may be there, or may have been.
            (2, _) => servers.add(catalogue::server(scheme, which.into(), capacity))?,
            _ => servers.add(catalogue::server(scheme, number + 50 * turn, capacity))?,
        }
    }
    Ok(())
}
