//! Schemes of programs, beside engines that claim the same answers.

use continuum::Continuum;

use super::SIZES;
use crate::keys::{servers, texts};
use crate::ours::{continuum, owner};
use crate::peers::Peer;
use crate::peers::libmemcached::{Libmemcached, MODES};
use crate::peers::python_continuum::{self, Points};
use crate::peers::strings::{ALL, KETAMA, PINGORA};
use crate::row::{Findings, Row, Target};
use crate::timer::{Effort, Entrant, race};

const CLASS: &str = "Schemes of programs";

/// Keys by which answers are compared.
const COMPARED: usize = 200_000;

pub fn run(effort: Effort, findings: &mut Findings) {
    let keys = texts(if effort.quick { 1 << 18 } else { 1 << 20 });
    for n in SIZES {
        if effort.quick && n == 10_000 {
            continue;
        }
        let servers = servers(n);
        for maker in &ALL {
            let peer = (n <= maker.most).then_some(maker).filter(|maker| maker.ring);
            let Some(peer) = peer.map(|maker| maker.make) else { continue };
            let (scheme, single, batch) = match name_of(maker.make) {
                PINGORA => ("nginx", 2.0, 2.0),
                KETAMA => ("libketama", 1.5, 10.0),
                _ => continue,
            };
            let ours = continuum(scheme, &servers);
            beside(effort, findings, &ours, scheme, &peer(&servers), &keys, n, [single, batch]);
        }
        let scheme = format!("python-continuum:points={}", 160 * n);
        let points = Points::new(&servers, 160);
        let peer = Peer::new("2010 module's rule, restated (md5 crate)", move |key| {
            points.place(python_continuum::hash(key))
        });
        let ours = continuum(&scheme, &servers);
        beside(effort, findings, &ours, "python-continuum", &peer, &keys, n, [1.0, 5.0]);
    }
    libmemcached(effort, findings, &keys);
}

/// The name that a maker's peer goes by.
fn name_of(make: fn(&[&'static str]) -> Peer) -> &'static str {
    make(&servers(1)).name
}

/// How many of the keys have another owner.
fn differ(ours: &Continuum, keys: &[&'static str], resolve: impl Fn(&'static str) -> u32) -> usize {
    keys.iter().filter(|key| owner(ours, key) != resolve(key)).count()
}

#[expect(clippy::too_many_arguments, reason = "one row's parts")]
fn beside(
    effort: Effort,
    findings: &mut Findings,
    ours: &Continuum,
    scheme: &str,
    peer: &Peer,
    keys: &[&'static str],
    n: usize,
    targets: [f64; 2],
) {
    let compared = &keys[..COMPARED.min(keys.len())];
    let count = differ(ours, compared, |key| (peer.resolve)(key));
    // Who owns a point that two servers share is left to a sort that is not
    // stable: with 1.6 million points that is one key in thousands.
    let agrees = count <= compared.len() / 1000;
    let what = format!("{scheme}, {n} servers: {count} of {} keys differ", compared.len());
    findings.check(peer.name, what, agrees);
    let mut out = vec![0; keys.len()];
    let times = race(
        effort,
        keys,
        &mut [
            Entrant::each(|key| owner(ours, key)),
            Entrant::batch(|keys: &[&str]| {
                ours.resolve_all(keys, &mut out[..keys.len()]);
            }),
            peer.entrant(),
        ],
    );
    for (way, time, target) in [("", times[0], targets[0]), (", batch", times[1], targets[1])] {
        findings.row(Row {
            class: CLASS,
            ours: format!("{scheme}{way}"),
            peer: Some(peer.name.to_owned()),
            n: n as u64,
            unit: "ns",
            ours_time: time,
            peer_time: Some(times[2]),
            target: Some(Target::TimesFaster(target)),
        });
    }
}

fn libmemcached(effort: Effort, findings: &mut Findings, keys: &[&'static str]) {
    let library = match Libmemcached::load() {
        Ok(library) => library,
        Err(why) => return findings.absent("libmemcached (C)", why),
    };
    for mode in &MODES {
        for n in [8, 20, 100] {
            let servers = servers(n);
            let handle = match library.servers(mode, &servers) {
                Ok(handle) => handle,
                Err(why) => {
                    findings.absent(format!("libmemcached (C), {}", mode.scheme), why);
                    continue;
                }
            };
            let peer = Peer::new("libmemcached (C, Debian)", move |key| handle.resolve(key));
            let ours = continuum(mode.scheme, &servers);
            beside(effort, findings, &ours, mode.scheme, &peer, keys, n, [1.3, 1.3]);
        }
    }
}
