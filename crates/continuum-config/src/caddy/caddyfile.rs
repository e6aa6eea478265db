//! A Caddyfile: sites, in them directives, in them `reverse_proxy`. Upstreams become the
//! dial addresses that `caddy adapt` makes of them.

use super::directive::{Directive, directives};
use super::import::expanded;
use super::tokens::{Word, lines};
use super::{Policy, Proxy, found, layer4, variables};
use crate::draft::Found;
use crate::error::Error;
use crate::fault::Fault;
use crate::limits;
use crate::note::{Note, Topic};
use crate::options::{Options, unknown_variable};
use crate::quote::quoted;
use crate::source::File;

/// Whether a file is a Caddyfile, by its name or by what it says, and not JSON.
pub(crate) fn is_caddyfile(name: &str, text: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| file.ends_with(ending));
    let named = file.starts_with("caddyfile") || ends(&[".caddyfile", ".caddy"]);
    let others = ends(&[".json", ".yaml", ".yml", ".toml"]);
    !is_json(text) && (named || !others && says_so(text))
}

/// Whether a text is JSON: a Caddyfile may begin with a brace too.
pub(crate) fn is_json(text: &str) -> bool {
    text.trim_start().strip_prefix('{').is_some_and(|rest| {
        let rest = rest.trim_start();
        rest.starts_with('"') || rest.starts_with('}')
    })
}

/// Whether a text has a line that only a Caddyfile has: a proxy, its policy, or a brace
/// alone on the first line with a global option under it.
fn says_so(text: &str) -> bool {
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut lines = lines.map(|line| line.split_whitespace());
    let first: Vec<&str> = lines.clone().next().into_iter().flatten().collect();
    let second = lines.clone().nth(1).and_then(|mut line| line.next()).unwrap_or_default();
    let option = |word: &str| {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit();
        !word.is_empty() && word.bytes().all(letter)
    };
    if first == ["{"] && option(second) {
        return true;
    }
    // YAML may hold a Caddyfile in a text.
    if first.first().is_some_and(|word| *word == "---" || word.ends_with(':')) {
        return false;
    }
    lines.any(|mut line| {
        let word = line.next().unwrap_or_default();
        let next = line.next().unwrap_or_default();
        let directive = matches!(word, "reverse_proxy" | "php_fastcgi" | "lb_policy");
        let last = line.last().unwrap_or(next);
        directive && !next.is_empty() && !next.starts_with(['=', ':']) && !last.ends_with(';')
    })
}

pub(crate) fn read(text: &str, file: &File, options: &Options) -> Result<Vec<Found>, Error> {
    let told = |fault: Fault| fault.within(file);
    let text = variables::filled(text, &options.environment);
    let lines = lines(&text).and_then(|lines| expanded(joined(lines))).map_err(told)?;
    let all = directives(&mut lines.into_iter().peekable(), 0, None).map_err(told)?;
    // Global options stand in a block of no name.
    let options = all.iter().take_while(|block| block.words.is_empty()).count();
    let (options, all) = all.split_at(options);
    // A file of one site may leave the braces out: its first line is the address.
    let open = all.first().filter(|first| first.block.is_empty() && first.name() != "import");
    let sites: Vec<(String, &[Directive])> = match open {
        Some(first) => vec![(site(first), &all[1..])],
        None => all.iter().map(|block| (site(block), &block.block[..])).collect(),
    };
    let mut pools = Vec::new();
    let mut unread: Vec<&Directive> = Vec::new();
    if open.is_none() {
        unread.extend(all.iter().filter(|block| block.name() == "import"));
    }
    for (name, directives) in sites {
        let mut proxies = Vec::new();
        walk(directives, &mut proxies, &mut unread);
        pools.extend(found(&name, proxies, file)?);
    }
    let note = |directive: &Directive| {
        let place = file.at(directive.line());
        if let Some(name) = variables::unknown(directive.name()) {
            let sentence = format!("{}: proxies in it are not read", unknown_variable(name));
            return Found::Note(Note::new(place, Topic::Unread, name, sentence));
        }
        let names = directive.words.get(1).map_or("", |word| word.text.as_str());
        let sentence = format!("import {}: proxies in it are not read", quoted(names));
        Found::Note(Note::new(place, Topic::Unread, names, sentence))
    };
    pools.extend(unread.into_iter().take(limits::REMARKS).map(note));
    pools.extend(layer4::of_options(options).map(|line| layer4::unread(file, line)));
    Ok(pools)
}

fn site(block: &Directive) -> String {
    block.name().trim_end_matches(',').to_owned()
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

/// Every proxy, and every import that names files.
fn walk<'d>(
    directives: &'d [Directive],
    proxies: &mut Vec<Result<Proxy, Fault>>,
    unread: &mut Vec<&'d Directive>,
) {
    for directive in directives {
        let chooses = || directive.block.iter().any(|inner| inner.name() == "lb_policy");
        match directive.name() {
            "import" => unread.push(directive),
            name if variables::unknown(name).is_some() => unread.push(directive),
            "reverse_proxy" => proxies.push(proxy(directive)),
            "php_fastcgi" => proxies.push(proxy(directive).map(of_php)),
            // It sends a request to be allowed, and is a proxy in all but its name.
            "forward_auth" if chooses() => proxies.push(proxy(directive)),
            "proxy" => proxies.push(older(directive)),
            _ => {}
        }
        // What is imported into a proxy is told with it.
        let is_proxy = matches!(directive.name(), "reverse_proxy" | "php_fastcgi");
        let inner = &mut Vec::new();
        walk(&directive.block, proxies, if is_proxy { inner } else { &mut *unread });
    }
}

/// A proxy to programs of PHP, which are looked for before the proxy chooses.
fn of_php(mut proxy: Proxy) -> Proxy {
    if let Policy::Hashes(key, _) = &mut proxy.policy
        && key == "uri_hash"
    {
        key.push_str(", of the file that php_fastcgi finds");
    }
    proxy
}

/// A proxy of Caddy 1, whose policies have names that Caddy 2 has too.
fn older(directive: &Directive) -> Result<Proxy, Fault> {
    let line = directive.line();
    let policy = directive.block.iter().rfind(|inner| inner.name() == "policy");
    let name = policy.and_then(|policy| policy.words.get(1)).map_or("random", |word| &word.text);
    match name {
        "ip_hash" | "uri_hash" | "header" => {
            let sentence = format!(
                "proxy with policy {name} is Caddy 1's, which hashes otherwise: that is not covered"
            );
            Err(Fault::new(line, sentence))
        }
        other => Ok(Proxy { line, policy: Policy::Other(other.to_owned()), upstreams: Vec::new() }),
    }
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
    let known = |word: &Word| match variables::unknown(&word.text) {
        Some(name) => Err(Fault::new(word.line, unknown_variable(name))),
        None => Ok(()),
    };
    for inner in &directive.block {
        let words = inner.words.get(1..).unwrap_or_default();
        // It may stand for what the proxy balances by.
        inner.words.first().map_or(Ok(()), known)?;
        match inner.name() {
            "to" => given.extend(words),
            "dynamic" => dynamic = Some(inner.line()),
            "import" => {
                let sentence = format!(
                    "import {}: what the proxy balances by may be in it: give the file that `caddy \
                     adapt` writes",
                    quoted(words.first().map_or("", |word| &word.text))
                );
                return Err(Fault::new(inner.line(), sentence));
            }
            "lb_policy" => {
                words.iter().try_for_each(known)?;
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
            known(word)?;
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
