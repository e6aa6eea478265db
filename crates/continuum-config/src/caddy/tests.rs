//! Texts of Caddy and what is read from them. The dial addresses of Caddyfiles are those
//! that `caddy adapt` 2.11.7 writes.

use super::{is_caddyfile, read, read_caddyfile};
use crate::testing::{file, json_tree, none, only, shown};

fn caddyfile(text: &str) -> Vec<String> {
    shown(read_caddyfile(text, &file(), &none()))
}

fn json(text: &str) -> Vec<String> {
    shown(read(&json_tree(text), &file()))
}

#[test]
fn upstreams_become_dial_addresses() {
    let text = ":8080 {\n\treverse_proxy localhost 127.0.0.1:81 unix//run/x.sock :9000 [::1] \
                [::1]:82 LOCALHOST:83 localhost:8001-8003 a {\n\t\tlb_policy header X-Key\n\t}\n}\n";
    assert_eq!(
        caddyfile(text),
        [":8080 caddy | localhost:80 127.0.0.1:81 /run/x.sock :9000<[:9000]> [::1]:80 [::1]:82 \
          LOCALHOST:83 localhost:8001 localhost:8002 localhost:8003 a:80"]
    );
    assert_eq!(
        caddyfile(
            "a.com, b.com {\nreverse_proxy https://h3 https://h4:444 {\nlb_policy ip_hash\n}\n}"
        ),
        ["a.com caddy | h3:443 h4:444"]
    );
}

#[test]
fn keys_in_the_configuration_s_own_words() {
    for (policy, key) in [
        ("header X-Key", "header X-Key"),
        ("query k {\nfallback round_robin\n}", "query k"),
        ("uri_hash", "uri_hash"),
        ("client_ip_hash", "client_ip_hash"),
    ] {
        let text = format!(":80\nreverse_proxy a:1 b:2 {{\nlb_policy {policy}\n}}\n");
        let draft = only(read_caddyfile(&text, &file(), &none()));
        assert_eq!(draft.key.as_text(), Some(key));
        assert!(draft.notes[0].sentence().contains("version=2.7"));
    }
}

#[test]
fn proxies_in_blocks_and_those_that_do_not_hash() {
    let text = "{\n\tadmin off\n}\nexample.com,\nwww.example.com {\n\thandle /api/* {\n\
                \t\treverse_proxy /x/* {\n\t\t\tto a:1 b:2 # two\n\t\t\tlb_policy uri_hash\n\t\t}\n\
                \t}\n\treverse_proxy c:1\n\treverse_proxy @m d:1 {\n\t\tlb_policy least_conn\n\t}\n}\n";
    assert_eq!(
        caddyfile(text),
        [
            "example.com caddy | a:1 b:2",
            "example.com#2 - balances by 'random', which does not hash",
            "example.com#3 - balances by 'least_conn', which does not hash",
        ]
    );
}

#[test]
fn what_is_not_covered_is_refused_by_name() {
    for (text, says) in [
        (
            ":80 {\nreverse_proxy a:1 {\nimport x\n}\n}",
            "f:3: import 'x': what the proxy balances by may be in it",
        ),
        ("(a) {\nimport a\n}\n:80 {\nimport a\n}", "f:2: snippet 'a' is imported within itself"),
        (
            "(a) {\nimport b\n}\n(b) {\nimport a\n}\n:80 {\nimport a\n}",
            "f:5: snippet 'a' is imported within itself",
        ),
        ("(a) {\n}\n(a) {\n}\n", "f:3: a second snippet 'a'"),
        (":80 {\nrespond <<END\n}\n", "f:2: a text that <<END begins has no end"),
        (
            ":80 {\nproxy / a:1 b:1 {\npolicy ip_hash\n}\n}",
            "f:2: proxy with policy ip_hash is Caddy 1's",
        ),
        (
            "(a) {\nreverse_proxy {args[1]}:1 {\nlb_policy ip_hash\n}\n}\n:80 {\nimport a x\n}",
            "f:2: upstream '{args[1]}:1': placeholders",
        ),
        (
            ":80 {\nreverse_proxy {$HOST}:1 {\nlb_policy ip_hash\n}\n}",
            "variable 'HOST' is not known",
        ),
        (":80 {\nreverse_proxy {\ndynamic a x 80\nlb_policy ip_hash\n}\n}", "f:3: dynamic"),
        (":80 {\nreverse_proxy ::1:80 {\nlb_policy ip_hash\n}\n}", "stands in brackets"),
        (":80 {\nreverse_proxy a:9-3 {\nlb_policy ip_hash\n}\n}", "range of ports falls"),
        (":80 {\nreverse_proxy a:1 {\nlb_policy header\n}\n}", "policy header names no field"),
        (":80 {\nreverse_proxy a:1 {\n", "a block has no }"),
        (":80 {\n}\n}", "f:3: a } closes no block"),
        (":80 {\nrespond \"x", "has no end"),
    ] {
        let found = caddyfile(text);
        assert!(
            found.iter().any(|line| line.starts_with("! ") && line.contains(says)),
            "{found:?}"
        );
    }
}

