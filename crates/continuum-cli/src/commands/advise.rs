//! `continuum advise`: schemes side by side over one set, measured here.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use continuum::assignment::Assignment;
use continuum::plan::Matching;
use continuum::scheme::{Advice, Capacities, Order, Topic};
use continuum::{Capacity, Continuum, Error, Plan, Scheme, Server, Servers};

use crate::args;
use crate::failure::Failure;
use crate::input;
use crate::output::Progress;
use crate::report::{Advised, Figures};
use crate::talk;

/// What one kind of change moves.
#[derive(Default)]
struct Moved {
    ratios: Vec<f64>,
    shares: Vec<f64>,
}

pub(crate) fn run(args: &args::Advise) -> Result<Advised, Failure> {
    if args.copies == 0 || args.copies > Assignment::MOST_COPIES {
        let most = Assignment::MOST_COPIES;
        return Err(Failure::refused(format!("--copies {}: expected 1 to {most}", args.copies)));
    }
    if args.change_rate.is_some_and(|rate| !rate.is_finite() || rate < 0.0) {
        return Err(Failure::refused("--change-rate: expected a number from 0 up"));
    }
    let servers = input::servers(&args.set)?;
    let schemes = schemes(args, &servers);
    let progress = Progress::steps(schemes.len() as u64 + 1);
    let mut rows = Vec::new();
    for text in schemes {
        progress.step(&text);
        match of_scheme(&text.parse()?, &servers, args) {
            Ok(figures) => rows.push(figures),
            Err(Failure::Refused(why)) => {
                talk::note(&format!("not for this set: {text}: {why}"));
            }
            Err(other) => return Err(other),
        }
    }
    progress.step("assign");
    rows.push(of_assignment(&servers, args)?);
    Ok(Advised { rows, copies: args.copies, a_day: args.change_rate.is_some() })
}

/// What people choose between, and the one they ask for.
fn schemes(args: &args::Advise, servers: &Servers) -> Vec<String> {
    // As `slots-1` itself advises: 512 slots for each server.
    let slots = (servers.len() * 512).next_power_of_two().clamp(1 << 16, 1 << 24);
    let option = if slots == 1 << 16 { String::new() } else { format!("slots={slots}") };
    let with = |rest: &str| {
        let options: Vec<&str> =
            [&*option, rest].into_iter().filter(|text| !text.is_empty()).collect();
        let separator = if options.is_empty() { "" } else { ":" };
        format!("slots-1{separator}{}", options.join(","))
    };
    let mut all = vec![with(""), with("slack=off")];
    let others = [
        "rendezvous-1",
        "ring-1",
        "envoy-maglev",
        "twemproxy",
        "nginx",
        "haproxy",
        "python-continuum",
        "jump",
    ];
    all.extend(others.map(str::to_owned));
    if let Some(own) = &args.set.scheme
        && !all.contains(own)
    {
        all.insert(0, own.clone());
    }
    all
}

/// Up to three servers that own something, from first to last.
fn picks(servers: &Servers) -> Vec<Server> {
    let owning: Vec<&Server> =
        servers.iter().filter(|server| server.capacity().get() > 0.0).collect();
    let last = owning.len().saturating_sub(1);
    let mut places = vec![0, last / 2, last];
    places.dedup();
    places
        .into_iter()
        .filter_map(|place| owning.get(place).map(|server| (*server).clone()))
        .collect()
}

#[derive(Clone, Copy)]
enum Kind {
    Add,
    Remove,
    Weight,
}

/// The set after a change of this kind to, or like, one server.
fn changed(servers: &Servers, kind: Kind, server: &Server) -> Result<Servers, Error> {
    let mut new = servers.clone();
    match kind {
        Kind::Add => {
            let host = format!("new-beside-{}", server.host().trim_start_matches('/'));
            let added = match server.port() {
                Some(port) => Server::new(host, port),
                None => Server::without_port(host),
            };
            let added = added.with_capacity(server.capacity());
            new.add(match server.zone() {
                Some(zone) => added.with_zone(zone),
                None => added,
            })?;
        }
        Kind::Remove => drop(new.remove(&server.identity())?),
        Kind::Weight => {
            let twice = Capacity::try_from(server.capacity().get() * 2.0)?;
            new.set_capacity(&server.identity(), twice)?;
        }
    }
    Ok(new)
}

