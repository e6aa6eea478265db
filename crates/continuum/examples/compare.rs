//! Schemes side by side: how even they are, and what a change moves beside the
//! least that it could. `cargo run --profile dist --example compare [SEEDS [CHANGES]]`
//!
//! For each seed a set of servers, and from it so many random changes of each
//! kind: one server added, one removed, one doubled in capacity. *peak*: the
//! busiest server over its fair share, worst of all seeds. The other columns:
//! what moved over the least possible, in the mean, then (behind a slash) what
//! of it moved between two servers that nobody touched. *worst*: of all changes.
//! *build*: the quickest.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::fmt::Write as _;
use std::time::Instant;

use continuum::plan::Matching;
use continuum::{Capacity, Continuum, Error, Plan, Scheme, Server, Servers};

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap_or(0)
    }
}

fn server(seed: u64, number: usize, mixed: bool) -> Server {
    let capacity = if mixed { [1, 2, 4][number % 3] } else { 1 };
    let host = format!("10.{seed}.{}.{}", number / 250, number % 250 + 1);
    Server::new(host, 11211).with_capacity(capacity)
}

#[derive(Default)]
struct Line {
    peak: f64,
    moved: [f64; 3],
    needless: [f64; 3],
    worst: [f64; 3],
    milliseconds: f64,
    bytes: usize,
}

fn measure(
    scheme: &Scheme,
    count: usize,
    mixed: bool,
    seeds: u64,
    changes: usize,
) -> Result<Line, Error> {
    let mut line = Line { milliseconds: f64::INFINITY, ..Line::default() };
    for seed in 1..=seeds {
        let mut random = Random(seed);
        let mut servers = Servers::new();
        for number in 0..count {
            servers.add(server(seed, number, mixed))?;
        }
        let start = Instant::now();
        let old = Continuum::with_servers(scheme.clone(), servers)?;
        line.milliseconds = line.milliseconds.min(start.elapsed().as_secs_f64() * 1e3);
        line.bytes = old.memory();
        line.peak = line.peak.max(old.ownership().peak());
        for change in 0..changes {
            for kind in 0..3 {
                let changed = server(seed, random.below(count), mixed);
                let identity = changed.identity();
                let mut new = old.clone();
                new.update(|servers| match kind {
                    0 => servers.add(server(seed, count + change, mixed)),
                    1 => servers.remove(&identity).map(drop),
                    _ => {
                        let twice = Capacity::try_from(changed.capacity().get() * 2.0)?;
                        servers.set_capacity(&identity, twice).map(drop)
                    }
                })?;
                let plan = Plan::between(&old, &new, Matching::Identity);
                let ratio = plan.moved() / plan.least();
                line.moved[kind] += ratio;
                line.needless[kind] += plan.needless() / plan.least();
                line.worst[kind] = line.worst[kind].max(ratio);
                line.peak = line.peak.max(plan.peaks().1);
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let runs = seeds as f64 * changes as f64;
    for kind in 0..3 {
        line.moved[kind] /= runs;
        line.needless[kind] /= runs;
    }
    Ok(line)
}

fn table(title: &str, schemes: &[&str], count: usize, mixed: bool, seeds: u64, changes: usize) {
    println!("\n{title}: {seeds} seeds, {changes} changes of each kind\n");
    println!(
        "{:<46} {:>6}  {:>13} {:>13} {:>13} {:>6} {:>9} {:>9}",
        "scheme", "peak", "add", "remove", "weight x2", "worst", "build ms", "bytes"
    );
    for text in schemes {
        let line = text
            .parse::<Scheme>()
            .and_then(|scheme| measure(&scheme, count, mixed, seeds, changes));
        match line {
            Ok(line) => {
                let mut cells = String::new();
                for kind in 0..3 {
                    let _ =
                        write!(cells, " {:>6.3}/{:<6.4}", line.moved[kind], line.needless[kind]);
                }
                let worst = line.worst.into_iter().fold(0.0, f64::max);
                println!(
                    "{text:<46} {:>6.4} {cells} {worst:>6.3} {:>9.2} {:>9}",
                    line.peak, line.milliseconds, line.bytes
                );
            }
            Err(error) => println!("{text:<46} not here: {:.60}", error.to_string()),
        }
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u32>());
    let seeds = arguments.next().and_then(Result::ok).unwrap_or(10);
    let changes = arguments.next().and_then(Result::ok).unwrap_or(3);
    let (seeds, changes) = (u64::from(seeds), changes as usize);
    let schemes = [
        "slots-1",
        "slots-1:slack=0",
        "slots-1:slack=off",
        "slots-1:slots=262144",
        "rendezvous-1",
        "ring-1",
        "ring-1:points=1000",
        "envoy-maglev",
        "libmemcached:distribution=ketama-weighted",
        "python-continuum:points=16000",
    ];
    table("100 equal servers", &schemes, 100, false, seeds, changes);
    table("100 servers of capacity 1, 2, 4", &schemes, 100, true, seeds, changes);
    let schemes = [
        "slots-1:slots=1048576",
        "slots-1:slots=1048576,slack=off",
        "slots-1",
        "ring-1",
        "envoy-maglev",
        "libmemcached:distribution=ketama-weighted",
    ];
    let (seeds, changes) = (seeds.div_ceil(5), changes.div_ceil(5));
    table("1000 equal servers", &schemes, 1000, false, seeds, changes);
    table("1000 servers of capacity 1, 2, 4", &schemes, 1000, true, seeds, changes);
}
