//! The command that makes a change.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use std::thread;

use continuum::{Continuum, Server};
use continuum_config::ServerList;
use continuum_members::Change;

/// Runs the command, if there is one, and waits for its end; or why it did not make the
/// change. `aside`: stdout is somebody else's.
pub(super) fn run(command: &[OsString], change: &Change, aside: bool) -> Result<(), String> {
    let Some((program, args)) = command.split_first() else { return Ok(()) };
    let name = program.to_string_lossy().escape_debug().to_string();
    let fingerprint = |map: &continuum::Continuum| format!("{:016x}", map.fingerprint());
    let mut process = Command::new(program);
    process
        .args(args)
        .env("CONTINUUM_FINGERPRINT", fingerprint(change.new_map()))
        .env("CONTINUUM_MOVED", change.moved().to_string())
        .stdin(Stdio::piped());
    if let Some(old) = change.old() {
        process.env("CONTINUUM_OLD_FINGERPRINT", fingerprint(old));
    }
    if aside {
        process.stdout(io::stderr());
    }
    let mut child =
        process.spawn().map_err(|error| format!("cannot run '{name}': {}", words(&error)))?;
    let lines = listed(change.new_map())?;
    let ended = thread::scope(|scope| {
        if let Some(mut stdin) = child.stdin.take() {
            // It need not read them.
            let write = move || drop(stdin.write_all(lines.as_bytes()));
            if let Err(error) = thread::Builder::new().spawn_scoped(scope, write) {
                drop(child.kill());
                drop(child.wait());
                return Err(error);
            }
        }
        child.wait()
    });
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("'{name}' ended with {status}")),
        Err(error) => Err(format!("cannot wait for '{name}': {}", words(&error))),
    }
}

/// The servers, one a line where a line says all that a server is, else as TOML: `--servers`
/// makes the same map of both.
fn listed(map: &Continuum) -> Result<String, String> {
    let whole = |server: &Server| server.to_string().parse::<Server>().as_ref() == Ok(server);
    if map.servers().iter().all(whole) {
        return Ok(map.servers().iter().map(|server| format!("{server}\n")).collect());
    }
    ServerList::to_toml(map.scheme(), map.servers()).map_err(|error| error.to_string())
}

/// The system's words without its number.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(&*text, |(words, _)| words).to_owned()
}
