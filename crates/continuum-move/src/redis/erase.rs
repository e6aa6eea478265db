//! Deletes what has not changed since it was read: a script compares and deletes in one
//! step, and can be pipelined; `WATCH` would take two round trips for each key.

use redis::cmd;
use sha1::{Digest as _, Sha1};

use super::answer;
use super::fate::Fate;
use super::server::Redis;
use crate::error::Error;

/// Deletes a key whose value has this digest: 1 deleted, 0 gone, -1 another.
const DELETE: &str = "local value = redis.call('DUMP', KEYS[1]) \
    if not value then return 0 end \
    if redis.sha1hex(value) ~= ARGV[1] then return -1 end \
    return redis.call('DEL', KEYS[1])";

/// A key and the digest of the value that was read.
pub(super) type Read = (Vec<u8>, String);

/// Deletes each key whose value has its digest.
pub(super) fn erase(server: &mut Redis, keys: &[Read]) -> Result<Vec<Fate>, Error> {
    let ask = |(key, digest): &Read| cmd("EVAL").arg(DELETE).arg(1).arg(key).arg(digest).clone();
    let told = server.ask(&keys.iter().map(ask).collect::<Vec<_>>())?;
    told.iter()
        .map(|told| {
            if let Some(why) = answer::refusal(told) {
                return Err(Error::new(format!(
                    "{} does not run the script that deletes only what has not changed: {why}",
                    server.name
                )));
            }
            Ok(match answer::number(&server.name, "EVAL", told)? {
                1 => Fate::Moved,
                0 => Fate::Vanished,
                _ => Fate::Changed,
            })
        })
        .collect()
}

/// As `redis.sha1hex` writes it.
pub(super) fn digest(value: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(40);
    for byte in Sha1::digest(value) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn digests_are_those_of_the_script() {
        assert_eq!(digest(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }
}
