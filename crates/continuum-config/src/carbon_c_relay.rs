//! carbon-c-relay's file: clusters of type `carbon_ch`, `fnv1a_ch`, `jump_fnv1a_ch`
//! and `any_of`. Clusters of other types are skipped.
//!
//! The listener cleans a metric's name before it is hashed, which `-t` does not:
//! names are read as the listener's, with the characters that `-c` allows unless it
//! is given.

use std::collections::BTreeMap;
use std::net::IpAddr;

use continuum::Server;

use crate::address;
use crate::draft::{Chosen, Count, Draft, Found, Twice};
use crate::error::Error;
use crate::fault::Fault;
use crate::key::KeyRule;
use crate::limits;
use crate::note::{Note, Topic};
use crate::quote::quoted;
use crate::source::File;

/// The port of a server that gives none.
const PORT: u16 = 2003;

/// A word, and whether it stood in quotes.
#[derive(Clone, Debug, PartialEq)]
struct Word {
    text: String,
    quoted: bool,
    line: u32,
}

impl Word {
    fn is(&self, text: &str) -> bool {
        !self.quoted && self.text == text
    }
}

/// Statements, each ended by `;`.
fn statements(text: &str) -> Result<Vec<Vec<Word>>, Fault> {
    let (mut all, mut words) = (Vec::new(), Vec::new());
    let (mut line, mut rest) = (1_u32, text);
    let end = |rest: &str| {
        rest.find(|c: char| c.is_whitespace() || matches!(c, ';' | '"')).unwrap_or(rest.len())
    };
    while let Some(c) = rest.chars().next() {
        match c {
            '\n' => line += 1,
            c if c.is_whitespace() => {}
            '#' => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            ';' => {
                let statement = std::mem::take(&mut words);
                if !statement.is_empty() {
                    all.push(statement);
                }
            }
            '"' => {
                let (text, behind) = in_quotes(&rest[1..])
                    .ok_or_else(|| Fault::new(line, "a quote without its end"))?;
                let lines = text.bytes().filter(|byte| *byte == b'\n').count();
                words.push(Word { text, quoted: true, line });
                line = line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
                rest = behind;
                continue;
            }
            _ => {
                let (word, behind) = rest.split_at(end(rest));
                words.push(Word { text: word.to_owned(), quoted: false, line });
                rest = behind;
                continue;
            }
        }
        rest = &rest[c.len_utf8()..];
        if all.len() > limits::VALUES || words.len() > limits::SERVERS {
            return Err(Fault::new(line, format!("more than {} words", limits::SERVERS)));
        }
    }
    match words.first() {
        Some(word) => Err(Fault::new(word.line, format!("{}: ';' is missing", quoted(&word.text)))),
        None => Ok(all),
    }
}

/// The text up to the closing quote, and what follows it.
fn in_quotes(rest: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((text, &rest[at + 1..])),
            '\\' => match chars.next()? {
                (_, '"') => text.push('"'),
                (_, other) => text.extend(['\\', other]),
            },
            other => text.push(other),
        }
    }
    None
}

