//! nginx: `upstream` blocks that say `hash KEY [consistent]`, of http and stream.
//!
//! Read as nginx reads: the file and, at the top and in `http`, `stream` and
//! `upstream` blocks, what it includes (relative to the folder of the file that
//! was named, as nginx takes its own). Inside of other blocks nothing can change
//! an upstream and nothing is looked at but quotes and braces.
//!
//! An upstream without `hash` is skipped, with what it balances by. Every
//! directive and server parameter in a hashing upstream is on a list of those
//! that change no owner, or is read, or is refused by name.
//!
//! Not covered: `server` lines that DNS or an API changes while nginx runs
//! (`service=`, `state`), Lua balancers, `sticky`.

mod include;
mod lexer;
mod upstream;

use std::collections::BTreeMap;

use crate::draft::Found;
use crate::error::Error;
use crate::limits;
use crate::options::Options;
use crate::place::Place;
use crate::quote::quoted;
use crate::source::File;
use crate::spelling;
use include::Includes;
use lexer::{Lexer, Sentence};
use upstream::Upstream;

/// Blocks that hold no upstream and need not be looked into.
const CLOSED: &[&str] = &[
    "charset_map",
    "events",
    "geo",
    "if",
    "limit_except",
    "location",
    "mail",
    "map",
    "match",
    "otel_exporter",
    "perl",
    "server",
    "split_clients",
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
    servers: usize,
}

pub(crate) fn read(text: &str, file: &File, options: &Options) -> Result<Vec<Found>, Error> {
    let mut reader = Reader {
        includes: Includes::new(options.path.as_deref(), text.len()),
        found: Vec::new(),
        names: BTreeMap::new(),
        servers: 0,
    };
    let mut lexer = Lexer::new(text, file);
    reader.level(&mut lexer, Level::Main, false)?;
    Ok(reader.found)
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
        let Sentence { words, place, block } = sentence;
        let name = words.first().map_or("", |word| word);
        match (name, block) {
            ("include", false) => {
                let [_, pattern] = words.as_slice() else {
                    return Err(Error::new(place, "include takes one file"));
                };
                for (path, file) in self.includes.resolve(pattern, &place)? {
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
            (name, true) if name.ends_with("_by_lua_block") => lexer.skip_lua(&place)?,
            (name, true) if CLOSED.contains(&name) => lexer.skip_block(&place)?,
            (name, true) => {
                return Err(Error::new(place, format!("unknown block {}", quoted(name))));
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
                    lexer.skip_block(&place)?;
                }
                upstream.block(name, place);
                continue;
            }
            if name == "include" {
                let [_, pattern] = words.as_slice() else {
                    return Err(Error::new(place, "include takes one file"));
                };
                for (path, file) in self.includes.resolve(pattern, &place)? {
                    let text = self.includes.enter(&path, &file, &place)?;
                    self.upstream_body(&mut Lexer::new(&text, &file), upstream, false)?;
                    self.includes.leave();
                }
                continue;
            }
            self.servers += usize::from(name == "server");
            if self.servers > limits::SERVERS {
                return Err(Error::new(place, format!("more than {} servers", limits::SERVERS)));
            }
            upstream.directive(&words, place);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
