//! Why a key belongs to its server.

use std::io::{BufWriter, Write};

use continuum::explain::{Alternative, Explanation, Hit};
use continuum::identify::Variant;
use continuum::{Continuum, NO_OWNER};
use continuum_config::KeyRule;
use serde::Serialize;

use super::Answered;
use super::json::write_line;
use crate::failure::Failure;
use crate::words::{count, short};

/// Candidates and scores shown of each key in the text.
const SHOWN: usize = 4;

/// Explains each key.
pub(crate) struct Explanations<'a> {
    out: BufWriter<&'a mut dyn Write>,
    continuum: &'a Continuum,
    /// What the program makes of a key before its scheme sees it.
    rule: &'a KeyRule,
    json: bool,
    first: bool,
}

impl<'a> Explanations<'a> {
    pub(crate) fn new(
        out: &'a mut dyn Write,
        continuum: &'a Continuum,
        rule: &'a KeyRule,
        json: bool,
    ) -> Self {
        Self { out: BufWriter::new(out), continuum, rule, json, first: true }
    }
}

impl Answered for Explanations<'_> {
    fn block(&mut self, keys: &[&[u8]], owners: &[u32]) -> Result<(), Failure> {
        for (key, owner) in keys.iter().zip(owners) {
            let explanation = self.continuum.explain(self.rule.part(key));
            debug_assert_eq!(explanation.owner_index().unwrap_or(NO_OWNER), *owner);
            if self.json {
                write_line(&mut self.out, &Row::of(key, &explanation))?;
            } else {
                if !std::mem::take(&mut self.first) {
                    writeln!(self.out)?;
                }
                write_text(&mut self.out, key, &explanation)?;
            }
        }
        Ok(self.out.flush()?)
    }
}

#[derive(Serialize)]
struct Row {
    key: String,
    server: Option<String>,
    scheme: String,
    hashed: String,
    hash: String,
    /// A text, as it may be beyond 2^53.
    position: Option<String>,
    hit: Option<HitRow>,
    candidates: Vec<String>,
    otherwise: Vec<Otherwise>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum HitRow {
    Point { label: Option<String>, position: String, distance: String, below: bool },
    Slot { slot: u64, of: u64, label: Option<String> },
    Bucket { bucket: u64, of: u64 },
    Scores { scores: Vec<ScoreRow> },
}

#[derive(Serialize)]
struct ScoreRow {
    server: String,
    score: f64,
}

#[derive(Serialize)]
struct Otherwise {
    /// The option and value, or how the servers would be read.
    with: String,
    server: Option<String>,
}

impl Row {
    /// `key` is the key as it was given.
    fn of(key: &[u8], explanation: &Explanation) -> Self {
        let server = |server: &continuum::Server| server.identity().into_owned();
        Self {
            key: String::from_utf8_lossy(key).into_owned(),
            server: explanation.owner().map(server),
            scheme: explanation.continuum().scheme().to_string(),
            hashed: explanation.hashed().escape_ascii().to_string(),
            hash: explanation.hash().to_owned(),
            position: explanation.position().map(|position| position.to_string()),
            hit: explanation.hit().and_then(|hit| HitRow::of(hit, explanation.continuum())),
            candidates: explanation.candidates().map(server).collect(),
            otherwise: explanation.alternatives().iter().map(Otherwise::of).collect(),
        }
    }
}

impl HitRow {
    fn of(hit: &Hit, continuum: &Continuum) -> Option<Self> {
        let text = |label: &str| label.to_owned();
        Some(match hit {
            Hit::Point(point) => Self::Point {
                label: point.label.as_deref().map(text),
                position: point.position.to_string(),
                distance: point.distance.to_string(),
                below: point.below,
            },
            Hit::Slot { slot, of, label, .. } => {
                Self::Slot { slot: *slot, of: *of, label: label.as_deref().map(text) }
            }
            Hit::Bucket { bucket, of, .. } => Self::Bucket { bucket: *bucket, of: *of },
            Hit::Scores(scores) => Self::Scores {
                scores: scores
                    .iter()
                    .filter_map(|score| {
                        let server = continuum.servers().get(score.server)?;
                        Some(ScoreRow {
                            server: server.identity().into_owned(),
                            score: score.score,
                        })
                    })
                    .collect(),
            },
            _ => return None,
        })
    }
}

impl Otherwise {
    fn of(alternative: &Alternative) -> Self {
        Self {
            with: match (&alternative.option, alternative.variant) {
                (Some((name, value)), _) => format!("{name}={value}"),
                (None, Variant::AsGiven) => alternative.scheme.to_string(),
                (None, variant) => variant.words().to_owned(),
            },
            server: alternative.owner.as_ref().map(|server| server.identity().into_owned()),
        }
    }
}

fn write_text(out: &mut dyn Write, key: &[u8], explanation: &Explanation) -> std::io::Result<()> {
    let row = Row::of(key, explanation);
    let nobody = || "(nobody)".to_owned();
    writeln!(out, "{} → {}", short(&row.key, 38), short(&row.server.unwrap_or_else(nobody), 38))?;
    writeln!(out, "  scheme      {}", row.scheme)?;
    writeln!(out, "  hashed      '{}' by {}", short(&row.hashed, 36), row.hash)?;
    if let Some(position) = &row.position {
        writeln!(out, "  position    {position}")?;
    }
    match &row.hit {
        Some(HitRow::Point { label, position, distance, below }) => {
            let label = label.as_deref().unwrap_or("without a label");
            let side = if *below { "below" } else { "above" };
            writeln!(out, "  point       {}", short(label, 66))?;
            writeln!(out, "              at {position}, {distance} {side} the key")?;
        }
        Some(HitRow::Slot { slot, of, label }) => {
            write!(out, "  slot        {} of {}", count(*slot), count(*of))?;
            match label {
                Some(label) => writeln!(out, ", dealt by {}", short(label, 36))?,
                None => writeln!(out)?,
            }
        }
        Some(HitRow::Bucket { bucket, of }) => {
            writeln!(out, "  bucket      {} of {}, from 0", count(*bucket), count(*of))?;
        }
        Some(HitRow::Scores { scores }) => {
            for (number, score) in scores.iter().take(SHOWN).enumerate() {
                let title = if number == 0 { "scores" } else { "" };
                writeln!(out, "  {title:<10}  {}  {}", score.score, short(&score.server, 36))?;
            }
            if let Some(rest) = scores.len().checked_sub(SHOWN).filter(|rest| *rest > 0) {
                writeln!(out, "              and {rest} more")?;
            }
        }
        None => {}
    }
    for (number, server) in row.candidates.iter().skip(1).take(SHOWN).enumerate() {
        let title = if number == 0 { "if it dies" } else { "" };
        writeln!(out, "  {title:<10}  {}", short(server, 66))?;
    }
    for (number, other) in row.otherwise.iter().enumerate() {
        let title = if number == 0 { "with" } else { "" };
        let server = other.server.clone().unwrap_or_else(nobody);
        writeln!(out, "  {title:<10}  {} → {}", short(&other.with, 32), short(&server, 30))?;
    }
    Ok(())
}
