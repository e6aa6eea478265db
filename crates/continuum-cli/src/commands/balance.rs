//! `continuum balance`: how evenly are the keys spread?

use std::collections::BTreeMap;

use continuum::Continuum;
use continuum::ownership::Basis;
use continuum_config::KeyRule;

use crate::args;
use crate::failure::Failure;
use crate::input::{self, Workload};
use crate::report::{AdviceRow, Balance, Heavy, KeyRow, PoolBalance, ServerShare};
use crate::words::{basis, count};

/// What is counted of each server: keys, and the sum of their sizes.
type Counted = Vec<(u64, u64)>;

pub(crate) fn run(args: &args::Balance) -> Result<Balance, Failure> {
    let pools = input::pools(&args.file, &args.choice, args.report.quiet)?;
    let workload = Workload::read(&args.workload, args.report.quiet)?;
    if !args.report.quiet {
        input::notes(&pools);
    }
    if args.server.is_some() && workload.is_none() {
        return Err(Failure::refused(
            "--server shows the heaviest keys of one server: give --keys",
        ));
    }
    let mut found = 0;
    let mut all = Vec::new();
    for pool in &pools {
        let continuum = input::build_pool(pool)?;
        let only = match &args.server {
            Some(text) => match input::find(continuum.servers(), text) {
                Ok(identity) => Some(identity),
                // It may stand in another pool of the file.
                Err(_) if pools.len() > 1 => continue,
                Err(refused) => return Err(refused),
            },
            None => None,
        };
        found += 1;
        let keys = workload.as_ref().map(|workload| (workload, pool.key()));
        let mut row = row(&continuum, keys, args.heaviest, only);
        row.name = pool.name().to_owned();
        row.hashes = pool.key().to_string();
        row.all = args.all;
        all.push(row);
    }
    workload.as_ref().map_or(Ok(()), Workload::finish)?;
    match (&args.server, found) {
        (Some(text), 0) => {
            Err(Failure::refused(format!("no server '{}' in any pool", text.escape_debug())))
        }
        _ => Ok(Balance { pools: all }),
    }
}

fn row(
    continuum: &Continuum,
    workload: Option<(&Workload, &KeyRule)>,
    most: usize,
    only: Option<String>,
) -> PoolBalance {
    let ownership = continuum.ownership();
    let counted: Option<Counted> = workload.map(|(workload, rule)| {
        let mut counted = vec![(0, 0_u64); continuum.servers().len()];
        for (key, size) in workload.iter(rule) {
            if let Some(owner) = continuum.resolve_index(key) {
                let (keys, bytes) = &mut counted[owner as usize];
                *keys += 1;
                *bytes = bytes.saturating_add(size.unwrap_or(0));
            }
        }
        counted
    });
    let sized = workload.is_some_and(|(workload, _)| workload.sized());
    let all = |of: fn(&(u64, u64)) -> u64| {
        counted.as_ref().map(|counted| counted.iter().map(of).fold(0, u64::saturating_add))
    };
    let (keys, bytes) = (all(|(keys, _)| *keys), all(|(_, bytes)| *bytes).filter(|_| sized));
    let servers: Vec<ServerShare> = continuum
        .servers()
        .iter()
        .enumerate()
        .map(|(number, server)| {
            let counts = counted.as_ref().map(|counted| counted[number]);
            ServerShare {
                server: server.identity().into_owned(),
                capacity: server.capacity().get(),
                share: match (counts, keys) {
                    (Some((own, _)), Some(all)) => part(own, all),
                    _ => ownership.shares()[number],
                },
                fair: continuum.fair_shares()[number],
                keys: counts.map(|(keys, _)| keys),
                bytes: counts.filter(|_| sized).map(|(_, bytes)| bytes),
            }
        })
        .collect();
    let advice = continuum.advice().into_iter().map(|advice| AdviceRow {
        topic: advice.topic().word(),
        sentence: advice.message().to_owned(),
    });
    let number = only.as_deref().and_then(|only| continuum.servers().index_of(only));
    let (heaviest, heaviest_above) =
        workload.map(|all| heavy(continuum, all, most, number)).unzip();
    PoolBalance {
        name: String::new(),
        scheme: continuum.scheme().to_string(),
        hashes: String::new(),
        exact: keys.is_some() || ownership.basis() == Basis::Exact,
        bound: ownership.basis().bound().filter(|_| keys.is_none()),
        busiest: servers.iter().filter_map(ServerShare::ratio).fold(0.0, f64::max),
        spread: spread(&servers),
        heaviest: heaviest.unwrap_or_default(),
        heaviest_above,
        advice: advice.collect(),
        how: match keys {
            Some(keys) => format!("{} keys", count(keys)),
            None => basis(ownership.basis()),
        },
        servers,
        keys,
        bytes,
        only,
        heaviest_asked: most > 0,
        all: false,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share is shown to a few digits")]
fn part(of: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { of as f64 / all as f64 }
}

/// The standard deviation of the ratios over their mean.
fn spread(servers: &[ServerShare]) -> f64 {
    let ratios = || servers.iter().filter_map(ServerShare::ratio);
    let number = f64::from(u32::try_from(ratios().count()).unwrap_or(u32::MAX));
    let mean = ratios().sum::<f64>() / number;
    let variance = ratios().map(|ratio| (ratio - mean) * (ratio - mean)).sum::<f64>();
    if mean > 0.0 { (variance / number).sqrt() / mean } else { 0.0 }
}

/// Keys that are counted at once while the heavy ones are looked for.
const COUNTERS: usize = 100_000;

/// The keys that come most often, of one server only if it is named, each with its
/// exact count, and the count above which none is left out. Two passes, in the memory
/// of so many counters: any key that comes more often than once in so many keys has one
/// at the end of the first (Misra and Gries, "Finding repeated elements", 1982).
fn heavy(
    continuum: &Continuum,
    (workload, rule): (&Workload, &KeyRule),
    most: usize,
    only: Option<u32>,
) -> (Vec<Heavy>, u64) {
    let own = |key: &[u8]| only.is_none() || continuum.resolve_index(key) == only;
    let mut counts: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    let mut left_out = 0;
    for (key, _) in workload.iter(rule).filter(|(key, _)| own(key)) {
        if let Some(count) = counts.get_mut(&key) {
            *count += 1;
        } else if counts.len() < COUNTERS {
            counts.insert(key, 1);
        } else {
            left_out += 1;
            counts.retain(|_, count| {
                *count -= 1;
                *count > 0
            });
        }
    }
    if left_out > 0 {
        counts.values_mut().for_each(|count| *count = 0);
        for (key, _) in workload.iter(rule) {
            if let Some(count) = counts.get_mut(&key) {
                *count += 1;
            }
        }
    }
    // What comes once is not heavy, nor is what might have lost its counter.
    let least = 1 + left_out;
    let mut counts: Vec<(Vec<u8>, u64)> = counts.into_iter().filter(|(_, n)| *n > least).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let heavy = |(key, count): (Vec<u8>, u64)| Heavy {
        key: KeyRow::from(&*key),
        count,
        server: continuum.resolve(&key).map(|server| server.identity().into_owned()),
    };
    (counts.into_iter().take(most).map(heavy).collect(), least)
}
