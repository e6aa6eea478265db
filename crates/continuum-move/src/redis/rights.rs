//! What a run will ask of machines is asked before anything is written, of a key that is not
//! there: nothing changes, and whoever may not, or does not know it, says so. Keys that a
//! user may not touch are found when they are touched.

use redis::{Cmd, Value, cmd};

use super::answer;
use super::server::Redis;
use crate::engine::Run;
use crate::error::Error;
use crate::options::Verb;

/// Whether a refusal is of the command, whatever it is given.
fn lacks(why: &str) -> bool {
    let why = why.to_lowercase();
    let forbids = why.contains("noperm") || why.contains("permissions");
    why.contains("unknown command")
        || why.contains("unknown redis command")
        || (forbids && why.contains("command"))
}

/// Why a machine does not do the first of these that it does not do.
fn lacking(
    server: &mut Redis,
    commands: &[(&'static str, Cmd)],
) -> Result<Option<(&'static str, String)>, Error> {
    let asked: Vec<Cmd> = commands.iter().map(|(_, command)| command.clone()).collect();
    let told = server.ask(&asked)?;
    let why = |told: &Value| answer::refusal(told).filter(|why| lacks(why));
    let mut told = commands.iter().zip(&told);
    Ok(told.find_map(|((name, _), told)| Some((*name, why(told)?))))
}

/// Makes sure that each machine does what will be asked of it.
///
/// # Errors
/// One does not, or is lost.
pub(crate) fn check<'s>(
    run: &Run<'_>,
    servers: impl Iterator<Item = (u32, &'s mut Redis)>,
) -> Result<(), Error> {
    let key = crate::random::name("continuum-move-").into_bytes();
    let mut servers: Vec<(u32, &mut Redis)> = servers.collect();
    let carries = run.verb != Verb::Sweep;
    let gives = |number: u32| !carries || run.machine(number).sides[0];
    let gets = |number: u32| carries && run.machine(number).sides[1];
    let others = run.route.machines().iter().filter(|machine| machine.sides[1]);
    let mut relayed =
        run.options.relay || others.into_iter().any(|to| to.endpoint.tls || to.known_as.is_none());
    for (_, server) in servers.iter_mut().filter(|(number, _)| carries && gives(*number)) {
        // What has no key to move dials nobody.
        let mut command = cmd("migrate");
        command.arg("127.0.0.1").arg("6379").arg(&key).arg(0).arg(1000);
        relayed = relayed || lacking(server, &[("MIGRATE", command)])?.is_some();
    }
    for (number, server) in &mut servers {
        let mut needs = vec![("EXISTS", cmd("exists").arg(&key).clone())];
        if gives(*number) {
            needs.push(("SCAN", cmd("scan").arg(0).arg("COUNT").arg(1).clone()));
            if relayed || !carries {
                needs.push(("DUMP", cmd("dump").arg(&key).clone()));
                needs.push(("PTTL", cmd("pttl").arg(&key).clone()));
            }
        }
        if gets(*number) {
            // No value at all: refused, but not for that reason.
            needs.push(("RESTORE", cmd("restore").arg(&key).arg(0).arg("").clone()));
        }
        if (relayed && run.verb == Verb::Move) || !carries {
            needs.push(("EVAL", cmd("eval").arg("return 0").arg(1).arg(&key).clone()));
            needs.push(("DEL", cmd("del").arg(&key).clone()));
        }
        if let Some((name, why)) = lacking(server, &needs)? {
            return Err(Error::new(format!(
                "{} refuses {name}, which this run needs: {}",
                server.name,
                crate::escape::escaped(why.as_bytes())
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::lacks;

    #[test]
    fn what_is_refused_whatever_it_is_given() {
        assert!(lacks("ERR unknown command 'EVAL'"));
        assert!(lacks("NOPERM User op has no permissions to run the 'eval' command"));
        assert!(lacks(
            "NOPERM this user has no permissions to run the 'del' command or its subcommand"
        ));
        assert!(lacks(
            "ERR ACL failure in script: User op has no permissions to run the 'dump' command"
        ));
        assert!(!lacks("NOPERM No permissions to access a key"));
        assert!(!lacks(
            "NOPERM this user has no permissions to access one of the keys used as arguments"
        ));
        assert!(!lacks("OOM command not allowed when used memory > 'maxmemory'."));
        assert!(!lacks("ERR DUMP payload version or checksum are wrong"));
    }
}
