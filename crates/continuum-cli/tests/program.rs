//! What cases in text files cannot hold: bytes, closed pipes, large inputs,
//! and recorded answers through the program.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

#[cfg(feature = "parquet")]
#[path = "program/append.rs"]
mod append;
#[path = "program/assign.rs"]
mod assign;
#[path = "program/forms.rs"]
mod forms;
#[cfg(all(unix, feature = "kube"))]
#[path = "program/kubernetes.rs"]
mod kubernetes;
#[cfg(target_os = "linux")]
#[path = "program/limits.rs"]
mod limits;
#[cfg(feature = "parquet")]
#[path = "program/moved.rs"]
mod moved;
#[path = "program/pages.rs"]
mod pages_of_commands;
#[path = "program/pools.rs"]
mod pools;
#[path = "program/random_inputs.rs"]
mod random_inputs;
#[path = "program/scratch.rs"]
mod scratch;
#[path = "program/tables.rs"]
mod tables;
#[cfg(target_os = "linux")]
#[path = "program/terminal.rs"]
mod terminal;
#[cfg(all(unix, feature = "watch"))]
#[path = "program/watch.rs"]
mod watch;

use scratch::scratch;

const THREE: [&str; 7] =
    ["resolve", "-s", "192.168.0.1:8080", "-s", "192.168.0.2:8080", "-s", "192.168.0.3:8080=2"];

fn continuum() -> Command {
    Command::new(env!("CARGO_BIN_EXE_continuum"))
}

/// Runs the program over these bytes on stdin.
fn run(command: &mut Command, stdin: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // It may refuse and close the pipe before it has read everything.
        scope.spawn(move || drop(pipe.write_all(stdin)));
        child.wait_with_output().unwrap()
    })
}

