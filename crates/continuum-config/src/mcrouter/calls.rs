//! How a text calls a macro: `@name(argument,…)`, and constants `%name%`.

use crate::fault::Fault;
use crate::quote::quoted;

/// Whether a text is a call, or holds a constant.
pub(super) fn is_call(text: &str) -> bool {
    text.starts_with('@') || text.starts_with('%') || text.matches('%').count() > 1
}

/// The arguments of a call, cut at the commas that stand in no call within it.
pub(super) fn arguments(inside: &str, line: u32) -> Result<Vec<&str>, Fault> {
    let mut all = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (at, c) in inside.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or_else(|| unbalanced(inside, line))?,
            ',' if depth == 0 => {
                all.push(inside[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    if depth > 0 {
        return Err(unbalanced(inside, line));
    }
    if !inside.is_empty() {
        all.push(inside[from..].trim());
    }
    Ok(all)
}

fn unbalanced(inside: &str, line: u32) -> Fault {
    Fault::new(line, format!("the parentheses in macro call {} do not match", quoted(inside)))
}
