//! The catalogue, and one scheme of it.

use continuum::Scheme;
use continuum::scheme::{Capacities, Minimal, Order};
use serde::Serialize;

/// Every scheme.
#[derive(Serialize)]
pub(crate) struct Listed {
    pub(crate) schemes: Vec<SchemeReport>,
}

#[derive(Serialize)]
pub(crate) struct SchemeReport {
    pub(crate) name: &'static str,
    /// With the options that were given.
    pub(crate) scheme: String,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) program: &'static str,
    pub(crate) versions: &'static str,
    pub(crate) about: &'static str,
    pub(crate) order: &'static str,
    pub(crate) positional: bool,
    pub(crate) minimal: MinimalRow,
    pub(crate) capacities: String,
    pub(crate) answers: u64,
    pub(crate) options: Vec<OptionRow>,
    /// The scheme with every option, and its capacities in a word or two.
    #[serde(skip)]
    pub(crate) whole: String,
    #[serde(skip)]
    pub(crate) takes: String,
}

#[derive(Serialize)]
pub(crate) struct MinimalRow {
    add: bool,
    remove: bool,
    weight: bool,
}

#[derive(Serialize)]
pub(crate) struct OptionRow {
    pub(crate) name: &'static str,
    pub(crate) default: &'static str,
    value: String,
    pub(crate) accepts: String,
    choices: Option<&'static [&'static str]>,
    pub(crate) about: &'static str,
}

impl SchemeReport {
    pub(crate) fn of(scheme: &Scheme) -> Self {
        let (entry, minimal) = (scheme.entry(), scheme.minimal());
        let options =
            entry.options().iter().zip(scheme.options()).map(|(option, (name, value))| OptionRow {
                name,
                default: option.default(),
                value,
                accepts: option.accepts(),
                choices: option.choices(),
                about: option.about(),
            });
        let Minimal { add, remove, weight, .. } = minimal;
        Self {
            name: entry.name(),
            scheme: scheme.to_string(),
            aliases: entry.aliases(),
            program: entry.program(),
            versions: entry.versions(),
            about: entry.about(),
            order: match scheme.order() {
                Order::Free => "free",
                Order::Ties => "ties",
                Order::Positional => "positional",
            },
            positional: scheme.order() == Order::Positional,
            minimal: MinimalRow { add, remove, weight },
            capacities: scheme.capacities().to_string(),
            answers: entry.proven(),
            options: options.collect(),
            whole: format!("{scheme:#}"),
            takes: capacities(scheme.capacities()),
        }
    }

    /// The program with its versions.
    pub(crate) fn runs(&self) -> String {
        format!("{} {}", self.program, self.versions).trim_end().to_owned()
    }

    /// The changes that move no key needlessly.
    pub(crate) fn minimal_in(&self) -> String {
        let MinimalRow { add, remove, weight } = self.minimal;
        let changes = [(add, "add"), (remove, "remove"), (weight, "weight")];
        let hold: Vec<&str> = changes.iter().filter(|(holds, _)| *holds).map(|(_, n)| *n).collect();
        match hold.len() {
            0 => "none".to_owned(),
            3 => "all".to_owned(),
            _ => hold.join(" "),
        }
    }
}

/// The capacities in a word or two.
fn capacities(capacities: Capacities) -> String {
    match capacities {
        Capacities::Any => "any".to_owned(),
        Capacities::UpTo(most) => format!("0 to {most}"),
        Capacities::Whole(_) => "whole".to_owned(),
        Capacities::WholeZeroIsOne(_) => "whole, 0 is 1".to_owned(),
        Capacities::BelowOneIsOne(_) => "any, below 1 is 1".to_owned(),
        Capacities::ZeroIs(zero) => format!("any, 0 is {zero}"),
        Capacities::Ignored => "ignored".to_owned(),
    }
}
