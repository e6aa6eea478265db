//! `continuum explore`: the explorer's page with one's own pools inside.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use continuum_config::Pool;

use crate::args::Explore;
use crate::failure::Failure;
use crate::input;
use crate::output::{File, Given, PoolRow, explorer};
use crate::talk;

pub(crate) fn run(args: &Explore, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    input::refuse_input(&args.output, args.files.iter().map(PathBuf::as_path))?;
    let mut files = Vec::new();
    for (number, path) in args.files.iter().enumerate() {
        let (pools, rest) = input::pools_and_rest(path, &args.choice, (number > 0, args.quiet))?;
        for pool in &pools {
            // What the page would refuse is refused here.
            input::build_pool(pool)?;
        }
        let name = path.display().to_string();
        let file = File::new(name, pools.iter().map(row).collect());
        files.push(file.with_rest(rest.skipped, rest.refused));
    }
    let given = Given { files, pool: args.choice.reading.pool.clone(), key: args.key.clone() };
    let page = explorer(&given)?;
    if args.output == Path::new("-") {
        return Ok(out.write_all(page.as_bytes())?);
    }
    fs::write(&args.output, page).map_err(|error| Failure::unwritable(&args.output, &error))?;
    if !args.quiet {
        talk::note(&format!("{}: open it in a browser", args.output.display()));
    }
    Ok(())
}

fn row(pool: &Pool) -> PoolRow {
    PoolRow::new(pool.name(), pool.scheme().to_string(), pool.servers(), pool.key())
        .with_down(pool.down().map(str::to_owned).collect())
        .with_notes(pool.notes().iter().map(ToString::to_string).collect())
}
