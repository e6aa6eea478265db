//! Batches of text keys under schemes that hash with MD5, at every level.

use continuum::bench;

use crate::keys::{servers, texts};
use crate::ours::{continuum, owner};
use crate::row::{Findings, Row, Target};
use crate::timer::{Effort, Entrant, race};

/// Servers, and the most nanoseconds a key: portable, AVX2, AVX-512.
const TARGETS: [(usize, [f64; 3]); 3] =
    [(100, [48.0, 22.0, 14.0]), (1000, [52.0, 25.0, 16.0]), (10_000, [60.0, 34.0, 24.0])];

pub fn run(effort: Effort, findings: &mut Findings) {
    let keys = texts(if effort.quick { 1 << 18 } else { 1 << 20 });
    for (n, targets) in TARGETS {
        let servers = servers(n);
        for scheme in ["python-continuum", "libketama"] {
            if effort.quick && n == 10_000 {
                continue;
            }
            let full = match scheme {
                "python-continuum" => format!("{scheme}:points={}", 160 * n),
                _ => scheme.to_owned(),
            };
            let ours = continuum(&full, &servers);
            let want: Vec<u32> = keys.iter().map(|key| owner(&ours, key)).collect();
            for level in bench::levels() {
                assert!(bench::limit(Some(level)));
                let mut out = vec![0; keys.len()];
                ours.resolve_all(&keys, &mut out);
                let what = format!("{scheme}, {n} servers: batch in {level} as one at a time");
                findings.check("ours", what, out == want);
                let mut entrants = [Entrant::batch(|keys: &[&str]| {
                    ours.resolve_all(keys, &mut out[..keys.len()]);
                })];
                let times = race(effort, &keys, &mut entrants);
                let target = match level {
                    "portable" => targets[0],
                    "avx2" => targets[1],
                    _ => targets[2],
                };
                findings.row(Row {
                    class: "Batches of text keys, MD5",
                    ours: format!("{scheme}, {level}"),
                    peer: None,
                    n: n as u64,
                    unit: "ns",
                    ours_time: times[0],
                    peer_time: None,
                    target: Some(Target::AtMost(target)),
                });
            }
            bench::limit(None);
        }
    }
}
