//! A plan as Markdown, for the comment of a review: the verdict, a table, and the
//! details folded.

use std::io::{BufWriter, Write};

use continuum::plan::Part;

use crate::failure::Failure;
use crate::output::Report as _;
use crate::report::{PlanReport, PoolPlan, change, down, readdressed};
use crate::words::{about, basis, capacity, count, obeyed, percent, servers as count_of, share};

/// Most rows of flows; the JSON has all.
const FLOWS: usize = 50;

/// Prints a plan.
pub(crate) fn markdown(report: &PlanReport, out: &mut dyn Write) -> Result<(), Failure> {
    let mut out = BufWriter::new(out);
    for pool in &report.pools {
        let judged = pool.judgement(report.gate.as_ref());
        let judged = judged.map_or_else(String::new, |(_, words)| format!(": {words}"));
        let (name, changes, movement) = (text(&pool.name), pool.changes(), text(&pool.movement()));
        writeln!(out, "### {name}: {changes}, {movement}{judged}\n")?;
        write_pool(pool, report.all, &mut out)?;
    }
    for pool in &report.alone {
        let failed = report.gate.as_ref().filter(|gate| !gate.passes(&pool.name));
        let failed = if failed.is_some() { ": FAILED" } else { "" };
        writeln!(out, "### {} {}{failed}\n", text(&pool.name), text(&pool.sentence()))?;
    }
    writeln!(out, "<sub><code>{}</code></sub>", text(&report.command))?;
    out.flush()?;
    report.outcome()
}

fn write_pool(pool: &PoolPlan, all: bool, out: &mut dyn Write) -> std::io::Result<()> {
    let (before, after) = pool.sizes();
    let scheme = match pool.scheme == pool.scheme_after {
        true => text(&pool.scheme),
        false => format!("{} → {}", text(&pool.scheme), text(&pool.scheme_after)),
    };
    let servers = match before == after {
        true => count_of(after),
        false => format!("{} → {}", count(before as u64), count_of(after)),
    };
    let how = pool.plan.counts.map_or_else(
        || basis(pool.basis),
        |counts| format!("{} of {} keys", count(counts.moved_keys), count(counts.keys)),
    );
    writeln!(out, "{scheme} · hashes {} · {servers} · {how}", text(&pool.key_after))?;
    if let Some(sentence) = readdressed::sentence(&pool.readdressed) {
        writeln!(out, "\n{}", text(&sentence))?;
    }
    if let Some(sentence) = down::sentence(&pool.down) {
        writeln!(out, "\n{}", text(&sentence))?;
    }
    if pool.plan.flows.is_empty() {
        return writeln!(out);
    }
    let busiest = pool.plan.busiest;
    writeln!(
        out,
        "needless {} · busiest {:.2}× → {:.2}× its fair share\n",
        percent(pool.plan.needless),
        busiest.before,
        busiest.after
    )?;
    writeln!(out, "| server | weight | before | after | change |\n|:--|--:|--:|--:|--:|")?;
    let part = |part: Option<Part>| part.map_or_else(|| "-".to_owned(), |p| share(p.share));
    let weight = |part: Option<Part>| part.map_or_else(|| "-".to_owned(), |p| capacity(p.capacity));
    let (rows, rest, within) = pool.by_change(all);
    for row in rows {
        let (old, new) = (weight(row.before), weight(row.after));
        let weight = if old == new { new } else { format!("{old} → {new}") };
        let change = format!("{:+.2}%", change(row) * 100.0);
        let (before, after) = (part(row.before), part(row.after));
        writeln!(out, "| {} | {weight} | {before} | {after} | {change} |", text(&row.identity))?;
    }
    if rest > 0 {
        writeln!(out, "\nand {} within {}", count(rest as u64), about(within))?;
    }
    let number = count(pool.plan.flows.len() as u64);
    writeln!(out, "\n<details><summary>Flows: {number}</summary>\n")?;
    writeln!(out, "| from | to | share |\n|:--|:--|--:|")?;
    let end = |name: &Option<Box<str>>| text(name.as_deref().unwrap_or("(nobody)"));
    for flow in pool.plan.flows.iter().take(FLOWS) {
        writeln!(out, "| {} | {} | {} |", end(&flow.from), end(&flow.to), share(flow.share))?;
    }
    if pool.plan.flows.len() > FLOWS {
        writeln!(out, "\nand {} more", count((pool.plan.flows.len() - FLOWS) as u64))?;
    }
    writeln!(out, "\n</details>\n")
}

/// Text that Markdown takes for nothing else: no table, link, mention or markup.
fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if obeyed(c) => safe.extend(c.escape_default()),
            c if c.is_ascii_punctuation() && !".,:;/-=+%()!?'\"".contains(c) => {
                safe.push_str(&format!("&#{};", u32::from(c)));
            }
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn names_stay_text() {
        assert_eq!(text("10.0.0.1:80"), "10.0.0.1:80");
        assert_eq!(text("a|b_c"), "a&#124;b&#95;c");
        assert_eq!(text("<b> @all `x`\n"), "&#60;b&#62; &#64;all &#96;x&#96;\\n");
    }
}
