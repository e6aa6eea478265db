//! Reports as text for people, a file for each. Nothing else prints text.

mod advise;
mod assign;
mod balance;
mod clients;
mod compare;
mod identify;
mod lint;
mod plan;
#[cfg(feature = "move")]
mod relocated;
mod schemes;
mod verify;
#[cfg(feature = "watch")]
mod watched;

use std::io::{self, Write};

use super::screen::{Screen, Tone};
use super::table::{Cell, Table};
use crate::words::{short, width, wrap};

/// Where text goes, and how much of it fits.
pub(crate) struct Text<'a> {
    out: &'a mut dyn Write,
    pub(super) screen: Screen,
}

impl<'a> Text<'a> {
    pub(super) fn new(out: &'a mut dyn Write, screen: Screen) -> Self {
        Self { out, screen }
    }

    /// A table, so far from the left.
    pub(super) fn table(&mut self, table: Table, indent: usize) -> io::Result<()> {
        let room = self.screen.width().map(|width| width - indent);
        let (lines, _) = table.lines(self.screen, room);
        let pad = " ".repeat(indent);
        lines.iter().try_for_each(|line| writeln!(self, "{}", format!("{pad}{line}").trim_end()))
    }

    /// The first line of a report, and what was judged of it: broken at blanks where
    /// a screen ends.
    fn verdict(&mut self, sentence: &str, judged: Option<(Tone, &str)>) -> io::Result<()> {
        let (tone, words) = judged.unwrap_or_default();
        let whole =
            if words.is_empty() { sentence.to_owned() } else { format!("{sentence}: {words}") };
        let lines = wrap(&whole, self.screen.width().unwrap_or(usize::MAX));
        for (number, line) in lines.iter().enumerate() {
            let last = number + 1 == lines.len() && !words.is_empty();
            let (rest, words) = match line.strip_suffix(words).filter(|_| last) {
                Some(rest) => (rest, words),
                None => (line.as_str(), ""),
            };
            let (rest, words) = (self.paint(Tone::Strong, rest), self.paint(tone, words));
            writeln!(self, "{rest}{words}")?;
        }
        Ok(())
    }

    /// Parts of a line with ` · ` between them, broken where the line ends.
    fn parts(&mut self, parts: &[String]) -> io::Result<()> {
        let mut line = String::new();
        for part in parts.iter().filter(|part| !part.is_empty()) {
            if !line.is_empty() && width(&line) + width(part) + 5 > self.screen.line() {
                writeln!(self, "  {}", std::mem::take(&mut line))?;
            }
            if !line.is_empty() {
                line.push_str(" · ");
            }
            line.push_str(part);
        }
        let most = self.screen.width().map_or(usize::MAX, |width| width - 2);
        wrap(&line, most).iter().try_for_each(|line| writeln!(self, "  {line}"))
    }

    /// A sentence behind a word, its lines under one another.
    fn paragraph(&mut self, word: &str, sentence: &str) -> io::Result<()> {
        let indent = 2 + width(word);
        for (number, line) in wrap(sentence, self.screen.line() - 2 - indent).iter().enumerate() {
            if number == 0 {
                writeln!(self, "  {word}{line}")?;
            } else {
                writeln!(self, "{}{line}", " ".repeat(indent))?;
            }
        }
        Ok(())
    }

    /// A name in a sentence: whole in a pipe, of at most so many columns on a screen.
    fn name(&self, name: &str, most: usize) -> String {
        short(name, if self.screen.width().is_some() { most } else { usize::MAX })
    }

    fn paint(&self, tone: Tone, text: &str) -> String {
        self.screen.paint(tone, text)
    }
}

impl Write for Text<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
