//! etcd, version 3, over its JSON gateway.

mod gateway;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use continuum::{Scheme, Server, Servers};
use serde_json::{Value, json};

use self::gateway::{Gateway, Refusal};
use self::watch::Watch;
use super::{Fault, Source, lines, place};
use crate::access::Access;
use crate::set::Set;

/// Which of both ranges are asked for: all that the user may read.
const RANGES: [&[usize]; 3] = [&[0, 1], &[0], &[1]];

/// The members that lie in etcd.
///
/// Under a prefix (`etcd://host:2379/cache/members/`) each key holds one server, as
/// `host:port[=capacity]` or as the object that etcd's own naming writes
/// (`{"Addr": "host:port"}`); they are taken in the order of their keys. A single key
/// (`etcd://host:2379/cache/servers`) holds a list, one server a line. Keys of etcd may
/// begin with a slash or not: `/cache/servers` and `cache/servers` are both looked up, and
/// refused where both are there. A user who may read only one of them is answered by that.
///
/// Every answer is one consistent read (`/v3/kv/txn`) at one revision, which must not
/// go back. A watch (`/v3/watch`) only says when to read, so that nothing depends on what
/// it may have missed. One value that is no server makes the whole answer none.
///
/// It speaks HTTP with the JSON that etcd's server itself offers, since the client that
/// speaks gRPC takes a compiler of protocol buffers to build; over TLS where the place
/// begins with `etcds://`. A user and a password stand before the host, or come with the
/// [`Access`]; they are not printed. The gateway knows no users by their certificates.
#[derive(Debug)]
pub struct Etcd {
    name: String,
    /// Without the slash that it may begin with.
    key: String,
    /// Whether each key below it holds a server.
    prefix: bool,
    scheme: Scheme,
    gateway: Arc<Gateway>,
    asked: &'static [usize],
    watch: Option<Watch>,
    revision: u64,
}

