//! What the reader has: a pipe, or a terminal of some width that may show colour.

use std::io::{self, IsTerminal as _};

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};

/// Sentences are broken here where the width is unknown.
const USUAL: usize = 80;
/// Below this nothing is squeezed any further.
const NARROWEST: usize = 40;

/// The reader's end of stdout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// Columns of the terminal; `None` for a pipe or a file, where no name is cut.
    width: Option<usize>,
    colour: bool,
}

/// What a piece of text means. Colour repeats what a sign or a word says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    #[default]
    Plain,
    Strong,
    Faint,
    Plus,
    Minus,
    Bad,
}

impl Screen {
    /// stdout as it is. `--color` has set the global choice before.
    pub(crate) fn of_stdout() -> Self {
        let stdout = io::stdout();
        let measured = || console::Term::stdout().size_checked().map(|(_, wide)| wide.into());
        Self {
            width: stdout.is_terminal().then(|| measured().unwrap_or(USUAL).max(NARROWEST)),
            colour: anstream::AutoStream::choice(&stdout) != ColorChoice::Never,
        }
    }

    /// Columns of the terminal, if it is one.
    pub(crate) fn width(self) -> Option<usize> {
        self.width
    }

    /// Where sentences are broken.
    pub(crate) fn line(self) -> usize {
        self.width.unwrap_or(USUAL).min(100)
    }

    /// The text in its colour, if colour is shown.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        let style = match tone {
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Plus => AnsiColor::Green.on_default(),
            Tone::Minus => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Plain => return text.to_owned(),
        };
        if self.colour && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
impl Screen {
    /// A terminal of this width, or a pipe; without colour.
    pub(super) fn of_width(width: Option<usize>) -> Self {
        Self { width, colour: false }
    }
}
