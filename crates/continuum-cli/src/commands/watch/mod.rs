//! `continuum watch`: `watched.rs` makes of what became of an answer what is told,
//! `command.rs` runs what the user gave, `signals.rs` ends it all.

mod command;
mod signals;
mod watched;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use continuum_members::{Access, Change, Limits, Members, Source, Verdict, Watcher, source};

use crate::args::Watch;
use crate::failure::Failure;
use crate::input;
use crate::output::print;
use crate::report::Watched;
use crate::talk;
use crate::words::share_of;

/// How soon a signal is noticed.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long after a command that failed it is tried again.
const AGAIN: Duration = Duration::from_secs(5);

pub(crate) fn run(args: &Watch, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let most = share_of(&args.max_move).ok_or_else(|| {
        let text = args.max_move.escape_debug();
        Failure::refused(format!("--max-move '{text}': expected a share such as 12% or 0.12"))
    })?;
    let reading = &args.choice.reading;
    let scheme = args.choice.scheme.as_deref().map(input::scheme).transpose()?;
    let options = input::options(reading, scheme.as_ref())?;
    let access = access(args)?;
    let pool = reading.pool.as_deref();
    let source = source::open(&args.source, scheme.as_ref(), &options, pool, &access)
        .map_err(Failure::refused)?;
    // Without what is secret in the argument.
    let name = source.name().to_owned();
    let limits = Limits::new().with_max_move(most).with_settle(args.settle);
    let members = Arc::new(match &args.from {
        Some(file) => {
            let pool = input::one_pool(file, reading, args.choice.scheme.as_deref())?;
            Members::with_map(limits, input::build_pool(&pool)?).with_key(pool.key().clone())
        }
        None => Members::new(limits),
    });
    let stop = signals::stop()?;
    let mut watch =
        Watching { args, name, most, out, watcher: Watcher::new(members, source, args.interval) };
    watch.watcher.ask().map_err(Failure::refused)?;
    watch.follow(&stop).map_err(|failure| match failure {
        // A gate that ended because nobody reads must not look as if it had been stopped.
        Failure::OutputClosed => Failure::refused("cannot write the output: nobody reads it"),
        other => other,
    })
}

/// Who asks the source, and whom it believes.
fn access(args: &Watch) -> Result<Access, Failure> {
    let mut access = Access::new();
    if let (user, Some(password)) = input::credentials()? {
        access = access.with_user(user.as_deref().unwrap_or_default(), &password);
    }
    if let Some(authority) = input::pem(args.tls_ca.as_deref())? {
        access = access.with_authority(authority);
    }
    if let (Some(chain), Some(key)) =
        (input::pem(args.tls_cert.as_deref())?, input::pem(args.tls_key.as_deref())?)
    {
        access = access.with_identity(chain, key);
    }
    Ok(access)
}

struct Watching<'a, S> {
    args: &'a Watch,
    name: String,
    most: f64,
    out: &'a mut (dyn Write + Send),
    watcher: Watcher<S>,
}

impl<S: Source> Watching<'_, S> {
    fn follow(&mut self, stop: &AtomicBool) -> Result<(), Failure> {
        while !stop.load(Ordering::Relaxed) {
            let ended = match self.watcher.step(PATIENCE) {
                Some(verdict) => self.tell(verdict, stop)?,
                // What the source says is in force.
                None => self.watcher.members().due().is_none(),
            };
            if self.args.once && ended {
                break;
            }
        }
        Ok(())
    }

    /// Tells what became of an answer, and makes the change. Whether it was judged.
    fn tell(&mut self, verdict: Verdict, stop: &AtomicBool) -> Result<bool, Failure> {
        match verdict {
            Verdict::Failed(fault) => {
                let why = fault.to_string();
                self.print(&Watched::failed(why.clone()))?;
                if self.args.once {
                    return Err(Failure::Refused(why));
                }
                talk::warning(why);
                Ok(false)
            }
            Verdict::Refused { refusal, change } => {
                let report = change.map(|change| self.report("refused", &change));
                let report = report.unwrap_or_else(Watched::refused_unbuilt);
                let sentence = format!("{}: {refusal}", self.name);
                self.print(&report.because(sentence.clone()))?;
                if self.args.once {
                    return Err(Failure::Differences(vec![sentence]));
                }
                talk::warning(sentence);
                Ok(true)
            }
            Verdict::Change(change) if change.old().is_none() => {
                self.print(&self.report("first", &change))?;
                self.watcher.members().take(change);
                Ok(true)
            }
            Verdict::Change(change) => {
                self.print(&self.report("change", &change))?;
                self.make(change, stop)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// The command comes first: a change that it did not make is none.
    fn make(&mut self, change: Change, stop: &AtomicBool) -> Result<(), Failure> {
        let Err(why) = command::run(&self.args.exec, &change, self.args.report.json) else {
            self.watcher.members().take(change);
            return Ok(());
        };
        self.print(&self.report("undone", &change).without_plan().because(why.clone()))?;
        if self.args.once {
            return Err(Failure::Differences(vec![why]));
        }
        talk::warning(format!("{why}: the change is tried again"));
        self.watcher.members().leave(&change);
        let end = Instant::now() + AGAIN;
        while Instant::now() < end && !stop.load(Ordering::Relaxed) {
            thread::sleep(PATIENCE);
        }
        Ok(())
    }

    fn report(&self, event: &'static str, change: &Change) -> Watched {
        watched::of(event, change, &self.name, self.args.plan, self.most)
    }

    fn print(&mut self, report: &Watched) -> Result<(), Failure> {
        print(report, self.args.report.json, &mut self.out)
    }
}