pub(crate) fn read(text: &str, file: &File) -> Result<Vec<Found>, Error> {
    let mut servers = Count::default();
    let mut all: Vec<Found> = Vec::new();
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    let mut rewrites = None;
    let mut routed: Vec<(u32, Vec<String>)> = Vec::new();
    for words in statements(text).map_err(|fault| fault.within(file))? {
        let Some((first, rest)) = words.split_first() else { continue };
        match first.text.as_str() {
            "cluster" if !first.quoted => {
                let (name, rest) = rest
                    .split_first()
                    .ok_or_else(|| Error::new(file.at(first.line), "cluster without a name"))?;
                if let Some(line) = names.insert(name.text.clone(), first.line) {
                    let name = quoted(&name.text);
                    let sentence = format!("a second cluster {name}, first on line {line}");
                    return Err(Error::new(file.at(first.line), sentence));
                }
                if names.len() > limits::POOLS {
                    let sentence = format!("more than {} clusters", limits::POOLS);
                    return Err(Error::new(file.at(first.line), sentence));
                }
                let found = cluster(&name.text, first.line, rest, file);
                let found = Found::of(&name.text, found.map_err(|fault| fault.within(file)));
                if let Found::Pool(draft) = &found {
                    servers.add(draft.servers.len(), &file.at(first.line))?;
                }
                all.push(found);
            }
            "include" => {
                let pattern = rest.first().map_or("", |word| word.text.as_str());
                let sentence = format!("include {}: clusters in it are not read", quoted(pattern));
                let note = Note::new(file.at(first.line), Topic::Unread, pattern, sentence);
                all.push(Found::Note(note));
            }
            "rewrite" if rewrites.is_none() => rewrites = Some(first.line),
            "match" => routed.extend(route_using(rest).map(|clusters| (first.line, clusters))),
            _ => {}
        }
    }
    if let Some(line) = rewrites {
        for found in &mut all {
            let Found::Pool(draft) = found else { continue };
            let sentence = "a rewrite changes names before they are hashed: give names as it \
                            leaves them";
            draft.note(file.at(line), Topic::Key, "rewrite", sentence);
        }
    }
    for (line, clusters) in routed {
        for found in &mut all {
            let Found::Pool(draft) = found else { continue };
            if clusters.iter().any(|name| *name == *draft.name) {
                let sentence = "of the metrics of this match the text behind 'route using' is hashed, \
                                and not the name: give that";
                draft.note(file.at(line), Topic::Key, "route using", sentence);
            }
        }
    }
    Ok(all)
}

/// The clusters to which a match sends, if it hashes another text than the name.
fn route_using(words: &[Word]) -> Option<Vec<String>> {
    let plain = |word: &Word, text: &str| !word.quoted && word.text == text;
    words.windows(2).find(|pair| plain(&pair[0], "route") && plain(&pair[1], "using"))?;
    let to = words.windows(2).position(|pair| plain(&pair[0], "send") && plain(&pair[1], "to"))?;
    Some(words[to + 2..].iter().map(|word| word.text.clone()).collect())
}

