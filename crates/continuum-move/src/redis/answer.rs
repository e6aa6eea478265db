//! What Redis answers, as it should be; anything else is refused.

use redis::Value;

use crate::error::Error;

fn wrong(name: &str, to: &str, value: &Value) -> Error {
    let told = match value {
        Value::ServerError(_) => refusal(value).unwrap_or_default(),
        other => {
            let mut told = format!("{other:?}");
            told.truncate(told.char_indices().nth(80).map_or(told.len(), |(at, _)| at));
            told
        }
    };
    Error::new(format!("{name} answered to {to}: {}", crate::escape::escaped(told.as_bytes())))
}

/// The words of a refusal.
pub(super) fn refusal(value: &Value) -> Option<String> {
    let Value::ServerError(error) = value else { return None };
    Some(match error.details() {
        Some(details) => format!("{} {}", error.code(), without_arguments(details)),
        None => error.code().to_owned(),
    })
}

/// What a machine says of a command that it does not know, without what that was given: it
/// repeats all of it, a password too.
pub(super) fn without_arguments(words: &str) -> &str {
    words.find(", with args beginning").map_or(words, |end| &words[..end])
}

/// A number that is not negative.
pub(super) fn number(name: &str, to: &str, value: &Value) -> Result<i64, Error> {
    match value {
        Value::Int(number) => Ok(*number),
        other => Err(wrong(name, to, other)),
    }
}

/// Bytes, or nothing.
pub(super) fn bytes(name: &str, to: &str, value: Value) -> Result<Option<Vec<u8>>, Error> {
    match value {
        Value::BulkString(bytes) => Ok(Some(bytes)),
        Value::Nil => Ok(None),
        other => Err(wrong(name, to, &other)),
    }
}

/// A page of keys and where the next begins.
pub(super) fn page(name: &str, value: Value) -> Result<(u64, Vec<Vec<u8>>), Error> {
    let parts = match value {
        Value::Array(parts) if parts.len() == 2 => parts,
        other => return Err(wrong(name, "SCAN", &other)),
    };
    let mut parts = parts.into_iter();
    let (cursor, keys) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let cursor = match &cursor {
        Value::BulkString(text) => {
            std::str::from_utf8(text).ok().and_then(|text| text.parse().ok())
        }
        _ => None,
    }
    .ok_or_else(|| wrong(name, "SCAN", &cursor))?;
    let Value::Array(keys) = keys else { return Err(wrong(name, "SCAN", &keys)) };
    let keys = keys.into_iter().map(|key| match key {
        Value::BulkString(key) => Ok(key),
        other => Err(wrong(name, "SCAN", &other)),
    });
    Ok((cursor, keys.collect::<Result<_, _>>()?))
}

/// Bytes of a machine's memory, as far as they are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) used: u64,
    /// Of these: what it takes without a key.
    pub(crate) startup: u64,
    /// All that it may use; 0: any.
    pub(crate) most: u64,
    /// What it does when that is used.
    pub(crate) policy: String,
}

/// What `INFO` says that counts here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Info {
    pub(super) version: String,
    /// Random, of this start of the process; not everything that speaks Redis has one.
    pub(super) run_id: Option<String>,
    pub(super) master: Option<String>,
    pub(super) cluster: bool,
    /// Keys thrown out since it started.
    pub(super) evicted: u64,
    pub(super) memory: Memory,
    /// Databases that hold keys, and how many.
    pub(super) databases: Vec<(u32, u64)>,
}

