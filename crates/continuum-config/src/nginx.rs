//! nginx: `upstream` blocks that say `hash KEY [consistent]` or `ip_hash`, and
//! `split_clients`, of http and stream.
//!
//! Read as nginx reads: the file and, at the top and in `http`, `stream` and
//! `upstream` blocks, what it includes (relative to the folder of the file that
//! was named, as nginx takes its own, or to the prefix that the caller names).
//! Inside of other blocks nothing can change an upstream, and they are looked
//! through for directives that change `$uri` alone.
//!
//! An upstream that does not hash is skipped, with what it balances by, whatever its
//! servers say. Every directive and server parameter in a hashing upstream is on a
//! list of those that change no owner, or is read, or is refused by name, as is what
//! `stream` does not have. An included file that is missing can only hide upstreams:
//! a note says so, but for one inside of an upstream, which is refused.
//!
//! Not covered: `server` lines that DNS or an API changes while nginx runs
//! (`service=`, `state`), Lua balancers, `sticky`.

mod filled;
mod include;
mod lexer;
mod pattern;
mod server;
mod split_clients;
mod stream;
mod unended;
mod upstream;

use std::collections::BTreeMap;

use crate::draft::{Count, Found};
use crate::error::Error;
use crate::key::KeyRule;
use crate::limits;
use crate::note::{Note, Topic};
use crate::options::Options;
use crate::place::Place;
use crate::quote::quoted;
use crate::source::File;
use crate::spelling;
use filled::Filled;
use include::Includes;
use lexer::{Lexer, Sentence};
use upstream::Upstream;

/// Blocks that hold no upstream.
const CLOSED: &[&str] = &[
    "charset_map",
    "events",
    "geo",
    "geoip2",
    "if",
    "limit_except",
    "location",
    "mail",
    "map",
    "match",
    "otel_exporter",
    "perl",
    "server",
    "types",
    "mgmt",
    "rtmp",
    "mqtt",
];

/// Those whose lines say what fills a variable.
const BODIES: &[&str] = &["geo", "geoip2", "map"];

/// Where a block's directives are looked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Main,
    Http,
    Stream,
}

struct Reader {
    includes: Includes,
    found: Vec<Found>,
    /// Which of those found stand in `stream`.
    in_stream: Vec<usize>,
    names: BTreeMap<(Level, Box<str>), Place>,
    servers: Count,
    /// Where `merge_slashes off` stands, and the first `rewrite` that stays inside.
    unmerged: Option<Place>,
    rewrite: Option<Place>,
    filled: Filled,
    /// Includes in blocks that hold no upstream: what they fill may be hashed.
    inner: Vec<(String, Place)>,
    /// The first of them that could not be read.
    hidden: Option<(String, Place)>,
}

pub(crate) fn read(text: &str, file: &File, options: &Options) -> Result<Vec<Found>, Error> {
    let mut reader = Reader {
        includes: Includes::new(options, text.len()),
        found: Vec::new(),
        in_stream: Vec::new(),
        names: BTreeMap::new(),
        servers: Count::default(),
        unmerged: None,
        rewrite: None,
        filled: Filled::default(),
        inner: Vec::new(),
        hidden: None,
    };
    let mut lexer = Lexer::new(text, file);
    reader.level(&mut lexer, Level::Main, false)?;
    reader.read_inner();
    Ok(reader.finish())
}

impl Reader {
    /// Reads directives up to the end of the block or of the file.
    fn level(&mut self, lexer: &mut Lexer<'_>, level: Level, inside: bool) -> Result<(), Error> {
        while let Some(sentence) = lexer.sentence(inside)? {
            self.directive(lexer, level, sentence)?;
        }
        Ok(())
    }

    fn directive(
        &mut self,
        lexer: &mut Lexer<'_>,
        level: Level,
        sentence: Sentence,
    ) -> Result<(), Error> {
        self.watch(&sentence);
        let Sentence { words, place, block } = sentence;
        let name = words.first().map_or("", |word| word);
        if block && let Some(sentence) = unended::swallowed(&words) {
            return Err(Error::new(place, sentence));
        }
        match (name, block) {
            (name, false) if unended::is_filled_in(name) => {
                let sentence = format!(
                    "{} is filled in by nginx's tests: what it stands for is not read",
                    quoted(name)
                );
                self.note(place, name, sentence);
            }
            ("include", false) => {
                let [_, pattern] = words.as_slice() else {
                    return Err(Error::new(place, "include takes one file"));
                };
                for (path, file) in self.resolve(pattern, &place)? {
                    let text = self.includes.enter(&path, &file, &place)?;
                    self.level(&mut Lexer::new(&text, &file), level, false)?;
                    self.includes.leave();
                }
            }
            ("http", true) if level == Level::Main => self.level(lexer, Level::Http, true)?,
            ("stream", true) if level == Level::Main => self.level(lexer, Level::Stream, true)?,
            ("upstream", true) => {
                let [_, name] = words.as_slice() else {
                    return Err(Error::new(place, "upstream takes one name"));
                };
                self.upstream(lexer, level, name, place)?;
            }
            ("split_clients", true) => {
                let found = split_clients::read(lexer, &words, &place)?;
                self.keep(found, level);
            }
            (name, true) if name.ends_with("_by_lua_block") => lexer.skip_lua(&place)?,
            (name, true) => {
                if let Some(meant) = spelling::meant(name, &["upstream", "http", "stream"]) {
                    let sentence = format!("unknown block {}: is it {meant}?", quoted(name));
                    return Err(Error::new(place, sentence));
                }
                if !CLOSED.contains(&name) {
                    let sentence = format!("unknown block {} was passed over", quoted(name));
                    self.note(place.clone(), name, sentence);
                }
                if BODIES.contains(&name) {
                    let body = self.body(lexer, &place)?;
                    self.filled.see_block(&words, &body);
                } else {
                    self.skip_block(lexer, &place)?;
                }
            }
            ("http" | "stream" | "upstream" | "server" | "hash", false) => {
                return Err(Error::new(place, format!("{name} does not belong here")));
            }
            (name, false) => {
                if let Some(meant) = spelling::meant(name, &["include", "upstream"]) {
                    let sentence = format!("unknown directive {}: is it {meant}?", quoted(name));
                    return Err(Error::new(place, sentence));
                }
            }
        }
        Ok(())
    }