/// What `caddy adapt` 2.11.7 makes of the same texts.
#[test]
fn snippets_are_put_where_they_are_imported() {
    let text = "
(s) {
  reverse_proxy {args[0]}:81 {args[1:]} {
    {block}
  }
}
(t) {
  reverse_proxy {args[:2]} {
    {blocks.pol}
    {blocks.more}
    lb_retries 1
  }
}
(outer) {
  import s {args[:]} {
     lb_policy {args[0]}
  }
}
(none) {
  encode zstd
}
a.com {
  import t x y z {
    more {
      lb_policy ip_hash
    }
    pol {
      health_uri /x
    }
  }
  import none
}
b.com {
  import outer uri_hash q
}
(parts) {
  reverse_proxy {args[0]} {
    lb_policy ip_hash
    to h{args[1]}-{args.0}:80
  }
}
c.com {
  import parts x y
  import parts x \"z\"
  import s p
}
";
    assert_eq!(
        caddyfile(text),
        [
            "a.com caddy | x:80 y:80",
            "b.com caddy | uri_hash:81 q:80",
            "c.com caddy | x:80 hy-x:80",
            "c.com#2 caddy | x:80 hz-x:80",
            "c.com#3 - balances by 'random', which does not hash",
        ]
    );
    // A server stands where its address was written.
    let draft = only(read_caddyfile(text.split("(parts)").next().unwrap(), &file(), &none()));
    assert_eq!(draft.servers.iter().map(|(_, at)| at.line()).collect::<Vec<_>>(), [34, 34]);
}

#[test]
fn imported_files_are_told_and_nothing_else_changes() {
    let text = "import sites/*\n:80 {\nimport headers\nreverse_proxy a:1 {\nlb_policy ip_hash\n}\n\
                handle {\nimport more.caddy x\n}\n}\n";
    assert_eq!(
        caddyfile(text),
        [
            ":80 caddy | a:1",
            "note f:1: import 'sites/*': proxies in it are not read",
            "note f:3: import 'headers': proxies in it are not read",
            "note f:8: import 'more.caddy': proxies in it are not read",
        ]
    );
    // Of several proxies only the one that imports is refused; a snippet stands before its use.
    let text = ":80 {\nreverse_proxy a:1 {\nimport late\n}\nreverse_proxy b:1\n}\n(late) {\n}\n";
    let found = caddyfile(text);
    assert!(found[0].starts_with("! f:3: import 'late'"), "{found:?}");
    assert_eq!(found[1..], [":80#2 - balances by 'random', which does not hash"]);
}

#[test]
fn imports_that_grow_are_refused() {
    let mut text = "(s0) {\nrespond a\n}\n".to_owned();
    for number in 1..40 {
        let import = format!("import s{}\n", number - 1);
        text.push_str(&format!("(s{number}) {{\n{import}{import}}}\n"));
    }
    let found = caddyfile(&format!("{text}:80 {{\nimport s39\n}}\n"));
    assert!(found[0].contains("imports make more than"), "{found:?}");
}

