//! `continuum resolve`: which server owns each key.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use continuum::{Continuum, NO_OWNER};

use crate::args::Resolve;
use crate::failure::Failure;
use crate::input::{self, Blocks, Input, KeySource, split_keys};
use crate::output::{Answers, Counts, Explanations, Progress, Report};
use crate::talk;

/// Checks everything before the first byte of output, then streams.
pub(crate) fn run(args: &Resolve, stdin: impl Input, out: &mut dyn Write) -> Result<(), Failure> {
    let (continuum, given) = continuum_and_keys(args)?;
    let separator = if args.null { b'\0' } else { b'\n' };
    let mut report: Box<dyn Report> = if args.count {
        Box::new(Counts::new(out, &continuum, args.json))
    } else if args.explain {
        Box::new(Explanations::new(out, &continuum, args.json))
    } else if args.json {
        Box::new(Answers::json(out, continuum.servers()))
    } else {
        Box::new(Answers::text(out, continuum.servers(), separator)?)
    };
    let source = KeySource::open(args, given, stdin)?;
    if !args.quiet {
        continuum.advice().iter().for_each(talk::warning);
    }
    match source {
        KeySource::Given(keys) => {
            let keys: Vec<&[u8]> = keys.iter().map(|key| key.as_encoded_bytes()).collect();
            resolve(&continuum, &keys, &mut Vec::new(), &mut *report)?;
        }
        KeySource::Read { name, reader, length } => {
            let length = length.filter(|_| !args.quiet);
            let progress = Progress::new(length, !args.count);
            let mut blocks = Blocks::new(reader, separator);
            let (mut owners, mut first) = (Vec::new(), true);
            while let Some(block) =
                blocks.next().map_err(|error| Failure::unreadable(&name, &error))?
            {
                let keys: Vec<&[u8]> = split_keys(block, separator).collect();
                if std::mem::take(&mut first) && !args.quiet {
                    warn_of_carriage_returns(&keys);
                }
                resolve(&continuum, &keys, &mut owners, &mut *report)?;
                progress.advance(block.len());
            }
        }
    }
    report.finish()
}

/// From the set of servers, or from a configuration: that of -C, or the first
/// word where no servers are given at all.
fn continuum_and_keys(args: &Resolve) -> Result<(Continuum, &[OsString]), Failure> {
    let no_servers = args.set.server.is_empty() && args.set.servers_file.is_none();
    let (config, keys) = match (&args.config, args.keys.split_first()) {
        (Some(file), _) => (Some(file.as_path()), &*args.keys),
        (None, Some((first, keys))) if no_servers => (Some(Path::new(first)), keys),
        (None, _) => (None, &*args.keys),
    };
    if !keys.is_empty() && args.keys_file.is_some() {
        return Err(Failure::refused("keys stand on the command line and --keys names a file"));
    }
    let Some(file) = config else { return Ok((input::build(&args.set)?, keys)) };
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
    Ok((input::build_pool(&pool)?, keys))
}

fn resolve(
    continuum: &Continuum,
    keys: &[&[u8]],
    owners: &mut Vec<u32>,
    report: &mut dyn Report,
) -> Result<(), Failure> {
    owners.clear();
    owners.resize(keys.len(), NO_OWNER);
    continuum.resolve_all(keys, owners);
    report.block(keys, owners)
}

/// A file of another system's lines resolves keys that nobody meant.
fn warn_of_carriage_returns(keys: &[&[u8]]) {
    if keys.first().is_some_and(|key| key.ends_with(b"\r")) {
        talk::warning("the first key ends in a carriage return, which counts as part of the key");
    }
}