    fn note(&mut self, place: Place, about: &str, sentence: String) {
        let notes = self.found.iter().filter(|found| matches!(found, Found::Note(_))).count();
        if notes < limits::REMARKS {
            self.found.push(Found::Note(Note::new(place, Topic::Unread, about, sentence)));
        }
    }

    /// The files of an include outside of upstreams; one that is missing is noted.
    fn resolve(
        &mut self,
        pattern: &str,
        place: &Place,
    ) -> Result<Vec<(std::path::PathBuf, File)>, Error> {
        let files = self.includes.resolve(pattern, place)?;
        if let Some(why) = self.includes.missing(pattern, &files) {
            let sentence =
                format!("include {}: {why}: upstreams in it are not read", quoted(pattern));
            self.note(place.clone(), pattern, sentence);
            return Ok(Vec::new());
        }
        Ok(files)
    }

    /// The lines of a block, those of files that it includes among them.
    fn body(&mut self, lexer: &mut Lexer<'_>, opened: &Place) -> Result<Vec<Vec<String>>, Error> {
        let mut body = Vec::new();
        lexer.skip_block(opened, &mut |sentence| {
            body.push((sentence.words.clone(), sentence.place.clone()));
        })?;
        let mut lines = Vec::new();
        for (words, place) in body {
            if let [include, pattern] = words.as_slice()
                && include == "include"
            {
                let files = self.includes.resolve(pattern, &place)?;
                if self.includes.missing(pattern, &files).is_none() {
                    for (path, file) in files {
                        let text = self.includes.enter(&path, &file, &place)?;
                        let mut lexer = Lexer::new(&text, &file);
                        while let Some(sentence) = lexer.sentence(false)? {
                            lines.push(sentence.words);
                        }
                        self.includes.leave();
                    }
                }
            }
            lines.push(words);
        }
        Ok(lines)
    }

    /// Reads what blocks without upstreams include, for what it fills and changes. What
    /// cannot be read there hides no upstream, and so it is no fault.
    fn read_inner(&mut self) {
        let mut at = 0;
        while let Some((pattern, place)) = self.inner.get(at).cloned() {
            at += 1;
            if self.read_one(&pattern, &place).is_none() {
                self.hidden.get_or_insert((pattern, place));
            }
        }
    }

    fn read_one(&mut self, pattern: &str, place: &Place) -> Option<()> {
        let files = self.includes.resolve(pattern, place).ok()?;
        if self.includes.missing(pattern, &files).is_some() {
            return None;
        }
        for (path, file) in files {
            let text = self.includes.enter(&path, &file, place).ok()?;
            let watched = self.watch_all(&text, &file);
            self.includes.leave();
            watched.ok()?;
        }
        Some(())
    }

    fn watch_all(&mut self, text: &str, file: &File) -> Result<(), Error> {
        let mut lexer = Lexer::new(text, file);
        while let Some(sentence) = lexer.sentence(false)? {
            self.watch_inner(&sentence);
            if sentence.block {
                self.skip_block(&mut lexer, &sentence.place)?;
            }
        }
        Ok(())
    }

    /// Remembers what a block without upstreams holds, and what it includes.
    fn watch_inner(&mut self, sentence: &Sentence) {
        self.watch(sentence);
        if let [include, pattern] = sentence.words.as_slice()
            && include == "include"
            && self.inner.len() < limits::FILES
            && self.inner.iter().all(|(known, _)| known != pattern)
        {
            self.inner.push((pattern.clone(), sentence.place.clone()));
        }
    }