/// The share that each server's capacity calls for.
fn wanted(servers: &Servers) -> Result<Vec<f64>, Error> {
    let scheme = "rendezvous-1".parse::<Scheme>()?;
    Ok(Continuum::with_servers(scheme, servers.clone())?.fair_shares().to_vec())
}

fn of_scheme(scheme: &Scheme, servers: &Servers, args: &args::Advise) -> Result<Figures, Failure> {
    let fair = &wanted(servers)?;
    let old = Continuum::with_servers(scheme.clone(), servers.clone())?;
    input::refuse_without_owners(&old)?;
    let ownership = old.ownership();
    let mut exact = ownership.basis() == continuum::ownership::Basis::Exact;
    let picks = picks(servers);
    let mut measure = |kind: Kind| -> Moved {
        let mut moved = Moved::default();
        if matches!(kind, Kind::Weight) && scheme.capacities() == Capacities::Ignored {
            return moved;
        }
        for server in &picks {
            // A scheme may not hold what the change makes: no figure then.
            let new = changed(servers, kind, server)
                .and_then(|set| Continuum::with_servers(scheme.clone(), set));
            let Ok(new) = new else { break };
            let plan = Plan::between(&old, &new, Matching::Identity);
            exact &= plan.is_exact();
            // By the capacities given, whether or not the scheme heeds them.
            let after = wanted(new.servers());
            let least = after.map_or(0.0, |after| least(servers, fair, new.servers(), &after));
            if least > 0.0 {
                moved.ratios.push(plan.moved() / least);
                moved.shares.push(plan.moved());
            }
            // A sampled plan of a large set is slow: one change must do. Never by
            // the clock, or two runs would print two figures.
            if !plan.is_exact() && servers.len() > 50 {
                break;
            }
        }
        moved
    };
    let kinds = [Kind::Add, Kind::Remove, Kind::Weight].map(&mut measure);
    let keys = keys();
    let copies = args.copies as usize;
    let nanoseconds = time(&keys, |key| {
        if copies == 1 {
            black_box(old.resolve_index(key));
        } else {
            old.copies(key, copies).for_each(|server| {
                black_box(server);
            });
        }
    });
    let copies_peak = (copies > 1).then(|| {
        let copies = copies.min(fair.iter().filter(|fair| **fair > 0.0).count());
        let mut counts = vec![0_u32; servers.len()];
        for key in &keys {
            let mut walk = old.candidates(key);
            for number in (0..copies).map_while(|_| walk.next_index()) {
                counts[number as usize] += 1;
            }
        }
        peak(&counts, fair, copies, keys.len())
    });
    let numbered = |advice: &Advice| advice.topic() == Topic::Positional;
    let listed = scheme.order() == Order::Positional || old.advice().iter().any(numbered);
    let needs = if listed { "list" } else { "set" };
    let over = |(share, fair): (&f64, &f64)| if *fair > 0.0 { share / fair } else { 0.0 };
    let peak = ownership.shares().iter().zip(fair).map(over).fold(0.0, f64::max);
    let memory = old.memory();
    let scheme = scheme.to_string();
    let figures = Figures {
        scheme,
        peak,
        copies_peak,
        exact,
        memory,
        nanoseconds,
        needs,
        ..Figures::default()
    };
    Ok(with_moves(figures, &kinds, args))
}

