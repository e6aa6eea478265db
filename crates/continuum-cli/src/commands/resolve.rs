//! `continuum resolve`: which server owns each key.

use std::io::Write;

use continuum::{Continuum, NO_OWNER};

use crate::args::Resolve;
use crate::failure::Failure;
use crate::input::{self, Blocks, Input, KeySource, split_keys};
use crate::output::{Answers, Counts, Progress, Report};
use crate::talk;

/// Checks everything before the first byte of output, then streams.
pub(crate) fn run(args: &Resolve, stdin: impl Input, out: &mut dyn Write) -> Result<(), Failure> {
    let continuum = input::build(&args.set)?;
    let separator = if args.null { b'\0' } else { b'\n' };
    let mut report: Box<dyn Report> = if args.count {
        Box::new(Counts::new(out, &continuum, args.json))
    } else if args.json {
        Box::new(Answers::json(out, continuum.servers()))
    } else {
        Box::new(Answers::text(out, continuum.servers(), separator)?)
    };
    let source = KeySource::open(args, stdin)?;
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
