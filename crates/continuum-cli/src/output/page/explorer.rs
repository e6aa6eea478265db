//! The explorer's page with pools inside: `explore` writes it as it is, `plan --html` under its report.

use continuum::Servers;
use continuum_config::KeyRule;
use serde::Serialize;

use crate::failure::Failure;

/// Built by `scripts/explorer` from `npm/explorer`.
const PAGE: &str = include_str!("../../../assets/explorer.html");

/// Where what is given stands in it.
const GIVEN: &str = r#"<script id="given" type="application/json">null</script>"#;

/// What names the page, and what it begins with.
const TITLE: &str = "<title>Continuum explorer</title>";
const HEAD: &str = "<header>\n<h1>Continuum explorer</h1>";

/// What the page begins with.
#[derive(Serialize)]
pub(crate) struct Given {
    pub(crate) files: Vec<File>,
    pub(crate) pool: Option<String>,
    pub(crate) key: Option<String>,
}

/// A configuration: its name, and its pools as the page's own reader gives them.
#[derive(Serialize)]
pub(crate) struct File {
    name: String,
    text: &'static str,
    read: Read,
}

#[derive(Serialize)]
struct Read {
    pools: Vec<PoolRow>,
    skipped: Vec<Lacking>,
    refused: Vec<Lacking>,
    notes: [(); 0],
}

/// What is no pool, and why.
#[derive(Serialize)]
struct Lacking {
    name: String,
    why: String,
}

/// A pool as the page's own reader gives it.
#[derive(Serialize)]
pub(crate) struct PoolRow {
    name: String,
    scheme: String,
    servers: Servers,
    hashes: String,
    /// By which the page tells whether two pools hash the same.
    mark: Option<String>,
    cuts: bool,
    down: Vec<String>,
    notes: Vec<String>,
}

impl File {
    pub(crate) fn new(name: String, pools: Vec<PoolRow>) -> Self {
        let read = Read { pools, skipped: Vec::new(), refused: Vec::new(), notes: [] };
        Self { name, text: "", read }
    }

    /// With what else the file has: what does not hash keys, and what could not be read, each by
    /// name and reason.
    pub(crate) fn with_rest(
        mut self,
        skipped: Vec<(String, String)>,
        refused: Vec<(String, String)>,
    ) -> Self {
        let lacking = |rows: Vec<(String, String)>| {
            rows.into_iter().map(|(name, why)| Lacking { name, why }).collect()
        };
        (self.read.skipped, self.read.refused) = (lacking(skipped), lacking(refused));
        self
    }
}

impl PoolRow {
    pub(crate) fn new(name: &str, scheme: String, servers: &Servers, key: &KeyRule) -> Self {
        Self {
            name: name.to_owned(),
            scheme,
            servers: servers.clone(),
            hashes: key.to_string(),
            mark: key.mark(),
            cuts: key.cuts(),
            down: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(crate) fn with_down(self, down: Vec<String>) -> Self {
        Self { down, ..self }
    }

    pub(crate) fn with_notes(self, notes: Vec<String>) -> Self {
        Self { notes, ..self }
    }
}

/// The page with what it begins with.
pub(crate) fn explorer(given: &Given) -> Result<String, Failure> {
    let json = serde_json::to_string(given)
        .map_err(|error| Failure::refused(format!("the page: {error}")))?;
    // A name from a file must not end the script; within JSON only texts hold this character.
    let json = json.replace('<', "\\u003c");
    Ok(PAGE.replacen(GIVEN, &GIVEN.replace("null", &json), 1))
}

/// The page with a report above, which is read without a script; both are of that title.
pub(super) fn under(title: &str, report: &str, given: &Given) -> Result<String, Failure> {
    let page = explorer(given)?;
    let page = page.replacen(TITLE, &format!("<title>{title}</title>"), 1);
    let head = format!("{report}<header>\n<h2>Try another change</h2>");
    Ok(page.replacen(HEAD, &head, 1))
}

#[cfg(test)]
mod tests {
    use super::{GIVEN, Given, HEAD, PAGE, TITLE, explorer, under};

    fn given(key: &str) -> Given {
        Given { files: Vec::new(), pool: None, key: Some(key.to_owned()) }
    }

    #[test]
    fn the_page_has_one_place_for_each_thing() {
        for place in [GIVEN, TITLE, HEAD] {
            assert_eq!(PAGE.matches(place).count(), 1, "{place}");
        }
        assert!(!PAGE.contains("src=\"http") && !PAGE.contains("href=\"http"));
    }

    #[test]
    fn names_stay_text() {
        let Ok(page) = explorer(&given("</script><script>")) else { panic!("a text is JSON") };
        assert!(page.contains(r#""key":"\u003c/script>\u003cscript>""#));
        assert_eq!(page.matches("</script>").count(), PAGE.matches("</script>").count());
    }

    #[test]
    fn a_report_takes_the_place_of_the_title() {
        let Ok(page) = under("moved", "<h1>moved</h1>\n", &given("k")) else {
            panic!("a text is JSON")
        };
        assert!(page.contains("<title>moved</title>"));
        assert!(page.contains("<body>\n<h1>moved</h1>\n<header>\n<h2>"));
        assert_eq!(page.matches("<h1>").count(), 1);
    }
}
