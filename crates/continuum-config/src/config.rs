//! Reading a file: tell the format, read it, make the pools.

use std::path::Path;

use crate::config_map::{self, Entry};
use crate::draft::Found;
use crate::error::Error;
use crate::format::Format;
use crate::note::{Note, Topic};
use crate::options::Options;
use crate::place::Place;
use crate::pool::{Pool, Skipped};
use crate::quote::quoted;
use crate::source::{self, File};
use crate::tree::{self, Tree};
use crate::{
    caddy, carbon, carbon_c_relay, envoy, go_redis, haproxy, kafka, kubernetes, libmemcached,
    limits, mcrouter, nginx, prometheus, template, text, thanos, toml, twemproxy,
};

/// Everything a file says about pools: those that were read, those that do not
/// hash, and those that were refused.
///
/// ```
/// use continuum_config::{Config, Options};
/// let text = "[[pools]]\nname = \"a\"\nscheme = \"python-continuum\"\nservers = [\"x:1\"]\n\
///             [[pools]]\nname = \"b\"\nservers = [\"x:1\"]\n";
/// let config = Config::parse(text, "pools.toml", &Options::new())?;
/// assert!(config.pool("a").is_ok());
/// assert!(config.pool("b").unwrap_err().to_string().contains("no scheme given"));
/// assert!(config.into_pools().is_err());
/// # Ok::<(), continuum_config::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    place: Place,
    format: Format,
    pools: Vec<Pool>,
    skipped: Vec<Skipped>,
    refused: Vec<(Box<str>, Error)>,
    notes: Vec<Note>,
}

/// Reads a file and every pool in it.
///
/// # Errors
/// The file cannot be read or told; a pool is refused; no pool hashes.
///
/// ```no_run
/// for pool in continuum_config::load("/etc/haproxy/haproxy.cfg")? {
///     println!("{} {} {} servers", pool.name(), pool.scheme(), pool.servers().len());
/// }
/// # Ok::<(), continuum_config::Error>(())
/// ```
pub fn load(path: impl AsRef<Path>) -> Result<Vec<Pool>, Error> {
    Config::read(path, &Options::new())?.into_pools()
}

/// [`load`] for a file whose format the caller names.
///
/// # Errors
/// As [`load`].
///
/// ```no_run
/// use continuum_config::{Format, load_as};
/// let pools = load_as("sites.inc", Format::Nginx)?;
/// # Ok::<(), continuum_config::Error>(())
/// ```
pub fn load_as(path: impl AsRef<Path>, format: Format) -> Result<Vec<Pool>, Error> {
    Config::read(path, &Options::new().with_format(format))?.into_pools()
}

impl Config {
    /// Reads a file, and what it includes.
    ///
    /// # Errors
    /// The file cannot be read, is of no known format, or is broken as a whole.
    /// What is wrong with one pool only is told by [`Config::pool`].
    pub fn read(path: impl AsRef<Path>, options: &Options) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = File::new(&path.display().to_string());
        let text = source::read(path, &file, limits::BYTES)?;
        Self::parse_file(&text, &file, &options.at(path))
    }

    /// Reads a text, or its bytes. `file` is how complaints call it, and helps to tell the
    /// format. What needs other files (an include) is refused.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn parse(text: impl AsRef<[u8]>, file: &str, options: &Options) -> Result<Self, Error> {
        let file = File::new(file);
        let text = source::decode(text.as_ref().to_vec(), &file)?;
        Self::parse_file(&text, &file, options)
    }

    fn parse_file(text: &str, file: &File, options: &Options) -> Result<Self, Error> {
        let (format, found) = find(text, file, options, true)?;
        let mut config = Self {
            place: file.at(1),
            format,
            pools: Vec::new(),
            skipped: Vec::new(),
            refused: Vec::new(),
            notes: Vec::new(),
        };
        for found in found {
            match found {
                Found::Pool(draft) => {
                    let name = draft.name.clone();
                    match draft.finish(format) {
                        Ok(pool) => config.pools.push(pool),
                        Err(error) => config.refuse(name, error),
                    }
                }
                Found::Skipped(skipped) => config.skipped.push(skipped),
                Found::Refused(name, error) => config.refuse(name, error),
                Found::Note(note) => config.notes.push(note),
            }
        }
        Ok(config)
    }

    fn refuse(&mut self, name: Box<str>, error: Error) {
        let error = error.of_pool(&name);
        self.refused.push((name, error));
    }

    /// The format it was read as.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The pools that were read.
    #[must_use]
    pub fn pools(&self) -> &[Pool] {
        &self.pools
    }

    /// What holds servers and does not hash.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Names and complaints of the pools that were refused.
    pub fn refused(&self) -> impl Iterator<Item = (&str, &Error)> + '_ {
        self.refused.iter().map(|(name, error)| (&**name, error))
    }

    /// What to know about the file as a whole: an include that is missing.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The pool of that name.
    ///
    /// # Errors
    /// It was refused, does not hash, is not there, or stands there twice.
    pub fn pool(&self, name: &str) -> Result<&Pool, Error> {
        let mut named = self.pools.iter().filter(|pool| pool.name() == name);
        if let Some((_, error)) = self.refused.iter().find(|(refused, _)| **refused == *name) {
            return Err(error.clone());
        }
        match (named.next(), named.next()) {
            (Some(pool), None) => return Ok(pool),
            (Some(_), Some(second)) => {
                return Err(Error::new(
                    second.place.clone(),
                    format!("a second pool {}: the name does not tell them apart", quoted(name)),
                ));
            }
            (None, _) => {}
        }
        if let Some(skipped) = self.skipped.iter().find(|skipped| &*skipped.name == name) {
            let sentence = format!("pool {}: {}", quoted(name), skipped.why.sentence());
            return Err(Error::new(skipped.why.place().clone(), sentence));
        }
        let names: Vec<&str> = self.pools.iter().map(Pool::name).collect();
        let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let sentence = format!("no pool {}; there are {there}", quoted(name));
        Err(self.noted(Error::new(self.place.clone(), sentence)))
    }

    /// Every pool.
    ///
    /// # Errors
    /// A pool was refused (all complaints are in the error), or none hashes.
    pub fn into_pools(self) -> Result<Vec<Pool>, Error> {
        if let Some(error) = Error::join(self.refused.iter().map(|(_, error)| error.clone())) {
            return Err(error);
        }
        if self.pools.is_empty() {
            let sentence = |skipped: Skipped| {
                let sentence =
                    format!("pool {}: {}", quoted(&skipped.name), skipped.why.sentence());
                Error::new(skipped.why.place().clone(), sentence)
            };
            let none = || Error::new(self.place.clone(), "no upstream or pool found");
            let skipped = self.skipped.iter().cloned().map(sentence);
            return Err(self.noted(Error::join(skipped).unwrap_or_else(none)));
        }
        Ok(self.pools)
    }

    /// A pool that is not there may be in what was not read.
    fn noted(&self, error: Error) -> Error {
        let notes = self.notes.iter().filter(|note| note.topic() == Topic::Unread);
        let notes = notes.map(|note| Error::new(note.place().clone(), note.sentence()));
        Error::join(std::iter::once(error.clone()).chain(notes)).unwrap_or(error)
    }
}

