//! Why a key belongs to its server.

use std::io::{BufWriter, Write};

use continuum::explain::{Alternative, Explanation, ExplanationRecord, HitRecord};
use continuum::identify::Variant;
use continuum::{Continuum, NO_OWNER};
use continuum_config::KeyRule;
use serde::Serialize;

use super::Answered;
use super::json::write_line;
use crate::failure::Failure;
use crate::report::KeyRow;
use crate::words::{count, printable, short};

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
            // One that is marked down stays in the map, which is what is explained.
            let passed = explanation.owner_index().unwrap_or(NO_OWNER) != *owner;
            let passed_to = passed.then(|| self.continuum.servers().get(*owner)).flatten();
            let passed_to = passed_to.map(|server| server.identity().into_owned());
            if self.json {
                write_line(&mut self.out, &Row::of(key, &explanation, passed_to))?;
            } else {
                if !std::mem::take(&mut self.first) {
                    writeln!(self.out)?;
                }
                write_text(&mut self.out, key, &explanation)?;
                if let Some(server) = passed_to {
                    writeln!(self.out, "  marked down: its keys go to {}", printable(&server))?;
                }
            }
        }
        Ok(self.out.flush()?)
    }
}

#[derive(Serialize)]
struct Row {
    /// The key as it was given.
    #[serde(flatten)]
    key: KeyRow,
    #[serde(flatten)]
    explanation: ExplanationRecord,
    /// Who gets the key where its owner is marked down.
    #[serde(skip_serializing_if = "Option::is_none")]
    passed_to: Option<String>,
    otherwise: Vec<Otherwise>,
}

#[derive(Serialize)]
struct Otherwise {
    /// The option and value, or how the servers would be read.
    with: String,
    server: Option<String>,
}

impl Row {
    fn of(key: &[u8], explanation: &Explanation, passed_to: Option<String>) -> Self {
        Self {
            passed_to,
            key: key.into(),
            explanation: explanation.record(),
            otherwise: explanation.alternatives().iter().map(Otherwise::of).collect(),
        }
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
    let Row { key, explanation: row, otherwise, .. } = Row::of(key, explanation, None);
    let named = |server: Option<&str>, most| short(server.unwrap_or("(nobody)"), most);
    writeln!(out, "{} → {}", short(&key.to_string(), 38), named(row.server.as_deref(), 38))?;
    writeln!(out, "  scheme      {}", row.scheme)?;
    writeln!(out, "  hashed      '{}' by {}", short(&row.hashed, 36), row.hash)?;
    if let Some(position) = &row.position {
        writeln!(out, "  position    {position}")?;
    }
    match &row.hit {
        Some(HitRecord::Point(point)) => {
            let label = point.label.as_deref().unwrap_or("without a label");
            let side = if point.below { "below" } else { "above" };
            writeln!(out, "  point       {}", short(label, 66))?;
            writeln!(
                out,
                "              at {}, {} {side} the key",
                point.position, point.distance
            )?;
        }
        Some(HitRecord::Slot { slot, of, label, .. }) => {
            write!(out, "  slot        {} of {}", count(*slot), count(*of))?;
            match label {
                Some(label) => writeln!(out, ", dealt by {}", short(label, 36))?,
                None => writeln!(out)?,
            }
        }
        Some(HitRecord::Bucket { bucket, of, .. }) => {
            writeln!(out, "  bucket      {} of {}, from 0", count(*bucket), count(*of))?;
        }
        Some(HitRecord::Scores { scores, .. }) => {
            for (number, score) in scores.iter().take(SHOWN).enumerate() {
                let title = if number == 0 { "scores" } else { "" };
                writeln!(out, "  {title:<10}  {}  {}", score.score, short(&score.server, 36))?;
            }
            if let Some(rest) = scores.len().checked_sub(SHOWN).filter(|rest| *rest > 0) {
                writeln!(out, "              and {rest} more")?;
            }
        }
        _ => {}
    }
    for (number, server) in row.candidates.iter().skip(1).take(SHOWN).enumerate() {
        let title = if number == 0 { "if it dies" } else { "" };
        writeln!(out, "  {title:<10}  {}", short(server, 66))?;
    }
    for (number, other) in otherwise.iter().enumerate() {
        let title = if number == 0 { "with" } else { "" };
        let server = named(other.server.as_deref(), 30);
        writeln!(out, "  {title:<10}  {} → {server}", short(&other.with, 32))?;
    }
    Ok(())
}
