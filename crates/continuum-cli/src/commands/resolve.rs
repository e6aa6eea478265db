//! `continuum resolve`: which server owns each key.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write};
use std::net::IpAddr;
use std::path::Path;

use continuum::{Continuum, NO_OWNER, Servers};
use continuum_config::{KeyRule, Request, Unbuilt};

use super::append;
use crate::args::{OutputForm, Resolve};
use crate::failure::Failure;
use crate::input::{self, Input, KeySource};
use crate::output::{Answered, Answers, Counts, Explanations, Progress, Sink, write_behind};
use crate::talk;

/// Checks everything before the first byte of output, then streams.
pub(crate) fn run(
    args: &Resolve,
    stdin: impl Input,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let Given { continuum, rule, down, keys: given } = given(args)?;
    if args.tables.append {
        if !down.is_empty() {
            return Err(Failure::refused(
                "--append takes owners from the map, and servers of this pool are marked down: \
                 leave them out of a copy of the configuration, or resolve without --append",
            ));
        }
        return append::run(args, (&continuum, &rule), given);
    }
    refuse_unreadable_output(args)?;
    let asked = Asked { continuum: &continuum, rule: &rule, down: &down };
    if let Some(line) = &args.request {
        return resolve_request(args, asked, line, out);
    }
    let source = KeySource::open(args, given, stdin)?;
    let read = matches!(source, KeySource::Read { .. });
    let stream = |sink: &mut Sink<'_>| {
        let mut report = report(args, &asked, &source, sink)?;
        if !args.quiet {
            continuum.advice().iter().for_each(talk::warning);
        }
        answer(args, &asked, source, &mut *report)
    };
    // A few answers are not worth a thread.
    if read && !args.count { write_behind(out, stream) } else { stream(&mut Sink::Here(out)) }
}

/// What the arguments ask for.
fn report<'a>(
    args: &Resolve,
    asked: &Asked<'a>,
    source: &KeySource<'_>,
    sink: &'a mut Sink<'_>,
) -> Result<Box<dyn Answered + 'a>, Failure> {
    let Asked { continuum, rule, .. } = *asked;
    let servers = continuum.servers();
    if args.count {
        return Ok(Box::new(Counts::new(sink, continuum, args.json)));
    }
    if args.explain {
        return Ok(Box::new(Explanations::new(sink, continuum, rule, args.json)));
    }
    let lines =
        |sink, separator| Answers::text(sink, servers, separator, source.may_hold(separator));
    Ok(match args.output_form() {
        OutputForm::Lines => Box::new(lines(sink, b'\n')?),
        OutputForm::NullSeparated => Box::new(lines(sink, b'\0')?),
        OutputForm::Csv => Box::new(Answers::csv(sink, servers)),
        OutputForm::Ndjson => Box::new(Answers::json(sink, servers)),
        OutputForm::Parquet => columns(sink, servers)?,
    })
}

#[cfg(feature = "parquet")]
fn columns<'a>(
    sink: &'a mut Sink<'_>,
    servers: &Servers,
) -> Result<Box<dyn Answered + 'a>, Failure> {
    let names = servers.iter().map(continuum::Server::identity).collect();
    Ok(Box::new(crate::output::Columns::new(sink, [("server", names)])))
}

#[cfg(not(feature = "parquet"))]
fn columns<'a>(_: &'a mut Sink<'_>, _: &Servers) -> Result<Box<dyn Answered + 'a>, Failure> {
    Err(Failure::without("parquet"))
}

fn refuse_unreadable_output(args: &Resolve) -> Result<(), Failure> {
    if args.output_form() == OutputForm::Parquet && io::stdout().is_terminal() {
        return Err(Failure::refused("Parquet is not for a terminal: send stdout to a file"));
    }
    Ok(())
}

/// Answers the key that the configuration makes of a request.
fn resolve_request(
    args: &Resolve,
    asked: Asked<'_>,
    line: &str,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let Asked { continuum, rule, .. } = asked;
    let mut request = Request::parse(line).map_err(Failure::refused)?;
    if let Some(client) = &args.client {
        if client.parse::<IpAddr>().is_err() {
            let client = client.escape_debug();
            return Err(Failure::refused(format!("--client '{client}' is not an IP address")));
        }
        request = request.with_client(client);
    }
    for header in &args.header {
        let (name, value) = header.split_once(':').ok_or_else(|| {
            let header = header.escape_debug();
            Failure::refused(format!("--header '{header}': expected NAME: VALUE"))
        })?;
        request = request.with_header(name, value);
    }
    let unbuilt = |unbuilt: Unbuilt| {
        let why = match unbuilt {
            Unbuilt::Missing(what) => format!("{what} is not given"),
            other => other.to_string(),
        };
        Failure::refused(format!("the pool hashes {rule}, but {why}"))
    };
    let mut sink = Sink::Here(out);
    let mut report = report(args, &asked, &KeySource::Given(&[]), &mut sink)?;
    if let Some((values, position)) = rule.combined(&request).map_err(unbuilt)? {
        if args.explain {
            return Err(Failure::refused(
                "--explain explains a key, and this request has a hash of several: leave it out",
            ));
        }
        let owner = continuum.resolve_position(position).unwrap_or(NO_OWNER);
        report.block(&[&values.join(&b", "[..])], &[owner])?;
        return report.finish();
    }
    let key = rule.key(&request).map_err(unbuilt)?;
    let key = key.ok_or_else(|| {
        Failure::refused(format!(
            "the program does not hash this request: {rule} is missing in it, or it is refused"
        ))
    })?;
    asked.resolve(&[&key], &mut Vec::new(), &mut *report)?;
    report.finish()
}

