//! The page: verdict, figures, a row with a bar for each server that changes.

use std::fmt::Write as _;

use continuum::plan::{Part, ServerChange};

use super::date::today;
use super::explorer::{Given, under};
use super::strip::strip;
use crate::failure::Failure;
use crate::report::{Gate, PlanReport, PoolPlan, change};
use crate::words::{about, basis, capacity, count, obeyed, percent, servers as count_of, share};

/// Most rows of a table of flows, and of folded servers; the JSON has all.
const FLOWS: usize = 500;
const FOLDED: usize = 5000;

/// The page: the report, which needs no script, above the explorer with the same pools.
pub(crate) fn page(report: &PlanReport, given: &Given) -> Result<String, Failure> {
    let gate = report.gate.as_ref();
    let verdicts: Vec<String> = report.pools.iter().map(verdict).collect();
    let title = match (&*verdicts, &*report.alone) {
        ([one], []) => one.clone(),
        (pools, alone) => format!("{} pools: {}", pools.len() + alone.len(), pools.join("; ")),
    };
    let mut html = "<section class=\"report\" aria-label=\"The plan\">\n".to_owned();
    for (number, (pool, verdict)) in report.pools.iter().zip(&verdicts).enumerate() {
        let level = if number == 0 { "h1" } else { "h2" };
        push(&mut html, format_args!("<{level}>{}</{level}>\n", escaped(verdict)));
        section(&mut html, pool, gate, (number == 0, report.all));
    }
    if !report.alone.is_empty() {
        html.push_str("<h2>Pools of one side</h2>\n<ul>\n");
    }
    for pool in &report.alone {
        let failed = gate.is_some_and(|gate| !gate.passes(&pool.name));
        let failed = if failed { ": <span class=bad>FAILED</span>" } else { "" };
        let (name, sentence) = (escaped(&pool.name), escaped(&pool.sentence()));
        push(&mut html, format_args!("<li>{name} {sentence}{failed}</li>\n"));
    }
    if !report.alone.is_empty() {
        html.push_str("</ul>\n");
    }
    if report.pools.iter().any(|pool| pool.plan.counts.is_some()) {
        html.push_str(
            "<p class=soft>Counted over the keys that were given; what follows is of the whole key \
             space.</p>\n",
        );
    }
    push(
        &mut html,
        format_args!(
            "<p class=soft><code>{}</code><br>{} · continuum {}</p>\n</section>\n",
            escaped(&report.command),
            today(),
            env!("CARGO_PKG_VERSION")
        ),
    );
    under(&escaped(&title), &html, given)
}

fn verdict(pool: &PoolPlan) -> String {
    format!("{}: {}, {}", pool.name, pool.changes(), pool.movement())
}

/// What stands under the heading of a pool: of the first, which is the page's, or of another.
fn section(html: &mut String, pool: &PoolPlan, gate: Option<&Gate>, (first, all): (bool, bool)) {
    let level = if first { "h2" } else { "h3" };
    let heading = |html: &mut String, words: &str| {
        push(html, format_args!("<{level} class=sub>{words}</{level}>\n"));
    };
    let (before, after) = pool.sizes();
    let scheme = match pool.scheme == pool.scheme_after {
        true => format!("<code>{}</code>", escaped(&pool.scheme)),
        false => format!(
            "<code>{}</code> → <code>{}</code>",
            escaped(&pool.scheme),
            escaped(&pool.scheme_after)
        ),
    };
    let how =
        pool.plan.counts.map_or_else(|| basis(pool.basis), |c| format!("{} keys", count(c.keys)));
    push(
        html,
        format_args!(
            "<p class=soft>{scheme} · hashes <code>{}</code> · {} · {how}</p>\n",
            escaped(&pool.key_after),
            if before == after {
                count_of(after)
            } else {
                format!("{} → {}", count(before as u64), count_of(after))
            }
        ),
    );
    figures(html, pool, gate);
    if let Some(strip) = strip(pool) {
        heading(html, "Where along the key space keys move");
        push(html, format_args!("{strip}\n"));
    }
    let (rows, rest, within) = pool.by_change(all);
    let most = pool.plan.servers.iter().map(|server| server.shares().0.max(server.shares().1));
    let most = most.fold(f64::MIN_POSITIVE, f64::max);
    heading(html, "Share of each server, those that change most first");
    html.push_str(
        "<table>\n<tr><th>server</th>\
         <th class=\"n hide\">weight</th><th class=\"n hide\">before</th><th class=n>after</th>\
         <th class=n>change</th><th class=bar><span class=plus>gains</span> \
         <span class=minus>loses</span></th></tr>\n",
    );
    rows.iter().for_each(|server| row(html, server, most));
    html.push_str("</table>\n");
    if rest > 0 {
        let (rest, within) = (count(rest as u64), about(within));
        push(
            html,
            format_args!("<details><summary>and {rest} within {within}</summary>\n<table>\n"),
        );
        let shown = rows.len();
        let folded = pool.by_change(true).0;
        folded
            .iter()
            .filter(|row| !rows.iter().any(|other| std::ptr::eq(*other, **row)))
            .take(FOLDED)
            .for_each(|server| row(html, server, most));
        let left = pool.plan.servers.len().saturating_sub(shown + FOLDED);
        html.push_str("</table>\n");
        if left > 0 {
            push(html, format_args!("<p>and {} more</p>\n", count(left as u64)));
        }
        html.push_str("</details>\n");
    }
    flows(html, pool);
}