#[test]
fn proxies_by_other_names() {
    let php = ":80 {\nphp_fastcgi /x/* a:9000 unix//run/php.sock {\nroot /srv\nlb_policy POLICY\n\
               to c:1\n}\nphp_fastcgi d:9000\nforward_auth e:1 {\nlb_policy ip_hash\n}\n\
               forward_auth f:1\nproxy / g:1 {\npolicy least_conn\n}\n}\n";
    assert_eq!(
        caddyfile(&php.replace("POLICY", "ip_hash")),
        [
            ":80 caddy | a:9000 /run/php.sock c:1",
            ":80#2 - balances by 'random', which does not hash",
            ":80#3 caddy | e:1",
            ":80#4 - balances by 'least_conn', which does not hash",
        ]
    );
    let alone = php.replace("POLICY", "uri_hash").replace("lb_policy ip_hash", "");
    let draft = match read_caddyfile(&alone, &file(), &none()).unwrap().remove(0) {
        crate::draft::Found::Pool(draft) => draft,
        other => panic!("{other:?}"),
    };
    assert_eq!(draft.key.as_text(), Some("uri_hash, of the file that php_fastcgi finds"));
}

#[test]
fn texts_of_many_lines_are_words() {
    let text = ":80 {\nrespond <<HTML\n  <p>} { lb_policy</p>\n  HTML 200\nrespond << x\n\
                respond \\<<A\nreverse_proxy a:1 {\n{\n}\nlb_policy ip_hash\n}\n}\n";
    assert_eq!(caddyfile(text), [":80 caddy | a:1"]);
    let crlf = text.replace('\n', "\r\n");
    let draft = only(read_caddyfile(&crlf, &file(), &none()));
    assert_eq!(draft.place.line(), 7);
}

#[test]
fn a_site_without_braces_behind_options_and_snippets() {
    let text = "{\nadmin off\n}\n(s) {\nlb_policy ip_hash\n}\n:80\nreverse_proxy a:1 b:1 {\n\
                import s\n}\n";
    assert_eq!(caddyfile(text), [":80 caddy | a:1 b:1"]);
}

#[test]
fn json_of_any_depth() {
    let text = r#"{"apps": {"http": {"servers": {
        "srv0": {"routes": [{"handle": [{"handler": "subroute", "routes": [{"handle": [
            {"handler": "reverse_proxy",
             "load_balancing": {"selection_policy": {"policy": "query", "key": "k"}},
             "upstreams": [{"dial": "10.0.0.1:80"}, {"dial": "unix//run/a.sock"},
                           {"dial": "tcp/10.0.0.2:80"}]}]}]}]}]},
        "srv1": {"routes": [{"handle": [
            {"handler": "reverse_proxy", "upstreams": [{"dial": "a:1"}]},
            {"handler": "reverse_proxy", "dynamic_upstreams": {},
             "load_balancing": {"selection_policy": {"policy": "ip_hash"}}}]}]}
    }}}}"#;
    assert_eq!(
        json(text)[..2],
        [
            "srv0 caddy | 10.0.0.1:80 /run/a.sock tcp/10.0.0.2:80",
            "srv1 - balances by 'random', which does not hash",
        ]
    );
    assert!(json(text)[2].contains("dynamic_upstreams are found while Caddy runs"));
    assert!(json("{\"apps\": {}}")[0].contains("has no apps.http.servers"));
}

#[test]
fn told_by_name_and_beginning() {
    assert!(is_caddyfile("/etc/caddy/Caddyfile", "{\n\tadmin off\n}\n"));
    assert!(is_caddyfile("site.caddyfile", ":80\n"));
    assert!(!is_caddyfile("Caddyfile.json", "{\"apps\": {}}"));
    assert!(!is_caddyfile("nginx.conf", ":80\n"));
    assert!(is_caddyfile("sites/a.caddy", ":80\n"));
    for text in [
        "{\n\tadmin off\n}\n",
        "# c\n\n{\n\t# c\n\tdebug\n}\n",
        "a.com {\n\treverse_proxy a:1 {\n\t\tlb_policy ip_hash\n\t}\n}\n",
        ":80\nphp_fastcgi unix//run/php.sock\n",
    ] {
        assert!(is_caddyfile("caddy.conf", text), "{text}");
        assert!(!is_caddyfile("a.yaml", text), "{text}");
    }
    for text in [
        "{\n  // pools\n  \"pools\": {}\n}\n",
        "{\n  pools: {}\n}\n",
        "{\n  # pools\n  'pools': {}\n}\n",
        "kind: ConfigMap\ndata:\n  Caddyfile: |\n    reverse_proxy a:1 b:1\n",
        "reverse_proxy = 'a'\n",
        "http {\n  reverse_proxy a b;\n}\n",
    ] {
        assert!(!is_caddyfile("some.conf", text), "{text}");
    }
}

