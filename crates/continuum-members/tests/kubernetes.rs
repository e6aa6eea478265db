//! A Service whose EndpointSlices are watched through everything that an API server may do:
//! pods that come and go, watches that end, are cut off or are told that they are too old,
//! lists that come by half or empty. No map is there that nobody asked for, and a watch that
//! ends is resumed, not begun with a list.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use continuum_config::{Identity, Options};
use continuum_members::{Fault, Source as _, source};

#[path = "kubernetes/api.rs"]
mod api;
#[path = "kubernetes/world.rs"]
mod world;

use api::{Api, Trouble};
use world::{SLICES, World, source};

#[test]
fn no_map_that_nobody_asked_for() {
    use Trouble::{
        Cut, CutList, EmptyList, Ended, Gone, HalfList, OtherPage, Refused, SamePage, Unavailable,
    };
    let mut world = World::start();
    world.arrives("the first list");
    // What goes wrong, and whether the slices are listed again for it.
    let troubles: [(&[Trouble], bool); 11] = [
        (&[], false),
        (&[Ended], false),
        (&[Cut], false),
        (&[Ended, Cut], false),
        (&[Gone], true),
        (&[Ended, Refused], true),
        (&[Gone, HalfList], true),
        (&[Gone, CutList, Unavailable], true),
        (&[Gone, SamePage, OtherPage], true),
        (&[Gone, EmptyList, Gone], true),
        // Of which three in a row have said nothing.
        (&[Cut, Ended, Cut, Ended], true),
    ];
    for (turn, (troubles, listed)) in troubles.into_iter().enumerate() {
        let slice = u8::try_from(turn).unwrap() % SLICES;
        let before = world.api.lock().lists;
        world.api.trouble(troubles);
        world.flap((slice + 1) % SLICES);
        world.replace(slice);
        world.flap((slice + 2) % SLICES);
        world.api.pass();
        world.api.settle();
        world.arrives(&format!("{troubles:?}"));
        world.api.said();
        let lists = world.api.lock().lists - before;
        assert_eq!(lists > 0, listed, "{troubles:?}: {lists} lists");
    }
    // What is known is as new as the last mark: what is older may be forgotten.
    let before = world.api.lock().lists;
    world.api.said();
    world.api.compact();
    world.api.trouble(&[Trouble::Ended]);
    world.api.settle();
    world.replace(0);
    world.arrives("a watch that is resumed at a mark");
    assert_eq!(world.api.lock().lists, before);
    // Most are gone, and all are gone: each is refused, and the map stays.
    let map = world.members.get().unwrap();
    world.refuses(&[(1, true)], "over the limit of 34%");
    world.refuses(&[(1, false)], "there is no server in the answer");
    assert!(Arc::ptr_eq(&map, &world.members.get().unwrap()));
    world.turn_back();
    world.replace(1);
    world.arrives("they are back");
    world.check();
    let state = world.api.lock();
    assert!(state.watches > state.lists && state.bookmarks > 9);
}

#[test]
fn what_tells_pods_apart_is_said_by_the_options() {
    let api = Api::start();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    api.put("memcached-0", Some(&[(1, true), (2, false)]));
    let servers = |options: Options| {
        let set = source(&api, &folder).with_options(options).ask().unwrap();
        let all = set.servers.iter().map(|server| server.identity().into_owned());
        all.collect::<Vec<String>>()
    };
    assert_eq!(servers(Options::new()), ["10.0.0.1:11211"]);
    let kept = Options::new().with_identity(Identity::Hostname).keeping_unready();
    assert_eq!(servers(kept), ["memcached-1", "memcached-2"]);
}

/// What a source says that a kubeconfig leads to.
fn told(text: &str, config: &str) -> String {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = folder.path().join("config");
    fs::write(&file, config).unwrap();
    let source = source::Kubernetes::open(text, "twemproxy".parse().unwrap()).unwrap();
    let set = source.with_kubeconfig(file).ask();
    set.map_or_else(|fault| fault.to_string(), |set| format!("{} servers", set.servers.len()))
}

