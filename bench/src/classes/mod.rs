//! What is measured. Each class compares answers first.

pub mod after_hash;
pub mod batch;
pub mod build;
pub mod elsewhere;
pub mod from_file;
pub mod instructions;
pub mod numbered;
pub mod programs;
pub mod strings;

use crate::row::Findings;
use crate::timer::Effort;

/// A class: its word on the command line, and its pass.
pub struct Class {
    pub name: &'static str,
    pub run: fn(Effort, &mut Findings),
}

pub const ALL: [Class; 10] = [
    Class { name: "after-hash", run: after_hash::run },
    Class { name: "resolve", run: strings::run },
    Class { name: "schemes", run: programs::run },
    Class { name: "batch", run: batch::run },
    Class { name: "numbered", run: numbered::run },
    Class { name: "build", run: build::run },
    Class { name: "instructions", run: instructions::run },
    Class { name: "languages", run: elsewhere::languages },
    Class { name: "python", run: elsewhere::python },
    Class { name: "program", run: from_file::program },
];

/// Sizes of sets that most classes take.
pub const SIZES: [usize; 4] = [8, 100, 1000, 10_000];