/// The format of a text, and what its reader finds; `manifest`: a file may be in it.
fn find(
    text: &str,
    file: &File,
    options: &Options,
    manifest: bool,
) -> Result<(Format, Vec<Found>), Error> {
    let Some(bare) = text.strip_prefix(source::MARK) else {
        return find_bare(text, file, options, manifest);
    };
    let (format, found) = find_bare(bare, file, options, manifest)?;
    if matches!(format, Format::Nginx | Format::Haproxy) {
        let sentence = format!("begins with a byte order mark, which {format} refuses");
        return Err(Error::new(file.at(1), sentence));
    }
    Ok((format, found))
}

fn find_bare(
    text: &str,
    file: &File,
    options: &Options,
    manifest: bool,
) -> Result<(Format, Vec<Found>), Error> {
    let caddyfile = match options.format {
        Some(format) => format == Format::Caddy && !caddy::is_json(text),
        None => caddy::is_caddyfile(file.name(), text),
    };
    let looks = Looks::of(text, file);
    template::check_first(text, file, || {
        let told = options.format.is_some() || caddyfile || looks != Looks::Other;
        told || Format::detect(file, text).is_ok()
    })?;
    if caddyfile {
        return Ok((Format::Caddy, caddy::read_caddyfile(text, file, options)?));
    }
    let as_tree = options.format.map_or(looks != Looks::Other, Format::is_tree);
    if !as_tree {
        let format = match options.format.map_or_else(|| Format::detect(file, text), Ok) {
            Ok(format) => format,
            // YAML under a name that does not say so.
            Err(error) => {
                let documents = tree::yaml::parse(text).unwrap_or_default();
                let format = Format::of_trees(&documents).ok_or(error)?;
                return Ok((format, read_trees(format, &documents, file, options)?));
            }
        };
        // A value of Kafka's may be any text; the quotes of nginx and of TOML go on in the next
        // line, and their readers know where they end.
        if !matches!(format, Format::Nginx | Format::Kafka | Format::Toml) {
            template::check(text, file)?;
        }
        let found = match format {
            Format::Nginx => nginx::read(text, file, options)?,
            Format::Haproxy => haproxy::read(text, file, options)?,
            Format::Libmemcached => libmemcached::read(text, file)?,
            Format::Carbon => carbon::read(text, file)?,
            Format::CarbonCRelay => carbon_c_relay::read(text, file)?,
            Format::Kafka => kafka::read(text, file, options)?,
            Format::Toml => toml::read(text, file, options)
                .or_else(|error| template::check(text, file).and(Err(error)))?,
            _ => text::read(text, file, options)?,
        };
        return Ok((format, found));
    }
    let documents = if looks == Looks::Json {
        tree::json::parse(text).map(|tree| vec![tree])
    } else {
        tree::yaml::parse(text)
    };
    let mut documents = documents.or_else(|fault| {
        template::check(text, file)?;
        Err(fault.within(file))
    })?;
    documents.retain(|document| !document.is_null());
    let first = documents.first().ok_or_else(|| Error::foreign(file.at(1), "is empty"))?;
    let format = options.format.or_else(|| Format::of_trees(&documents)).ok_or_else(|| {
        let sentence = "is neither twemproxy's, Envoy's, mcrouter's nor Kubernetes' file: none of \
                        their top-level names is there; name the format";
        Error::foreign(file.at(first.line()), sentence)
    })?;
    if manifest && format == Format::EndpointSlice && options.format.is_none() {
        let entries = config_map::entries(&documents, text);
        if !entries.is_empty() {
            return find_entry(entries, file, options);
        }
    }
    Ok((format, read_trees(format, &documents, file, options)?))
}

