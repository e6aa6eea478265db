//! vmagent's `-promscrape.cluster.membersCount`: which member scrapes a target.
//! Rule, quirks, versions and limits: `docs/schemes/vmagent-cluster.md`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::hashmod::shards;
use crate::error::{Error, Kind, quoted};
use crate::hash::xxh64::xxh64;
use crate::placement::{Hashed, KeyHash, Placement, Space};
use crate::scheme::{Accepts, Capacities, Minimal, OptionSpec, Options, Order, SchemeEntry};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "vmagent -promscrape.cluster",
    versions: "1.79.5, 1.150",
    about: "XXH64 of a target's labels, modulo the number of members",
    options: &[
        OptionSpec::new("job", Accepts::Text(1024), "node", "job_name of the scrape_config"),
        OptionSpec::new("interval", Accepts::Text(64), "1h", "scrape_interval, as 30s or 1h30m"),
        OptionSpec::new("timeout", Accepts::Text(64), "10s", "scrape_timeout"),
        OptionSpec::new("scheme", Accepts::Text(64), "http", "scheme of the scrape_config"),
        OptionSpec::new("path", Accepts::Text(1024), "/metrics", "metrics_path"),
        OptionSpec::new(
            "labels",
            Accepts::Text(65_536),
            "",
            "further labels, as name=value;name=value; $address and $host stand for the target's",
        ),
        OptionSpec::new(
            "shard-by",
            Accepts::Text(4096),
            "",
            "-promscrape.cluster.shardByLabels, separated by semicolons",
        ),
        OptionSpec::new(
            "dialect",
            Accepts::Choice(&["1.150", "1.79"]),
            "1.150",
            "1.79 hashes the option file as well",
        )
        .trying(&[]),
        OptionSpec::new(
            "file",
            Accepts::Text(4096),
            "",
            "1.79: the path of the file_sd file, as vmagent sees it",
        ),
    ],
    capacities: |_| Capacities::Ignored,
    order: |_| Order::Positional,
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 1_545,
    ..SchemeEntry::new("vmagent-cluster", build)
};

/// The text that is hashed, in parts.
#[derive(Debug, PartialEq)]
enum Part {
    Text(String),
    Address,
    Host,
}

/// A target's labels around its address.
struct Target {
    parts: Vec<Part>,
    /// All that is not the address, by which spaces of one hash are told apart.
    name: String,
}

impl Target {
    fn text(&self, address: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        for part in &self.parts {
            text.extend_from_slice(match part {
                Part::Text(part) => part.as_bytes(),
                Part::Address => address,
                Part::Host => address.split(|byte| *byte == b':').next().unwrap_or_default(),
            });
        }
        text
    }
}

impl KeyHash for Target {
    type Position = u64;

    fn hash(&self, key: &[u8]) -> u64 {
        xxh64(&self.text(key), 0)
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        Cow::Owned(self.text(key))
    }

    fn space(&self) -> Space {
        Space { hash: format!("xxh64;labels={}", self.name), size: Some(1 << 64) }
    }
}

fn refuse(why: impl std::fmt::Display) -> Error {
    Error::new(Kind::Scheme, format!("scheme '{}': {why}", SCHEME.name))
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let parts = parts(options)?;
    let mut name = String::new();
    for part in &parts {
        match part {
            Part::Text(text) => name.push_str(text),
            Part::Address => name.push_str("$address"),
            Part::Host => name.push_str("$host"),
        }
    }
    Ok(Box::new(Hashed { hash: Target { parts, name }, place: shards(servers) }))
}