#[test]
fn failures_are_told_in_a_sentence() {
    let api = Api::start();
    let good = api.kubeconfig();
    assert_eq!(
        told("kubernetes:cache/memcached", &good.replace("open-sesame", "hush-hush")),
        "kubernetes:cache/memcached: answers 401: Unauthorized"
    );
    let elsewhere = told("kubernetes:other/memcached", &good);
    assert!(elsewhere.contains("answers 404: the server could not find"), "{elsewhere}");
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = told(
        "kubernetes:cache/memcached",
        &good.replace(&api.address.to_string(), &unused.to_string()),
    );
    assert_eq!(nobody, "kubernetes:cache/memcached: Connection refused");
    // Not with its lines, which have a token in them.
    let broken = told("kubernetes:cache/memcached", &good.replace("users:", "users: ["));
    assert_eq!(
        broken,
        "kubernetes:cache/memcached: its kubeconfig cannot be used: it is not the YAML of one"
    );
    // A Service without slices is an empty set, which is refused as a map elsewhere.
    assert_eq!(told("kubernetes:cache/memcached", &good), "0 servers");
}

#[test]
#[cfg(unix)]
fn credentials_of_a_command() {
    let api = Api::start();
    api.put("memcached-0", Some(&[(1, true)]));
    let by = |script: &str| {
        let command = format!(
            "exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: sh\n\
             \x20     interactiveMode: Never\n      args: [-c, '{script}']\n"
        );
        let config = api.kubeconfig().replace("token: open-sesame\n", &command);
        told("kubernetes:cache/memcached", &config)
    };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = folder.path().join("credential");
    let credential = serde_json::json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": { "token": "open-sesame" },
    });
    fs::write(&file, credential.to_string()).unwrap();
    assert_eq!(by(&format!("cat {}", file.display())), "1 servers");
    let failed = by("echo open-sesame; exit 3");
    assert!(failed.contains("for credentials") && failed.contains("exit status: 3"), "{failed}");
    assert!(!failed.contains("sesame"), "{failed}");
    let garbled = by("echo [open-sesame");
    assert!(garbled.contains("for credentials") && !garbled.contains("sesame"), "{garbled}");
}

#[test]
fn a_context_that_leads_elsewhere_is_refused() {
    let (ours, theirs) = (Api::start(), Api::start());
    ours.put("memcached-0", Some(&[(1, true), (2, true)]));
    theirs.put("memcached-0", Some(&[(7, true), (8, true)]));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut source = source(&ours, &folder);
    assert_eq!(source.ask().unwrap().servers.len(), 2);
    fs::write(folder.path().join("config"), theirs.kubeconfig()).unwrap();
    // After which the credentials are read anew.
    ours.trouble(&[Trouble::Gone, Trouble::Unavailable]);
    let fault = failed(&mut source, "its kubeconfig leads to");
    let address = ours.address.to_string();
    assert!(fault.contains("and led to") && fault.contains(&address), "{fault}");
    assert_eq!(theirs.lock().lists, 0);
    fs::write(folder.path().join("config"), ours.kubeconfig()).unwrap();
    answered(&mut source);
}

#[test]
fn a_cluster_whose_versions_go_back_is_refused() {
    let api = Api::start();
    api.put("memcached-0", Some(&[(1, true), (2, true)]));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut source = source(&api, &folder);
    assert_eq!(source.ask().unwrap().servers.len(), 2);
    api.restore(500);
    failed(&mut source, "its version went back from 1001 to 500");
    api.restore(2000);
    answered(&mut source);
}

/// Asks until there is a fault with these words.
fn failed(source: &mut source::Kubernetes, words: &str) -> String {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        source.wait(Duration::from_secs(1));
        let told = source.ask().err().as_ref().map(Fault::to_string).unwrap_or_default();
        if told.contains(words) {
            return told;
        }
        assert!(Instant::now() < end, "{words}: {told}");
    }
}

/// Asks until there is an answer.
fn answered(source: &mut source::Kubernetes) {
    let end = Instant::now() + Duration::from_secs(60);
    while let Err(fault) = source.ask() {
        assert!(Instant::now() < end, "{fault}");
        source.wait(Duration::from_secs(1));
    }
}
