//! Draws `docs/which.svg`: peak over fair against movement, over 100 servers of
//! capacity 1, 2, 4. `cargo run --profile dist --example which > docs/which.svg`
//!
//! Movement: what adding, removing and doubling one server moves over the least
//! possible, in the mean over three servers each and five sets.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::error::Error;

use continuum::assignment::Assignment;
use continuum::plan::Matching;
use continuum::{Capacity, Continuum, Plan, Scheme, Server, Servers};
use plotters::prelude::*;

const COUNT: u32 = 100;
const SETS: u32 = 5;

/// The name in the picture, the scheme, and how far its name stands from its dot.
const SCHEMES: [(&str, &str, (i32, i32)); 9] = [
    ("slots-1", "slots-1", (8, -5)),
    ("slots-1:slack=off", "slots-1:slack=off", (8, -16)),
    ("slots-1:slack=0", "slots-1:slack=0", (8, -5)),
    ("rendezvous-1", "rendezvous-1", (9, 1)),
    ("ring-1", "ring-1", (8, 3)),
    ("envoy-maglev", "envoy-maglev", (8, -5)),
    ("nginx", "nginx", (8, 4)),
    ("weighted ketama (twemproxy)", "twemproxy", (-60, -18)),
    ("python-continuum:points=16000", "python-continuum:points=16000", (8, -5)),
];

fn server(set: u32, number: u32) -> Server {
    let capacity = [1, 2, 4][(number % 3) as usize];
    Server::new(format!("10.{set}.{}.{}", number / 250, number % 250 + 1), 11211)
        .with_capacity(capacity)
}

/// Every change of one server in a set.
fn changes(set: u32, servers: &Servers) -> Result<Vec<Servers>, continuum::Error> {
    let mut all = Vec::new();
    for place in [10, 50, 87] {
        let touched = server(set, place);
        let mut added = servers.clone();
        added.add(server(set, COUNT + place))?;
        let mut removed = servers.clone();
        removed.remove(&touched.identity())?;
        let mut doubled = servers.clone();
        let twice = Capacity::try_from(touched.capacity().get() * 2.0)?;
        doubled.set_capacity(&touched.identity(), twice)?;
        all.extend([added, removed, doubled]);
    }
    Ok(all)
}

fn measure(scheme: &Scheme) -> Result<(f64, f64), continuum::Error> {
    let (mut peak, mut sum, mut count) = (0.0_f64, 0.0, 0.0);
    for set in 0..SETS {
        let mut servers = Servers::new();
        for number in 0..COUNT {
            servers.add(server(set, number))?;
        }
        let old = Continuum::with_servers(scheme.clone(), servers.clone())?;
        peak = peak.max(old.ownership().peak());
        for changed in changes(set, &servers)? {
            let plan = Plan::between(
                &old,
                &Continuum::with_servers(scheme.clone(), changed)?,
                Matching::Identity,
            );
            sum += plan.moved() / plan.least();
            count += 1.0;
        }
    }
    Ok((peak, sum / count))
}

/// The stored table, whose balance and moves are exact to a slot.
fn measure_assignment() -> Result<(f64, f64), continuum::Error> {
    let (mut peak, mut sum, mut count) = (0.0_f64, 0.0, 0.0);
    let slots = 16384;
    for set in 0..SETS {
        let mut servers = Servers::new();
        for number in 0..COUNT {
            servers.add(server(set, number))?;
        }
        let start = Continuum::with_servers("slots-1".parse()?, servers.clone())?;
        let old = Assignment::from_continuum(&start, slots)?;
        for holding in old.holdings() {
            peak = peak.max(f64::from(holding.slots) / holding.fair);
        }
        for changed in changes(set, &servers)? {
            let mut new = old.clone();
            new.set_servers(&changed)?;
            #[expect(clippy::cast_precision_loss, reason = "at most 16384 slots")]
            let moved = new.change(None)?.owners_changed() as f64 / f64::from(slots);
            let after = Continuum::with_servers("slots-1:slots=1".parse()?, changed)?;
            let before = Continuum::with_servers("slots-1:slots=1".parse()?, servers.clone())?;
            sum += moved / Plan::between(&before, &after, Matching::Identity).least();
            count += 1.0;
        }
    }
    Ok((peak, sum / count))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut dots = vec![("assign (a stored table)", measure_assignment()?, (8, -14))];
    for (name, scheme, beside) in SCHEMES {
        dots.push((name, measure(&scheme.parse()?)?, beside));
    }
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (760, 460)).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(
                "100 servers of capacity 1, 2, 4: nearer to the lower left is better",
                ("sans-serif", 17),
            )
            .margin(14)
            .x_label_area_size(40)
            .y_label_area_size(52)
            .build_cartesian_2d(0.95..2.25_f64, 0.97..1.65_f64)?;
        chart
            .configure_mesh()
            .x_desc("moved over the least possible, in the mean")
            .y_desc("busiest server over its fair share")
            .x_label_formatter(&|x| format!("{x:.1}"))
            .y_label_formatter(&|y| format!("{y:.1}"))
            .light_line_style(WHITE)
            .draw()?;
        for (name, (peak, moved), (right, down)) in dots {
            eprintln!("{name:<32} peak {peak:.3}  moved {moved:.3}");
            let ours = name.starts_with("slots-1") || name.starts_with("assign");
            let colour = if ours { RGBColor(0, 110, 180) } else { RGBColor(120, 120, 120) };
            chart.draw_series([(moved, peak)].map(|at| {
                EmptyElement::at(at)
                    + Circle::new((0, 0), 4, colour.filled())
                    + Text::new(name, (right, down), ("sans-serif", 13))
            }))?;
        }
        area.present()?;
    }
    println!("{svg}");
    Ok(())
}