impl Etcd {
    /// The place, as `etcd://[USER:PASSWORD@]host:port/key` or
    /// `etcd://[USER:PASSWORD@]host:port/prefix/` (`etcds://` over TLS), and the scheme,
    /// which it does not say.
    ///
    /// # Errors
    /// The text is no such place; a certificate cannot be used.
    pub fn open(text: &str, scheme: Scheme, access: &Access) -> Result<Self, Fault> {
        let name = place::shown(text);
        let expected =
            || Fault::new(&name, "expected etcd://HOST:PORT/KEY or etcd://HOST:PORT/PREFIX/");
        let (tls, rest) = match text.split_once("://").ok_or_else(expected)? {
            ("etcd", rest) => (false, rest),
            ("etcds", rest) => (true, rest),
            _ => return Err(expected()),
        };
        let (authority, key) = rest.split_once('/').ok_or_else(expected)?;
        let (user, authority) = place::user(authority).map_err(|why| Fault::new(&name, why))?;
        let host = authority.split(':').next().unwrap_or_default();
        if host.is_empty() || key.trim_matches('/').is_empty() {
            return Err(expected());
        }
        let port = match authority.rsplit_once(':') {
            // All of an address of version 6 is between brackets.
            Some(_) if authority.ends_with(']') => false,
            Some((_, port)) if port.parse::<u16>().is_ok() => true,
            Some(_) => return Err(expected()),
            None => false,
        };
        let authority = if port { authority.to_owned() } else { format!("{authority}:2379") };
        let base = format!("http{}://{authority}", if tls { "s" } else { "" });
        let user = user.or_else(|| access.user.clone());
        let gateway = Gateway::new(base, tls.then_some(access), user);
        Ok(Self {
            key: key.trim_start_matches('/').to_owned(),
            prefix: key.ends_with('/'),
            scheme,
            gateway: Arc::new(gateway.map_err(|why| Fault::new(&name, why))?),
            name,
            asked: RANGES[0],
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

    /// The answer for all that may be read.
    fn fetch(&mut self) -> Result<Value, Fault> {
        let mut refusal = match self.transact(self.asked) {
            Err(refusal) if refusal.is_denied() => refusal,
            answer => return answer.map_err(|refusal| Fault::new(&self.name, refusal)),
        };
        for asked in RANGES.into_iter().filter(|asked| *asked != self.asked) {
            match self.transact(asked) {
                Err(again) if again.is_denied() => refusal = again,
                answer => {
                    self.asked = asked;
                    self.watch = None;
                    return answer.map_err(|refusal| Fault::new(&self.name, refusal));
                }
            }
        }
        Err(Fault::new(&self.name, refusal))
    }

    fn transact(&self, asked: &[usize]) -> Result<Value, Refusal> {
        let ranges = self.ranges();
        let asked = asked.iter().filter_map(|at| ranges.get(*at));
        let asked: Vec<Value> = asked.map(|range| json!({ "request_range": range })).collect();
        self.gateway.ask("/v3/kv/txn", &json!({ "success": asked }))
    }

    fn read(&self, answer: &Value) -> Result<(u64, Servers), String> {
        let half = || "half an answer".to_owned();
        let revision = number(&answer["header"]["revision"]).ok_or_else(half)?;
        let responses = answer["responses"].as_array().map_or(&[][..], Vec::as_slice);
        if responses.len() != self.asked.len() {
            return Err(half());
        }
        let listed = responses.iter().map(|response| self.listed(&response["response_range"]));
        let mut listed = listed.collect::<Result<Vec<Servers>, String>>()?;
        listed.retain(|servers| !servers.is_empty());
        if listed.len() > 1 {
            let key = &self.key;
            return Err(format!("there are servers at '/{key}' and at '{key}': which is meant?"));
        }
        Ok((revision, listed.pop().unwrap_or_default()))
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
            let refuse = |error: String| format!("{}: {error}", key.escape_debug());
            if self.prefix {
                let server = server(&value).map_err(refuse)?;
                servers.add(server).map_err(|error| refuse(error.to_string()))?;
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
            let ranges = self.ranges();
            let asked = self.asked.iter().filter_map(|at| ranges.get(*at));
            let watch = Watch::start(&self.gateway, asked);
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
fn server(value: &str) -> Result<Server, String> {
    let value = value.trim();
    let object = value.starts_with('{').then(|| serde_json::from_str::<Value>(value));
    let address = object.as_ref().and_then(|object| object.as_ref().ok()?["Addr"].as_str());
    lines::server(address.unwrap_or(value))
}

/// Numbers of 64 bits are texts in this encoding.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Access, Etcd, STANDARD};
    use base64::Engine as _;

    fn etcd(text: &str) -> Etcd {
        Etcd::open(text, "twemproxy".parse().unwrap(), &Access::new()).unwrap()
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
        assert_eq!((all.gateway.base(), all.prefix), ("http://127.0.0.1:2379", true));
        let ends = all.ranges().map(|range| range["range_end"].clone());
        assert_eq!(ends, ["/cache/members0", "cache/members0"].map(|end| STANDARD.encode(end)));
        assert_eq!(etcd("etcd://127.0.0.1//cache/members/").ranges(), all.ranges());
        let one = etcd("etcd://[::1]:4001/servers");
        assert_eq!((one.gateway.base(), one.prefix), ("http://[::1]:4001", false));
        let safe = etcd("etcds://me:hush@h/servers");
        assert_eq!((safe.gateway.base(), &*safe.name), ("https://h:2379", "etcds://h/servers"));
        assert!(!format!("{safe:?}").contains("hush"));
        for text in ["etcd://h:1", "etcd://h:1/", "etcd:///a", "etcd://u:hush@/a", "etcd://h:x/a"] {
            let access = Access::new();
            let refusal = Etcd::open(text, "twemproxy".parse().unwrap(), &access).unwrap_err();
            assert!(refusal.to_string().contains("expected etcd://HOST:PORT/KEY"), "{refusal}");
            assert!(!refusal.to_string().contains("hush"), "{refusal}");
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
