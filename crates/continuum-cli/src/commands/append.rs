//! `continuum resolve --append`: rows of tables keep their columns and get their server.

use std::ffi::OsString;
use std::num::NonZero;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use arrow_array::RecordBatch;
use continuum::{Continuum, Server};
use continuum_config::KeyRule;

use crate::args::Resolve;
use crate::failure::Failure;
use crate::input::caught;
use crate::output::Progress;
use crate::tables::{Owners, Part, Table, Target, files};
use crate::talk;
use crate::words::count;

/// Batches of a part that may wait to be written.
const WAITING: usize = 1;

/// Rows of one batch, by the number of the file that gets them.
type Answered = Result<Vec<(usize, RecordBatch)>, Failure>;

pub(crate) fn run(
    args: &Resolve,
    (continuum, rule): (&Continuum, &KeyRule),
    words: &[OsString],
) -> Result<(), Failure> {
    let output = args
        .tables
        .output
        .as_deref()
        .ok_or_else(|| Failure::refused("--append writes tables: say where with --output"))?;
    let done = caught(|| {
        let tables: Vec<Table> =
            files(words)?.iter().map(|file| Table::open(file)).collect::<Result<_, _>>()?;
        tables.iter().try_for_each(|table| table.check_like(&tables[0]))?;
        let key = tables[0].key_column(args.forms.column.as_deref())?;
        let apart = args.tables.partition_by.is_some();
        let owners =
            Owners::new((continuum, rule), tables[0].schema(), key, args.tables.nulls, apart)?;
        let target = if apart {
            let names: Vec<String> =
                continuum.servers().iter().map(Server::identity).map(Into::into).collect();
            Target::folder(output, &names, owners.schema())?
        } else {
            Target::file(output, owners.schema())?
        };
        if !args.quiet {
            continuum.advice().iter().for_each(talk::warning);
        }
        carry(args, &tables, &owners, target)
    });
    done.unwrap_or_else(|| Err(Failure::refused("a table is broken")))
}

/// Threads read and answer the parts; this one writes them, in order.
fn carry(
    args: &Resolve,
    tables: &[Table],
    owners: &Owners<'_>,
    mut target: Target,
) -> Result<(), Failure> {
    let parts: Vec<Part> =
        tables.iter().enumerate().flat_map(|(number, table)| table.parts(number)).collect();
    let total = parts.iter().map(|part| part.bytes).sum();
    let progress = Progress::new(Some(total).filter(|_| !args.quiet), false);
    let usual = || thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let threads = args.tables.threads.unwrap_or_else(usual).get().min(parts.len().max(1));
    let (senders, receivers): (Vec<SyncSender<Answered>>, Vec<Receiver<Answered>>) =
        parts.iter().map(|_| sync_channel(WAITING)).unzip();
    let queue = Mutex::new(parts.iter().zip(senders));
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some((part, sender)) = next() {
            answer(&tables[part.table], part, owners, &sender);
        }
    };
    let rows = thread::scope(|scope| {
        for number in 0..threads {
            let made = thread::Builder::new().spawn_scoped(scope, work);
            match made {
                Ok(_) => {}
                // Those there are do all of the work.
                Err(_) if number > 0 => break,
                Err(error) => {
                    return Err(Failure::refused(format!("cannot make a thread: {error}")));
                }
            }
        }
        let written = write(&parts, receivers, &mut target, &progress);
        // After an error nobody takes what is left.
        while next().is_some() {}
        written
    })?;
    let files = target.finish()?;
    if !args.quiet {
        talk::note(&format!(
            "{} rows in {} {}",
            count(rows),
            files,
            if files == 1 { "file" } else { "files" }
        ));
    }
    Ok(())
}

/// Reads and answers one part; what breaks it is its last answer.
fn answer(table: &Table, part: &Part, owners: &Owners<'_>, sender: &SyncSender<Answered>) {
    let mut from = part.from;
    let read = panic::catch_unwind(AssertUnwindSafe(|| {
        table.read(part, &mut |batch| {
            let answered = owners.answer(&batch, table.name(), from)?;
            from += batch.num_rows();
            // The writer has ended by an error, which it tells.
            sender.send(Ok(answered)).map_err(|_| Failure::OutputClosed)
        })
    }));
    let broken =
        || Err(Failure::refused(format!("{}: the file is broken", table.name().display())));
    if let Err(failure) = read.unwrap_or_else(|_| broken()) {
        let _ = sender.send(Err(failure));
    }
}

fn write(
    parts: &[Part],
    receivers: Vec<Receiver<Answered>>,
    target: &mut Target,
    progress: &Progress,
) -> Result<u64, Failure> {
    let (mut rows, mut bytes) = (0_u64, 0);
    for (part, receiver) in parts.iter().zip(receivers) {
        for answered in receiver {
            for (number, batch) in answered? {
                rows += batch.num_rows() as u64;
                target.write(number, &batch)?;
            }
        }
        bytes += part.bytes;
        progress.reached(bytes);
    }
    Ok(rows)
}
