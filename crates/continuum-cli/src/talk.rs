//! Warnings and errors, on stderr. Colour adds nothing that the words do not say.

use std::fmt::Display;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};

use crate::words::printable;

/// Why nothing (more) is done.
pub(crate) fn error(sentence: &str) {
    say("error", AnsiColor::Red.on_default().bold(), sentence);
}

/// What works as asked, but perhaps not as hoped.
pub(crate) fn warning(sentence: impl Display) {
    say("warning", AnsiColor::Yellow.on_default().bold(), sentence);
}

/// What a person at a terminal may want to know.
pub(crate) fn note(sentence: &str) {
    say("note", Style::new().bold(), sentence);
}

fn say(word: &str, style: Style, sentence: impl Display) {
    // Names from files may hold what a terminal would obey.
    let sentence = printable(&sentence.to_string());
    // With stderr closed there is nobody left to tell.
    let _ = writeln!(anstream::stderr().lock(), "{style}{word}:{style:#} {sentence}");
}
