//! The pools of one file: what is wrong with one hides no other, and what no share shows
//! is told.

use super::{continuum, run, scratch};

fn told(args: &[&str], files: &[&std::path::Path]) -> (Option<i32>, String, String) {
    let out = run(continuum().args(args).args(files), b"");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code(), text(out.stdout), text(out.stderr))
}

/// For hooks, which choose files by their names.
#[test]
fn what_hashes_nothing_may_pass_and_what_is_broken_may_not() {
    let file = |name, text: &str| scratch(name, text.as_bytes());
    let nothing = [
        file("turns.conf", "events {}\nhttp { upstream a { server a:1; server b:1; } }\n"),
        file("none.conf", "events {}\nhttp { server { listen 80; } }\n"),
        file("turns.cfg", "backend a\n  balance roundrobin\n  server x 10.0.0.1:80\n"),
        file("values.yaml", "twemproxy:\n  image: x\n  replicas: 3\n"),
        file("deployment.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"),
        file("empty.yml", "# nothing\n"),
    ];
    for file in &nothing {
        let (status, _, err) = told(&["lint"], &[file]);
        assert_eq!(status, Some(2), "{err}");
        let (status, out, err) = told(&["lint", "--allow-unhashed", "--"], &[file]);
        assert_eq!((status, &*out), (Some(0), "nothing found\n"), "{err}");
        assert!(err.starts_with("note: ") && err.contains(&*file.to_string_lossy()), "{err}");
    }
    let broken = [
        file("open.yaml", "a: ["),
        file("misspelt.yml", "a:\n  listen: 127.0.0.1:1\n  hash: bogus\n  servers:\n   - x:1:1\n"),
        file("open.conf", "upstream a { hash $uri"),
        file("no-servers.yml", "a:\n  listen: 127.0.0.1:1\n  servres:\n   - x:1:1\n"),
    ];
    for file in &broken {
        let (status, _, err) = told(&["lint", "--allow-unhashed", "--"], &[file, &nothing[0]]);
        assert_eq!(status, Some(2), "{err}");
        assert!(err.contains(&*file.to_string_lossy()), "{err}");
    }
}

#[test]
fn a_drained_pool_hides_no_other() {
    let config = "defaults\n mode http\nbackend a\n balance source\n hash-type consistent\n server s 10.0.0.1:1 \
                  weight 0\nbackend b\n balance source\n hash-type consistent\n server s 10.0.0.1:1\n";
    let file = scratch("haproxy.cfg", config.as_bytes());
    let (status, out, err) = told(&["balance"], &[&file]);
    assert_eq!(status, Some(0), "{err}");
    assert!(out.contains("b: ") && !out.contains("a: "), "{out}");
    assert!(err.contains("pool 'a': no key can be resolved: every server has capacity 0"), "{err}");
    // A gate cannot judge what owns nothing.
    let before = scratch("before.cfg", config.replace(" weight 0", "").as_bytes());
    let (status, out, err) = told(&["plan", "--max-move", "50%"], &[&before, &file]);
    assert_eq!(status, Some(2), "{err}");
    assert!(
        out.contains("b: same servers") && err.contains("every server has capacity 0"),
        "{out}{err}"
    );
    let alone = ["resolve", "--pool", "a"];
    let (status, _, err) = told(&alone, &[&file, std::path::Path::new("key")]);
    assert_eq!(status, Some(2));
    assert!(err.contains("every server has capacity 0"), "{err}");
}

