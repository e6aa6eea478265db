//! What a person at a terminal sees and a pipe does not: bars, colour, lines that
//! fit. `script` of util-linux lends the terminal.

use std::process::{Command, Stdio};

use super::{pages, scratch};

/// The command's output on a terminal of this width, stdout and stderr together.
fn on_a_terminal(args: &str, columns: u32, no_colour: bool) -> String {
    let mut script = Command::new("script");
    let program = env!("CARGO_BIN_EXE_continuum");
    script
        .args(["-q", "-e", "-c", &format!("stty rows 50 cols {columns}; '{program}' {args}")])
        .arg("/dev/null")
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("CI")
        .stdin(Stdio::null());
    if no_colour {
        script.env("NO_COLOR", "1");
    }
    let output = script.output().expect("`script` of util-linux lends the terminal");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    text.replace("\r\n", "\n")
}

fn piped(args: &str) -> (String, String) {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("'{}' {args}", env!("CARGO_BIN_EXE_continuum"))]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success());
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap()
}

/// Twelve servers of long names that differ in front of what all share.
fn long_names() -> super::scratch::Scratch {
    let name = |n| format!("session-cache-{n}.session-cache.production.svc.cluster.local");
    let listed: Vec<String> =
        (0..12).map(|n| format!("'{}:11211={}'", name(n), n % 3 + 1)).collect();
    let text = format!("name = 'sessions'\nscheme = 'slots-1'\nservers = [{}]\n", listed.join(","));
    scratch("terminal.toml", text.as_bytes())
}

#[test]
fn bars_show_on_a_terminal_only() {
    let [old, new] = ["nutcracker.yml", "nutcracker.new.yml"]
        .map(|name| pages("worked-case.in").join(name).display().to_string());
    for args in [
        format!("plan '{old}' '{new}'"),
        format!("plan '{old}' --steps 3 --weight 10.0.0.1:11211=9"),
    ] {
        let (shown, (plain, _)) = (on_a_terminal(&args, 80, true), piped(&args));
        assert_eq!(['█', '▒', '░'].map(|mark| shown.contains(mark)), [true; 3], "{shown}");
        assert!(!plain.contains(['█', '▒', '░', '\u{1b}']), "{plain}");
        // Without its bars it is what a pipe gets: nothing else is added.
        let bare = |line: &str| line.trim_end_matches(['█', '▒', '░']).trim_end().to_owned();
        let bare: Vec<String> = shown.lines().map(bare).collect();
        assert_eq!(bare, plain.lines().map(str::to_owned).collect::<Vec<_>>());
    }
}

#[test]
fn lines_fit_any_terminal_and_names_stay_apart() {
    let file = long_names();
    let wide = file.display();
    let keys = scratch("terminal-keys", "key-1\nkey-1\nkey-2\n".as_bytes());
    let keys = keys.display();
    for args in [
        format!(
            "plan '{wide}' --remove session-cache-3.session-cache.production.svc.cluster.local \
                 --add 'session-cache-99.session-cache.production.svc.cluster.local:11211=333.333'"
        ),
        format!(
            "plan '{wide}' --add 'x.session-cache.production.svc.cluster.local:11211=3' --steps 3"
        ),
        format!(
            "plan '{wide}' --add 'x.session-cache.production.svc.cluster.local:11211=3' --keys '{keys}' --all"
        ),
        format!("balance '{wide}'"),
        format!("balance '{wide}' --keys '{keys}'"),
    ] {
        for columns in [40, 60, 80, 120] {
            let shown = on_a_terminal(&args, columns, true);
            assert!(widest(&shown) <= columns as usize, "{args} at {columns}:\n{shown}");
            for number in [0, 1, 10, 11] {
                let name = format!("session-cache-{number}");
                let tail = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_digit());
                let there =
                    shown.match_indices(&name).any(|(at, _)| tail(&shown[at + name.len()..]));
                assert!(there || columns < 60, "{name} at {columns}:\n{shown}");
            }
        }
        let (plain, _) = piped(&args);
        let whole = "session-cache-11.session-cache.production.svc.cluster.local:11211";
        assert!(plain.contains(whole), "a pipe gets whole names:\n{plain}");
    }
}

#[test]
fn a_terminal_obeys_no_name() {
    let hostile = scratch(
        "hostile-names.toml",
        "name = \"p\\u202Eq\"\nscheme = 'slots-1'\nservers = [{host = 'a', name = \"x\\u202Ey\"}, 'b:1']\n"
            .as_bytes(),
    );
    let hostile = hostile.display();
    for args in [
        format!("plan '{hostile}' --add c:1"),
        format!("balance '{hostile}' --json"),
        format!("resolve '{hostile}' --explain $(printf 'k\\342\\200\\256ey')"),
        format!("resolve '{hostile}' $(printf 'k\\342\\200\\256ey\\033[31m') a b c d e"),
        format!("resolve --json '{hostile}' $(printf 'k\\342\\200\\256ey') a b c d e"),
    ] {
        let shown = on_a_terminal(&args, 80, true);
        assert!(!shown.contains(['\u{202e}', '\u{1b}']), "{args}: {shown:?}");
        assert!(shown.contains("202e"), "{args}: {shown}");
    }
}

#[test]
fn colour_shows_on_a_terminal_only_and_says_nothing() {
    // Draws a note: HAProxy's dialect is not said.
    let haproxy = pages("worked-case.in").join("haproxy.cfg").display().to_string();
    let args = format!("plan '{haproxy}' --remove s3 --max-move 90%");
    let coloured = on_a_terminal(&args, 80, false);
    assert!(coloured.contains("\u{1b}[") && coloured.contains("note:"), "{coloured}");
    let plain = on_a_terminal(&args, 80, true);
    assert!(!plain.contains('\u{1b}'), "{plain}");
    assert_eq!(on_a_terminal(&format!("{args} --color never"), 80, false), plain);
    assert_eq!(without_colour(&coloured), plain, "colour adds nothing");
    let (said, talk) = piped(&args);
    assert!(talk.contains("note:") && !talk.contains('\u{1b}') && !said.contains('\u{1b}'));
    let (always, _) = piped(&format!("{args} --color always"));
    assert!(always.contains("\u{1b}[") && without_colour(&always) == said, "{always:?}");
}

fn without_colour(coloured: &str) -> String {
    let (mut without, mut rest) = (String::new(), coloured);
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        without.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    without + rest
}