    /// Remembers what changes what is hashed before it is.
    fn watch(&mut self, sentence: &Sentence) {
        self.filled.see(sentence);
        let words: Vec<&str> = sentence.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["merge_slashes", "off"] => self.unmerged = Some(sentence.place.clone()),
            ["rewrite", _, to, rest @ ..] => {
                let leaves = matches!(rest, ["redirect" | "permanent"])
                    || ["http://", "https://", "$scheme"].iter().any(|start| to.starts_with(start));
                if !leaves && self.rewrite.is_none() {
                    self.rewrite = Some(sentence.place.clone());
                }
            }
            _ => {}
        }
    }

    /// Passes the end of a block that was opened, whatever its directives are.
    fn skip_block(&mut self, lexer: &mut Lexer<'_>, opened: &Place) -> Result<(), Error> {
        lexer.skip_block(opened, &mut |sentence| self.watch_inner(sentence))
    }

    fn upstream(
        &mut self,
        lexer: &mut Lexer<'_>,
        level: Level,
        name: &str,
        place: Place,
    ) -> Result<(), Error> {
        if self.names.len() >= limits::POOLS {
            return Err(Error::new(place, format!("more than {} upstreams", limits::POOLS)));
        }
        if let Some(first) = self.names.insert((level, name.into()), place.clone()) {
            let sentence = format!("a second upstream {}, first at {first}", quoted(name));
            return Err(Error::new(place, sentence));
        }
        let mut upstream = Upstream::new(name, place, level);
        self.upstream_body(lexer, &mut upstream, true)?;
        self.keep(upstream.finish(), level);
        Ok(())
    }

    fn keep(&mut self, found: Found, level: Level) {
        if level == Level::Stream {
            self.in_stream.push(self.found.len());
        }
        self.found.push(found);
    }

    fn upstream_body(
        &mut self,
        lexer: &mut Lexer<'_>,
        upstream: &mut Upstream,
        inside: bool,
    ) -> Result<(), Error> {
        while let Some(Sentence { words, place, block }) = lexer.sentence(inside)? {
            let name = words.first().map_or("", |word| word);
            if block {
                if name.ends_with("_by_lua_block") {
                    lexer.skip_lua(&place)?;
                } else {
                    self.skip_block(lexer, &place)?;
                }
                upstream.block(name, place);
                continue;
            }
            if name == "include" {
                let [_, pattern] = words.as_slice() else {
                    return Err(Error::new(place, "include takes one file"));
                };
                let files = self.includes.resolve(pattern, &place)?;
                if let Some(why) = self.includes.missing(pattern, &files) {
                    upstream.refuse(place, || format!("include {}: {why}", quoted(pattern)));
                    continue;
                }
                for (path, file) in files {
                    let text = self.includes.enter(&path, &file, &place)?;
                    self.upstream_body(&mut Lexer::new(&text, &file), upstream, false)?;
                    self.includes.leave();
                }
                continue;
            }
            self.servers.add(usize::from(name == "server"), &place)?;
            upstream.directive(&words, place);
        }
        Ok(())
    }

    /// Says of every pool what changes what it hashes.
    fn finish(mut self) -> Vec<Found> {
        self.finish_stream();
        for found in &mut self.found {
            let Found::Pool(draft) = found else { continue };
            let takes_uri = draft.key.takes_nginx_uri();
            let unfilled = self.filled.unfilled(&draft.key.variables());
            if let (Some(name), Some((pattern, place))) = (unfilled, &self.hidden) {
                let sentence = format!(
                    "include {} is not read: what fills ${name} may stand in it",
                    quoted(pattern)
                );
                draft.note(place.clone(), Topic::Unread, &name, sentence);
            }
            if let Some((text, before)) =
                draft.key.as_text().and_then(|key| self.filled.before(key))
            {
                draft.after(&text, before);
            }
            if !takes_uri {
                continue;
            }
            if let Some(place) = &self.unmerged {
                draft.key = KeyRule::opaque(draft.key.to_string());
                let sentence = "merge_slashes off changes $uri where it is set: which requests \
                                that are is not followed";
                draft.note(place.clone(), Topic::Key, "merge_slashes", sentence);
            }
            if let Some(place) = &self.rewrite {
                let sentence = "a rewrite changes $uri before it is hashed: keys made of requests \
                                are those that no rewrite touches";
                draft.note(place.clone(), Topic::Key, "rewrite", sentence);
            }
        }
        self.found
    }

    /// Refuses pools of `stream` whose keys take what only a request of HTTP has.
    fn finish_stream(&mut self) {
        for at in &self.in_stream {
            let Some(found) = self.found.get_mut(*at) else { continue };
            let Found::Pool(draft) = &mut *found else { continue };
            let Some(key) = draft.key.as_text().map(str::to_owned) else { continue };
            let of_requests = stream::of_requests(&key);
            if of_requests.is_empty() {
                continue;
            }
            let names: Vec<&str> = of_requests.iter().map(String::as_str).collect();
            if let Some(name) = self.filled.unfilled(&names) {
                let sentence =
                    format!("${name} is a variable of http: nginx has none in stream, and stops");
                let error = Error::new(draft.at.clone(), sentence);
                *found = Found::Refused(draft.name.clone(), error);
            } else {
                // A variable of the file's own, under such a name.
                draft.key = KeyRule::opaque(key);
            }
        }
    }
}

#[cfg(test)]
mod tests;