#[test]
fn a_name_at_another_address_is_told() {
    let pool = |[a, b]: [&str; 2]| {
        format!(
            "alpha:\n  listen: 127.0.0.1:22121\n  hash: fnv1a_64\n  distribution: ketama\n  servers:\n   \
             - {a}:1 a\n   - {b}:1 b\n"
        )
    };
    let old = scratch("old.yml", pool(["10.0.0.1:1", "10.0.0.2:1"]).as_bytes());
    let new = scratch("new.yml", pool(["10.0.0.2:1", "10.0.0.1:1"]).as_bytes());
    let (status, _, err) = told(&["compare"], &[&old, &new]);
    assert_eq!(status, Some(0), "{err}");
    assert!(err.contains("'a' (10.0.0.1:1 → 10.0.0.2:1) and 1 more"), "{err}");
    assert!(!told(&["compare"], &[&old, &old]).2.contains("addresses"));

    let sentence = "keeps the name of 'a' at another address (10.0.0.1:1 → 10.0.0.2:1) and 1 more: \
                    100% of keys are looked for there";
    for form in [&["plan", "-q"][..], &["plan", "-q", "--max-move", "100%"]] {
        let (status, out, err) = told(form, &[&old, &new]);
        assert_eq!(status, Some(0), "{err}");
        assert!(out.contains(sentence), "{out}");
    }
    let (status, out, _) = told(&["plan", "--json"], &[&old, &new]);
    assert_eq!(status, Some(0));
    assert!(out.contains("\"readdressed\":[{\"server\":\"a\",\"before\":\"10.0.0.1:1\""), "{out}");
    // Of the machines nothing is known but their addresses.
    let (status, out, err) = told(&["plan", "--max-move", "99%"], &[&old, &new]);
    assert_eq!(status, Some(1), "{out}{err}");
    assert!(
        out.contains(": FAILED, limit 99%") && err.contains("(--allow-lost alpha)"),
        "{out}{err}"
    );
    let meant = ["plan", "--max-move", "1%", "--allow-lost", "alpha"];
    assert_eq!(told(&meant, &[&old, &new]).0, Some(0));
    assert!(!told(&["plan"], &[&old, &old]).1.contains("another address"));
}

/// More keys than are counted at once: what is not known is not said.
#[test]
fn what_is_heavy_among_many_keys_has_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let (servers, keys) = (folder.path().join("s.txt"), folder.path().join("keys"));
    std::fs::write(&servers, "a:1\nb:1\n").unwrap();
    let lines: String = (0..2).flat_map(|_| 0..240_000).map(|n| format!("user:{n}\n")).collect();
    std::fs::write(&keys, lines).unwrap();
    let (status, out, _) =
        told(&["balance", "--scheme", "ring-1", "--server", "b:1", "--keys"], &[&keys, &servers]);
    assert_eq!(status, Some(0));
    let said = out.lines().find(|line| line.contains("no key of b:1 comes more than")).unwrap();
    let times = said.trim().strip_prefix("no key of b:1 comes more than ").unwrap();
    let times: u64 = times.strip_suffix(" times").unwrap().parse().unwrap();
    assert!(times >= 2, "{said}");
    let (_, out, _) =
        told(&["balance", "--scheme", "ring-1", "--json", "--keys"], &[&keys, &servers]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(json["pools"][0]["heaviest_above"].as_u64().unwrap() >= 2);
}

#[test]
fn a_host_and_something_else_is_refused() {
    for (server, says) in [
        ("a 5", "'a 5': a host has no blank in it; a capacity is written 'a=5'"),
        ("a 1:80", "'a 1': a host has no blank in it"),
        ("cache-a@10.0.0.1:11211", "'cache-a@10.0.0.1': a host has no '@' in it"),
    ] {
        let (status, _, said) =
            told(&["resolve", "k", "--scheme", "ring-1", "-s", "x:1", "-s", server], &[]);
        assert_eq!(status, Some(2));
        assert!(said.contains(says), "{said}");
    }
    // Names that are no hosts.
    let (status, _, said) =
        told(&["resolve", "k", "--scheme", "ring-1", "-s", "node one", "-s", "celery@b"], &[]);
    assert_eq!(status, Some(0), "{said}");
}

#[test]
fn a_scheme_that_gives_a_set_nothing_is_not_advised() {
    let folder = tempfile::tempdir().unwrap();
    let servers = folder.path().join("s.txt");
    std::fs::write(&servers, "a:1\nb:1\n").unwrap();
    let (status, out, said) = told(
        &["advise", "--scheme", "python-continuum:points=1", "--json", "--servers"],
        &[&servers],
    );
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("not for this set: python-continuum:points=1: no key can be resolved"));
    assert!(!out.contains("points=1\""), "{out}");
}
