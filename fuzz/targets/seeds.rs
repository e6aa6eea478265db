//! Writes a folder of first inputs for each target, and its dictionary beside it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use continuum_fuzz::{seeds, targets, words};

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args_os().nth(1).ok_or("usage: seeds FOLDER")?.into();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for target in targets::ALL {
        fs::create_dir_all(folder.join(target.name))?;
        let dictionary = folder.join(format!("{}.dict", target.name));
        fs::write(dictionary, words::of(target, &root)?)?;
        // What scripts/fuzz asks: every target, its longest input, and its part of the time.
        println!("{}\t{}\t{}", target.name, target.longest, target.share);
    }
    for (target, name, bytes) in seeds::all()? {
        fs::write(folder.join(target).join(name), bytes)?;
    }
    Ok(())
}