/// The stored table of `continuum assign`.
fn of_assignment(servers: &Servers, args: &args::Advise) -> Result<Figures, Error> {
    let slots = u32::try_from((servers.len() * 128).next_power_of_two())
        .unwrap_or(u32::MAX)
        .clamp(4096, Assignment::MOST_SLOTS);
    let scheme: Scheme = "slots-1".parse()?;
    let start = Continuum::with_servers(scheme, servers.clone())?;
    let old = Assignment::with_copies(&start, slots, args.copies)?;
    let fair = start.fair_shares();
    let holdings = old.holdings();
    let counts: Vec<u32> = holdings.iter().map(|holding| holding.slots).collect();
    let all: Vec<u32> = holdings.iter().map(|holding| holding.slots + holding.copies).collect();
    let measure = |kind: Kind| -> Result<Moved, Error> {
        let mut moved = Moved::default();
        for server in picks(servers) {
            let set = changed(servers, kind, &server)?;
            let mut new = old.clone();
            new.set_servers(&set)?;
            // Without its last server there is no table.
            let Ok(change) = new.change(None) else { break };
            let least = least(servers, fair, &set, &wanted(&set)?);
            #[expect(clippy::cast_precision_loss, reason = "at most 2^24 slots")]
            let share = change.owners_changed() as f64 / f64::from(slots);
            if least > 0.0 {
                moved.ratios.push(share / least);
                moved.shares.push(share);
            }
        }
        Ok(moved)
    };
    let kinds = [measure(Kind::Add)?, measure(Kind::Remove)?, measure(Kind::Weight)?];
    let nanoseconds = time(&keys(), |key| {
        if args.copies == 1 {
            black_box(old.owner(old.slot_of(key)));
        } else {
            old.resolve_copies(key).for_each(|server| {
                black_box(server);
            });
        }
    });
    let copies = args.copies as usize;
    let most = copies.min(fair.iter().filter(|fair| **fair > 0.0).count());
    let copies_peak = (copies > 1).then(|| peak(&all, fair, most, slots as usize));
    let figures = Figures {
        scheme: format!("assign --slots {slots}"),
        peak: peak(&counts, fair, 1, slots as usize),
        copies_peak,
        exact: true,
        memory: slots as usize * copies * size_of::<u32>(),
        nanoseconds,
        needs: "file",
        ..Figures::default()
    };
    Ok(with_moves(figures, &kinds, args))
}

/// What the growing servers must get, in shares.
fn least(old: &Servers, before: &[f64], new: &Servers, after: &[f64]) -> f64 {
    let before: BTreeMap<_, f64> =
        old.iter().map(Server::identity).zip(before.iter().copied()).collect();
    new.iter()
        .zip(after)
        .map(|(server, after)| {
            let before = before.get(&server.identity()).copied().unwrap_or_default();
            (after - before).max(0.0)
        })
        .sum()
}

/// The largest count over its fair part.
fn peak(counts: &[u32], fair: &[f64], copies: usize, keys: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of sampled keys")]
    let total = (copies * keys) as f64;
    counts
        .iter()
        .zip(fair)
        .filter(|(_, fair)| **fair > 0.0)
        .map(|(count, fair)| f64::from(*count) / (fair * total))
        .fold(0.0, f64::max)
}

/// The means over the changes of each kind.
fn with_moves(figures: Figures, kinds: &[Moved; 3], args: &args::Advise) -> Figures {
    let [add, remove, weight] = [0, 1, 2].map(|kind: usize| mean(kinds[kind].ratios.iter()));
    let moved_a_change = mean(kinds.iter().flat_map(|kind| &kind.shares));
    let moved_a_day = moved_a_change.zip(args.change_rate).map(|(moved, rate)| moved * rate);
    Figures { add, remove, weight, moved_a_change, moved_a_day, ..figures }
}

fn mean<'a>(numbers: impl Iterator<Item = &'a f64>) -> Option<f64> {
    let numbers: Vec<f64> = numbers.copied().collect();
    #[expect(clippy::cast_precision_loss, reason = "a few numbers")]
    let count = numbers.len() as f64;
    (count > 0.0).then(|| numbers.iter().sum::<f64>() / count)
}

/// Keys as sessions have them.
fn keys() -> Vec<String> {
    (0..20_000).map(|number| format!("session:{number:012}")).collect()
}

/// Nanoseconds per key: the best of several rounds, each of a few milliseconds.
fn time(keys: &[String], mut look_up: impl FnMut(&String)) -> f64 {
    let mut best = f64::INFINITY;
    let start = Instant::now();
    for round in 0..10 {
        let (mut done, began) = (0_u32, Instant::now());
        for keys in keys.chunks(500) {
            for key in keys {
                look_up(black_box(key));
                done += 1;
            }
            if began.elapsed() > Duration::from_millis(5) {
                break;
            }
        }
        best = best.min(began.elapsed().as_secs_f64() * 1e9 / f64::from(done));
        if round > 1 && start.elapsed() > Duration::from_millis(50) {
            break;
        }
    }
    best
}
