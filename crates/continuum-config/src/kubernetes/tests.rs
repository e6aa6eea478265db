use super::read;
use crate::options::{Identity, Options};
use crate::testing::{file, json_tree, only, servers, shown, yaml_trees};

const SLICES: &str = r#"{"kind": "List", "items": [
  {"kind": "EndpointSlice", "metadata": {"namespace": "web", "labels": {"kubernetes.io/service-name": "cache"}},
   "ports": [{"name": "http", "port": 80}, {"name": "mc", "port": 11211}],
   "endpoints": [{"addresses": ["10.0.0.2"], "zone": "b", "conditions": {"ready": true}},
                 {"addresses": ["10.0.0.9"], "conditions": {"ready": false}}]},
  {"kind": "EndpointSlice", "metadata": {"namespace": "web", "labels": {"kubernetes.io/service-name": "cache"}},
   "ports": [{"name": "mc", "port": 11211}],
   "endpoints": [{"addresses": ["10.0.0.1"]}, {"addresses": ["10.0.0.2"], "zone": "b"}]}]}"#;

/// A manifest as people keep them: several kinds, one document behind the other.
const MANIFEST: &str = "
kind: Service
apiVersion: v1
metadata: {name: whoami}
---
---
apiVersion: v1
kind: Endpoints
metadata: {name: whoami, namespace: default}
subsets:
- addresses:
  - {ip: 10.0.0.2, hostname: whoami-1, targetRef: {kind: Pod, name: whoami-1-x}}
  - {ip: 10.0.0.1, hostname: whoami-0, targetRef: {kind: Pod, name: whoami-0-x}}
  notReadyAddresses:
  - {ip: 10.0.0.3, hostname: whoami-2, targetRef: {kind: Pod, name: whoami-2-x}}
  ports: [{port: 80}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: other-abc}
addressType: IPv4
ports: []
endpoints: [{addresses: [10.1.0.1]}]
";

fn options() -> Options {
    Options::new().with_scheme("python-continuum".parse().unwrap())
}

#[test]
fn slices_of_one_service_make_one_pool() {
    let tree = [json_tree(SLICES)];
    let draft = only(read(&tree, &file(), &options().with_port("mc")));
    assert_eq!(&*draft.name, "web/cache");
    assert_eq!(servers(&draft), "10.0.0.1:11211 10.0.0.2:11211@b 10.0.0.2:11211@b");
    assert!(draft.notes[0].sentence().starts_with("1 endpoints are not ready"));
}

/// `endpointslices.go` of ingress-nginx has a loop over the addresses of an endpoint.
#[test]
fn an_endpoint_with_several_addresses() {
    let tree = [json_tree(
        r#"{"kind": "EndpointSlice", "metadata": {"name": "a"}, "ports": [{"port": 80}],
        "endpoints": [{"addresses": ["10.0.0.1", "10.0.0.2"]}, {"addresses": ["10.0.0.3"]}]}"#,
    )];
    let draft = only(read(&tree, &file(), &options()));
    assert_eq!(servers(&draft), "10.0.0.1:80 10.0.0.3:80");
    let told = "1 more addresses of the endpoint '10.0.0.1' are left out: clients take the first";
    assert_eq!(draft.notes[0].sentence(), told);
    let ingress = Options::new().with_scheme("ingress-nginx".parse().unwrap());
    let draft = only(read(&tree, &file(), &ingress));
    assert_eq!(servers(&draft), "10.0.0.1:80 10.0.0.2:80 10.0.0.3:80");
}

/// The slices of the Services stand in the cluster, not in the manifest.
#[test]
fn an_ingress_without_slices_says_what_it_hashes() {
    let trees = yaml_trees(
        "kind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata: {name: i, annotations: \
         {nginx.ingress.kubernetes.io/upstream-hash-by: $arg_id}}\nspec: {defaultBackend: \
         {service: {name: s}}}\n",
    );
    let error = read(&trees, &file(), &options()).unwrap_err().to_string();
    let told =
        "in it, but Ingress; an Ingress hashes by '$arg_id': give the slices of its Services";
    assert!(error.contains(told), "{error}");
}

#[test]
fn manifests_of_many_kinds() {
    let trees = yaml_trees(MANIFEST);
    let found = |options: &Options| shown(read(&trees, &file(), options));
    let plain = "python-continuum | ";
    assert_eq!(
        found(&options()),
        [format!("other-abc {plain}10.1.0.1"), format!("whoami {plain}10.0.0.1:80 10.0.0.2:80"),]
    );
    let kept = options().keeping_unready().with_identity(Identity::Hostname);
    assert_eq!(
        found(&kept),
        [
            "! f:23: endpoint '10.1.0.1' has no hostname, which is to be its identity".to_owned(),
            format!(
                "whoami {plain}whoami-0<10.0.0.1:80> whoami-1<10.0.0.2:80> whoami-2<10.0.0.3:80>"
            ),
        ]
    );
    let pods = options().with_identity(Identity::Pod);
    assert!(found(&pods)[1].ends_with("whoami-0-x<10.0.0.1:80> whoami-1-x<10.0.0.2:80>"));
}

