//! Times look-ups on request, so that another program can take turns with it:
//! `docs/measure/python_speed.py` does.
//!
//! ```sh
//! cargo run --profile dist -p continuum-hash --example batch -- SCHEME KEYS HOST:PORT...
//! ```
//!
//! The keys are `session:000000000000` and so on, one behind the other as in an
//! Arrow array. Each line on stdin is `batch FROM TO`, `single FROM TO` or
//! `hash FROM TO`; the answer is a line with nanoseconds and the sum of the owners'
//! numbers (of positions, for `hash`).
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::error::Error;
use std::hint::black_box;
use std::io::{self, BufRead as _, Write as _};
use std::time::Instant;

use continuum::{Continuum, Keys, Servers};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let scheme = args.next().ok_or("a scheme first")?.parse()?;
    let count: u32 = args.next().ok_or("then how many keys")?.parse()?;
    let servers: Vec<String> = args.collect();
    let servers = Servers::from_texts(servers.iter().map(String::as_str))?;
    let continuum = Continuum::with_servers(scheme, servers)?;

    let (mut bytes, mut offsets) = (Vec::new(), vec![0]);
    for number in 0..count {
        write!(bytes, "session:{number:012}")?;
        offsets.push(u32::try_from(bytes.len())?);
    }
    let mut owners = vec![0; count as usize];
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let [what, from, to] = words[..] else { return Err("WHAT FROM TO".into()) };
        let (from, to): (usize, usize) = (from.parse()?, to.parse()?);
        let keys = Keys::packed32(&bytes, offsets.get(from..=to).ok_or("beyond the keys")?)?;
        let owners = &mut owners[from..to];
        let start = Instant::now();
        let sum: u64 = match what {
            "batch" => {
                continuum.resolve_all(black_box(keys), owners);
                0
            }
            "single" => (0..keys.len())
                .filter_map(|index| continuum.resolve_index(black_box(keys.get(index))))
                .map(u64::from)
                .sum(),
            "hash" => (0..keys.len())
                .filter_map(|index| continuum.position(black_box(keys.get(index))))
                .fold(0, |sum, position| sum ^ u64::from(position & 1 == 1)),
            _ => return Err("batch, single or hash".into()),
        };
        let took = start.elapsed().as_nanos();
        let sum = if what == "batch" { owners.iter().copied().map(u64::from).sum() } else { sum };
        println!("{took} {sum}");
    }
    Ok(())
}
