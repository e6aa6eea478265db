//! `continuum check`: do two configurations agree?

use std::io::{BufWriter, Write};

use continuum::ownership::Basis;
use continuum::plan::Matching;
use continuum::{Continuum, Plan};
use serde::Serialize;

use crate::args::Check;
use crate::failure::Failure;
use crate::input::{self, Pairs, Unmatched, Workload};
use crate::output::{Align, KeyRow, Matched, Table, basis, count, percent, short, write_line};

#[derive(Serialize)]
struct Report {
    agree: bool,
    pools: Vec<Row>,
    unmatched: Vec<Unmatched>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    schemes: [String; 2],
    /// By what servers were matched.
    matched: Matched,
    differ: f64,
    exact: bool,
    bound: Option<f64>,
    /// Whether the key of no bytes has one server too: a few programs place it by a
    /// rule of its own. It is no share of the keys.
    empty_key_agrees: bool,
    counts: Option<Counts>,
    examples: Vec<Example>,
    #[serde(skip)]
    how: String,
}

#[derive(Clone, Copy, Serialize)]
struct Counts {
    keys: u64,
    differ: u64,
}

#[derive(Serialize)]
struct Example {
    #[serde(flatten)]
    key: KeyRow,
    a: Option<String>,
    b: Option<String>,
}

pub(crate) fn run(args: &Check, out: &mut dyn Write) -> Result<(), Failure> {
    let Pairs { both, unmatched } =
        Pairs::read(&args.a, &args.b, &args.chosen, args.pool_b.as_deref())?;
    let workload = Workload::read(&args.workload, args.told.quiet)?;
    let mut pools = Vec::new();
    for (a, b) in &both {
        if !args.told.quiet {
            input::notes([a, b]);
        }
        let name = if a.name() == b.name() {
            a.name().to_owned()
        } else {
            format!("{} and {}", a.name(), b.name())
        };
        let (a, b) = (input::build_pool(a)?, input::build_pool(b)?);
        pools.push(compare(name, &a, &b, workload.as_ref(), args.examples));
    }
    let agree = unmatched.is_empty() && pools.iter().all(|pool| pool.differ == 0.0);
    let report = Report { agree, pools, unmatched };
    let mut out = BufWriter::new(out);
    if args.told.json {
        write_line(&mut out, &report)?;
    } else {
        write_text(&mut out, &report)?;
    }
    out.flush()?;
    if agree { Ok(()) } else { Err(Failure::Differences) }
}

fn compare(
    name: String,
    a: &Continuum,
    b: &Continuum,
    workload: Option<&Workload>,
    examples: usize,
) -> Row {
    let matching = Matching::suggest(a, b);
    let plan = match workload {
        Some(workload) => Plan::over_keys(a, b, workload.iter(), matching),
        None => Plan::between(a, b, matching),
    };
    let differ = plan.moved().min(1.0);
    let found = if differ == 0.0 || examples == 0 {
        Vec::new()
    } else if let Some(workload) = workload {
        differing(a, b, workload, matching, examples)
    } else {
        Plan::examples(a, b, examples, matching)
            .into_iter()
            .map(|example| Example {
                key: example.key.into(),
                a: example.from.map(Into::into),
                b: example.to.map(Into::into),
            })
            .collect()
    };
    let counts =
        plan.counts().map(|counts| Counts { keys: counts.keys, differ: counts.moved_keys });
    let (bound, how) = match (plan.basis(), counts) {
        // Of n keys none: the share is below 3/n with 95 %.
        (Basis::Sampled { keys, .. }, _) if differ == 0.0 => {
            (Some(3.0 / f64::from(keys)), format!("from {} keys,", count(keys.into())))
        }
        (Basis::Sampled { bound, .. }, _) => (Some(bound), basis(plan.basis())),
        (_, Some(counts)) => (None, format!("of {} keys", count(counts.keys))),
        (other, None) => (None, basis(other)),
    };
    Row {
        name,
        schemes: [a.scheme().to_string(), b.scheme().to_string()],
        matched: Matched::of(matching),
        differ,
        exact: plan.is_exact(),
        bound,
        empty_key_agrees: owner(a, b"", matching) == owner(b, b"", matching),
        how,
        counts,
        examples: found,
    }
}

/// A key's server, as the two sides' servers are matched.
fn owner(continuum: &Continuum, key: &[u8], matching: Matching) -> Option<String> {
    continuum.resolve(key).map(|server| match matching {
        Matching::Address => server.address().into_owned(),
        _ => server.identity().into_owned(),
    })
}

/// The first of the given keys whose servers differ.
fn differing(
    a: &Continuum,
    b: &Continuum,
    workload: &Workload,
    matching: Matching,
    most: usize,
) -> Vec<Example> {
    let example = |key: &[u8]| {
        let (a, b) = (owner(a, key, matching), owner(b, key, matching));
        (a != b).then(|| Example { key: key.into(), a, b })
    };
    workload.iter().filter_map(|(key, _)| example(key)).take(most).collect()
}

fn write_text(out: &mut dyn Write, report: &Report) -> std::io::Result<()> {
    for (number, pool) in report.pools.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        let name = short(&pool.name, 40);
        match (pool.differ == 0.0, pool.bound) {
            (true, Some(bound)) => {
                let bound = percent(bound);
                writeln!(
                    out,
                    "{name}: no key that was tried differs · {} below {bound}",
                    pool.how
                )?;
            }
            (true, None) => {
                let but = if pool.counts.is_none() && !pool.empty_key_agrees {
                    " but the empty one"
                } else {
                    ""
                };
                writeln!(out, "{name}: they agree on every key{but} · {}", pool.how)?;
            }
            (false, _) => {
                writeln!(out, "{name}: {} of keys differ · {}", percent(pool.differ), pool.how)?;
            }
        }
        writeln!(out, "  A {}\n  B {}", pool.schemes[0], pool.schemes[1])?;
        if let Some(note) = pool.matched.note() {
            writeln!(out, "  {note}")?;
        }
        if !pool.examples.is_empty() {
            let end = |name: &Option<String>| short(name.as_deref().unwrap_or("(nobody)"), 26);
            let mut table =
                Table::new([("key", Align::Left), ("A", Align::Left), ("B", Align::Left)]);
            for example in &pool.examples {
                table.row([short(&example.key.to_string(), 20), end(&example.a), end(&example.b)]);
            }
            writeln!(out)?;
            table.lines().iter().try_for_each(|line| writeln!(out, "  {line}"))?;
        }
    }
    for pool in &report.unmatched {
        writeln!(out, "\n{}: only in {}", short(&pool.name, 40), pool.file)?;
    }
    Ok(())
}
