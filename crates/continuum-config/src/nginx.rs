//! nginx: `upstream` blocks that say `hash KEY [consistent]` or `ip_hash`, and
//! `split_clients`, of http and stream.
//!
//! Read as nginx reads: the file and, at the top and in `http`, `stream` and
//! `upstream` blocks, what it includes (relative to the folder of the file that
//! was named, as nginx takes its own, or to the prefix that the caller names).
//! Inside of other blocks nothing can change an upstream, and they are looked
//! through for directives that change `$uri` alone.
//!
//! An upstream that does not hash is skipped, with what it balances by. Every
//! directive and server parameter in a hashing upstream is on a list of those
//! that change no owner, or is read, or is refused by name. An included file that
//! is missing can only hide upstreams: a note says so, but for one inside of an
//! upstream, which is refused.
//!
//! Not covered: `server` lines that DNS or an API changes while nginx runs
//! (`service=`, `state`), Lua balancers, `sticky`.

mod include;
mod lexer;
mod split_clients;
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
    names: BTreeMap<(Level, Box<str>), Place>,
    servers: Count,
    /// Where `merge_slashes off` stands, and the first `rewrite` that stays inside.
    unmerged: Option<Place>,
    rewrite: Option<Place>,
}

pub(crate) fn read(text: &str, file: &File, options: &Options) -> Result<Vec<Found>, Error> {
    let mut reader = Reader {
        includes: Includes::new(options, text.len()),
        found: Vec::new(),
        names: BTreeMap::new(),
        servers: Count::default(),
        unmerged: None,
        rewrite: None,
    };
    let mut lexer = Lexer::new(text, file);
    reader.level(&mut lexer, Level::Main, false)?;
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
        match (name, block) {
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
                self.found.push(found);
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
                self.skip_block(lexer, &place)?;
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

    /// Remembers what changes `$uri` before it is hashed.
    fn watch(&mut self, sentence: &Sentence) {
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
        lexer.skip_block(opened, &mut |sentence| self.watch(sentence))
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
        let mut upstream = Upstream::new(name, place);
        self.upstream_body(lexer, &mut upstream, true)?;
        self.found.push(upstream.finish());
        Ok(())
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

    /// Says of every pool that hashes `$uri` what changes it.
    fn finish(mut self) -> Vec<Found> {
        for found in &mut self.found {
            let Found::Pool(draft) = found else { continue };
            if !draft.key.takes_nginx_uri() {
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
}

#[cfg(test)]
mod tests;
