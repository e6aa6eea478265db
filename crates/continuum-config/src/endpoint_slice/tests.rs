use super::read;
use crate::options::Options;
use crate::testing::{file, json_tree, only, servers, shown};

const SLICES: &str = r#"{"kind": "List", "items": [
  {"kind": "EndpointSlice", "metadata": {"namespace": "web", "labels": {"kubernetes.io/service-name": "cache"}},
   "ports": [{"name": "http", "port": 80}, {"name": "mc", "port": 11211}],
   "endpoints": [{"addresses": ["10.0.0.2"], "zone": "b", "conditions": {"ready": true}},
                 {"addresses": ["10.0.0.9"], "conditions": {"ready": false}}]},
  {"kind": "EndpointSlice", "metadata": {"namespace": "web", "labels": {"kubernetes.io/service-name": "cache"}},
   "ports": [{"name": "mc", "port": 11211}],
   "endpoints": [{"addresses": ["10.0.0.1"]}]}]}"#;

fn options() -> Options {
    Options::new().with_scheme("python-continuum".parse().unwrap())
}

#[test]
fn slices_of_one_service_make_one_pool() {
    let tree = [json_tree(SLICES)];
    let draft = only(read(&tree, &file(), &options().with_port("mc")));
    assert_eq!(&*draft.name, "web/cache");
    assert_eq!(servers(&draft), "10.0.0.1:11211 10.0.0.2:11211@b");
    assert!(draft.notes[0].sentence().starts_with("1 endpoints are not ready"));
}

#[test]
fn refuses_by_name() {
    for (text, options, says) in [
        (SLICES.to_owned(), options(), "f:2: several ports: http (80), mc (11211); name one"),
        (SLICES.to_owned(), options().with_port("x"), "f:2: the slice has no port 'x'"),
        (SLICES.to_owned(), Options::new(), "f:2: no scheme given"),
        (SLICES.replacen("EndpointSlice", "Pod", 1), options(), "f:2: 'Pod' is no EndpointSlice"),
        (SLICES.replacen("service-name", "svc", 1), options(), "f:2: a slice without the label"),
        (
            SLICES.replacen("[\"10.0.0.2\"]", "[]", 1),
            options().with_port("mc"),
            "f:4: an endpoint without addresses",
        ),
        (
            SLICES.replacen("true", "7", 1),
            options().with_port("mc"),
            "f:4: ready must be true or false",
        ),
    ] {
        let found = shown(read(&[json_tree(&text)], &file(), &options));
        assert!(found[0].starts_with(&format!("! {says}")), "{found:?}");
    }
}
