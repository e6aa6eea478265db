//! Tables in aligned columns that fit the reader's width.

use super::screen::{Screen, Tone};
use crate::words::{fit, width};

/// A narrow screen leaves a column of names no less than this.
const NAME: usize = 12;

/// Rows of texts under a heading.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

struct Column {
    title: String,
    right: bool,
    /// Holds names, which are shortened where the line is.
    names: bool,
    /// Left out of a line that is too short for all.
    optional: bool,
}

/// A text of a row.
#[derive(Default)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl Table {
    /// Titles with marks in front: `>` for a column of figures, `~` for one of
    /// names, `?` for one that a narrow screen does without. A column without a
    /// title is left out.
    pub(crate) fn new(titles: &[&str]) -> Self {
        let column = |marked: &&str| {
            let title = marked.trim_start_matches(['>', '~', '?']);
            let marks = &marked[..marked.len() - title.len()];
            let [right, names, optional] = ['>', '~', '?'].map(|mark| marks.contains(mark));
            Column { title: title.to_owned(), right, names, optional }
        };
        Self { columns: titles.iter().map(column).collect(), rows: Vec::new() }
    }

    /// A row of as many texts as there are titles.
    pub(crate) fn row(&mut self, row: impl IntoIterator<Item = Cell>) {
        self.rows.push(row.into_iter().collect());
    }

    /// The heading and the rows, each as a line of the same width, and that width.
    pub(crate) fn lines(mut self, screen: Screen, room: Option<usize>) -> (Vec<String>, usize) {
        let shown = self.fit(room);
        let mut heading: Vec<Cell> = Vec::new();
        heading.extend(self.columns.iter().map(|c| Cell::new(c.title.clone(), Tone::Faint)));
        let rows = || std::iter::once(&heading).chain(&self.rows);
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|at| rows().map(|row| width(&row[at].text)).max().unwrap_or(0))
            .collect();
        let line = |row: &Vec<Cell>| {
            let mut line = String::new();
            for at in &shown {
                if !line.is_empty() {
                    line.push_str("  ");
                }
                let pad = " ".repeat(widths[*at] - width(&row[*at].text));
                let text = screen.paint(row[*at].tone, &row[*at].text);
                let cell = if self.columns[*at].right { [&*pad, &text] } else { [&text, &*pad] };
                line.extend(cell);
            }
            line
        };
        let whole = shown.iter().map(|at| widths[*at] + 2).sum::<usize>().saturating_sub(2);
        (rows().map(line).collect(), whole)
    }

    /// Shortens names until the rest fits, and says which columns are shown.
    fn fit(&mut self, room: Option<usize>) -> Vec<usize> {
        let mut shown: Vec<usize> =
            (0..self.columns.len()).filter(|at| !self.columns[*at].title.is_empty()).collect();
        let wide = |at: &usize| {
            let texts = self.rows.iter().map(|row| width(&row[*at].text));
            texts.chain([width(&self.columns[*at].title)]).max().unwrap_or(0) + 2
        };
        let names: Vec<usize> =
            (0..self.columns.len()).filter(|at| self.columns[*at].names).collect();
        let widths: Vec<usize> = (0..self.columns.len()).map(|at| wide(&at)).collect();
        let Some(room) = room.map(|room| room + 2) else {
            names.iter().for_each(|at| self.shorten(*at, &[], usize::MAX));
            return shown;
        };
        loop {
            let taken: usize = shown.iter().map(|at| widths[*at]).sum();
            let named: usize = names.iter().map(|at| widths[*at]).sum();
            // What the others leave, and the least that the columns of names are left.
            let left = room.saturating_sub(taken - named);
            let least: usize = names.iter().map(|at| widths[*at].min(NAME + 2)).sum();
            let optional = shown.iter().position(|at| self.columns[*at].optional);
            match optional {
                _ if taken <= room => {
                    names.iter().for_each(|at| self.shorten(*at, &[], usize::MAX))
                }
                Some(first) if names.is_empty() || left < least => {
                    shown.remove(first);
                    continue;
                }
                _ => {
                    let whole = self.names(&names);
                    // What one column leaves of its part is the others'.
                    let mut spare = left;
                    let mut by_width = names.clone();
                    by_width.sort_by_key(|at| widths[*at]);
                    for (number, at) in by_width.iter().enumerate() {
                        let part = spare / (names.len() - number);
                        self.shorten(*at, &whole, part.saturating_sub(2).max(NAME - 4));
                        spare -= widths[*at].min(part);
                    }
                }
            }
            return shown;
        }
    }

    /// Every name of these columns.
    fn names(&self, columns: &[usize]) -> Vec<String> {
        let of = |at: &usize| self.rows.iter().map(|row| row[*at].text.clone()).collect::<Vec<_>>();
        columns.iter().flat_map(of).collect()
    }

    fn shorten(&mut self, column: usize, among: &[String], most: usize) {
        let names: Vec<&str> = self.rows.iter().map(|row| &*row[column].text).collect();
        let among: Vec<&str> = among.iter().map(String::as_str).collect();
        let fitted = fit(&names, &among, most);
        for (row, name) in self.rows.iter_mut().zip(fitted) {
            row[column].text = name;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Screen, Table};

    fn lines(room: Option<usize>) -> Vec<String> {
        let mut table = Table::new(&["~server", "?>capacity", ">share", "", "~to"]);
        for (name, to) in [("cache-a.prod.example.org", "x"), ("cache-b.prod.example.org", "y")] {
            table.row([name, "100", "20.1%", "-", to].map(Into::into));
        }
        let (lines, width) = table.lines(Screen::of_width(room), room);
        assert!(lines.iter().all(|line| line.chars().count() == width), "{lines:?}");
        lines.iter().map(|line| line.trim_end().to_owned()).collect()
    }

    #[test]
    fn a_pipe_gets_all_and_a_screen_what_fits() {
        assert_eq!(lines(None)[1], "cache-a.prod.example.org       100  20.1%  x");
        assert_eq!(lines(Some(45)), lines(None));
        assert_eq!(lines(Some(44))[1], "cache-a…       100  20.1%  x", "the heading has 45");
        assert_eq!(lines(Some(38))[1], "cache-a…       100  20.1%  x");
        assert_eq!(lines(Some(20))[1], "cache-a…  20.1%  x");
    }
}
