//! A plan as one SVG picture: shares before and after, flows, figures.

use continuum::plan::Part;
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::failure::Failure;
use crate::report::{PlanReport, PoolPlan};
use crate::words::{basis, percent, short};

const WIDTH: u32 = 900;
/// Heights of the figures, of a bar's row, and of what stands around the bars.
const HEAD: u32 = 92;
const ROW: u32 = 26;
const AXIS: u32 = 58;
/// Servers and flows shown of each pool: a picture is looked at as a whole.
const SERVERS: usize = 48;
const FLOWS: usize = 16;

const BEFORE: RGBColor = RGBColor(158, 170, 182);
const AFTER: RGBColor = RGBColor(20, 108, 148);
const FLOW: RGBColor = RGBColor(196, 98, 16);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A row of a chart: its label and one or two bars.
struct Row {
    label: String,
    bars: Vec<(f64, RGBColor)>,
}

/// Every pool's picture, one under the other.
pub(crate) fn picture(report: &PlanReport) -> Result<String, Failure> {
    let mut svg = String::new();
    draw(report, &mut svg)
        .map_err(|error| Failure::refused(format!("cannot draw the plan: {error}")))?;
    Ok(svg)
}

fn draw(report: &PlanReport, svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let pools: Vec<(&PoolPlan, Vec<Row>, Vec<Row>)> =
        report.pools.iter().map(|pool| (pool, server_rows(pool), flow_rows(pool))).collect();
    let tall = |rows: &[Row]| match u32::try_from(rows.len()) {
        Ok(0) | Err(_) => 0,
        Ok(rows) => rows * ROW + AXIS,
    };
    let height: u32 =
        pools.iter().map(|(_, servers, flows)| HEAD + tall(servers) + tall(flows)).sum();
    let root = SVGBackend::with_string(svg, (WIDTH, height.max(1))).into_drawing_area();
    root.fill(&WHITE)?;
    let mut rest = root.clone();
    for (pool, servers, flows) in &pools {
        let (head, below) = rest.split_vertically(HEAD);
        write_head(&head, pool)?;
        let (area, below) = below.split_vertically(tall(servers));
        if !servers.is_empty() {
            let caption = "share of each server: before (grey) and after (blue)";
            chart(&area, servers, caption)?;
        }
        let (area, below) = below.split_vertically(tall(flows));
        if !flows.is_empty() {
            chart(&area, flows, "what moves, from → to")?;
        }
        rest = below;
    }
    root.present()?;
    Ok(())
}

fn write_head(area: &Area<'_>, pool: &PoolPlan) -> Result<(), Box<dyn std::error::Error>> {
    let (before, after) = pool.sizes();
    let title = format!("{}: {} → {} servers", short(&pool.name, 40), before, after);
    let scheme = if pool.scheme == pool.scheme_after {
        pool.scheme.clone()
    } else {
        format!("{} → {}", pool.scheme, pool.scheme_after)
    };
    let moves = format!(
        "moves {} of keys · least possible {} · needless {} · {}",
        percent(pool.plan.moved),
        percent(pool.plan.least),
        percent(pool.plan.needless),
        if pool.plan.counts.is_some() { "of given keys".to_owned() } else { basis(pool.basis) }
    );
    let busiest = format!(
        "busiest {:.2}× → {:.2}× its fair share{}",
        pool.plan.busiest.before,
        pool.plan.busiest.after,
        pool.reference.as_ref().map_or_else(String::new, |other| format!(
            " · under {} {} would move",
            other.scheme,
            percent(other.moved)
        ))
    );
    let line = |text: String, y: i32, size: u32| {
        let style = ("sans-serif", size).into_font().color(&BLACK);
        area.draw(&Text::new(text, (14, y), style))
    };
    line(title, 10, 20)?;
    line(short(&scheme, 110), 36, 13)?;
    line(moves, 54, 14)?;
    line(busiest, 72, 14)?;
    Ok(())
}

fn server_rows(pool: &PoolPlan) -> Vec<Row> {
    let share = |part: Option<Part>| part.map_or(0.0, |part| part.share);
    let mut rows: Vec<Row> = pool
        .plan
        .servers
        .iter()
        .take(SERVERS)
        .map(|server| Row {
            label: short(&server.identity, 34),
            bars: vec![(share(server.before), BEFORE), (share(server.after), AFTER)],
        })
        .collect();
    rows.extend(and_more(pool.plan.servers.len(), SERVERS, "servers"));
    rows
}

fn flow_rows(pool: &PoolPlan) -> Vec<Row> {
    let end = |name: &Option<Box<str>>| short(name.as_deref().unwrap_or("(nobody)"), 20);
    let mut rows: Vec<Row> = pool
        .plan
        .flows
        .iter()
        .take(FLOWS)
        .map(|flow| Row {
            label: format!("{} → {}", end(&flow.from), end(&flow.to)),
            bars: vec![(flow.share, FLOW)],
        })
        .collect();
    rows.extend(and_more(pool.plan.flows.len(), FLOWS, "flows"));
    rows
}

fn and_more(all: usize, shown: usize, what: &str) -> Option<Row> {
    let rest = all.checked_sub(shown).filter(|rest| *rest > 0)?;
    Some(Row { label: format!("and {rest} more {what}"), bars: Vec::new() })
}

/// Lying bars, the first row on top.
fn chart(area: &Area<'_>, rows: &[Row], caption: &str) -> Result<(), Box<dyn std::error::Error>> {
    let most = rows.iter().flat_map(|row| &row.bars).map(|(share, _)| *share).fold(0.0, f64::max);
    let count = rows.len();
    let mut chart = ChartBuilder::on(area)
        .margin_right(24)
        .caption(caption, ("sans-serif", 14))
        .x_label_area_size(30)
        .y_label_area_size(300)
        .build_cartesian_2d(0.0..most.max(1e-9) * 1.05, (0..count).into_segmented())?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(8)
        .y_labels(count)
        .x_label_formatter(&|share| percent_of(*share, most))
        .y_label_formatter(&|segment| match segment {
            SegmentValue::CenterOf(number) if *number < count => {
                rows[count - 1 - number].label.clone()
            }
            _ => String::new(),
        })
        .label_style(("sans-serif", 12))
        .draw()?;
    let bars = rows.iter().enumerate().flat_map(|(number, row)| {
        let place = count - 1 - number;
        let many = row.bars.len();
        row.bars.iter().enumerate().map(move |(bar, (share, colour))| {
            let (above, below) = match (many, bar) {
                (1, _) => (6, 6),
                (_, 0) => (3, 13),
                _ => (13, 3),
            };
            let corners =
                [(0.0, SegmentValue::Exact(place)), (*share, SegmentValue::Exact(place + 1))];
            let mut bar = Rectangle::new(corners, colour.filled());
            bar.set_margin(above, below, 0, 0);
            bar
        })
    });
    chart.draw_series(bars)?;
    Ok(())
}

/// An axis label with as many digits as the axis needs.
fn percent_of(share: f64, most: f64) -> String {
    let hundred = share * 100.0;
    if most > 0.05 { format!("{hundred:.0}%") } else { format!("{hundred:.2}%") }
}