/// What the one entry of a ConfigMap holds that is a configuration.
fn find_entry(
    entries: Vec<Entry>,
    file: &File,
    options: &Options,
) -> Result<(Format, Vec<Found>), Error> {
    if entries.len() > limits::ENTRIES {
        let sentence = format!(
            "more than {} entries in a ConfigMap: give the text of one as a file",
            limits::ENTRIES
        );
        return Err(Error::new(file.at(1), sentence));
    }
    // What an entry includes is not beside the manifest.
    let options = Options { path: None, ..options.clone() };
    let (mut read, mut errors) = (Vec::new(), Vec::new());
    for Entry { name, text } in entries {
        let file = File::new(&format!("{}/{name}", file.name()));
        let text = source::decode(text.into_bytes(), &file);
        match text.and_then(|text| find(&text, &file, &options, false)) {
            Ok(found) => read.push((name, found)),
            Err(error) => errors.push(error),
        }
    }
    let holds = |(_, (_, found)): &&(String, (Format, Vec<Found>))| {
        found.iter().any(|found| !matches!(found, Found::Note(_)))
    };
    let names: Vec<String> = read.iter().filter(holds).map(|(name, _)| quoted(name)).collect();
    if names.len() > 1 {
        let sentence = format!(
            "several entries of the ConfigMap are configurations: {}; give the text of one as a \
             file",
            names.join(", ")
        );
        return Err(Error::new(file.at(1), sentence));
    }
    let chosen = read.iter().position(|entry| holds(&entry)).unwrap_or(0);
    let Some((_, (format, mut found))) = read.into_iter().nth(chosen) else {
        let none = || Error::new(file.at(1), "the ConfigMap has no entries");
        return Err(Error::join(errors).unwrap_or_else(none));
    };
    for complaint in errors.iter().flat_map(Error::complaints) {
        let sentence = format!("not read: {}", complaint.sentence());
        let note = Note::new(complaint.place().clone(), Topic::Unread, "data", sentence);
        found.push(Found::Note(note));
    }
    Ok((format, found))
}

/// What a text looks like, by the file's name and how it begins.
#[derive(PartialEq)]
enum Looks {
    Yaml,
    Json,
    Other,
}

impl Looks {
    fn of(text: &str, file: &File) -> Self {
        let name = file.name();
        let begins = text.trim_start();
        if [".yml", ".yaml"].iter().any(|ending| name.ends_with(ending)) {
            return Self::Yaml;
        }
        let list = begins.strip_prefix('[').map(str::trim_start);
        if name.ends_with(".json")
            || begins.starts_with('{')
            || list.is_some_and(|list| list.starts_with('{'))
        {
            return Self::Json;
        }
        let yaml = ["---", "apiVersion:", "static_resources:"];
        if yaml.iter().any(|start| begins.starts_with(start)) { Self::Yaml } else { Self::Other }
    }
}

fn read_trees(
    format: Format,
    documents: &[Tree],
    file: &File,
    options: &Options,
) -> Result<Vec<Found>, Error> {
    let first = match documents {
        [first] => first,
        [first, ..] if matches!(format, Format::EndpointSlice | Format::Envoy) => first,
        [_, second, ..] => {
            return Err(Error::new(file.at(second.line()), "a second YAML document"));
        }
        [] => return Err(Error::new(file.at(1), "is empty")),
    };
    // Of these whatever is in the file is read or refused.
    if !matches!(format, Format::EndpointSlice | Format::Envoy) {
        first.check_keys().map_err(|fault| fault.within(file))?;
    }
    match format {
        Format::Twemproxy => twemproxy::read(first, file),
        Format::Caddy => caddy::read(first, file),
        Format::Mcrouter => mcrouter::read(first, file),
        Format::GoRedis => go_redis::read(first, file),
        Format::Thanos => thanos::read(first, file),
        Format::Prometheus => prometheus::read(first, file, options),
        Format::EndpointSlice => kubernetes::read(documents, file, options),
        _ => envoy::read(documents, file, options),
    }
}
