//! The words of a Caddyfile: white space between them, quotes and backticks about some,
//! comments, a backslash at a line's end, texts of many lines (`<<END`).

use crate::fault::Fault;
use crate::template;

/// A word, and the line on which it begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) line: u32,
    /// Whether it stood in quotes: a brace that did opens no block.
    pub(super) quoted: bool,
}

impl Word {
    pub(super) fn is(&self, text: &str) -> bool {
        !self.quoted && self.text == text
    }
}

/// The lines of a text, each with its words; none is empty.
pub(super) fn lines(text: &str) -> Result<Vec<Vec<Word>>, Fault> {
    let mut lines = Vec::new();
    let mut words: Vec<Word> = Vec::new();
    let mut letters = text.chars().peekable();
    let mut line = 1_u32;
    loop {
        match letters.next() {
            None => break,
            Some('\n') => {
                line = line.saturating_add(1);
                if !words.is_empty() {
                    lines.push(std::mem::take(&mut words));
                }
            }
            Some(space) if space.is_whitespace() => {}
            Some('#') => while letters.next_if(|letter| *letter != '\n').is_some() {},
            // A line goes on behind a backslash at its end.
            Some('\\') if letters.peek() == Some(&'\n') => {
                letters.next();
                line = line.saturating_add(1);
            }
            Some(quote @ ('"' | '`')) => {
                let begin = line;
                let mut text = String::new();
                loop {
                    match letters.next() {
                        None => return Err(Fault::new(begin, format!("a {quote} has no end"))),
                        Some(letter) if letter == quote => break,
                        // Of escapes Caddy knows this one.
                        Some('\\') if quote == '"' && letters.peek() == Some(&'"') => {
                            letters.next();
                            text.push('"');
                        }
                        Some(letter) => {
                            line = line.saturating_add(u32::from(letter == '\n'));
                            text.push(letter);
                        }
                    }
                }
                words.push(Word { text, line: begin, quoted: true });
            }
            Some(letter) => {
                let mut text = String::from(letter);
                while let Some(letter) = letters.next_if(|letter| !letter.is_whitespace()) {
                    text.push(letter);
                }
                let begin = line;
                while letters.next_if_eq(&'\r').is_some() {}
                let mark = text.strip_prefix("<<").filter(|mark| !mark.is_empty());
                // A text of many lines begins where its mark ends the line.
                if let Some(mark) = mark.filter(|_| letters.peek() == Some(&'\n')) {
                    let mut inner = String::new();
                    while !inner.ends_with(mark) {
                        let letter = letters.next().ok_or_else(|| {
                            Fault::new(begin, format!("a text that <<{mark} begins has no end"))
                        })?;
                        line = line.saturating_add(u32::from(letter == '\n'));
                        inner.push(letter);
                    }
                    words.push(Word { text: of_lines(&inner, mark), line: begin, quoted: true });
                    continue;
                }
                let mark = text.char_indices().find_map(|(at, _)| template::at(text.get(at..)?));
                // Caddy's own templates may be told other marks.
                let own = words.first().is_some_and(|word| word.is("between"));
                if let Some(mark) = mark.filter(|_| !own) {
                    return Err(Fault::new(line, template::sentence(mark)));
                }
                words.push(Word { text, line, quoted: false });
            }
        }
    }
    if !words.is_empty() {
        lines.push(words);
    }
    Ok(lines)
}

/// A text between its marks: the white space before the last one is before no line.
fn of_lines(inner: &str, mark: &str) -> String {
    let inner = inner.strip_suffix(mark).unwrap_or(inner);
    let (text, blank) = inner.rsplit_once('\n').unwrap_or(("", inner));
    let lines = text.lines().map(|line| line.strip_prefix(blank).unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n").trim_start_matches('\n').to_owned()
}
