//! Runs inputs without the fuzzer: `cargo run --release --bin replay TARGET FILE…`.

use std::error::Error;
use std::fs;

use continuum_fuzz::targets;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("usage: replay TARGET FILE…")?;
    let target = targets::ALL.iter().find(|target| target.name == name);
    let target = target.ok_or_else(|| format!("no target '{name}': see fuzz/src/targets.rs"))?;
    for file in arguments {
        eprintln!("{file}");
        (target.run)(&fs::read(file)?);
    }
    Ok(())
}
