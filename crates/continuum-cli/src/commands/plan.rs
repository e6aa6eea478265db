//! `continuum plan`: what a change moves, before it is made.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use continuum::plan::Matching;
use continuum::scheme::{Capacities, Minimal, Order};
use continuum::transition::Ramp;
use continuum::{Continuum, Scheme, Servers};
use continuum_config::{KeyRule, Pool, SameKey, Topic};

use super::moved;
use crate::args::Plan;
use crate::failure::Failure;
use crate::input::{self, Pairs, Workload};
use crate::output::{File, Given, PoolRow, page, picture};
use crate::report::{Alone, Gate, PlanReport, PoolPlan, Reference, ranges};
use crate::talk;
use crate::words::share_of;

/// Schemes whose row is shown beside the plan, the first that takes the servers.
const REFERENCES: [&str; 2] = ["slots-1", "rendezvous-1"];

/// Of more servers than these nothing is shown beside the plan: the reference takes
/// each of them for each of its slots.
const COMPARED: usize = 4000;

pub(crate) fn run(args: &Plan) -> Result<PlanReport, Failure> {
    let most = args.max_move.as_deref().map(share).transpose()?;
    refuse_inputs(args)?;
    let (changes, alone) = changes(args)?;
    let workload = Workload::read(&args.workload, args.report.quiet)?;
    if args.moved.is_some() && changes.len() != 1 {
        return Err(Failure::refused("--moved: several pools are planned: say which with --pool"));
    }
    let mut pools = Vec::new();
    for change in &changes {
        // The maps of one pool at a time: those of all may be more than memory holds.
        let (old, new) = (change.old.build()?, change.new.build()?);
        if !args.report.quiet {
            warn_of_weights(&change.name, &old, &new);
        }
        pools.push(plan(change, [&old, &new], args, workload.as_ref())?);
        if let (Some(file), Some(workload)) = (&args.moved, &workload) {
            moved::write(file, [&old, &new], &change.keys[1], workload)?;
        }
    }
    workload.as_ref().map_or(Ok(()), Workload::finish)?;
    for name in &args.allow_lost {
        let planned = pools.iter().map(|pool| &pool.name);
        if !planned.chain(alone.iter().map(|pool| &pool.name)).any(|pool| pool == name) {
            talk::warning(format!("--allow-lost {name}: no pool of that name is planned or lost"));
        }
    }
    let gate = most.map(|most| Gate::judge(most, &pools, &alone, &args.allow_lost));
    let report =
        PlanReport { pools, alone, gate, command: command(), all: args.all, all_flows: args.flows };
    if let Some(file) = &args.svg {
        write_file(file, &picture(&report)?)?;
    }
    if let Some(file) = &args.html {
        write_file(file, &page(&report, &explored(&changes, args))?)?;
    }
    Ok(report)
}

/// What is written must not be what is read.
fn refuse_inputs(args: &Plan) -> Result<(), Failure> {
    let Plan { old, new, workload, choice, .. } = args;
    let others = [new.as_deref(), workload.keys.as_deref(), choice.reading.endpoints.as_deref()];
    let written = [&args.moved, &args.svg, &args.html];
    written.into_iter().flatten().try_for_each(|file| {
        input::refuse_input(file, others.into_iter().flatten().chain([old.as_path()]))
    })
}

