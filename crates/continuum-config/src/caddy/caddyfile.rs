//! A Caddyfile: sites, in them directives, in them `reverse_proxy`. Upstreams become the
//! dial addresses that `caddy adapt` makes of them.

use super::tokens::{Word, lines};
use super::{Policy, Proxy, found};
use crate::draft::Found;
use crate::error::Error;
use crate::fault::Fault;
use crate::limits;
use crate::quote::quoted;
use crate::source::File;

/// Whether a file's name, or its beginning, is a Caddyfile's and not that of JSON.
pub(crate) fn is_caddyfile(name: &str, text: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    (file.starts_with("caddyfile") || file.ends_with(".caddyfile")) && !is_json(text)
}

/// Whether a text is JSON: a Caddyfile may begin with a brace too.
pub(crate) fn is_json(text: &str) -> bool {
    text.trim_start().strip_prefix('{').is_some_and(|rest| {
        let rest = rest.trim_start();
        rest.starts_with('"') || rest.starts_with('}')
    })
}

/// A directive, its words, and the directives of its block.
struct Directive {
    words: Vec<Word>,
    block: Vec<Directive>,
}

impl Directive {
    fn name(&self) -> &str {
        self.words.first().map_or("", |word| word.text.as_str())
    }

    fn line(&self) -> u32 {
        self.words.first().map_or(1, |word| word.line)
    }
}

pub(crate) fn read(text: &str, file: &File) -> Result<Vec<Found>, Error> {
    let told = |fault: Fault| fault.within(file);
    let lines = lines(text).map_err(told)?;
    let mut lines = joined(lines).into_iter().peekable();
    let all = directives(&mut lines, 0, None).map_err(told)?;
    // A file of one site may leave the braces out: its first line is the address.
    let open = all.first().filter(|first| {
        first.block.is_empty() && !first.words.is_empty() && first.name() != "import"
    });
    let sites: Vec<(String, &[Directive])> = match open {
        Some(first) => vec![(site(first), &all[1..])],
        None => all
            .iter()
            .filter(|block| !block.words.is_empty())
            .map(|block| (site(block), &block.block[..]))
            .collect(),
    };
    let mut pools = Vec::new();
    for (name, directives) in sites {
        // A snippet counts where it is imported, which is not covered.
        if name.starts_with('(') {
            continue;
        }
        let mut proxies = Vec::new();
        walk(directives, &mut proxies).map_err(told)?;
        pools.extend(found(&name, proxies, file)?);
    }
    if let Some(import) = all.iter().find(|block| block.name() == "import") {
        return Err(told(imported(import)));
    }
    Ok(pools)
}

fn site(block: &Directive) -> String {
    block.name().trim_end_matches(',').to_owned()
}

fn imported(directive: &Directive) -> Fault {
    Fault::new(directive.line(), "import is not covered: give the file that `caddy adapt` writes")
}

/// Addresses of a site go on in the next line behind a comma.
fn joined(lines: Vec<Vec<Word>>) -> Vec<Vec<Word>> {
    let mut all: Vec<Vec<Word>> = Vec::new();
    for line in lines {
        let goes_on = |before: &Vec<Word>| {
            before.last().is_some_and(|word| !word.quoted && word.text.ends_with(','))
        };
        match all.last_mut().filter(|before| goes_on(before)) {
            Some(before) => before.extend(line),
            None => all.push(line),
        }
    }
    all
}

/// The directives up to the brace that closes their block.
fn directives(
    lines: &mut std::iter::Peekable<impl Iterator<Item = Vec<Word>>>,
    depth: u32,
    opened: Option<u32>,
) -> Result<Vec<Directive>, Fault> {
    /// Deeper than any file that people write.
    const DEEPEST: u32 = 64;
    if depth > DEEPEST {
        let sentence = format!("blocks stand in more than {DEEPEST} others");
        return Err(Fault::new(opened.unwrap_or(1), sentence));
    }
    let mut all = Vec::new();
    while let Some(mut words) = lines.next() {
        if words.len() == 1 && words[0].is("}") {
            return match opened {
                Some(_) => Ok(all),
                None => Err(Fault::new(words[0].line, "a } closes no block")),
            };
        }
        let line = words[0].line;
        let block = if words.last().is_some_and(|word| word.is("{")) {
            words.pop();
            directives(lines, depth + 1, Some(line))?
        } else {
            Vec::new()
        };
        all.push(Directive { words, block });
    }
    match opened {
        None => Ok(all),
        Some(line) => Err(Fault::new(line, "a block has no }")),
    }
}

fn walk(directives: &[Directive], proxies: &mut Vec<Result<Proxy, Fault>>) -> Result<(), Fault> {
    for directive in directives {
        match directive.name() {
            "import" => return Err(imported(directive)),
            "reverse_proxy" => proxies.push(proxy(directive)),
            _ => {}
        }
        walk(&directive.block, proxies)?;
    }
    Ok(())
}

fn proxy(directive: &Directive) -> Result<Proxy, Fault> {
    let line = directive.line();
    let mut given: Vec<&Word> = directive.words.iter().skip(1).collect();
    let matcher = |word: &&Word| word.text == "*" || word.text.starts_with(['/', '@']);
    if given.first().is_some_and(matcher) {
        given.remove(0);
    }
    let mut policy = Policy::Other("random".to_owned());
    let mut dynamic = None;
    for inner in &directive.block {
        let words = &inner.words[1..];
        match inner.name() {
            "to" => given.extend(words),
            "dynamic" => dynamic = Some(inner.line()),
            "lb_policy" => {
                let name = words.first().map_or("", |word| word.text.as_str());
                let field = words.get(1).map(|word| word.text.as_str());
                policy = Policy::new(name, field, inner.line())?;
            }
            _ => {}
        }
    }
    let mut upstreams = Vec::new();
    if matches!(policy, Policy::Hashes(..)) {
        if let Some(line) = dynamic {
            return Err(Fault::new(
                line,
                "dynamic upstreams are found while Caddy runs: not covered",
            ));
        }
        for word in given {
            dials(word, &mut upstreams)?;
        }
    }
    Ok(Proxy { line, policy, upstreams })
}

/// The dial addresses of an upstream: without a scheme, with a port, a range of ports
/// written out.
fn dials(word: &Word, into: &mut Vec<(String, u32)>) -> Result<(), Fault> {
    let refuse =
        |why: &str| Err(Fault::new(word.line, format!("upstream {}: {why}", quoted(&word.text))));
    let text = word.text.as_str();
    if text.contains(['{', '}']) {
        return refuse("placeholders are not covered: what they stand for decides");
    }
    if text.starts_with("unix/") {
        into.push((text.to_owned(), word.line));
        return Ok(());
    }
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let port = match scheme {
        "" | "http" | "h2c" => "80",
        "https" => "443",
        _ => return refuse("its scheme is not covered"),
    };
    if rest.contains('/') {
        return refuse("its form is not covered");
    }
    let (host, ports) = match rest.rsplit_once(':') {
        Some((host, ports)) if !host.contains(':') || host.ends_with(']') => (host, ports),
        Some(_) if !rest.ends_with(']') => return refuse("an IPv6 address stands in brackets"),
        _ => (rest, port),
    };
    let Some((first, last)) = ports.split_once('-') else {
        into.push((format!("{host}:{ports}"), word.line));
        return Ok(());
    };
    let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else {
        return refuse("its range of ports is none");
    };
    if first > last || usize::from(last - first) + into.len() >= limits::SERVERS {
        return refuse("its range of ports falls or is too long");
    }
    into.extend((first..=last).map(|port| (format!("{host}:{port}"), word.line)));
    Ok(())
}
