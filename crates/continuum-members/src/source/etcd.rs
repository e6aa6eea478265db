//! etcd, version 3, over its JSON gateway.

mod watch;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use continuum::{Scheme, Server, Servers};
use serde_json::{Value, json};
use ureq::Agent;

use self::watch::Watch;
use super::{Fault, Source, lines};
use crate::set::Set;

/// Bytes of an answer.
const MOST: u64 = 16 << 20;

/// The members that lie in etcd.
///
/// Under a prefix (`etcd://host:2379/cache/members/`) each key holds one server, as
/// `host:port[=capacity]` or as the object that etcd's own naming writes
/// (`{"Addr": "host:port"}`); they are taken in the order of their keys. A single key
/// (`etcd://host:2379/cache/servers`) holds a list, one server a line. Keys of etcd may
/// begin with a slash or not: `/cache/servers` and `cache/servers` are both looked up, and
/// refused where both are there.
///
/// Every answer is one consistent read (`/v3/kv/txn`) at one revision, which must not
/// go back. A watch (`/v3/watch`) only says when to read, so that nothing depends on what
/// it may have missed. One value that is no server makes the whole answer none.
///
/// It speaks HTTP with the JSON that etcd's server itself offers, since the client that
/// speaks gRPC takes a compiler of protocol buffers to build. It knows no TLS and no
/// passwords: an etcd that wants them is reached through `etcd grpc-proxy` on loopback.
#[derive(Debug)]
pub struct Etcd {
    name: String,
    base: String,
    /// Without the slash that it may begin with.
    key: String,
    /// Whether each key below it holds a server.
    prefix: bool,
    scheme: Scheme,
    agent: Agent,
    watch: Option<Watch>,
    revision: u64,
}

impl Etcd {
    /// The place, as `etcd://host:port/key` or `etcd://host:port/prefix/`, and the scheme,
    /// which it does not say.
    ///
    /// # Errors
    /// The text is no such place.
    pub fn open(text: &str, scheme: Scheme) -> Result<Self, Fault> {
        let expected =
            || Fault::new(text, "expected etcd://HOST:PORT/KEY or etcd://HOST:PORT/PREFIX/");
        let rest = text.strip_prefix("etcd://").ok_or_else(expected)?;
        let (authority, key) = rest.split_once('/').ok_or_else(expected)?;
        if authority.is_empty() || authority.contains('@') || key.trim_matches('/').is_empty() {
            return Err(expected());
        }
        let port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let authority = if port { authority.to_owned() } else { format!("{authority}:2379") };
        let agent = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(5)))
            .http_status_as_error(false)
            .build()
            .into();
        Ok(Self {
            name: text.to_owned(),
            base: format!("http://{authority}"),
            key: key.trim_start_matches('/').to_owned(),
            prefix: key.ends_with('/'),
            scheme,
            agent,
            watch: None,
            revision: 0,
        })
    }

    /// The key, or both ends of the range below it: with a slash before it, and without.
    fn ranges(&self) -> [Value; 2] {
        [format!("/{}", self.key), self.key.clone()].map(|key| match key.strip_suffix('/') {
            // The byte behind a slash is a nought.
            Some(stem) => json!({
                "key": STANDARD.encode(&key),
                "range_end": STANDARD.encode(format!("{stem}0")),
            }),
            None => json!({ "key": STANDARD.encode(&key) }),
        })
    }

    fn fetch(&self) -> Result<Value, Fault> {
        let failed = |why: String| Fault::new(&self.name, why);
        let url = format!("{}/v3/kv/txn", self.base);
        let asked = self.ranges().map(|range| json!({ "request_range": range }));
        let sent = self
            .agent
            .post(&url)
            .header("content-type", "application/json")
            .send(json!({ "success": asked }).to_string());
        let mut response = sent.map_err(|error| failed(reason(&error)))?;
        let body = response.body_mut().with_config().limit(MOST).read_to_string();
        let body = body.map_err(|error| failed(reason(&error)))?;
        let answer: Value =
            serde_json::from_str(&body).map_err(|_| failed("half an answer".to_owned()))?;
        if !response.status().is_success() {
            let why = answer["error"].as_str().unwrap_or("no reason");
            return Err(failed(format!("answers {}: {why}", response.status())));
        }
        Ok(answer)
    }

    fn read(&self, answer: &Value) -> Result<(u64, Servers), String> {
        let half = || "half an answer".to_owned();
        let revision = number(&answer["header"]["revision"]).ok_or_else(half)?;
        let responses = answer["responses"].as_array().map_or(&[][..], Vec::as_slice);
        let [with, without] = responses else { return Err(half()) };
        let with = self.listed(&with["response_range"])?;
        let without = self.listed(&without["response_range"])?;
        match (with.is_empty(), without.is_empty()) {
            (_, true) => Ok((revision, with)),
            (true, false) => Ok((revision, without)),
            (false, false) => {
                let key = &self.key;
                Err(format!("there are servers at '/{key}' and at '{key}': which is meant?"))
            }
        }
    }

    /// The servers of one range.
    fn listed(&self, answer: &Value) -> Result<Servers, String> {
        let half = || "half an answer".to_owned();
        if !answer.is_object() {
            return Err(half());
        }
        let listed = match &answer["kvs"] {
            Value::Null => &Vec::new(),
            Value::Array(listed) => listed,
            _ => return Err(half()),
        };
        // Absent where it is 0, as all that is 0 in this encoding.
        let count = number(&answer["count"]).unwrap_or(0);
        if answer["more"].as_bool() == Some(true) || count != listed.len() as u64 {
            return Err(half());
        }
        let mut servers = Servers::new();
        for pair in listed {
            let text = |field: &str| -> Result<String, String> {
                let bytes = pair.get(field).map_or(Some(""), Value::as_str).ok_or_else(half)?;
                let bytes = STANDARD.decode(bytes).map_err(|_| half())?;
                String::from_utf8(bytes).map_err(|_| format!("a {field} that is no text"))
            };
            let (key, value) = (text("key")?, text("value")?);
            let refuse = |error: continuum::Error| format!("{}: {error}", key.escape_debug());
            if self.prefix {
                servers.add(server(&value).map_err(refuse)?).map_err(refuse)?;
            } else {
                servers = lines::servers(&value).map_err(refuse)?;
            }
        }
        Ok(servers)
    }
}

