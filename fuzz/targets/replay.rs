//! Runs inputs without the fuzzer: `cargo run --release --bin replay TARGET FILE…`.

use std::error::Error;
use std::fs;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let run: fn(&[u8]) = match arguments.next().as_deref() {
        Some("parsers") => continuum_fuzz::parsers::run,
        Some("builds") => continuum_fuzz::builds::run,
        Some("batches") => continuum_fuzz::batches::run,
        _ => return Err("usage: replay parsers|builds|batches FILE…".into()),
    };
    for file in arguments {
        eprintln!("{file}");
        run(&fs::read(file)?);
    }
    Ok(())
}
