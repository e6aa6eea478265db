//! `continuum compare`: do two configurations agree?

use std::path::Path;

use continuum::ownership::Basis;
use continuum::plan::Matching;
use continuum::{Continuum, Plan};
use continuum_config::{KeyRule, Pool, SameKey};

use crate::args::{Compare, Set};
use crate::failure::Failure;
use crate::input::{self, Pairs, Workload};
use crate::report::{Comparison, Difference, Differing, Examples};
use crate::words::{basis, count};

/// A continuum, and what of a request it hashes.
type Side = (Continuum, KeyRule);

pub(crate) fn run(args: &Compare) -> Result<Comparison, Failure> {
    let listed = !args.server.is_empty() || args.servers_file.is_some();
    let (lists, pairs) = match &args.a {
        Some(a) if !listed => (None, pairs(a, args)?),
        _ => (Some(lists(args)?), Pairs::default()),
    };
    let workload = Workload::read(&args.workload, args.report.quiet)?;
    let mut pools = Vec::new();
    if let Some([a, b]) = &lists {
        pools.push(pair("servers".to_owned(), [a, b], workload.as_ref(), args.examples));
    }
    for both in &pairs.both {
        // The maps of one pool at a time: those of all may be more than memory holds.
        pools.push(pool(both, args, workload.as_ref())?);
    }
    workload.as_ref().map_or(Ok(()), Workload::finish)?;
    let agree = pairs.alone.is_empty() && pools.iter().all(Difference::agrees);
    Ok(Comparison { agree, pools, unmatched: pairs.alone })
}

/// One list of servers under two schemes.
fn lists(args: &Compare) -> Result<[Side; 2], Failure> {
    let set = |scheme: Option<&str>| Set {
        server: args.server.clone(),
        servers_file: args.servers_file.clone(),
        scheme: scheme.map(str::to_owned),
    };
    let Some(scheme_b) = args.scheme_b.as_deref() else {
        return Err(Failure::refused(
            "one list of servers: --scheme-b says what it is compared under",
        ));
    };
    let build =
        |scheme| -> Result<Side, Failure> { Ok((input::build(&set(scheme))?, KeyRule::default())) };
    Ok([build(args.choice.scheme.as_deref())?, build(Some(scheme_b))?])
}

/// Pools of two files, or of one file under two schemes.
fn pairs(a: &Path, args: &Compare) -> Result<Pairs, Failure> {
    let (scheme_b, quiet) = (args.scheme_b.as_deref(), args.report.quiet);
    let b = match &args.b {
        Some(b) => b,
        None if scheme_b.is_some() => a,
        None => {
            return Err(Failure::refused(
                "only one configuration: give another, or --scheme-b for the same under another scheme",
            ));
        }
    };
    let pairs = Pairs::read(a, b, &args.choice, (args.pool_b.as_deref(), scheme_b), quiet)?;
    if !quiet {
        pairs.both.iter().for_each(|(a, b)| input::notes([a, b]));
    }
    Ok(pairs)
}

fn pool(
    (a, b): &(Pool, Pool),
    args: &Compare,
    workload: Option<&Workload>,
) -> Result<Difference, Failure> {
    let name = if a.name() == b.name() {
        a.name().to_owned()
    } else {
        format!("{} and {}", a.name(), b.name())
    };
    let side = |pool: &Pool| -> Result<Side, Failure> {
        Ok((input::build_pool(pool)?, pool.key().clone()))
    };
    let (a, b) = (side(a)?, side(b)?);
    if !args.report.quiet {
        input::warn_of_addresses(&name, &a.0, &b.0);
    }
    Ok(pair(name, [&a, &b], workload, args.examples))
}

fn pair(
    name: String,
    [(a, key), (b, other_key)]: [&Side; 2],
    workload: Option<&Workload>,
    examples: usize,
) -> Difference {
    let matching = Matching::suggest(a, b);
    let plan = match workload {
        Some(workload) => Plan::over_keys(a, b, workload.iter(key), matching),
        None => Plan::between(a, b, matching),
    };
    let differ = plan.moved();
    let found = if differ == 0.0 || examples == 0 {
        Vec::new()
    } else if let Some(workload) = workload {
        differing(a, b, (workload, key), matching, examples)
    } else {
        Plan::examples(a, b, examples, matching)
            .into_iter()
            .map(|example| Examples {
                key: example.key.into(),
                a: example.from.map(Into::into),
                b: example.to.map(Into::into),
            })
            .collect()
    };
    let counts =
        plan.counts().map(|counts| Differing { keys: counts.keys, differ: counts.moved_keys });
    let (bound, how) = match (plan.basis(), counts) {
        // Of n keys none: the share is below 3/n with 95 %.
        (Basis::Sampled { keys, .. }, _) if differ == 0.0 => {
            (Some(3.0 / f64::from(keys)), format!("from {} keys", count(keys.into())))
        }
        (Basis::Sampled { bound, .. }, _) => (Some(bound), basis(plan.basis())),
        (_, Some(counts)) => (None, format!("of {} keys", count(counts.keys))),
        (other, None) => (None, basis(other)),
    };
    Difference {
        name,
        schemes: [a.scheme().to_string(), b.scheme().to_string()],
        hashes: [key.to_string(), other_key.to_string()],
        same_key: key.compare(other_key) != SameKey::Different,
        matched: matching,
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
    (workload, key): (&Workload, &KeyRule),
    matching: Matching,
    most: usize,
) -> Vec<Examples> {
    let example = |key: &[u8]| {
        let (a, b) = (owner(a, key, matching), owner(b, key, matching));
        (a != b).then(|| Examples { key: key.into(), a, b })
    };
    workload.iter(key).filter_map(|(key, _)| example(&key)).take(most).collect()
}