impl Source for Etcd {
    fn name(&self) -> &str {
        &self.name
    }

    fn ask(&mut self) -> Result<Set, Fault> {
        let answer = self.fetch()?;
        let (revision, servers) = self.read(&answer).map_err(|why| Fault::new(&self.name, why))?;
        if revision < self.revision {
            let sentence = format!("its revision went back from {} to {revision}", self.revision);
            return Err(Fault::new(&self.name, sentence));
        }
        self.revision = revision;
        if self.watch.is_none() {
            let watch = Watch::start(&self.base, &self.ranges());
            self.watch = Some(watch.map_err(|error| Fault::io(&self.name, &error))?);
        }
        Ok(Set::new(self.scheme.clone(), servers))
    }

    fn wait(&mut self, most: Duration) -> bool {
        match &self.watch {
            Some(watch) => watch.wait(most),
            None => {
                std::thread::sleep(most);
                false
            }
        }
    }
}

/// One server: its text, or the object that etcd's naming writes.
fn server(value: &str) -> Result<Server, continuum::Error> {
    let value = value.trim();
    if value.starts_with('{')
        && let Ok(object) = serde_json::from_str::<Value>(value)
        && let Some(address) = object["Addr"].as_str()
    {
        return address.parse();
    }
    value.parse()
}