fn cluster(name: &str, line: u32, words: &[Word], file: &File) -> Result<Found, Fault> {
    let (kind, rest) =
        words.split_first().ok_or_else(|| Fault::new(line, "has no type and no servers"))?;
    let hash = match kind.text.as_str() {
        "carbon_ch" => "carbon",
        "fnv1a_ch" => "fnv1a",
        "jump_fnv1a_ch" => "jump-fnv1a",
        "any_of" => "any-of",
        other @ ("forward" | "failover" | "lb" | "file") => {
            let why = format!("does not hash: its type is {other}");
            return Ok(Found::skipped(name, file.at(kind.line), why));
        }
        other => return Err(Fault::new(kind.line, format!("type {} is not known", quoted(other)))),
    };
    let scheme = Chosen::new("carbon-c-relay").with("hash", hash).with("input", "clean");
    let mut draft = Draft::new(name, file.at(line), scheme, file.at(kind.line));
    draft.key = KeyRule::PLAIN;
    // Points of one text are one server's; jump counts every line; any_of takes no such list.
    draft.twice = match hash {
        "jump-fnv1a" => Twice::Numbered,
        "any-of" => Twice::Refused,
        _ => Twice::Merged,
    };
    if hash == "any-of" {
        let sentence = "a server that fails or falls behind leaves its metrics to the others";
        draft.note(file.at(kind.line), Topic::Ejection, "any_of", sentence);
    }
    let mut rest = rest.iter();
    let mut words = Vec::new();
    let mut of_names = None;
    let mut copied = None;
    while let Some(word) = rest.next() {
        if word.is("useall") && hash == "any-of" && words.is_empty() {
            of_names = Some(word.line);
        } else if word.is("replication") && draft.servers.is_empty() && words.is_empty() {
            let copies = rest.next().and_then(|word| address::whole32(&word.text));
            let copies = copies.filter(|copies| *copies > 0);
            let copies = copies.ok_or_else(|| {
                Fault::new(word.line, "replication is not followed by a whole number from 1 up")
            })?;
            copied = Some((copies, word.line));
            if copies > 1 {
                let sentence =
                    format!("each metric goes to its first {copies} candidates, not to one");
                draft.note(file.at(word.line), Topic::Copies, "replication", sentence);
            }
        } else if word.is("dynamic") && words.is_empty() {
            let sentence = "dynamic takes a failing server out: its metrics move while it is away";
            draft.note(file.at(word.line), Topic::Ejection, "dynamic", sentence);
        } else {
            words.push(word);
        }
    }
    let mut instances: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        let server = server(&word.text).map_err(|sentence| Fault::new(word.line, sentence))?;
        let instance = server.instance().map(str::to_owned);
        if let Some(line) = of_names.filter(|_| server.host().parse::<IpAddr>().is_err()) {
            let name = quoted(server.host());
            let sentence = format!(
                "useall makes a server of each address of {name}, which the file does not say"
            );
            return Err(Fault::new(line, sentence));
        }
        let first = instances.entry(server.address().into_owned()).or_insert(instance);
        // What is told apart by the instance alone is called by all of its text.
        let named = first.as_deref() != server.instance();
        let server = if named { server.with_name(word.text.as_str()) } else { server };
        draft.servers.push((server, file.at(word.line)));
        // How it is talked to, which changes no metric's server.
        while let Some(option) =
            words.next_if(|word| ["proto", "type", "transport"].iter().any(|name| word.is(name)))
        {
            let value = words.next().ok_or_else(|| {
                Fault::new(option.line, format!("{} without a value", option.text))
            })?;
            if value.is("ssl") || words.next_if(|word| word.is("ssl")).is_some() {
                continue;
            }
            if words.next_if(|word| word.is("mtls")).is_some() {
                words.next();
                words.next();
            }
        }
    }
    if let Some((copies, line)) =
        copied.filter(|(copies, _)| *copies as usize > draft.servers.len())
    {
        let sentence = format!(
            "replication {copies} is greater than the number of servers, {}, which carbon-c-relay refuses",
            draft.servers.len()
        );
        return Err(Fault::new(line, sentence));
    }
    let sentence = "names are hashed as the listener cleans them, with the characters that -c \
                    allows unless it is given; -t hashes them as they are";
    draft.note(file.at(line), Topic::Assumed, "-c", sentence);
    Ok(draft.into())
}

