//! What readers found, as lines of text to compare with.

use crate::draft::{Draft, Found};
use crate::error::Error;
use crate::options::Options;
use crate::source::File;
use crate::tree::{Tree, json, yaml};

/// One line for each thing found: `name scheme | servers`, `name - why skipped`,
/// `! complaint`; a complaint about the file is the only line.
pub(crate) fn shown(found: Result<Vec<Found>, Error>) -> Vec<String> {
    match found {
        Ok(found) => found.iter().map(line).collect(),
        Err(error) => vec![format!("! {error}")],
    }
}

fn line(found: &Found) -> String {
    match found {
        Found::Pool(draft) => {
            format!("{} {} | {}", draft.name, draft.scheme.shown(), servers(draft))
        }
        Found::Skipped(skipped) => format!("{} - {}", skipped.name, skipped.why.sentence()),
        Found::Refused(_, error) => format!("! {error}"),
        Found::Note(note) => format!("note {note}"),
    }
}

/// `identity=capacity` where they are not the address and 1, `#id`, `@zone`.
pub(crate) fn servers(draft: &Draft) -> String {
    let shown = draft.servers.iter().map(|(server, _)| {
        let mut text = server.to_string();
        if server.name().is_some() {
            text = format!("{}<{text}>", server.identity());
        }
        for (mark, part) in [
            ("#", server.id().map(|id| id.to_string())),
            ("@", server.zone().map(str::to_owned)),
            ("~", server.hash_key().map(str::to_owned)),
        ] {
            if let Some(part) = part {
                text = format!("{text}{mark}{part}");
            }
        }
        text
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// The only pool's draft.
pub(crate) fn only(found: Result<Vec<Found>, Error>) -> Box<Draft> {
    match found.unwrap().pop() {
        Some(Found::Pool(draft)) => draft,
        other => panic!("no pool but {other:?}"),
    }
}

pub(crate) fn file() -> File {
    File::new("f")
}

pub(crate) fn none() -> Options {
    Options::new()
}

pub(crate) fn yaml_tree(text: &str) -> Tree {
    yaml_trees(text).remove(0)
}

pub(crate) fn yaml_trees(text: &str) -> Vec<Tree> {
    yaml::parse(text).unwrap()
}

pub(crate) fn json_tree(text: &str) -> Tree {
    json::parse(text).unwrap()
}