fn answers(command: &mut Command, stdin: &[u8]) -> Vec<u8> {
    let output = run(command, stdin);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// What a refusal said: exit 2, one line on stderr.
fn sentence(refused: &Output) -> String {
    let sentence = String::from_utf8(refused.stderr.clone()).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{sentence}");
    assert_eq!(sentence.lines().count(), 1, "{sentence}");
    sentence
}

/// A refusal before any answer.
fn refusal(command: &mut Command, stdin: &[u8]) -> String {
    let output = run(command, stdin);
    let sentence = sentence(&output);
    assert!(output.stdout.is_empty(), "{sentence}");
    sentence
}

#[test]
fn any_bytes_pass_through() {
    let keys = b"plain\n\xff\xfe\0\xc3\x28\r\n\n\ttab\nlast without end";
    let out = answers(continuum().args(THREE), keys);
    let lines: Vec<&[u8]> = out.split(|byte| *byte == b'\n').collect();
    let asked: Vec<&[u8]> = keys.split(|byte| *byte == b'\n').collect();
    assert_eq!(lines.len(), asked.len() + 1, "each line ends in a line break");
    for (line, key) in lines.iter().zip(&asked) {
        let rest = line.strip_prefix(*key).unwrap().strip_prefix(b"\t192.168.0.").unwrap();
        assert!(rest.ends_with(b":8080"));
    }
}

#[test]
fn nul_separates_keys_and_answers() {
    let out = answers(continuum().args(THREE).arg("-0"), b"one\nline\0\0two");
    let records: Vec<&[u8]> = out.split(|byte| *byte == 0).collect();
    assert_eq!(records.len(), 4);
    for (record, key) in records.iter().zip([&b"one\nline\t"[..], b"\t", b"two\t"]) {
        assert!(record.starts_with(key), "{}", record.escape_ascii());
    }
    assert!(records[3].is_empty());
}

#[test]
fn keys_that_are_no_text_become_hexadecimal_in_json() {
    let out = answers(continuum().args(THREE).arg("--json"), b"\xff\0\nq\"\\\x01\n");
    let out = String::from_utf8(out).unwrap();
    let keys: Vec<&str> =
        out.lines().map(|line| line.split(",\"server\"").next().unwrap()).collect();
    assert_eq!(keys, [r#"{"key_hex":"ff00""#, r#"{"key":"q\"\\\u0001""#]);
}

#[cfg(unix)]
#[test]
fn arguments_may_be_any_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let out = answers(continuum().args(THREE).arg(OsStr::from_bytes(b"\xff\xfe")), b"");
    assert!(out.starts_with(b"\xff\xfe\t192.168.0."), "{}", out.escape_ascii());
    let said = run(continuum().args(["resolve", "-s"]).arg(OsStr::from_bytes(b"\xff:1")), b"");
    assert_eq!(said.status.code(), Some(2));
    assert!(said.stdout.is_empty());
}

#[test]
fn long_lines() {
    let mut keys = vec![b'x'; 10 << 20];
    keys.extend_from_slice(b"\nshort\n");
    let out = answers(continuum().args(THREE), &keys);
    assert_eq!(out.len(), keys.len() + 2 * "\t192.168.0.1:8080".len());
    assert!(out[10 << 20..].starts_with(b"\t192.168.0."));
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let keys = scratch("many-keys", "a key\n".repeat(2_000_000).as_bytes());
    let mut child = continuum()
        .args(THREE)
        .arg("-f")
        .arg(&keys)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 6];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"a key\t");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn answers_come_while_keys_still_do() {
    let mut child =
        continuum().args(THREE).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut keys, mut out) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut line = [0; "key-1\t192.168.0.1:8080\n".len()];
    for number in 1..4 {
        writeln!(keys, "key-{number}").unwrap();
        out.read_exact(&mut line).unwrap();
        assert_eq!(line.last(), Some(&b'\n'));
    }
    drop(keys);
    assert!(child.wait().unwrap().success());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let resolve = [&THREE[..], &["key"]].concat();
    for arguments in [&*resolve, &["--help"], &["plan", "--help"], &["--version"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output =
            continuum().args(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said, "error: cannot write the output: No space left on device\n");
    }
}

/// std puts `/dev/null` in its place, to which everything can be written (D13).
#[cfg(target_os = "linux")]
#[test]
fn a_closed_output_is_told() {
    let of = |redirected: &str, arguments: &[&str]| {
        let mut shell = Command::new("sh");
        let script = format!("exec \"$@\" {redirected}");
        shell.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_continuum")]).args(arguments);
        shell.stdin(Stdio::null()).output().unwrap()
    };
    let resolve = [&THREE[..], &["key"]].concat();
    for arguments in [&*resolve, &["--help"], &["plan", "--help"], &["--version"]] {
        let output = of(">&-", arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said, "error: cannot write the output: it is closed\n");
        assert!(of(">/dev/null", arguments).status.success(), "{arguments:?}");
        assert!(of("<>/dev/null 1>&0", arguments).status.success(), "{arguments:?}");
    }
}

#[test]
fn a_hundred_thousand_servers() {
    let text: String = (0..100_000)
        .map(|n| format!("10.{}.{}.{}:11211\n", n >> 16, n >> 8 & 255, n & 255))
        .collect();
    let file = scratch("many-servers", text.as_bytes());
    let sentence = refusal(continuum().args(["resolve", "--servers"]).arg(&file), b"key\n");
    assert!(sentence.starts_with("error: no key can be resolved: 1000 points over 100000"));
    let mut command = continuum();
    command
        .args(["resolve", "--scheme", "python-continuum:points=1600000", "--servers"])
        .arg(&file);
    assert!(answers(&mut command, b"key\n").starts_with(b"key\t10."));

    let doubled = scratch("doubled-servers", format!("{text}10.0.0.7:11211\n").as_bytes());
    let sentence = refusal(continuum().args(["resolve", "--servers"]).arg(&doubled), b"");
    let said =
        format!("error: {}:100001: server '10.0.0.7:11211' is already added\n", doubled.display());
    assert_eq!(sentence, said);
}

#[test]
fn bytes_in_the_servers_file() {
    for (content, says) in [
        (&b"a:1\n\xff:1\n"[..], ":2: this is not UTF-8"),
        // A NUL is a name like any other until a scheme asks for a port.
        (b"a:1\n\0\n", ":2: server '\\0' has no port"),
        (b"a:1\nb:\x001\n", ":2: server 'b:\\01': port '\\01' is not"),
    ] {
        let file = scratch("bytes", content);
        let sentence = refusal(continuum().args(["resolve", "--servers"]).arg(&file), b"key\n");
        assert!(sentence.contains(says), "{sentence}");
    }
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/python-continuum.json")
}

#[test]
fn recorded_answers_verify() {
    let out = answers(continuum().arg("verify").arg(vectors()), b"");
    let out = String::from_utf8(out).unwrap();
    let summary = out.lines().last().unwrap();
    let (count, rest) = summary.split_once(" answers, ").unwrap();
    assert!(count.parse::<u64>().unwrap() >= 26_643, "{summary}");
    assert!(rest.starts_with("0 differences in "), "{summary}");
}

/// Recorded keys through stdin, NUL-separated as some hold line breaks.
#[test]
fn recorded_answers_through_resolve() {
    let mut compared = 0;
    for set in continuum_vectors::read(&vectors()).unwrap() {
        let recorded: Vec<(&[u8], u32)> =
            set.owners().filter(|(key, _)| !key.contains(&0)).collect();
        // Sets with operations are of a state that a list of servers is not.
        if recorded.is_empty() || set.name().contains("remove") {
            continue;
        }
        let mut command = continuum();
        command.args(["resolve", "-q", "-0", "--scheme", set.scheme().unwrap()]);
        for server in set.servers() {
            command.args(["-s", &server.to_string()]);
        }
        let keys: Vec<u8> = recorded.iter().flat_map(|(key, _)| [*key, b"\0"].concat()).collect();
        let expected: Vec<u8> = recorded
            .iter()
            .flat_map(|(key, owner)| {
                let server = set.servers()[*owner as usize].identity();
                [*key, b"\t", server.as_bytes(), b"\0"].concat()
            })
            .collect();
        assert!(answers(&mut command, &keys) == expected, "{}", set.name());
        compared += recorded.len();
    }
    assert!(compared > 20_000, "only {compared} answers were compared");
}

#[test]
fn differing_answers_are_found() {
    let text = r#"[{"scheme":"python-continuum","system":"s","name":"n",
        "servers":[{"host":"a","port":1}],"cases":[{"key":"k","server_index":1}]}]"#;
    let file = scratch("differing.json", text.as_bytes());
    let output = run(continuum().arg("verify").arg(&file), b"");
    assert_eq!(output.status.code(), Some(1));
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.contains("key 'k': recorded 1, now 0"), "{out}");
    assert!(out.ends_with("1 answers, 1 differences in 1 sets\n"), "{out}");

    let nothing = scratch("nothing.json", b"[]");
    let output = run(continuum().arg("verify").arg(&nothing), b"");
    assert_eq!(output.status.code(), Some(2), "looked at nothing");
}