/// `host[:port][=instance]`, an IPv6 host in brackets.
fn server(text: &str) -> Result<Server, String> {
    let refuse = |why: &str| format!("server {}: {why}", quoted(text));
    let (place, instance) = match text.split_once('=') {
        Some((place, instance)) => (place, Some(instance)),
        None => (text, None),
    };
    let server = match place.rsplit_once(':') {
        Some((host, _)) if host.contains(':') && !place.starts_with('[') => {
            return Err(refuse("an IPv6 address stands in brackets"));
        }
        _ => address::server(place)?,
    };
    let server = match server.port() {
        Some(_) => server,
        None if place.starts_with('/') => return Err(refuse("a path is no address here")),
        None => Server::new(server.host(), PORT),
    };
    match instance {
        Some("") => Err(refuse("the instance is empty")),
        Some(instance) => Ok(server.with_instance(instance)),
        None => Ok(server),
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::testing::{file, only, shown};

    const CONF: &str = "# a relay
listen type linemode 2003 proto tcp;
cluster send-through
  fnv1a_ch replication 2 dynamic
    10.0.0.1:2003=a proto udp
    10.0.0.2=b type linemode transport gzip ssl   # far
    [2001:db8::1]:2004
  ;
cluster \"one two\" carbon_ch 10.0.0.1 10.0.0.1;
cluster jump jump_fnv1a_ch 10.0.0.1:1=0 10.0.0.1:2=1;
cluster file file ip /tmp/x;
cluster any any_of useall 10.0.0.1 10.0.0.2;
match \"^a;b\" send to send-through stop;
aggregate ^x$ every 10 seconds expire after 35 seconds compute sum write to y;
";

    #[test]
    fn clusters_by_type() {
        assert_eq!(
            shown(read(CONF, &file())),
            [
                "send-through carbon-c-relay:hash=fnv1a,input=clean | 10.0.0.1:2003 10.0.0.2:2003 \
                 [2001:db8::1]:2004",
                "one two carbon-c-relay:input=clean | 10.0.0.1:2003 10.0.0.1:2003",
                "jump carbon-c-relay:hash=jump-fnv1a,input=clean | 10.0.0.1:1 10.0.0.1:2",
                "file - does not hash: its type is file",
                "any carbon-c-relay:hash=any-of,input=clean | 10.0.0.1:2003 10.0.0.2:2003",
            ]
        );
        let text = CONF.split("cluster \"").next().unwrap();
        let draft = only(read(text, &file()));
        let instances: Vec<_> = draft.servers.iter().map(|(server, _)| server.instance()).collect();
        assert_eq!(instances, [Some("a"), Some("b"), None]);
        let about: Vec<&str> = draft.notes.iter().map(|note| note.about()).collect();
        assert_eq!(about, ["replication", "dynamic", "-c"]);
    }

    #[test]
    fn instances_tell_servers_apart() {
        let found = shown(read("cluster a fnv1a_ch h=a h=b h:2003=b;", &file()));
        assert!(found[0].ends_with("| h:2003 h=b<h:2003> h:2003=b<h:2003>"), "{found:?}");
    }

    #[test]
    fn what_is_elsewhere_is_noted() {
        let text = format!("include /etc/relay/*.conf;\nrewrite ^a into b;\n{CONF}");
        let found = shown(read(&text, &file()));
        assert_eq!(found[0], "note f:1: include '/etc/relay/*.conf': clusters in it are not read");
    }

    /// As `carbon-c-relay -t` has it: the text behind `route using` finds the server.
    #[test]
    fn a_match_that_hashes_another_text_is_noted() {
        let told = |name: &str| {
            let text = format!(
                "cluster {name} fnv1a_ch h=a;\nmatch ^c\\.([^.]+)\n  route using c.\\1\n  send to x a \
                 stop;\nmatch * send to {name};"
            );
            let draft = only(read(&text, &file()));
            draft.notes.iter().filter(|note| note.about() == "route using").count()
        };
        assert_eq!((told("a"), told("b")), (1, 0));
    }

    #[test]
    fn refuses_by_name() {
        for (text, says) in [
            ("cluster", "f:1: 'cluster': ';' is missing"),
            ("cluster;", "f:1: cluster without a name"),
            ("cluster a;", "f:1: has no type and no servers"),
            ("cluster a md5_ch x;", "f:1: type 'md5_ch' is not known"),
            ("cluster a forward x;cluster a forward y;", "f:1: a second cluster 'a', first on"),
            (
                "cluster a any_of\nuseall 10.0.0.1 h;",
                "f:2: useall makes a server of each address of 'h'",
            ),
            ("cluster a carbon_ch replication x;", "f:1: replication is not followed by"),
            (
                "cluster a carbon_ch replication 3 x y;",
                "f:1: replication 3 is greater than the number of servers, 2",
            ),
            ("cluster a carbon_ch x:y;", "f:1: port 'y' is not"),
            ("cluster a carbon_ch ::1;", "f:1: server '::1': an IPv6 address stands in brackets"),
            ("cluster a carbon_ch x=;", "f:1: server 'x=': the instance is empty"),
            ("cluster a carbon_ch x proto;", "f:1: proto without a value"),
            ("match \"x", "f:1: a quote without its end"),
        ] {
            let found = shown(read(text, &file()));
            let last = found.last().unwrap();
            assert!(last.starts_with(&format!("! {says}")), "{text}: {found:?}");
        }
    }
}
