//! `continuum explore`: the explorer's page with one's own pools inside.

use std::fs;
use std::io::Write;
use std::path::Path;

use continuum::Servers;
use continuum_config::Pool;
use serde::Serialize;

use crate::args::Explore;
use crate::failure::Failure;
use crate::input;
use crate::talk;

/// Built by `scripts/explorer` from `npm/explorer`.
const PAGE: &str = include_str!("../../assets/explorer.html");

/// Where what is given stands in it.
const GIVEN: &str = r#"<script id="given" type="application/json">null</script>"#;

/// What the page begins with.
#[derive(Serialize)]
struct Given {
    files: Vec<File>,
    pool: Option<String>,
    key: Option<String>,
}

#[derive(Serialize)]
struct File {
    name: String,
    text: &'static str,
    read: Read,
}

/// The pools as the page's own reader gives them.
#[derive(Serialize)]
struct Read {
    pools: Vec<PoolRow>,
    refused: [(); 0],
    notes: [(); 0],
}

#[derive(Serialize)]
struct PoolRow {
    name: String,
    scheme: String,
    servers: Servers,
    hashes: String,
    cuts: bool,
    notes: Vec<String>,
}

pub(crate) fn run(args: &Explore, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let mut files = Vec::new();
    for path in &args.files {
        let pools = input::pools(path, &args.choice, args.quiet)?;
        for pool in &pools {
            // What the page would refuse is refused here.
            input::build_pool(pool)?;
        }
        let read = Read { pools: pools.iter().map(row).collect(), refused: [], notes: [] };
        files.push(File { name: path.display().to_string(), text: "", read });
    }
    let given = Given { files, pool: args.choice.reading.pool.clone(), key: args.key.clone() };
    let page = filled(&given)?;
    if args.output == Path::new("-") {
        return Ok(out.write_all(page.as_bytes())?);
    }
    fs::write(&args.output, page).map_err(|error| Failure::unwritable(&args.output, &error))?;
    if !args.quiet {
        talk::note(&format!("{}: open it in a browser", args.output.display()));
    }
    Ok(())
}

fn row(pool: &Pool) -> PoolRow {
    PoolRow {
        name: pool.name().to_owned(),
        scheme: pool.scheme().to_string(),
        servers: pool.servers().clone(),
        hashes: pool.key().to_string(),
        cuts: pool.key().cuts(),
        notes: pool.notes().iter().map(ToString::to_string).collect(),
    }
}

fn filled(given: &Given) -> Result<String, Failure> {
    let json = serde_json::to_string(given)
        .map_err(|error| Failure::refused(format!("the page: {error}")))?;
    // A name from a file must not end the script; within JSON only texts hold this character.
    let json = json.replace('<', "\\u003c");
    Ok(PAGE.replacen(GIVEN, &GIVEN.replace("null", &json), 1))
}

#[cfg(test)]
mod tests {
    use super::{GIVEN, Given, PAGE, filled};

    #[test]
    fn the_page_has_one_place_for_what_is_given() {
        assert_eq!(PAGE.matches(GIVEN).count(), 1);
        assert!(!PAGE.contains("src=\"http") && !PAGE.contains("href=\"http"));
    }

    #[test]
    fn names_stay_text() {
        let key = Some("</script><script>".to_owned());
        let Ok(page) = filled(&Given { files: Vec::new(), pool: None, key }) else {
            panic!("a text is JSON")
        };
        assert!(page.contains(r#""key":"\u003c/script>\u003cscript>""#));
        assert_eq!(page.matches("</script>").count(), PAGE.matches("</script>").count());
    }
}
