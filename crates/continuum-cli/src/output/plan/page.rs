//! A plan as one HTML page that needs no other file.

use std::fmt::Write as _;

use super::{Part, PoolPlan, Report, picture};
use crate::failure::Failure;
use crate::output::{count, percent, share};

/// Most rows of a table of flows; the JSON has all.
const FLOWS: usize = 500;

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2733}\
svg{max-width:100%;height:auto}table{border-collapse:collapse;margin:1rem 0}\
th,td{padding:.2rem .8rem .2rem 0;text-align:left;border-bottom:1px solid #d8dee4}\
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}code{background:#f0f3f5;padding:0 .2rem}";

/// The page.
pub(crate) fn page(report: &Report, title: &str) -> Result<String, Failure> {
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>{0}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
        escaped(title)
    );
    for pool in &report.pools {
        html.push_str(&section(pool));
    }
    for pool in &report.unmatched {
        push(
            &mut html,
            format_args!("<p>{}: only in {}</p>\n", escaped(&pool.name), escaped(&pool.file)),
        );
    }
    html.push_str(&picture(report)?);
    html.push_str("\n</body>\n</html>\n");
    Ok(html)
}

fn section(pool: &PoolPlan) -> String {
    let (before, after) = pool.sizes();
    let mut html = format!(
        "<h2>{}</h2>\n<p><code>{}</code>{} · {before} → {after} servers</p>\n",
        escaped(&pool.name),
        escaped(&pool.scheme),
        if pool.scheme == pool.scheme_after {
            String::new()
        } else {
            format!(" → <code>{}</code>", escaped(&pool.scheme_after))
        }
    );
    let busiest =
        format!("{:.2}× → {:.2}× its fair share", pool.busiest.before, pool.busiest.after);
    let mut figures = vec![
        ("moves", percent(pool.moved)),
        ("least possible", percent(pool.least)),
        ("needless", percent(pool.needless)),
        ("busiest", busiest),
        ("found", if pool.exact { "exactly".to_owned() } else { "from a sample".to_owned() }),
    ];
    if let Some(counts) = pool.counts {
        figures.push((
            "keys that move",
            format!("{} of {}", count(counts.moved_keys), count(counts.keys)),
        ));
    }
    if let Some(other) = &pool.reference {
        let under = format!("{} moves {}", other.scheme, percent(other.moved));
        figures.push(("same change under", under));
    }
    html.push_str("<table>\n");
    for (name, text) in figures {
        push(&mut html, format_args!("<tr><th>{name}</th><td>{}</td></tr>\n", escaped(&text)));
    }
    html.push_str(
        "</table>\n<table>\n<tr><th>server</th><th class=n>capacity</th><th class=n>before</th>\
         <th class=n>after</th></tr>\n",
    );
    for server in &pool.servers {
        let text = |part: Option<Part>| part.map_or_else(|| "–".to_owned(), |p| share(p.share));
        let capacity = |part: Option<Part>| {
            part.map_or_else(|| "–".to_owned(), |part| part.capacity.to_string())
        };
        let (old, new) = (capacity(server.before), capacity(server.after));
        push(
            &mut html,
            format_args!(
                "<tr><td>{}</td><td class=n>{}</td><td class=n>{}</td><td class=n>{}</td></tr>\n",
                escaped(&server.server),
                if old == new { new } else { format!("{old} → {new}") },
                text(server.before),
                text(server.after)
            ),
        );
    }
    html.push_str("</table>\n<details><summary>Flows</summary>\n<table>\n");
    for flow in pool.flows.iter().take(FLOWS) {
        let end = |name: &Option<String>| escaped(name.as_deref().unwrap_or("(nobody)"));
        push(
            &mut html,
            format_args!(
                "<tr><td>{}</td><td>→ {}</td><td class=n>{}</td></tr>\n",
                end(&flow.from),
                end(&flow.to),
                share(flow.share)
            ),
        );
    }
    html.push_str("</table>\n");
    if let Some(rest) = pool.flows.len().checked_sub(FLOWS).filter(|rest| *rest > 0) {
        push(&mut html, format_args!("<p>and {} more</p>\n", count(rest as u64)));
    }
    html.push_str("</details>\n");
    html
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
            c if c.is_control() => safe.extend(c.escape_default()),
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
