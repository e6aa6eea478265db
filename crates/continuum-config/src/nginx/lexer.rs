//! nginx's words: quotes, escapes, comments, `;`, `{` and `}`, as
//! `ngx_conf_read_token` cuts them.

use super::unended::is_filled_in;
use crate::error::Error;
use crate::limits;
use crate::place::Place;
use crate::source::File;
use crate::template;

/// The words of one directive, and whether a block follows.
pub(super) struct Sentence {
    pub(super) words: Vec<String>,
    pub(super) place: Place,
    pub(super) block: bool,
}

pub(super) struct Lexer<'a> {
    rest: &'a [u8],
    text: &'a str,
    line: u32,
    file: &'a File,
}

/// What ended a word.
enum Token {
    Word(String),
    End,
    Open,
    Close,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, file: &'a File) -> Self {
        Self { rest: text.as_bytes(), text, line: 1, file }
    }

    fn place(&self) -> Place {
        self.file.at(self.line)
    }

    fn refuse(&self, sentence: &str) -> Error {
        Error::new(self.place(), sentence)
    }

    /// The next directive, or none at the end: of the block if `inside` is one,
    /// else of the file.
    pub(super) fn sentence(&mut self, inside: bool) -> Result<Option<Sentence>, Error> {
        let mut words = Vec::new();
        let mut place = self.place();
        loop {
            match self.token()? {
                Some(Token::Word(word)) => {
                    if words.is_empty() {
                        place = self.place();
                    }
                    words.push(word);
                    if let [word] = words.as_slice()
                        && is_filled_in(word)
                        && self.end_line()
                    {
                        return Ok(Some(Sentence { words, place, block: false }));
                    }
                    if words.len() > limits::WORDS {
                        return Err(self.refuse(&format!("more than {} words", limits::WORDS)));
                    }
                }
                Some(Token::End | Token::Open) if words.is_empty() => {
                    return Err(self.refuse("a directive without a name"));
                }
                Some(Token::End) => return Ok(Some(Sentence { words, place, block: false })),
                Some(Token::Open) => return Ok(Some(Sentence { words, place, block: true })),
                Some(Token::Close) if words.is_empty() && inside => return Ok(None),
                Some(Token::Close) if words.is_empty() => {
                    return Err(self.refuse("'}' without '{'"));
                }
                Some(Token::Close) => return Err(self.refuse("'}' where ';' is missing")),
                None if words.is_empty() && !inside => return Ok(None),
                None if words.is_empty() => {
                    return Err(self.refuse("the file ends where '}' is missing"));
                }
                None => return Err(self.refuse("the file ends inside of a directive")),
            }
        }
    }

    /// Whether the line ends here, with a `;` or without, which is passed.
    fn end_line(&mut self) -> bool {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r');
        let blanks = self.rest.iter().take_while(blank).count();
        match self.rest.get(blanks) {
            None | Some(b'\n') => true,
            Some(b';') => {
                self.advance(blanks + 1);
                true
            }
            Some(_) => false,
        }
    }

    /// Passes the end of a block that was opened, whatever its directives are.
    /// Each is shown to `seen`, and the head of each block within.
    pub(super) fn skip_block(
        &mut self,
        opened: &Place,
        seen: &mut dyn FnMut(&Sentence),
    ) -> Result<(), Error> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.sentence(true) {
                Ok(Some(sentence)) if sentence.block => {
                    seen(&sentence);
                    if sentence.words.first().is_some_and(|name| name.ends_with("_by_lua_block")) {
                        self.skip_lua(&sentence.place)?;
                    } else {
                        depth += 1;
                    }
                }
                Ok(Some(sentence)) => seen(&sentence),
                Ok(None) => depth -= 1,
                Err(_) if self.rest.is_empty() => return Err(self.unclosed(opened)),
                Err(error) => return Err(error),
            }
            if depth > limits::DEPTH {
                return Err(self.refuse(&format!("nested deeper than {}", limits::DEPTH)));
            }
        }
        Ok(())
    }

    fn unclosed(&self, opened: &Place) -> Error {
        self.refuse(&format!("the file ends where the block of line {} is open", opened.line()))
    }

    /// Passes the end of a block of Lua, whose strings and comments may hold
    /// braces.
    pub(super) fn skip_lua(&mut self, opened: &Place) -> Result<(), Error> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.rest {
                [b'-', b'-', b'[', b'[', ..] | [b'[', b'[', ..] => {
                    let end = find(self.rest, b"]]").ok_or_else(|| self.unclosed(opened))?;
                    self.advance(end + 2);
                }
                [b'-', b'-', ..] => {
                    let end = self.rest.iter().position(|byte| *byte == b'\n');
                    self.advance(end.unwrap_or(self.rest.len()));
                }
                [quote @ (b'"' | b'\''), ..] => {
                    let quote = *quote;
                    self.advance(1);
                    loop {
                        match self.rest {
                            [] => return Err(self.unclosed(opened)),
                            [b'\\', _, ..] => self.advance(2),
                            [byte, ..] => {
                                let byte = *byte;
                                self.advance(1);
                                if byte == quote {
                                    break;
                                }
                            }
                        }
                    }
                }
                [b'{', ..] => {
                    depth += 1;
                    self.advance(1);
                }
                [b'}', ..] => {
                    depth -= 1;
                    self.advance(1);
                }
                [] => return Err(self.unclosed(opened)),
                _ => self.advance(1),
            }
        }
        Ok(())
    }

    /// Goes on by some bytes, counting lines.
    fn advance(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at(bytes.min(self.rest.len()));
        let lines = passed.iter().filter(|byte| **byte == b'\n').count();
        self.line += u32::try_from(lines).unwrap_or(0);
        self.rest = rest;
    }

    fn token(&mut self) -> Result<Option<Token>, Error> {
        loop {
            let Some(first) = self.rest.first() else { return Ok(None) };
            match first {
                b' ' | b'\t' | b'\r' | b'\n' => self.advance(1),
                b'#' => {
                    let end = self.rest.iter().position(|byte| *byte == b'\n');
                    self.advance(end.unwrap_or(self.rest.len()));
                }
                b';' => {
                    self.advance(1);
                    return Ok(Some(Token::End));
                }
                b'{' => {
                    self.check_template(0)?;
                    self.advance(1);
                    return Ok(Some(Token::Open));
                }
                b'}' => {
                    self.advance(1);
                    return Ok(Some(Token::Close));
                }
                b'"' | b'\'' => return self.quoted(*first).map(Some),
                _ => return self.plain().map(Token::Word).map(Some),
            }
        }
    }

    fn quoted(&mut self, quote: u8) -> Result<Token, Error> {
        let start = self.line;
        let mut at = 1;
        loop {
            match self.rest.get(at) {
                None => {
                    return Err(Error::new(self.file.at(start), "a quote without its end"));
                }
                Some(b'\\') => at += 2,
                Some(byte) if *byte == quote => break,
                Some(_) => at += 1,
            }
        }
        let word = unescape(self.slice(1, at));
        self.advance(at + 1);
        match self.rest.first() {
            None | Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' | b')') => Ok(Token::Word(word)),
            Some(_) => Err(self.refuse("something stands right behind a closing quote")),
        }
    }

    /// Refuses a mark of a template, which nginx would take for a block or a word.
    fn check_template(&self, at: usize) -> Result<(), Error> {
        match template::at(self.slice(at, self.rest.len())) {
            Some(mark) => Err(self.refuse(&template::sentence(mark))),
            None => Ok(()),
        }
    }

    fn plain(&mut self) -> Result<String, Error> {
        let mut at = 0;
        let mut variable = false;
        while let Some(byte) = self.rest.get(at) {
            match byte {
                // `${name}` opens no block.
                b'{' if variable => self.check_template(at)?,
                b'<' => self.check_template(at)?,
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' => break,
                _ => {}
            }
            variable = *byte == b'$';
            at += if *byte == b'\\' { 2 } else { 1 };
        }
        let at = at.min(self.rest.len());
        let word = unescape(self.slice(0, at));
        self.advance(at);
        Ok(word)
    }

    /// A part of the rest. Both ends stand at ASCII characters or at the end,
    /// so this cuts no character; if an escape took half of one, nothing is left.
    fn slice(&self, from: usize, to: usize) -> &'a str {
        let start = self.text.len() - self.rest.len();
        self.text.get(start + from..start + to).unwrap_or_default()
    }
}

/// Takes the backslash from what nginx takes it from, and keeps others.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match rest.next() {
            Some(c @ ('"' | '\'' | '\\')) => plain.push(c),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('n') => plain.push('\n'),
            Some(c) => plain.extend(['\\', c]),
            None => plain.push('\\'),
        }
    }
    plain
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}
