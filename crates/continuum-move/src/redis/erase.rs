//! Deletes what has not changed since it was read, and puts what is not there: scripts
//! compare and write in one step, and can be pipelined; `WATCH` would take two round trips
//! for each key.

use std::time::Instant;

use redis::{Cmd, Value, cmd};
use sha1::{Digest as _, Sha1};

use super::answer;
use super::fate::Fate;
use super::server::Redis;
use crate::error::Error;

/// Deletes a key whose value has this digest, and so much time left if that is said:
/// 1 deleted, 0 gone, -1 another.
const DELETE: &str = "local value = redis.call('DUMP', KEYS[1]) \
    if not value then return 0 end \
    if redis.sha1hex(value) ~= ARGV[1] then return -1 end \
    if ARGV[2] then \
        local left = redis.call('PTTL', KEYS[1]) \
        if left < tonumber(ARGV[2]) or left > tonumber(ARGV[3]) then return -1 end \
    end \
    return redis.call('DEL', KEYS[1])";

/// Puts a value, and tells the digest of what this server makes of it: a set or a hash is
/// dumped in an order of its own by each server.
const PUT: &str = "local told = redis.pcall('RESTORE', KEYS[1], unpack(ARGV)) \
    if type(told) == 'table' and told.err then return told end \
    local value = redis.call('DUMP', KEYS[1]) \
    return value and redis.sha1hex(value) or ''";

/// How far the time that a key has left may lag behind what was read, in milliseconds: the
/// server took so long to get to it.
const LAG: i64 = 5_000;

/// A key as it was read: the digest of its value, and the milliseconds that it had left
/// when, if these must not have changed either.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) key: Vec<u8>,
    pub(super) digest: String,
    pub(super) left: Option<(i64, Instant)>,
}

/// Deletes each key that is what was read.
pub(super) fn erase(server: &mut Redis, keys: &[Read]) -> Result<Vec<Fate>, Error> {
    let ask = |read: &Read| {
        let mut command = cmd("EVAL");
        command.arg(DELETE).arg(1).arg(&read.key).arg(&read.digest);
        if let Some((left, at)) = read.left {
            let passed = i64::try_from(at.elapsed().as_millis()).unwrap_or(i64::MAX);
            let least = if left < 0 { left } else { left.saturating_sub(passed + LAG).max(0) };
            command.arg(least).arg(left);
        }
        command
    };
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

/// What puts a value with so many milliseconds left (0: for ever) and answers its digest
/// there.
pub(super) fn put(key: &[u8], left: i64, value: &[u8], replace: bool) -> Cmd {
    let mut command = cmd("EVAL");
    command.arg(PUT).arg(1).arg(key).arg(left).arg(value);
    if replace {
        command.arg("REPLACE");
    }
    command
}

/// The digest that `put` was answered with.
pub(super) fn digest_told(name: &str, told: Value) -> Result<String, Error> {
    let text = answer::bytes(name, "EVAL", told)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&text).into_owned())
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
