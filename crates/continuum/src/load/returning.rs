//! Which keys a server that comes back after a failure has again.

use std::time::Duration;

use crate::hash::xxh3::xxh3_64;

/// Of its own seed, so that it says nothing of where a scheme places a key.
const SEED: u64 = 0x636f_6e74_696e_7565;

/// Whether a server that came back so long ago has a key again, if it takes its keys in
/// equal parts over a ramp. A key that has come back stays. Everybody who asks with the
/// same key and times gets the same answer, so that a proxy and a client send the key to
/// one server meanwhile.
///
/// ```
/// use std::time::Duration;
/// use continuum::load::has_returned;
/// let ramp = Duration::from_secs(60);
/// let back = |seconds| {
///     let gone = Duration::from_secs(seconds);
///     (0..1000).filter(|key| has_returned(format!("key-{key}").as_bytes(), gone, ramp)).count()
/// };
/// assert_eq!((back(0), back(60)), (0, 1000));
/// assert!((400..600).contains(&back(30)));
/// ```
#[must_use]
pub fn has_returned(key: &[u8], gone: Duration, ramp: Duration) -> bool {
    if gone >= ramp {
        return true;
    }
    // Of centuries 64 bits are left.
    let gone = u64::try_from(gone.as_nanos()).unwrap_or(u64::MAX);
    let part = (u128::from(gone) << 64) / ramp.as_nanos();
    u128::from(xxh3_64(key, SEED)) < part
}