/// What keys are resolved over, and the rule that they must fit.
#[derive(Clone, Copy)]
struct Asked<'a> {
    continuum: &'a Continuum,
    rule: &'a KeyRule,
    /// Whether each server is marked down; of no length where none is.
    down: &'a [bool],
}

impl Asked<'_> {
    /// The server that a key goes to, where those that are down are passed over.
    fn up(&self, key: &[u8], owner: u32) -> u32 {
        let is_up = |server: u32| !self.down.get(server as usize).is_some_and(|down| *down);
        if is_up(owner) {
            return owner;
        }
        let mut candidates = self.continuum.candidates(key);
        std::iter::from_fn(|| candidates.next_index()).find(|next| is_up(*next)).unwrap_or(NO_OWNER)
    }

    fn resolve(
        &self,
        keys: &[&[u8]],
        owners: &mut Vec<u32>,
        report: &mut dyn Answered,
    ) -> Result<(), Failure> {
        if !self.rule.takes_any() {
            keys.iter().try_for_each(|key| self.rule.check(key)).map_err(Failure::refused)?;
        }
        // Every place is written, whatever stood there.
        owners.resize(keys.len(), NO_OWNER);
        if self.rule.cuts() {
            let parts: Vec<Cow<'_, [u8]>> = keys.iter().map(|key| self.rule.part(key)).collect();
            let parts: Vec<&[u8]> = parts.iter().map(|part| &**part).collect();
            self.resolve_parts(&parts, owners);
        } else {
            self.resolve_parts(keys, owners);
        }
        report.block(keys, owners)
    }

    fn resolve_parts(&self, parts: &[&[u8]], owners: &mut [u32]) {
        self.continuum.resolve_all(parts, owners);
        if !self.down.is_empty() {
            parts.iter().zip(owners).for_each(|(part, owner)| *owner = self.up(part, *owner));
        }
    }
}

fn answer(
    args: &Resolve,
    asked: &Asked<'_>,
    source: KeySource<'_>,
    report: &mut dyn Answered,
) -> Result<(), Failure> {
    match source {
        KeySource::Given(keys) => {
            let keys: Vec<&[u8]> = keys.iter().map(|key| key.as_encoded_bytes()).collect();
            asked.resolve(&keys, &mut Vec::new(), report)?;
        }
        KeySource::Read { mut reader, length, .. } => {
            let length = length.filter(|_| !args.quiet);
            let progress = Progress::new(length, !args.count);
            let (mut owners, mut first) = (Vec::new(), true);
            while let Some(keys) = reader.next()? {
                if std::mem::take(&mut first) && !args.quiet {
                    keys.first().into_iter().for_each(|key| input::warn_of_line(key));
                }
                asked.resolve(&keys, &mut owners, report)?;
                progress.reached(reader.taken());
            }
        }
    }
    report.finish()
}

/// What the arguments say.
struct Given<'a> {
    continuum: Continuum,
    rule: KeyRule,
    /// As in [`Asked`].
    down: Vec<bool>,
    /// The keys among the words.
    keys: &'a [OsString],
}

/// From the set of servers, or from a configuration: that of -C, or the first
/// word where no servers are given at all.
fn given(args: &Resolve) -> Result<Given<'_>, Failure> {
    let no_servers = args.set.server.is_empty() && args.set.servers_file.is_none();
    let (config, keys) = match (&args.config, args.keys.split_first()) {
        (Some(file), _) => (Some(file.as_path()), &*args.keys),
        (None, Some((first, keys))) if no_servers => (Some(Path::new(first)), keys),
        (None, _) => (None, &*args.keys),
    };
    if !keys.is_empty() && args.keys_file.is_some() {
        return Err(Failure::refused("keys are given on the command line and --keys names a file"));
    }
    if args.request.is_some() && !keys.is_empty() {
        return Err(Failure::refused("--request makes the key: no other is given beside it"));
    }
    let Some(file) = config else {
        if args.request.is_some() {
            return Err(Failure::refused(
                "--request needs a configuration, which says what is hashed",
            ));
        }
        let continuum = input::build(&args.set)?;
        return Ok(Given { continuum, rule: KeyRule::default(), down: Vec::new(), keys });
    };
    if args.config.is_none() && !file.exists() {
        return Err(Failure::refused(format!(
            "no server: give each with -s HOST:PORT, a file of them with --servers, or a \
             configuration as the first word; there is no file '{}'",
            file.display()
        )));
    }
    let pool = input::one_pool(file, &args.reading, args.set.scheme.as_deref())?;
    if !args.quiet {
        input::notes([&pool]);
    }
    let marked: BTreeSet<&str> = pool.down().collect();
    let mut down = Vec::new();
    if !marked.is_empty() {
        down.extend(pool.servers().iter().map(|server| marked.contains(&*server.identity())));
    }
    Ok(Given { continuum: input::build_pool(&pool)?, rule: pool.key().clone(), down, keys })
}
