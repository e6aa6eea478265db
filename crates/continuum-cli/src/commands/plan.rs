//! `continuum plan`: what a change moves, before it is made.

use std::fs;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use continuum::plan::Matching;
use continuum::scheme::{Capacities, Minimal, Order};
use continuum::transition::ramp;
use continuum::{Continuum, Scheme, Servers};
use continuum_config::{Pool, Topic};

use crate::args::Plan;
use crate::failure::Failure;
use crate::input::{self, Pairs, Workload};
use crate::output::plan::{Detail, PoolPlan, Reference, Report, page, picture, ranges, write_text};
use crate::output::{Matched, percent, write_line};
use crate::talk;

/// Schemes whose row is shown beside the plan, the first that takes the servers.
const REFERENCES: [&str; 2] = ["slots-1", "rendezvous-1"];

pub(crate) fn run(args: &Plan, out: &mut dyn Write) -> Result<(), Failure> {
    let most = args.max_move.as_deref().map(share).transpose()?;
    let (changes, unmatched) = changes(args)?;
    let workload = Workload::read(&args.workload, args.told.quiet)?;
    let mut pools = Vec::new();
    for change in &changes {
        pools.push(plan(change, args, workload.as_ref())?);
    }
    let report = Report { pools, unmatched };
    if let Some(file) = &args.svg {
        write_file(file, &picture(&report)?)?;
    }
    if let Some(file) = &args.html {
        write_file(file, &page(&report, &title(args))?)?;
    }
    let mut out = BufWriter::new(out);
    if args.told.json {
        write_line(&mut out, &report)?;
    } else {
        let detail = Detail { bars: io::stdout().is_terminal(), all_flows: args.flows };
        write_text(&mut out, &report, detail)?;
    }
    out.flush()?;
    most.map_or(Ok(()), |most| judge(&report, most))
}

/// A pool before and after.
struct Change {
    name: String,
    old: Continuum,
    new: Continuum,
}

fn changes(args: &Plan) -> Result<(Vec<Change>, Vec<input::Unmatched>), Failure> {
    let Some(new) = &args.new else {
        let reading = &args.chosen.reading;
        let pool = input::one_pool(&args.old, reading, args.chosen.scheme.as_deref())?;
        if !args.told.quiet {
            input::notes([&pool]);
            warn_of_numbering(&pool);
        }
        let old = input::build_pool(&pool)?;
        let servers = input::change(pool.servers(), args)?;
        let new = Continuum::with_servers(pool.scheme().clone(), servers)?;
        input::refuse_without_owners(&new)?;
        return Ok((vec![Change { name: pool.name().to_owned(), old, new }], Vec::new()));
    };
    let pairs = Pairs::read(&args.old, new, &args.chosen, None)?;
    let mut changes = Vec::new();
    for (old, new) in &pairs.both {
        if !args.told.quiet {
            input::notes([new]);
        }
        changes.push(Change {
            name: new.name().to_owned(),
            old: input::build_pool(old)?,
            new: input::build_pool(new)?,
        });
    }
    Ok((changes, pairs.unmatched))
}

/// HAProxy numbers servers by their place; a list edited here keeps the numbers.
fn warn_of_numbering(pool: &Pool) {
    if pool.notes().iter().any(|note| note.topic() == Topic::Positional) {
        talk::warning(
            "the servers keep the ids that HAProxy gives them by their place in the file: to see \
             what another place does, edit a copy of the file and give both",
        );
    }
}

