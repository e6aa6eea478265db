//! Pictures: nanoseconds a key against servers, heap, builds; both axes in
//! logarithms.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use plotters::prelude::*;

use crate::row::Findings;

/// A line: its name, whether it is ours, and its points.
type Line = (String, bool, Vec<(f64, f64)>);

/// Draws all that the findings have; file names and titles.
pub fn write(findings: &Findings, folder: &Path) -> io::Result<Vec<(&'static str, &'static str)>> {
    fs::create_dir_all(folder)?;
    let rings = by_name(findings, "Text keys, one at a time: rings", "");
    let build = by_name(findings, "Build and change", ", build");
    let mut heap: BTreeMap<(bool, &str), Vec<(f64, f64)>> = BTreeMap::new();
    for memory in &findings.memory {
        let line = heap.entry((!memory.ours, &memory.engine)).or_default();
        line.push((memory.n as f64, memory.bytes));
    }
    let heap =
        heap.into_iter().map(|((peer, name), points)| (name.to_owned(), !peer, points)).collect();
    let pictures = [
        ("resolve.svg", "Nanoseconds a text key, rings, one at a time", rings),
        ("build.svg", "Milliseconds a build, rings of 160 points a server", build),
        ("memory.svg", "Bytes of heap a server, rings of 160 points", heap),
    ];
    let mut written = Vec::new();
    for (file, title, lines) in pictures {
        if lines.iter().any(|(_, _, points): &Line| points.len() > 1) {
            let text = draw(title, &lines).map_err(io::Error::other)?;
            fs::write(folder.join(file), text)?;
            written.push((file, title));
        }
    }
    Ok(written)
}

/// Lines of a class: ours, whose names end in `suffix`, and every peer.
fn by_name(findings: &Findings, class: &str, suffix: &str) -> Vec<Line> {
    let mut lines: BTreeMap<(bool, String), Vec<(f64, f64)>> = BTreeMap::new();
    let mut add = |peer: bool, name: String, n: f64, time: f64| {
        let line = lines.entry((peer, name)).or_default();
        if line.last().is_none_or(|(last, _)| *last < n) {
            line.push((n, time));
        }
    };
    for row in findings.rows.iter().filter(|row| row.class == class && row.ours.ends_with(suffix)) {
        let name = row.ours.trim_end_matches(suffix).to_owned();
        add(false, name, row.n as f64, row.ours_time.p10);
        if let (Some(peer), Some(time)) = (&row.peer, row.peer_time) {
            add(true, peer.clone(), row.n as f64, time.p10);
        }
    }
    lines.into_iter().map(|((peer, name), points)| (name, !peer, points)).collect()
}

fn draw(title: &str, lines: &[Line]) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let all = || lines.iter().flat_map(|(_, _, points)| points);
    let most = |of: fn(&(f64, f64)) -> f64| all().map(of).fold(f64::MIN, f64::max);
    let least = |of: fn(&(f64, f64)) -> f64| all().map(of).fold(f64::MAX, f64::min);
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (900, 520)).into_drawing_area();
        area.fill(&WHITE)?;
        // Names stand to the right of the last points.
        let mut chart = ChartBuilder::on(&area)
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .margin_right(250)
            .x_label_area_size(36)
            .y_label_area_size(64)
            .build_cartesian_2d(
                (least(|p| p.0)..most(|p| p.0)).log_scale(),
                (least(|p| p.1) * 0.8..most(|p| p.1) * 1.25).log_scale(),
            )?;
        chart
            .configure_mesh()
            .x_desc("servers")
            .x_label_formatter(&|n| crate::record::thousands(*n as u64))
            .y_label_formatter(&|n| crate::record::figure(*n))
            .light_line_style(WHITE)
            .draw()?;
        let mut names: Vec<(f64, String, RGBAColor)> = Vec::new();
        for (number, (name, ours, points)) in lines.iter().enumerate() {
            let colour = if *ours { BLACK.mix(1.0) } else { Palette99::pick(number).mix(1.0) };
            let style =
                ShapeStyle { color: colour, filled: true, stroke_width: 1 + 2 * u32::from(*ours) };
            chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
            chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, style)))?;
            if let Some(last) = points.last() {
                let (_, y) = chart.backend_coord(last);
                names.push((f64::from(y), name.clone(), colour));
            }
        }
        // Apart from one another, in the order of their lines.
        names.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut floor = 0.0;
        for (y, name, colour) in names {
            let at = y.max(floor);
            floor = at + 15.0;
            let style = ("sans-serif", 12).into_font().color(&colour);
            area.draw_text(&name, &style, (660, at as i32 - 7))?;
        }
        area.present()?;
    }
    Ok(text)
}
