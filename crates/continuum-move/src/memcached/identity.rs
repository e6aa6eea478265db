//! Whether two addresses are one server. One process has one process id and one start;
//! where these differ there are two, and nothing is written. Where they do not it may still
//! be two, each the first process of its container: then a key with a random name is set
//! through one address and looked for through the other. Only the server that took it can
//! have it. It is removed at once, and would end by itself.

use super::server::{MARK, Memcached};
use super::wire::{Put, Reply};
use crate::error::Error;

/// Seconds that a mark lives if it is not removed.
const LIVES: u64 = 10;
/// Seconds by which the start of one process may seem to differ: a clock was set.
const DRIFT: u64 = 5;

impl Memcached {
    /// Whether this and another are one server.
    pub(crate) fn is(&mut self, other: &mut Self) -> Result<bool, Error> {
        // What is not told is 0.
        let differ = |one: u64, two: u64, by: u64| one > 0 && two > 0 && one.abs_diff(two) > by;
        if differ(self.life.pid, other.life.pid, 0)
            || differ(self.life.since, other.life.since, DRIFT)
        {
            return Ok(false);
        }
        let name = String::from_utf8_lossy(MARK);
        let unknown = |one: &Self, two: &Self, why: &str| {
            Error::new(format!(
                "{} and {} may be one server, and it cannot be told: {why}",
                one.name, two.name
            ))
        };
        for _ in 0..3 {
            let mark = crate::random::name(&format!("{name}-"));
            let mark = mark.as_bytes();
            let put = Put { key: mark, value: mark, flags: 0, expires: LIVES, over: None };
            let cas = match self.put(&[put])?.pop().flatten() {
                Some(Reply::Item(stored)) => stored.cas,
                Some(Reply::Refused(why)) => return Err(unknown(self, other, &why)),
                _ => continue,
            };
            let has = |server: &mut Self| {
                let told = server.get(&[mark])?.pop().flatten();
                Ok::<_, Error>(matches!(told, Some(Reply::Item(item)) if item.value == mark))
            };
            let there = has(other)?;
            // A mark that is over proves nothing.
            let here = has(self)?;
            self.delete(&[(mark, cas)])?;
            if there || here {
                return Ok(there);
            }
        }
        Err(unknown(self, other, "a key that was written to the one is gone at once"))
    }
}
