//! Asks this machine for every recorded answer and every checksum, at each level of SIMD
//! that it has, and counts the differences: `scripts/test-machines` runs it on machines of
//! other words, byte orders and instructions.
//!
//! ```text
//! cargo run --release -p continuum-vectors --example machine -- VECTORS [--sample] [--threads N]
//! ```
//!
//! With `--sample` it reads every file of `VECTORS` and verifies a fixed part of their sets.
#![allow(clippy::print_stdout, reason = "a program")]

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use continuum::bench::{levels, limit};
use continuum_vectors::{Outcome, read};

#[path = "../../continuum/tests/fixtures.rs"]
#[allow(dead_code, unreachable_pub, reason = "other tests use more of it")]
mod fixtures;

use fixtures::{APART, SUMMED, checksum, keys, schemes};

/// Of the sets of a file a sample has the first, and every so manieth.
const SAMPLED: usize = 24;

fn main() -> Result<(), Box<dyn Error>> {
    let mut folder = None;
    let (mut sample, mut threads) = (false, 1);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--sample" => sample = true,
            "--threads" => threads = arguments.next().ok_or("--threads wants a number")?.parse()?,
            _ => folder = Some(PathBuf::from(argument)),
        }
    }
    let folder = folder.ok_or("usage: machine VECTORS [--sample] [--threads N]")?;
    println!("bits\t{}", usize::BITS);
    println!("order\t{}", if cfg!(target_endian = "big") { "big" } else { "little" });
    println!("levels\t{}", levels().join(" "));
    let answers = verify(&folder, if sample { SAMPLED } else { 1 })?;
    let sums = sum(&folder.join("checksums.tsv"), threads)?;
    match answers + sums {
        0 => Ok(()),
        _ => Err("this machine answers otherwise".into()),
    }
}

/// Recorded answers; gives how many differ.
fn verify(folder: &Path, step: usize) -> Result<u64, Box<dyn Error>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension() == Some(OsStr::new("json")));
    files.sort();
    let (mut verified, mut compared, mut different) = (0_u64, 0, 0);
    for file in &files {
        for set in read(file)?.iter().step_by(step) {
            match set.verify() {
                Outcome::Compared { answers, differences, first } => {
                    verified += 1;
                    compared += answers;
                    different += differences;
                    if differences > 0 {
                        println!("differs\t{}\t{}\t{first:?}", file.display(), set.name());
                    }
                }
                // The suite of the core says which these are, and why.
                Outcome::Refused(_) | Outcome::Skipped(_) => {}
            }
        }
    }
    println!("files\t{}", files.len());
    println!("sets\t{verified}");
    println!("answers\t{compared}");
    println!("answers that differ\t{different}");
    Ok(different)
}

/// Checksums at every level; gives how many differ.
fn sum(file: &Path, threads: usize) -> Result<u64, Box<dyn Error>> {
    let text = fs::read_to_string(file)?;
    let recorded: BTreeMap<&str, &str> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .collect();
    let mut schemes = schemes();
    schemes.push(APART.parse()?);
    let texts = keys(SUMMED);
    let keys: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut different = 0;
    for level in levels() {
        assert!(limit(Some(level)), "{level} is not there, though it is listed");
        let next = AtomicUsize::new(0);
        let work = || {
            let mut wrong = Vec::new();
            while let Some(scheme) = schemes.get(next.fetch_add(1, Ordering::Relaxed)) {
                let name = format!("{scheme:#}");
                let sum = format!("{:016x}", checksum(scheme, &keys));
                if recorded.get(&*name).copied() != Some(&*sum) {
                    wrong.push(format!("{name}\t{sum}"));
                }
            }
            wrong
        };
        let wrong = thread::scope(|scope| {
            let others: Vec<_> = (1..threads)
                .map_while(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
                .collect();
            let mut wrong = work();
            for other in others {
                wrong.extend(other.join().expect("a checksum does not panic"));
            }
            wrong
        });
        for row in &wrong {
            println!("differs\t{level}\t{row}");
        }
        println!("checksums\t{level}\t{}\t{}", schemes.len(), wrong.len());
        different += u64::try_from(wrong.len())?;
    }
    if recorded.len() != schemes.len() {
        return Err(format!("{} rows, {} schemes", recorded.len(), schemes.len()).into());
    }
    Ok(different)
}