#[test]
fn completions_and_manual_pages() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = answers(continuum().args(["completions", shell]), b"");
        assert!(String::from_utf8(script).unwrap().contains("resolve"), "{shell}");
    }
    for command in [
        &[][..],
        &["resolve"],
        &["plan"],
        &["lint"],
        &["schemes"],
        &["verify"],
        &["completions"],
        &["man"],
    ] {
        let page = answers(continuum().arg("man").args(command), b"");
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains(".SH NAME") && page.contains(".SH \"EXAMPLES\""), "{command:?}");
    }
}

fn pages(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

fn json(command: &mut Command) -> serde_json::Value {
    serde_json::from_slice(&answers(command, b"")).unwrap()
}

/// The same configurations through `plan --keys` and through `resolve` twice.
#[test]
fn a_plan_over_keys_is_what_resolve_says_before_and_after() {
    let keys: String = (0..20_000).map(|number| format!("key-{number}\n")).collect();
    let file = scratch("plan-keys", keys.as_bytes());
    for (old, new) in [
        ("nginx.conf", "nginx.new.conf"),
        ("nutcracker.yml", "nutcracker.new.yml"),
        ("haproxy.cfg", "haproxy.new.cfg"),
        ("envoy-ring.yaml", "envoy-ring.new.yaml"),
        ("envoy-maglev.yaml", "envoy-maglev.new.yaml"),
        ("libmemcached.conf", "libmemcached.new.conf"),
    ] {
        let [old, new] = [old, new].map(|name| pages("worked-case.in").join(name));
        let owners = |config: &Path| {
            let mut command = continuum();
            command.args(["resolve", "-q", "-C"]).arg(config).arg("--keys").arg(&file);
            let out = String::from_utf8(answers(&mut command, b"")).unwrap();
            let owner = |line: &str| line.split_once('\t').unwrap().1.to_owned();
            out.lines().map(owner).collect::<Vec<String>>()
        };
        let mut flows = std::collections::BTreeMap::<(String, String), u32>::new();
        for (from, to) in owners(&old).into_iter().zip(owners(&new)) {
            if from != to {
                *flows.entry((from, to)).or_default() += 1;
            }
        }
        let plan = |keys: bool| {
            let mut command = continuum();
            command.args(["plan", "-q", "--json"]).arg(&old).arg(&new);
            if keys {
                command.arg("--keys").arg(&file);
            }
            json(&mut command)["pools"][0].clone()
        };
        let counted = plan(true);
        let shown = counted["flows"].as_array().unwrap();
        assert_eq!(shown.len(), flows.len(), "{}", old.display());
        for flow in shown {
            let end = |name: &str| flow[name].as_str().unwrap().to_owned();
            let share = flow["share"].as_f64().unwrap();
            let count = f64::from(flows[&(end("from"), end("to"))]);
            assert!((share * 20_000.0 - count).abs() < 1e-6, "{flow}");
        }
        // The key space as a whole is near it: FNV spreads numbered keys unevenly.
        let exact = plan(false);
        assert_eq!(exact["exact"], true);
        let moved = exact["moved"].as_f64().unwrap();
        assert!((moved - counted["moved"].as_f64().unwrap()).abs() < 0.03, "{}", old.display());
    }
}

/// 29 parts of weight, 4 of them new: figures of the whole maps, to a tenth.
#[test]
fn the_worked_case() {
    for (name, ending, moved, needless) in [
        ("libmemcached", "conf", 14.7, 2.6),
        ("nutcracker", "yml", 14.7, 2.6),
        ("nginx", "conf", 13.4, 0.0),
        ("envoy-ring", "yaml", 22.8, 7.2),
        ("envoy-maglev", "yaml", 14.0, 0.2),
        ("haproxy", "cfg", 14.0, 0.0),
    ] {
        let file = |new: &str| pages("worked-case.in").join(format!("{name}{new}.{ending}"));
        let plan = json(continuum().args(["plan", "-q", "--json"]).arg(file("")).arg(file(".new")));
        let figure = |name: &str| plan["pools"][0][name].as_f64().unwrap() * 100.0;
        assert!((figure("moved") - moved).abs() < 0.05, "{name} {}", figure("moved"));
        assert!((figure("needless") - needless).abs() < 0.05, "{name} {}", figure("needless"));
        assert!((figure("least") - 400.0 / 29.0).abs() < 1e-9, "{name}");
        assert_eq!(plan["pools"][0]["exact"], true, "{name}");
    }
}

#[cfg(feature = "pictures")]
#[test]
fn pictures_and_pages_stand_alone() {
    let config = scratch(
        "hostile.toml",
        b"name = '<b>&\"'\nscheme = 'nginx'\nservers = [{host = 'a', name = '<script>'}, 'b:1']\n",
    );
    let [svg, html] = ["plan.svg", "plan.html"].map(|name| scratch(name, b""));
    let draw = || {
        let mut command = continuum();
        command.arg("plan").arg(&config).args(["--add", "c:1", "-q", "--svg"]);
        answers(command.arg(&svg).arg("--html").arg(&html), b"");
        [&svg, &html].map(|file| fs::read_to_string(file).unwrap())
    };
    let [picture, page] = draw();
    assert_eq!(draw(), [picture.clone(), page.clone()], "the same every time");
    assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("prefers-color-scheme:dark"));
    assert!(page.contains("<title>&lt;b&gt;&amp;&quot;: +1 server, "), "it says what changes");
    assert!(page.contains("--add c:1") && page.contains("hashes <code>the key</code>"));
    // Below the report stands the explorer with both sides; a name ends none of its scripts.
    let (report, explorer) = page.split_once("</section>").expect("a report");
    let explored = run(continuum().args(["explore", "-q", "-o", "-"]).arg(&config), b"");
    let explored = String::from_utf8(explored.stdout).unwrap();
    assert_eq!(page.matches("</script").count(), explored.matches("</script").count());
    assert!(explorer.contains(r#""name":"\u003cb>&\"","scheme":"nginx","servers":"#));
    assert!(explorer.contains(r#"hostile.toml, changed""#) && explorer.contains(r#""c:1""#));
    for text in [&*picture, report] {
        assert!(!text.contains("<script") && !text.contains("<b>"), "{text}");
        assert!(text.contains("&lt;script&gt;") && text.contains("least possible"));
    }
    for text in [&*picture, &*page] {
        assert!(!text.contains("src=\"") && !text.contains("href=\"http"), "it needs another file");
    }
}

/// 5,000 pairs of each scheme are told, and dealt ones are nobody's.
#[test]
fn pairs_are_identified() {
    let servers: Vec<String> = (1..=9).map(|n| format!("10.0.0.{n}:11211={}", n % 3 + 1)).collect();
    let set = scratch("identify-servers.txt", servers.join("\n").as_bytes());
    let keys: String = (0..5000).map(|number| format!("key-{number}\n")).collect();
    let pairs_of = |scheme: &str| {
        let mut command = continuum();
        command.args(["resolve", "-q", "--scheme", scheme, "--servers"]).arg(&set);
        answers(&mut command, keys.as_bytes())
    };
    let identified = |pairs: &[u8]| {
        let output = run(continuum().args(["identify", "--json", "--servers"]).arg(&set), pairs);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), report)
    };
    for scheme in [
        "nginx",
        "haproxy:function=crc32,avalanche=on",
        "twemproxy:hash=murmur",
        "libmemcached:distribution=ketama-weighted,hash=md5",
        "hash-ring",
        "envoy-maglev",
        "python-continuum:points=1000",
        "slots-1",
    ] {
        let wanted = scheme.parse::<continuum::Scheme>().unwrap().to_string();
        let (status, report) = identified(&pairs_of(scheme));
        assert_eq!(status, Some(0), "{scheme}");
        let matches = report["matches"].as_array().unwrap();
        assert!(matches.iter().any(|found| found["scheme"] == *wanted), "{scheme}: {matches:?}");
    }
    let dealt: String =
        (0..5000).map(|n| format!("key-{n}\t10.0.0.{}:11211\n", n * 7919 % 9 + 1)).collect();
    let (status, report) = identified(dealt.as_bytes());
    assert_eq!((status, report["matches"].as_array().unwrap().len()), (Some(1), 0));
}

#[test]
fn a_log_by_a_regular_expression() {
    let log = scratch("by-regex.log", b"GET k1 200\nGET k2 300\nnothing\n");
    let config = pages("commands/plan.in").join("nginx.conf");
    let report = json(
        continuum()
            .args(["balance", "-q", "--json", "--log-regex", r"GET (?P<key>\S+) (?P<bytes>\d+)"])
            .arg("--keys")
            .arg(&log)
            .arg(&config),
    );
    assert_eq!(
        (&report["pools"][0]["keys"], &report["pools"][0]["bytes"]),
        (&2.into(), &500.into())
    );
}

#[test]
fn help_of_eighty_columns() {
    for command in ["plan", "resolve", "balance", "compare", "identify", "lint"] {
        for help in ["-h", "--help"] {
            let out = String::from_utf8(answers(continuum().args([command, help]), b"")).unwrap();
            let wide = out
                .lines()
                .find(|line| !line.contains("[possible values") && line.chars().count() > 80);
            assert_eq!(wide, None, "{command}");
        }
    }
}
