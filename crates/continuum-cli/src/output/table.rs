//! Tables in aligned columns.

use std::io::{self, Write};

/// To which side of its column a text keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows of texts under a heading. Columns are as wide as their widest text up
/// to a limit; a longer text stands whole and pushes its own row.
pub(crate) struct Table {
    aligns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

/// Leaves room for three columns of figures on a line of 80.
const WIDEST: usize = 42;

impl Table {
    pub(crate) fn new<const N: usize>(heading: [(&str, Align); N]) -> Self {
        Self {
            aligns: heading.iter().map(|(_, align)| *align).collect(),
            rows: vec![heading.iter().map(|(text, _)| (*text).to_owned()).collect()],
        }
    }

    /// A table whose columns are chosen as the program runs.
    pub(crate) fn with_columns(heading: &[(&str, Align)]) -> Self {
        Self {
            aligns: heading.iter().map(|(_, align)| *align).collect(),
            rows: vec![heading.iter().map(|(text, _)| (*text).to_owned()).collect()],
        }
    }

    /// A row of as many texts as there are columns.
    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    pub(crate) fn row<const N: usize>(&mut self, row: [String; N]) {
        self.rows.push(row.into());
    }

    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.lines().iter().try_for_each(|line| writeln!(out, "{line}"))
    }

    /// The heading and the rows, each as a line.
    pub(crate) fn lines(&self) -> Vec<String> {
        let width = |text: &String| text.chars().count();
        let widths: Vec<usize> = (0..self.aligns.len())
            .map(|column| {
                self.rows.iter().map(|row| width(&row[column])).max().unwrap_or(0).min(WIDEST)
            })
            .collect();
        let line = |row: &Vec<String>| {
            let mut line = String::new();
            for ((text, align), wide) in row.iter().zip(&self.aligns).zip(&widths) {
                let pad = " ".repeat(wide.saturating_sub(width(text)));
                match align {
                    Align::Left => line.extend([text, &*pad]),
                    Align::Right => line.extend([&*pad, text]),
                }
                line.push_str("  ");
            }
            line.trim_end().to_owned()
        };
        self.rows.iter().map(line).collect()
    }
}