/// The number that is wanted, large, and those beside it.
fn figures(html: &mut String, pool: &PoolPlan, gate: Option<&Gate>) {
    html.push_str("<div class=figures>\n");
    let mut figure = |class: &str, number: &str, words: &str| {
        push(html, format_args!("<div{class}><strong>{number}</strong>{}</div>\n", escaped(words)));
    };
    let least = if pool.plan.counts.is_some() { "by fair shares" } else { "least possible" };
    figure(" class=main", &percent(pool.plan.moved), "of keys move");
    figure("", &percent(pool.plan.least), least);
    figure("", &percent(pool.plan.needless), "needless");
    let busiest = format!("{:.2}× → {:.2}×", pool.plan.busiest.before, pool.plan.busiest.after);
    figure("", &busiest, "busiest server, of its fair share");
    if let Some(counts) = pool.plan.counts {
        let of = format!("of {} keys", count(counts.keys));
        figure("", &count(counts.moved_keys), &of);
    }
    if let Some(other) = &pool.reference {
        figure("", &percent(other.moved), &format!("same change under {}", other.scheme));
    }
    if let Some((passes, words)) = pool.judgement(gate) {
        let (word, rest) = words.split_once(", ").unwrap_or((&words, ""));
        let class = if passes { "ok" } else { "bad" };
        figure("", &format!("<span class={class}>{word}</span>"), rest);
    }
    html.push_str("</div>\n");
}

fn row(html: &mut String, server: &ServerChange, most: f64) {
    let part = |part: Option<Part>| part.map_or_else(|| "–".to_owned(), |p| share(p.share));
    let weight = |part: Option<Part>| part.map_or_else(|| "–".to_owned(), |p| capacity(p.capacity));
    let (old, new) = (weight(server.before), weight(server.after));
    let (before, after) = server.shares();
    let change = change(server);
    let class = if change > 0.0 { "plus" } else { "minus" };
    let wide = |share: f64| format!("{:.1}", share / most * 100.0);
    let changed = if after > before { "u" } else { "s" };
    push(
        html,
        format_args!(
            "<tr><td>{}</td><td class=\"n hide\">{}</td><td class=\"n hide\">{}</td>\
             <td class=n>{}</td><td class=\"n {class}\">{:+.2}%</td><td class=bar><i>\
             <b style=\"width:{}%\"></b><{changed} style=\"width:{}%\"></{changed}></i></td></tr>\n",
            escaped(&server.identity),
            if old == new { new } else { format!("{old} → {new}") },
            part(server.before),
            part(server.after),
            change * 100.0,
            wide(before.min(after)),
            wide((after - before).abs()),
        ),
    );
}

fn flows(html: &mut String, pool: &PoolPlan) {
    let number = count(pool.plan.flows.len() as u64);
    push(html, format_args!("<details><summary>Flows: {number}</summary>\n<table>\n"));
    let end = |name: &Option<Box<str>>| escaped(name.as_deref().unwrap_or("(nobody)"));
    for flow in pool.plan.flows.iter().take(FLOWS) {
        let (from, to, share) = (end(&flow.from), end(&flow.to), share(flow.share));
        push(
            html,
            format_args!("<tr><td>{from}</td><td>→ {to}</td><td class=n>{share}</td></tr>\n"),
        );
    }
    html.push_str("</table>\n");
    if pool.plan.flows.len() > FLOWS {
        push(
            html,
            format_args!("<p>and {} more</p>\n", count((pool.plan.flows.len() - FLOWS) as u64)),
        );
    }
    html.push_str("</details>\n");
}

fn push(html: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = html.write_fmt(text);
}

/// Text for a page: names come from files.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if obeyed(c) => safe.extend(c.escape_default()),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn names_stay_text() {
        assert_eq!(escaped("<script>\"&'\n"), "&lt;script&gt;&quot;&amp;&#39;\\n");
    }
}