#[test]
fn pods_with_addresses_of_both_families_are_one_server_each() {
    let slice = |family: &str, endpoints: &str, ports: &str| {
        format!(
            r#"{{"kind": "EndpointSlice", "metadata": {{"name": "cache"}}, "addressType": "{family}",
            "endpoints": {endpoints}, "ports": {ports}}}"#
        )
    };
    let port = r#"[{"name": "mc", "port": 11211}]"#;
    let six = slice("IPv6", r#"[{"addresses": ["fd00::1"]}, {"addresses": ["fd00::2"]}]"#, port);
    let four = slice("IPv4", r#"[{"addresses": ["10.0.0.1"]}]"#, port);
    // What a Service without pods has.
    let none = slice("IPv4", "null", "null");
    let draft = |slices: [&str; 2]| {
        let text = format!(r#"{{"kind": "List", "items": [{}]}}"#, slices.join(","));
        only(read(&[json_tree(&text)], &file(), &options().with_port("mc")))
    };
    let both = draft([&six, &four]);
    assert_eq!(servers(&both), "10.0.0.1:11211");
    assert!(both.notes[0].sentence().starts_with("addresses of IPv6 are left out"));
    let alone = draft([&six, &none]);
    assert_eq!(servers(&alone), "[fd00::1]:11211 [fd00::2]:11211");
    assert!(alone.notes.iter().all(|note| note.about() != "addressType"));
}

#[test]
fn every_port_is_a_pool() {
    assert_eq!(
        shown(read(&[json_tree(SLICES)], &file(), &options())),
        [
            "web/cache:http python-continuum | 10.0.0.2:80@b",
            "web/cache:mc python-continuum | 10.0.0.1:11211 10.0.0.2:11211@b 10.0.0.2:11211@b",
        ]
    );
}

#[test]
fn refuses_by_name() {
    for (text, options, says) in [
        (SLICES.to_owned(), options().with_port("x"), "f:2: there is no port 'x'"),
        (SLICES.to_owned(), Options::new(), "f:2: no scheme given"),
        (
            SLICES.replace("EndpointSlice", "Pod"),
            options(),
            "f:1: no EndpointSlice and no Endpoints in it, but Pod",
        ),
        (SLICES.replacen("service-name", "svc", 1), options(), "f:2: neither a name nor the label"),
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

/// Each subset has ports of its own.
#[test]
fn a_pool_takes_the_subsets_that_have_its_port() {
    let found = |first: &str, second: &str, options: &Options| {
        let text = format!(
            "kind: Endpoints\nmetadata: {{name: e}}\nsubsets:\n\
             - {{addresses: [{{ip: 10.0.0.1}}], ports: [{first}]}}\n\
             - {{addresses: [{{ip: 10.0.0.2}}], ports: [{second}]}}\n"
        );
        shown(read(&yaml_trees(&text), &file(), options))
    };
    assert_eq!(
        found("{port: 80}", "{port: 8080}", &options()),
        ["e:80 python-continuum | 10.0.0.1:80", "e:8080 python-continuum | 10.0.0.2:8080"]
    );
    let (a, b) = ("{name: a, port: 80}", "{name: a, port: 80}, {name: b, port: 90}");
    assert_eq!(
        found(a, b, &options()),
        ["e:a python-continuum | 10.0.0.1:80 10.0.0.2:80", "e:b python-continuum | 10.0.0.2:90"]
    );
    assert_eq!(found(a, b, &options().with_port("b")), ["e python-continuum | 10.0.0.2:90"]);
    assert!(found(a, b, &options().with_port("c"))[0].contains("there is no port 'c'"));
}

/// What ingress-nginx hashes stands beside the slices.
#[test]
fn an_ingress_says_what_is_hashed() {
    use crate::SameKey::{Different, Same, Unknown};
    let draft = |ingress: &str| {
        let text = format!(
            "kind: EndpointSlice\nmetadata: {{name: x, namespace: web, labels: \
             {{kubernetes.io/service-name: s}}}}\nports: [{{port: 80}}]\n\
             endpoints: [{{addresses: [10.0.0.1]}}]\n{ingress}"
        );
        only(read(&yaml_trees(&text), &file(), &options()))
    };
    let of = |annotation: &str, service: &str| {
        format!(
            "---\nkind: Ingress\nmetadata: {{name: i, namespace: web, annotations: {{{annotation}}}}}\n\
             spec: {{ingressClassName: nginx, rules: [{{http: {{paths: [{{path: /, backend: \
             {{service: {{name: {service}}}}}}}]}}}}]}}\n"
        )
    };
    let by =
        |key: &str| of(&format!("nginx.ingress.kubernetes.io/upstream-hash-by: \"{key}\""), "s");
    let uri = draft(&by("$request_uri"));
    assert_eq!(uri.key.as_text(), Some("$request_uri"));
    assert!(uri.notes.iter().any(|note| note.about() == "upstream-hash-by"));
    assert_eq!(uri.key.compare(&draft(&by("$remote_addr")).key), Different);
    assert_eq!(uri.key.compare(&draft(&by("$request_uri")).key), Same);
    assert_eq!(uri.key.compare(&draft(&of("", "s")).key), Different);
    assert_eq!(
        uri.key.compare(&draft(&by("$request_uri").replace("name: s}", "name: t}")).key),
        Unknown
    );
    assert_eq!(uri.key.compare(&draft("").key), Unknown);
    // It says the scheme too.
    let scheme = |annotations: &str| {
        let text = format!(
            "kind: EndpointSlice\nmetadata: {{name: s, namespace: web}}\nports: [{{port: 80}}]\n\
             endpoints: [{{addresses: [10.0.0.1]}}]\n{}",
            of(annotations, "s")
        );
        shown(read(&yaml_trees(&text), &file(), &Options::new()))[0].clone()
    };
    let annotation = |name: &str, value: &str| {
        format!("nginx.ingress.kubernetes.io/upstream-hash-by{name}: \"{value}\"")
    };
    let hashing = annotation("", "$uri");
    assert!(scheme(&hashing).starts_with("web/s ingress-nginx | "), "{}", scheme(&hashing));
    let subsets = format!("{hashing}, {}", annotation("-subset", "true"));
    assert!(
        scheme(&subsets).starts_with("web/s ingress-nginx:subset=3 | "),
        "{}",
        scheme(&subsets)
    );
    assert!(scheme("").contains("no scheme given"), "{}", scheme(""));
    let both = by("$request_uri") + &by("$uri");
    assert_eq!(draft(&both).key.as_text(), Some("$request_uri or $uri, by Ingress"));
}

/// ingress-nginx's balancer.lua asks for these before it hashes, or hashes otherwise.
#[test]
fn what_an_ingress_puts_before_the_hash_is_told() {
    let under = |scheme: &str, line: &str| {
        let annotations = format!("    nginx.ingress.kubernetes.io/{line}\n");
        let text = format!(
            "kind: EndpointSlice\nmetadata: {{name: x, labels: {{kubernetes.io/service-name: s}}}}\n\
             ports: [{{port: 80}}]\nendpoints: [{{addresses: [10.0.0.1]}}]\n\
             ---\nkind: Ingress\nmetadata:\n  name: i\n  annotations:\n\
             \x20   nginx.ingress.kubernetes.io/upstream-hash-by: $request_uri\n{annotations}\
             spec: {{defaultBackend: {{service: {{name: s}}}}}}\n"
        );
        read(&yaml_trees(&text), &file(), &Options::new().with_scheme(scheme.parse().unwrap()))
    };
    let with = |line: &str| under("ingress-nginx", line);
    let subset = "upstream-hash-by-subset: \"true\"";
    assert_eq!(
        shown(with(subset)),
        [
            "! f:6: upstream-hash-by-subset: ingress-nginx finds a subset of 3 pods for a key and draws \
          one of them for each request: the scheme is 'ingress-nginx:subset=3'"
        ]
    );
    let of_two =
        format!("{subset}\n    nginx.ingress.kubernetes.io/upstream-hash-by-subset-size: \"2\"");
    assert!(shown(with(&of_two))[0].contains("'ingress-nginx:subset=2'"));
    let covered = only(under("ingress-nginx:subset=2", &of_two));
    assert_eq!(covered.key.as_text(), Some("$request_uri"));
    let nothing_by = |line: &str, annotation: &str| {
        let draft = only(with(line));
        let text = format!("nothing, as its Ingress has {annotation}");
        assert_eq!(draft.key.as_text(), Some(&*text));
        let note = draft.notes.iter().find(|note| note.about() == annotation).unwrap();
        assert_eq!(note.topic(), crate::Topic::Override);
        note.sentence().to_owned()
    };
    let told = nothing_by("affinity: cookie", "affinity");
    assert!(told.starts_with("affinity: cookie comes before upstream-hash-by"), "{told}");
    let told = nothing_by("service-upstream: \"true\"", "service-upstream");
    assert!(told.contains("the Service's address"), "{told}");
    for off in ["upstream-hash-by-subset: \"false\"", "affinity: ip", "service-upstream: \"no\""] {
        assert_eq!(only(with(off)).key.as_text(), Some("$request_uri"), "{off}");
    }
}
