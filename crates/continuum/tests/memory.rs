//! What a build takes from the heap while it runs: a binary of its own, because its
//! allocator counts, and a process for each scheme, because it counts everything.

use std::env;
use std::process::Command;

use continuum::{Continuum, Scheme, Server, Servers};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The scheme that a child is to build.
const SCHEME: &str = "CONTINUUM_TEST_SCHEME";

/// A build holds, at its peak, at most twice what its result holds; a change in place
/// hardly more than the result.
#[test]
fn a_build_takes_twice_its_result_at_most() {
    for text in ["nginx", "libketama", "ring-1", "twemproxy", "python-continuum:points=160000"] {
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["one_build", "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
        let output = child.env(SCHEME, text).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        let talk = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}: {told}{talk}");
        assert!(told.contains("1 passed"), "{text}: {told}");
    }
}

/// The child's work.
#[test]
#[ignore = "a_build_takes_twice_its_result_at_most runs it, once for each scheme"]
fn one_build() {
    let text = env::var(SCHEME).expect("the parent names a scheme");
    let scheme: Scheme = text.parse().unwrap();
    let mut servers = Servers::new();
    for number in 0..1000_u32 {
        let server = Server::new(format!("10.0.{}.{}", number >> 8, number & 255), 80);
        servers.add(server).unwrap();
    }
    let set = servers.clone();
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let mut continuum = Continuum::with_servers(scheme, set).unwrap();
    let peak = ALLOCATOR.peak_usage() - before;
    let held = continuum.memory();
    assert!(held > 1000 * 100 * 4, "{text}: {held} bytes are no ring");
    let after = ALLOCATOR.current_usage() - before;
    assert!(after >= held, "{text}: {after} bytes are in use, not {held}");
    assert!(peak <= 2 * held, "{text}: {peak} bytes at the peak, {held} held");

    if ["nginx", "ring-1"].contains(&&*text) {
        ALLOCATOR.reset_peak_usage();
        continuum.add_server(Server::new("10.1.0.0", 80)).unwrap();
        continuum.remove_server("10.0.1.9:80").unwrap();
        let peak = ALLOCATOR.peak_usage() - before;
        assert!(peak <= held + held / 4, "{text}: {peak} bytes for a change, {held} held");
    }
}
