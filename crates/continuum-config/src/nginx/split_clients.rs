//! `split_clients KEY $variable { 20% a; * b; }`: a pool whose servers are the
//! values, by their percentages.

use continuum::{Capacity, Scheme, Server};

use super::lexer::{Lexer, Sentence};
use crate::draft::{Draft, Found, Twice};
use crate::error::Error;
use crate::key::KeyRule;
use crate::place::Place;
use crate::quote::quoted;

/// Reads the block; its opening brace has been read.
pub(super) fn read(lexer: &mut Lexer<'_>, words: &[String], place: &Place) -> Result<Found, Error> {
    let mut parts = Vec::new();
    let mut faults = Vec::new();
    while let Some(Sentence { words, place, block }) = lexer.sentence(true)? {
        match words.as_slice() {
            [share, value] if !block => parts.push((share.clone(), value.clone(), place)),
            _ if block => lexer.skip_block(&place, &mut |_| {})?,
            _ => faults.push(Error::new(place, "split_clients takes a percentage and a value")),
        }
    }
    let [_, key, variable] = words else {
        return Err(Error::new(place.clone(), "split_clients takes a key and a variable"));
    };
    let result = match Error::join(faults) {
        Some(error) => Err(error),
        None => pool(key, variable, parts, place),
    };
    Ok(Found::of(variable, result))
}

fn pool(
    key: &str,
    variable: &str,
    parts: Vec<(String, String, Place)>,
    place: &Place,
) -> Result<Found, Error> {
    let told = |sentence: String| Error::new(place.clone(), sentence);
    let Ok(scheme) = "nginx-split-clients".parse::<Scheme>() else {
        return Ok(Found::skipped(variable, place.clone(), "hashes by split_clients"));
    };
    let mut draft = Draft::new(variable, place.clone(), scheme, place.clone());
    draft.key = KeyRule::of_nginx(key).map_err(told)?;
    draft.twice = Twice::Numbered;
    let mut left = 10_000_u32;
    let count = parts.len();
    for (number, (share, value, place)) in parts.into_iter().enumerate() {
        let hundredths = match share.as_str() {
            "*" if number + 1 == count => Some(left),
            "*" => None,
            share => hundredths(share).filter(|share| (1..=left).contains(share)),
        };
        let Some(hundredths) = hundredths else {
            let sentence = format!("{} is no share of what is left", quoted(&share));
            return Err(Error::new(place, sentence));
        };
        left -= hundredths;
        let capacity = Capacity::try_from(f64::from(hundredths) / 100.0);
        let capacity = capacity.map_err(|error| Error::new(place.clone(), error.to_string()))?;
        // The empty value has to be called something.
        let value = if value.is_empty() { "''".to_owned() } else { value };
        let mut part = Server::without_port(value).with_capacity(capacity);
        if share == "*" {
            part = part.with_hash_key("*");
        }
        draft.servers.push((part, place));
    }
    Ok(draft.into())
}

/// `12.5%` in hundredths of a percent: at most two digits behind the point.
fn hundredths(text: &str) -> Option<u32> {
    let number = text.strip_suffix('%')?;
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || whole.len() > 3 || part.len() > 2 || number.is_empty() {
        return None;
    }
    format!("{whole}{part:0<2}").parse().ok()
}