#[test]
fn environment_variables_are_filled_in() {
    let text = "{$SITE:a.example} {\n handle {\n  reverse_proxy {$UPS:y1:4444 y2:4444} \
                \"{$MORE:}\" {\n   lb_policy {$POLICY:query} {$FIELD:room}\n   health_uri \
                {$HEALTH}\n  }\n }\n}\n"
        .replace(" \"{$MORE:}\"", "");
    assert_eq!(caddyfile(&text), ["a.example caddy | y1:4444 y2:4444"]);
    let given = none()
        .with_variable("SITE", "b.example")
        .with_variable("UPS", "z1 z2:1-2")
        .with_variable("POLICY", "uri_hash");
    let read = read_caddyfile(&text, &file(), &given);
    assert_eq!(shown(read), ["b.example caddy | z1:80 z2:1 z2:2"]);
}

#[test]
fn a_variable_without_a_value_is_refused_where_it_decides() {
    let told = |name: &str, line: u32| {
        format!(
            "! f:{line}: the environment variable '{name}' is not known; give it with --env \
             {name}=VALUE"
        )
    };
    let proxy = |upstream: &str, line: &str| {
        caddyfile(&format!("{{$SITE}} {{\n reverse_proxy {upstream} {{\n  {line}\n }}\n}}\n"))
    };
    assert_eq!(proxy("a:1 {$UP}", "lb_policy ip_hash"), [told("UP", 2)]);
    assert_eq!(proxy("a:{$PORT}", "lb_policy ip_hash"), [told("PORT", 2)]);
    assert_eq!(proxy("a:1", "lb_policy {$POLICY}"), [told("POLICY", 3)]);
    assert_eq!(proxy("a:1", "lb_policy header {$FIELD}"), [told("FIELD", 3)]);
    assert_eq!(proxy("a:1", "{$MORE}"), [told("MORE", 3)]);
    // What does not hash, and what changes no owner, may be anything.
    assert_eq!(
        proxy("{$UP}", "lb_policy random"),
        ["{$SITE} - balances by 'random', which does not hash"]
    );
    assert_eq!(proxy("a:1", "lb_policy ip_hash\n  health_uri {$H}"), ["{$SITE} caddy | a:1"]);
    let found = caddyfile("a.com {\n {$MORE}\n reverse_proxy a:1 {\n  lb_policy ip_hash\n }\n}\n");
    assert_eq!(found.len(), 2);
    assert!(found[1].starts_with("note f:2: the environment variable 'MORE' is not"), "{found:?}");
    // Of a placeholder Caddy makes something for each request.
    let placeholder = proxy("{env.UP}", "lb_policy ip_hash");
    assert!(placeholder[0].contains("placeholders are not covered"), "{placeholder:?}");
}

#[test]
fn layer4_is_not_read() {
    let sentence = "layer4, a module that Caddy does not bring, is not read: nor are proxies in it";
    let note = |line: u32| format!("note f:{line}: {sentence}");
    let app = "\"layer4\": {\"servers\": {}}";
    assert_eq!(json(&format!("{{\"apps\": {{\n {app}}}}}")), [note(2)]);
    let http = "\"http\": {\"servers\": {\"s\": {\"routes\": [{\"handle\": [{\"handler\": \
                \"reverse_proxy\"}]}]}}}";
    assert_eq!(
        json(&format!("{{\"apps\": {{\n {app},\n {http}}}}}")),
        ["s - balances by 'random', which does not hash".to_owned(), note(2)]
    );
    assert!(json("{\"apps\": {\"tls\": {}}}")[0].contains("has no apps.http.servers"));
    for options in [
        "{\n layer4 {\n  :53 {\n   route {\n    proxy a:1 b:1\n   }\n  }\n }\n}\n",
        "{ # ours\n servers {\n  layer4 {\n  }\n }\n}\n",
    ] {
        let line = if options.contains("ours") { 3 } else { 2 };
        assert_eq!(caddyfile(options), [note(line)]);
        let site =
            format!("{options}a.com {{\n reverse_proxy a:1 {{\n  lb_policy ip_hash\n }}\n}}\n");
        assert_eq!(caddyfile(&site), ["a.com caddy | a:1".to_owned(), note(line)]);
    }
}
