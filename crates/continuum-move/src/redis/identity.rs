//! Whether two addresses are one server. `INFO` names each start of a process at random:
//! the same name is the same process, with the same databases. What has no such name is
//! told a name for one connection, which the other connection then sees or does not.
//! Nothing is written.

use redis::{Value, cmd};

use super::answer;
use super::server::Redis;
use crate::error::Error;

impl Redis {
    /// Whether this and another are one server.
    pub(crate) fn is(&mut self, other: &mut Self) -> Result<bool, Error> {
        if self.run_id.is_some() || other.run_id.is_some() {
            return Ok(self.run_id == other.run_id);
        }
        let name = crate::random::name("continuum-move-");
        let named = self.ask_one(cmd("CLIENT").arg("SETNAME").arg(&name))?;
        let listed = other.ask_one(cmd("CLIENT").arg("LIST"))?;
        let listed = match (&named, &listed) {
            (Value::Okay, Value::BulkString(text)) => String::from_utf8_lossy(text).into_owned(),
            (Value::Okay, Value::VerbatimString { text, .. }) => text.clone(),
            (first, second) => {
                let why = answer::refusal(first).or_else(|| answer::refusal(second));
                let why = why.unwrap_or_else(|| "no list of its connections".to_owned());
                return Err(Error::new(format!(
                    "{} and {} do not let it be told whether they are one server: {}",
                    self.name,
                    other.name,
                    crate::escape::escaped(why.as_bytes())
                )));
            }
        };
        Ok(listed.split_ascii_whitespace().any(|word| word.strip_prefix("name=") == Some(&name)))
    }
}