fn plan(change: &Change, args: &Plan, workload: Option<&Workload>) -> Result<PoolPlan, Failure> {
    let Change { name, old, new } = change;
    let (plan, mut shown) = figures(name, old, new, workload);
    if args.ranges {
        // Over keys there is no map: it is that of the key space.
        let matching = Matching::suggest(old, new);
        let whole = workload.map(|_| continuum::Plan::between(old, new, matching));
        let found = ranges(whole.as_ref().unwrap_or(&plan));
        if found.is_none() && !args.told.quiet {
            talk::warning(format!(
                "pool '{name}': no ranges: its schemes have no ring or table of one hash space"
            ));
        }
        shown.ranges = found;
    }
    // Of a change of scheme or of names another scheme knows nothing.
    let named_alike = shown.matched == Matched::Identity;
    if !shown.flows.is_empty() && old.scheme() == new.scheme() && named_alike {
        shown.reference = reference(old.servers(), new.servers(), new.scheme(), workload);
    }
    if let Some(count) = args.steps {
        let steps = ramp(old, new, count)?;
        if steps.len() < count.get() as usize && !args.told.quiet {
            talk::warning(format!(
                "pool '{name}': whole weights leave {} of {count} steps",
                steps.len()
            ));
        }
        let mut before = old;
        let mut all = Vec::new();
        for step in &steps {
            all.push(figures(name, before, step, workload).1);
            before = step;
        }
        shown.steps = Some(all);
    }
    Ok(shown)
}

fn figures(
    name: &str,
    old: &Continuum,
    new: &Continuum,
    workload: Option<&Workload>,
) -> (continuum::Plan, PoolPlan) {
    let matching = Matching::suggest(old, new);
    let plan = match workload {
        Some(workload) => continuum::Plan::over_keys(old, new, workload.iter(), matching),
        None => continuum::Plan::between(old, new, matching),
    };
    let sized = workload.is_some_and(Workload::sized);
    let shown = PoolPlan::of(name, &plan, (old, new), matching, sized);
    (plan, shown)
}

/// The same change under a scheme that moves no key needlessly.
fn reference(
    old: &Servers,
    new: &Servers,
    own: &Scheme,
    workload: Option<&Workload>,
) -> Option<Reference> {
    let preferred = REFERENCES.iter().filter_map(|name| name.parse::<Scheme>().ok());
    let others = Scheme::catalogue().iter().map(|entry| entry.scheme()).filter(|scheme| {
        scheme.minimal() == Minimal::ALWAYS
            && scheme.order() == Order::Free
            && scheme.capacities() == Capacities::Any
    });
    let built = preferred.chain(others).find_map(|scheme| {
        let build = |servers: &Servers| Continuum::with_servers(scheme.clone(), servers.clone());
        Some((build(old).ok()?, build(new).ok()?))
    });
    let (old, new) = built.filter(|(old, _)| old.scheme() != own)?;
    let (plan, _) = figures("", &old, &new, workload);
    Some(Reference {
        scheme: new.scheme().to_string(),
        moved: plan.moved().min(1.0),
        needless: plan.needless(),
        exact: plan.is_exact(),
        busiest: plan.peaks().1,
    })
}

/// `12%` or `0.12`.
fn share(text: &str) -> Result<f64, Failure> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    match text.strip_suffix('%') {
        Some(percent) => number(percent).map(|percent| percent / 100.0),
        None => number(text),
    }
    .filter(|share| (0.0..=1.0).contains(share))
    .ok_or_else(|| {
        Failure::refused(format!(
            "--max-move '{}': a share is wanted, as 12% or 0.12",
            text.escape_debug()
        ))
    })
}

fn judge(report: &Report, most: f64) -> Result<(), Failure> {
    let over: Vec<&PoolPlan> = report.pools.iter().filter(|pool| pool.moved > most).collect();
    for pool in &over {
        talk::warning(format!(
            "pool '{}' moves {}, which is over --max-move {}",
            pool.name,
            percent(pool.moved),
            percent(most)
        ));
    }
    if over.is_empty() { Ok(()) } else { Err(Failure::Differences) }
}

fn title(args: &Plan) -> String {
    match &args.new {
        Some(new) => format!("Plan: {} → {}", args.old.display(), new.display()),
        None => format!("Plan: a change of {}", args.old.display()),
    }
}

fn write_file(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(|error| Failure::unwritable(file, &error))
}
