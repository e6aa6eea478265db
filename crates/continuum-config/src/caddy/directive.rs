//! The directives of a Caddyfile, each with those of its block.

use super::tokens::Word;
use crate::fault::Fault;

/// A directive, its words, and the directives of its block.
pub(super) struct Directive {
    pub(super) words: Vec<Word>,
    pub(super) block: Vec<Directive>,
}

impl Directive {
    pub(super) fn name(&self) -> &str {
        self.words.first().map_or("", |word| word.text.as_str())
    }

    pub(super) fn line(&self) -> u32 {
        self.words.first().map_or(1, |word| word.line)
    }
}

/// The directives up to the brace that closes their block.
pub(super) fn directives(
    lines: &mut std::iter::Peekable<impl Iterator<Item = Vec<Word>>>,
    depth: u32,
    opened: Option<u32>,
) -> Result<Vec<Directive>, Fault> {
    /// Deeper than any file that people write.
    const DEEPEST: u32 = 64;
    if depth > DEEPEST {
        let sentence = format!("blocks stand in more than {DEEPEST} others");
        return Err(Fault::new(opened.unwrap_or(1), sentence));
    }
    let mut all = Vec::new();
    while let Some(mut words) = lines.next() {
        if words.len() == 1 && words[0].is("}") {
            return match opened {
                Some(_) => Ok(all),
                None => Err(Fault::new(words[0].line, "a } closes no block")),
            };
        }
        let line = words[0].line;
        let block = if words.last().is_some_and(|word| word.is("{")) {
            words.pop();
            directives(lines, depth + 1, Some(line))?
        } else {
            Vec::new()
        };
        all.push(Directive { words, block });
    }
    match opened {
        None => Ok(all),
        Some(line) => Err(Fault::new(line, "a block has no }")),
    }
}
