//! Watching a Service by the kubeconfig of the environment.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use super::continuum;

// What goes wrong with a cluster is the business of the crate whose server this is.
#[expect(dead_code, reason = "of a server that other tests share")]
#[path = "../../../continuum-members/tests/kubernetes/api.rs"]
mod api;

use api::Api;

#[test]
fn pods_of_a_service_are_followed() {
    let api = Api::start();
    let pods: Vec<_> = (1..=9).map(|pod| (pod, true)).collect();
    api.put("memcached-0", Some(&pods));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let config = folder.path().join("config");
    fs::write(&config, api.kubeconfig()).unwrap();
    let mut child = continuum()
        .args(["watch", "kubernetes:cache/memcached:memcache", "--scheme", "libketama"])
        .args(["--identity", "hostname", "--json", "--settle", "0.1", "--interval", "0.05"])
        .args(["--exec", "sh", "-c", "sort > servers.txt"])
        .env("KUBECONFIG", &config)
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    let first = next();
    assert_eq!((&first["event"], &first["servers"]), (&"first".into(), &9.into()));
    let pods: Vec<_> = (1..=9).map(|pod| (pod, pod != 4)).collect();
    api.put("memcached-0", Some(&pods));
    let change = next();
    assert_eq!((&change["event"], &change["servers"]), (&"change".into(), &8.into()));
    // All of them cannot go; what is told of it names the Service.
    api.put("memcached-0", Some(&[]));
    let refused = next();
    assert_eq!(refused["event"], "refused");
    let why = refused["why"].as_str().unwrap();
    assert!(why.starts_with("kubernetes:cache/memcached:memcache: there is no server"), "{why}");
    child.kill().unwrap();
    child.wait().unwrap();
    let made = fs::read_to_string(folder.path().join("servers.txt")).unwrap();
    assert_eq!(made.lines().filter(|line| line.contains("memcached-")).count(), 8);
    assert!(made.contains("memcached-1") && !made.contains("memcached-4"), "{made}");
}