/// Numbers of 64 bits are texts in this encoding.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "no address for this name".to_owned(),
        ureq::Error::Io(error) => {
            let text = error.to_string();
            text.split_once(" (os error").map_or(&*text, |(words, _)| words).to_owned()
        }
        // Of a connection that ended too early, in the library's words.
        ureq::Error::BodyExceedsLimit(_) => "an answer of more than 16 MiB".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Etcd, STANDARD};
    use base64::Engine as _;

    fn etcd(text: &str) -> Etcd {
        Etcd::open(text, "twemproxy".parse().unwrap()).unwrap()
    }

    fn range(pairs: &[(&str, &str)]) -> Value {
        let pair = |(key, value): &(&str, &str)| json!({ "key": STANDARD.encode(key), "value": STANDARD.encode(value) });
        json!({
            "kvs": pairs.iter().map(pair).collect::<Vec<_>>(),
            "count": pairs.len().to_string(),
        })
    }

    fn answer(with: Value, without: Value) -> Value {
        json!({
            "header": { "revision": "7" },
            "responses": [{ "response_range": with }, { "response_range": without }],
        })
    }

    fn pairs(pairs: &[(&str, &str)]) -> Value {
        answer(range(pairs), json!({}))
    }

    #[test]
    fn places() {
        let all = etcd("etcd://127.0.0.1/cache/members/");
        assert_eq!((all.base.as_str(), all.prefix), ("http://127.0.0.1:2379", true));
        let ends = all.ranges().map(|range| range["range_end"].clone());
        assert_eq!(ends, ["/cache/members0", "cache/members0"].map(|end| STANDARD.encode(end)));
        assert_eq!(etcd("etcd://127.0.0.1//cache/members/").ranges(), all.ranges());
        let one = etcd("etcd://[::1]:4001/servers");
        assert_eq!((one.base.as_str(), one.prefix), ("http://[::1]:4001", false));
        for text in ["etcd://h:1", "etcd://h:1/", "etcd:///a", "etcd://u:p@h:1/a"] {
            let refusal = Etcd::open(text, "twemproxy".parse().unwrap()).unwrap_err();
            assert!(refusal.to_string().contains("expected etcd://HOST:PORT/KEY"), "{refusal}");
        }
    }

    #[test]
    fn values() {
        let etcd = etcd("etcd://h:1/a/");
        let object = r#"{"Op":0,"Addr":"10.0.0.2:80","Metadata":null}"#;
        let listed = range(&[("a/1", "10.0.0.1:80=2\n"), ("a/2", object)]);
        for all in [answer(listed.clone(), json!({})), answer(json!({}), listed.clone())] {
            let (revision, servers) = etcd.read(&all).unwrap();
            let texts: Vec<String> = servers.iter().map(ToString::to_string).collect();
            assert_eq!((revision, texts.join(" ")), (7, "10.0.0.1:80=2 10.0.0.2:80".to_owned()));
        }
        assert!(etcd.read(&answer(json!({}), json!({}))).unwrap().1.is_empty());
        let both = etcd.read(&answer(listed.clone(), listed)).unwrap_err();
        assert_eq!(both, "there are servers at '/a/' and at 'a/': which is meant?");
        for (listed, sentence) in [
            (vec![("a/1", "10.0.0.1:")], "a/1: server '10.0.0.1:'"),
            (vec![("a/1", "")], "a/1: "),
            (vec![("a/1", "h:1"), ("a/2", "h:1")], "a/2: "),
        ] {
            let refusal = etcd.read(&pairs(&listed)).unwrap_err();
            assert!(refusal.starts_with(sentence), "{refusal}");
        }
    }

    #[test]
    fn half_answers() {
        let etcd = etcd("etcd://h:1/a/");
        let one = range(&[("a/1", "h:1")]);
        let (mut fewer, mut more) = (one.clone(), one.clone());
        fewer["count"] = "2".into();
        more["more"] = true.into();
        let mut alone = answer(one.clone(), json!({}));
        alone["responses"].as_array_mut().unwrap().pop();
        let mut timeless = answer(one, json!({}));
        timeless["header"] = json!({});
        for value in [
            answer(fewer, json!({})),
            answer(more, json!({})),
            answer(json!({ "kvs": 3 }), json!({})),
            answer(Value::Null, json!({})),
            alone,
            timeless,
            json!({}),
        ] {
            assert_eq!(etcd.read(&value).unwrap_err(), "half an answer", "{value}");
        }
    }

    #[test]
    fn one_key_holds_a_list() {
        let etcd = etcd("etcd://h:1/servers");
        let list = pairs(&[("servers", "# ours\na:1\n\nb:1=2 # large\n")]);
        assert_eq!(etcd.read(&list).unwrap().1.len(), 2);
    }
}
