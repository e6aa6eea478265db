//! First inputs: the files of the tests for the readers, and for the builds some
//! bytes for every scheme.

use std::error::Error;
use std::fs;
use std::path::Path;

use continuum::{Continuum, Scheme, Server, Servers};
use continuum::assignment::Assignment;

use crate::parsers::{READERS, texts};

/// Target, name and bytes.
pub type Seed = (&'static str, String, Vec<u8>);

/// All of them.
pub fn all() -> Result<Vec<Seed>, Box<dyn Error>> {
    let mut all = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut parsers = |name: &str, bytes: &[u8]| {
        let number = READERS.iter().position(|reader| reader.name == name);
        let number = number.and_then(|number| u8::try_from(number).ok()).unwrap_or(u8::MAX);
        let input: Vec<u8> = [number].into_iter().chain(bytes.iter().copied()).collect();
        all.push(("parsers", format!("{name}-{}", all.len()), input));
    };
    for reader in READERS {
        for file in reader.seeds {
            parsers(reader.name, &fs::read(root.join(file))?);
        }
    }
    for (name, text) in texts() {
        parsers(name, text.as_bytes());
    }
    let mut servers = Servers::from_texts(["a:80", "b:80=2", "c:80"])?;
    servers.add(Server::new("d", 80).with_zone("z").with_id(7).with_name("n"))?;
    let continuum = Continuum::with_servers("slots-1:slots=64".parse()?, servers)?;
    let mut assignment = Assignment::with_copies(&continuum, 8, 2)?;
    assignment.pin(3, "a:80")?;
    assignment.change(None)?;
    parsers("assignment-json", &serde_json::to_vec(&assignment)?);
    parsers("assignment-bytes", &assignment.to_bytes());
    let bytes = assignment.to_bytes();
    parsers("assignment-mended", &bytes[20..bytes.len() - 8]);
    parsers("keys", b"\x04\0\x03\x05\x09onetwothree");
    // Every scheme, the rest of the input by rule: 1, 4, 7 … and its like.
    for scheme in 0..u8::try_from(Scheme::catalogue().len())? {
        for step in [0_u8, 3, 7, 29, 83] {
            let rest = (0..400_u16).map(|at| at.to_le_bytes()[0].wrapping_mul(step) ^ (step / 2));
            let input: Vec<u8> = [scheme].into_iter().chain(rest).collect();
            for target in ["builds", "batches"] {
                all.push((target, format!("{scheme}-{step}"), input.clone()));
            }
        }
    }
    Ok(all)
}