/// The command as it was given.
fn command() -> String {
    let quoted = |word: String| {
        let plain = |c: char| c.is_alphanumeric() || "-_./:=@%,+[]".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    let words = std::env::args_os().skip(1).map(|word| quoted(word.to_string_lossy().into_owned()));
    std::iter::once("continuum".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

/// Keys, and the rule by which they are made.
type Keys<'a> = (&'a Workload, &'a KeyRule);

/// A pool before or after.
enum Side {
    Pool(Box<Pool>),
    /// By options of the command.
    Changed(Scheme, Servers),
}

impl Side {
    fn scheme(&self) -> &Scheme {
        match self {
            Self::Pool(pool) => pool.scheme(),
            Self::Changed(scheme, _) => scheme,
        }
    }

    fn servers(&self) -> &Servers {
        match self {
            Self::Pool(pool) => pool.servers(),
            Self::Changed(_, servers) => servers,
        }
    }

    fn build(&self) -> Result<Continuum, Failure> {
        match self {
            Self::Pool(pool) => input::build_pool(pool),
            Self::Changed(scheme, servers) => {
                let built = Continuum::with_servers(scheme.clone(), servers.clone())?;
                input::refuse_without_owners(&built)?;
                Ok(built)
            }
        }
    }
}

/// A pool before and after.
struct Change {
    name: String,
    old: Side,
    new: Side,
    /// What each side hashes.
    keys: [KeyRule; 2],
    /// Servers that only one side marks down.
    down: Vec<String>,
}

/// What the explorer begins with: both sides of each change.
fn explored(changes: &[Change], args: &Plan) -> Given {
    let side = |pick: fn(&Change) -> (&Side, &KeyRule)| {
        let row = |change: &Change| {
            let (side, key) = pick(change);
            PoolRow::new(&change.name, side.scheme().to_string(), side.servers(), key)
        };
        changes.iter().map(row).collect::<Vec<_>>()
    };
    let old = side(|change| (&change.old, &change.keys[0]));
    let new = side(|change| (&change.new, &change.keys[1]));
    // What one side alone marks, whichever it is.
    let marked = |(row, change): (PoolRow, &Change)| row.with_down(change.down.clone());
    let new: Vec<PoolRow> = new.into_iter().zip(changes).map(marked).collect();
    let name = args.new.as_ref().map_or_else(
        || format!("{}, changed", args.old.display()),
        |file| file.display().to_string(),
    );
    let files = vec![File::new(args.old.display().to_string(), old), File::new(name, new)];
    Given { files, pool: None, key: None }
}

fn changes(args: &Plan) -> Result<(Vec<Change>, Vec<Alone>), Failure> {
    let quiet = args.report.quiet;
    let Some(file) = &args.new else {
        if args.add.is_empty() && args.remove.is_empty() && args.weight.is_empty() {
            return Err(Failure::refused(
                "nothing to compare OLD with: give the configuration after the change as NEW, or \
                 the change itself by --add, --remove or --weight",
            ));
        }
        let reading = &args.choice.reading;
        let pool = input::one_pool(&args.old, reading, args.choice.scheme.as_deref())?;
        if !quiet {
            input::notes([&pool]);
            warn_of_numbering(&pool);
        }
        let new = Side::Changed(pool.scheme().clone(), input::change(&pool, args)?);
        let keys = [pool.key().clone(), pool.key().clone()];
        let (name, old) = (pool.name().to_owned(), Side::Pool(Box::new(pool)));
        return Ok((vec![Change { name, old, new, keys, down: Vec::new() }], Vec::new()));
    };
    let pairs = Pairs::read(&args.old, file, &args.choice, (None, None), quiet)?;
    let mut changes = Vec::new();
    for (old, new) in pairs.both {
        if !quiet {
            input::notes([&new]);
            note_of_names([(&args.old, &old), (file, &new)]);
        }
        changes.push(Change {
            name: new.name().to_owned(),
            keys: [old.key().clone(), new.key().clone()],
            down: marked_in_one(&old, &new),
            old: Side::Pool(Box::new(old)),
            new: Side::Pool(Box::new(new)),
        });
    }
    Ok((changes, pairs.alone))
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

/// A single pool is planned whatever its name; a list of servers is called after its file.
fn note_of_names(sides: [(&Path, &Pool); 2]) {
    let [(_, old), (file, new)] = sides;
    let own = sides
        .iter()
        .any(|(file, pool)| file.file_stem().is_none_or(|stem| stem.to_str() != Some(pool.name())));
    if old.name() != new.name() && own {
        let file = file.display();
        talk::note(&format!("pool '{}' is planned as '{}' of {file}", old.name(), new.name()));
    }
}

/// Servers of both sides that one side alone marks down.
fn marked_in_one(old: &Pool, new: &Pool) -> Vec<String> {
    let [before, after] = [old, new].map(|pool| pool.down().collect::<BTreeSet<_>>());
    let stays = |name: &&&str| {
        [old, new].iter().all(|pool| pool.servers().iter().any(|it| it.identity() == **name))
    };
    let marked = before.symmetric_difference(&after);
    marked.filter(stays).map(|name| (*name).to_owned()).collect()
}

/// Weights that change, and that the scheme ignores or reads in a way of its own.
fn warn_of_weights(name: &str, old: &Continuum, new: &Continuum) {
    let weight = |server: &continuum::Server| server.capacity().get();
    let before: BTreeMap<_, f64> =
        old.servers().iter().map(|server| (server.identity(), weight(server))).collect();
    let changed = |server: &continuum::Server| {
        before.get(&server.identity()).copied().unwrap_or(1.0) != weight(server)
    };
    if new.servers().iter().any(changed) {
        let advice = new.advice().into_iter();
        let of_weights =
            advice.filter(|advice| advice.topic() == continuum::scheme::Topic::Capacity);
        of_weights.for_each(|advice| talk::warning(format!("pool '{name}': {advice}")));
    }
}

fn plan(
    change: &Change,
    [old, new]: [&Continuum; 2],
    args: &Plan,
    workload: Option<&Workload>,
) -> Result<PoolPlan, Failure> {
    let Change { name, keys, down, .. } = change;
    let workload = workload.map(|workload| (workload, &keys[1]));
    let plan = planned(old, new, workload);
    let mut shown = PoolPlan::of(name, &plan, (old, new));
    if args.ranges {
        // Over keys there is no map: it is that of the key space.
        let matching = Matching::suggest(old, new);
        let whole = workload.map(|_| continuum::Plan::between(old, new, matching));
        let found = ranges(whole.as_ref().unwrap_or(&plan));
        if found.is_none() && !args.report.quiet {
            talk::warning(format!(
                "pool '{name}': no ranges: its schemes have no ring or table of one hash space"
            ));
        }
        shown.ranges = found;
    }
    if args.html.is_some() && workload.is_none() {
        shown.strip = ranges(&plan);
    }
    // Of a change of scheme or of names another scheme knows nothing.
    let named_alike = shown.plan.matched == Matching::Identity;
    let few = old.servers().len().max(new.servers().len()) <= COMPARED;
    if few && !shown.plan.flows.is_empty() && old.scheme() == new.scheme() && named_alike {
        shown.reference = reference(old.servers(), new.servers(), new.scheme(), workload);
    }
    if let Some(count) = args.steps {
        let (mut steps, mut earlier) = (Vec::new(), old.clone());
        for later in Ramp::between(old, new, count)?.filter_map(Result::transpose) {
            let later = later?;
            let plan = planned(&earlier, &later, workload);
            steps.push(PoolPlan::of(name, &plan, (&earlier, &later)));
            earlier = later;
        }
        if steps.len() < count.get() as usize && !args.report.quiet {
            talk::warning(format!(
                "pool '{name}': whole weights leave {} of {count} steps",
                steps.len()
            ));
        }
        shown.steps = Some(steps);
    }
    shown.down.clone_from(down);
    shown.same_key = keys[0].compare(&keys[1]) != SameKey::Different;
    [shown.key, shown.key_after] = keys.each_ref().map(ToString::to_string);
    Ok(shown)
}

fn planned(old: &Continuum, new: &Continuum, workload: Option<Keys<'_>>) -> continuum::Plan {
    let matching = Matching::suggest(old, new);
    match workload {
        Some((workload, rule)) => {
            continuum::Plan::over_keys(old, new, workload.iter(rule), matching)
        }
        None => continuum::Plan::between(old, new, matching),
    }
}

/// The same change under a scheme that moves no key needlessly.
fn reference(
    old: &Servers,
    new: &Servers,
    own: &Scheme,
    workload: Option<Keys<'_>>,
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
    let plan = planned(&old, &new, workload);
    Some(Reference {
        scheme: new.scheme().to_string(),
        moved: plan.moved(),
        needless: plan.needless(),
        exact: plan.is_exact(),
        busiest: plan.peaks().1,
    })
}

/// `12%` or `0.12`.
fn share(text: &str) -> Result<f64, Failure> {
    share_of(text).ok_or_else(|| {
        let text = text.escape_debug();
        Failure::refused(format!("--max-move '{text}': expected a share such as 12% or 0.12"))
    })
}

fn write_file(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(|error| Failure::unwritable(file, &error))
}