pub(super) fn info(name: &str, value: Value) -> Result<Info, Error> {
    let text = match &value {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => text.clone(),
        other => return Err(wrong(name, "INFO", other)),
    };
    let mut info = Info::default();
    let (mut host, mut replica) = (String::new(), false);
    for line in text.lines() {
        let Some((field, value)) = line.trim_end().split_once(':') else { continue };
        match field {
            "redis_version" => value.clone_into(&mut info.version),
            "run_id" => info.run_id = Some(value.to_owned()).filter(|id| !id.is_empty()),
            "role" => replica = value == "slave",
            "master_host" => value.clone_into(&mut host),
            "cluster_enabled" => info.cluster = value == "1",
            "used_memory" => info.memory.used = value.parse().unwrap_or(0),
            "used_memory_startup" => info.memory.startup = value.parse().unwrap_or(0),
            "maxmemory" => info.memory.most = value.parse().unwrap_or(0),
            "maxmemory_policy" => value.clone_into(&mut info.memory.policy),
            "evicted_keys" => info.evicted = value.parse().unwrap_or(0),
            _ => {
                let database = field.strip_prefix("db").and_then(|number| number.parse().ok());
                let keys = value.split(',').find_map(|part| part.strip_prefix("keys="));
                if let (Some(database), Some(Ok(keys))) = (database, keys.map(str::parse)) {
                    info.databases.push((database, keys));
                }
            }
        }
    }
    info.master = replica.then_some(host);
    Ok(info)
}

#[cfg(test)]
mod tests {
    use redis::Value;

    use super::{Memory, bytes, info, number, page, without_arguments};

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn pages() {
        let keys = Value::Array(vec![bulk("a"), Value::BulkString(vec![0xff])]);
        let (cursor, keys) =
            page("x", Value::Array(vec![bulk("18446744073709551615"), keys])).unwrap();
        assert_eq!((cursor, keys), (u64::MAX, vec![b"a".to_vec(), vec![0xff]]));
        for value in [
            Value::Nil,
            Value::Array(vec![]),
            Value::Array(vec![bulk("0")]),
            Value::Array(vec![bulk("-1"), Value::Array(vec![])]),
            Value::Array(vec![bulk("0"), Value::Nil]),
            Value::Array(vec![bulk("0"), Value::Array(vec![Value::Int(1)])]),
            Value::Array(vec![Value::Int(0), Value::Array(vec![])]),
        ] {
            assert!(page("x", value).unwrap_err().to_string().starts_with("x answered to SCAN: "));
        }
        assert!(number("x", "EXISTS", &bulk("1")).is_err());
        assert!(bytes("x", "DUMP", Value::Int(1)).is_err());
        assert_eq!(bytes("x", "DUMP", Value::Nil).unwrap(), None);
    }

    #[test]
    fn arguments_are_not_repeated() {
        let why = "unknown command 'MIGRATE', with args beginning with: '127.0.0.1' 'AUTH' 'hush'";
        assert_eq!(without_arguments(why), "unknown command 'MIGRATE'");
        assert_eq!(without_arguments("no such key"), "no such key");
    }

    #[test]
    fn infos() {
        let text = "# Server\r\nredis_version:7.0.15\r\nrun_id:5a1f\r\nused_memory:7\r\n\
                    used_memory_startup:3\r\nmaxmemory:9\r\nmaxmemory_policy:allkeys-lru\r\nrole:slave\r\nmaster_host:10.0.0.9\r\n\
                    cluster_enabled:0\r\nevicted_keys:5\r\ndb0:keys=12,expires=3,avg_ttl=7\r\ndb15:keys=1,expires=0\r\n\
                    dbx:keys=7\r\ndb3:nothing\r\nbroken";
        let told = info("x", bulk(text)).unwrap();
        assert_eq!(told.databases, [(0, 12), (15, 1)]);
        assert_eq!((&*told.version, told.master.as_deref()), ("7.0.15", Some("10.0.0.9")));
        let Memory { used, startup, most, policy } = &told.memory;
        assert_eq!((used, startup, most, &**policy), (&7, &3, &9, "allkeys-lru"));
        assert_eq!((told.evicted, told.run_id.as_deref()), (5, Some("5a1f")));
        assert_eq!(info("x", bulk("run_id:\r\n")).unwrap().run_id, None);
        assert!(!told.cluster && info("x", bulk("cluster_enabled:1")).unwrap().cluster);
        assert!(info("x", Value::Nil).is_err());
    }
}