/// The labels' text, in parts.
fn parts(options: &Options<'_>) -> Result<Vec<Part>, Error> {
    let file = options.text("file");
    let old = options.choice("dialect") == "1.79";
    if !old && !file.is_empty() {
        return Err(refuse("only dialect=1.79 hashes the path of a file: leave 'file' out"));
    }
    let duration = |name: &str| {
        let text = options.text(name);
        go_duration(text)
            .ok_or_else(|| refuse(format!("option '{name}' is {}, no duration", quoted(text))))
    };
    // As given by the scrape configuration; further labels stand in place of these.
    let mut labels: BTreeMap<&str, Cow<'_, str>> = BTreeMap::from([
        ("job", options.text("job").into()),
        ("__address__", "$address".into()),
        ("__scheme__", options.text("scheme").into()),
        ("__metrics_path__", options.text("path").into()),
        ("__scrape_interval__", duration("interval")?.into()),
        ("__scrape_timeout__", duration("timeout")?.into()),
    ]);
    if !file.is_empty() {
        labels.insert("__vm_filepath", file.into());
    }
    for label in options.text("labels").split(';').filter(|label| !label.is_empty()) {
        let (name, value) = label.split_once('=').ok_or_else(|| {
            refuse(format!("option 'labels' has {}, which is no name=value", quoted(label)))
        })?;
        labels.insert(name, value.into());
    }
    labels.retain(|name, _| !name.starts_with("__meta_"));
    let listed: Vec<&str> = options.text("shard-by").split(';').collect();
    if labels.keys().any(|name| listed.contains(name)) {
        labels.retain(|name, _| listed.contains(name));
    }
    let mut parts = Vec::new();
    let mut text = String::new();
    for (name, value) in &labels {
        text.push_str(name);
        text.push('=');
        let mut left = &**value;
        while let Some(at) = left.find('$') {
            let (before, from) = left.split_at(at);
            text.push_str(before);
            let known = [("$address", Part::Address), ("$host", Part::Host)];
            match known.into_iter().find(|(word, _)| from.starts_with(word)) {
                Some((word, part)) => {
                    parts.extend([Part::Text(std::mem::take(&mut text)), part]);
                    left = &from[word.len()..];
                }
                None => {
                    text.push('$');
                    left = &from[1..];
                }
            }
        }
        text.push_str(left);
        text.push(',');
    }
    parts.push(Part::Text(text));
    Ok(parts)
}

/// A duration as Go's `Duration.String` writes it; `None` where it is none.
fn go_duration(text: &str) -> Option<String> {
    let (mut total, mut left) = (0_u64, text);
    while !left.is_empty() {
        let digits = left.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = left.split_at(digits);
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, rest) = rest.split_at(letters);
        let milliseconds = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 7 * 86_400_000,
            "y" => 365 * 86_400_000,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(milliseconds)?)?;
        left = rest;
    }
    if text.is_empty() {
        return None;
    }
    if total > 0 && total < 1000 {
        return Some(format!("{total}ms"));
    }
    let (seconds, fraction) = (total / 1000, total % 1000);
    let mut written = String::new();
    if seconds >= 3600 {
        write!(written, "{}h", seconds / 3600).ok()?;
    }
    if seconds >= 60 {
        write!(written, "{}m", seconds / 60 % 60).ok()?;
    }
    write!(written, "{}", seconds % 60).ok()?;
    if fraction > 0 {
        written.push_str(format!(".{fraction:03}").trim_end_matches('0'));
    }
    written.push('s');
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::go_duration;
    use crate::{Continuum, Scheme, Servers};

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (text, written) in [
            ("1h", "1h0m0s"),
            ("10s", "10s"),
            ("90s", "1m30s"),
            ("1m", "1m0s"),
            ("1h30m", "1h30m0s"),
            ("1d", "24h0m0s"),
            ("500ms", "500ms"),
            ("1500ms", "1.5s"),
            ("0s", "0s"),
        ] {
            assert_eq!(go_duration(text).as_deref(), Some(written), "{text}");
        }
        for text in ["", "10", "s", "1x", "-1s", "99999999999999999999s", "9999999999999999y"] {
            assert_eq!(go_duration(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_hashed() {
        let hashed = |scheme: &str| {
            let scheme: Scheme = scheme.parse().unwrap();
            let servers = Servers::from_texts(["a", "b"]).unwrap();
            let continuum = Continuum::with_servers(scheme, servers)?;
            let text = continuum.placement().hashed(b"x:1").into_owned();
            Ok::<_, crate::Error>(String::from_utf8(text).unwrap())
        };
        assert_eq!(
            hashed("vmagent-cluster:labels=instance=$host;__meta_x=1;cost=$5").unwrap(),
            "__address__=x:1,__metrics_path__=/metrics,__scheme__=http,\
             __scrape_interval__=1h0m0s,__scrape_timeout__=10s,cost=$5,instance=x,job=node,"
        );
        assert_eq!(
            hashed("vmagent-cluster:shard-by=job;__address__;none").unwrap(),
            "__address__=x:1,job=node,"
        );
        let old = hashed("vmagent-cluster:dialect=1.79,file=/etc/t.yml,interval=1m").unwrap();
        assert!(old.ends_with("__scrape_timeout__=10s,__vm_filepath=/etc/t.yml,job=node,"));
        for (scheme, says) in [
            ("vmagent-cluster:file=/x", "only dialect=1.79"),
            ("vmagent-cluster:interval=1", "option 'interval' is '1', no duration"),
            ("vmagent-cluster:labels=x", "'x', which is no name=value"),
        ] {
            let error = hashed(scheme).unwrap_err();
            assert!(error.is_invalid_scheme() && error.to_string().contains(says), "{error}");
        }
    }
}
