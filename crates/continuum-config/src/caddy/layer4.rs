//! `layer4`, the module of proxies of TCP and UDP, which is named and not read.

use super::directive::Directive;
use crate::draft::Found;
use crate::note::{Note, Topic};
use crate::source::File;
use crate::tree::Tree;

/// The line of the app in JSON.
pub(super) fn of_tree(tree: &Tree) -> Option<u32> {
    Some(tree.get("apps")?.get("layer4")?.line())
}

/// The line of the first one among global options, alone or as a wrapper of listeners.
pub(super) fn of_options(options: &[Directive]) -> Option<u32> {
    options.iter().find_map(|option| match option.name() {
        "layer4" => Some(option.line()),
        _ => of_options(&option.block),
    })
}

pub(super) fn unread(file: &File, line: u32) -> Found {
    let sentence = "layer4, a module that Caddy does not bring, is not read: nor are proxies in it";
    Found::Note(Note::new(file.at(line), Topic::Unread, "layer4", sentence))
}
