//! The first words with a machine: whether it is a memcached of a release that can do what
//! is asked of it, and who asks.

use super::link::{Link, UNAUTHENTICATED};
use crate::error::{Error, reason};
use crate::route::Machine;

/// The first release whose keys can be listed.
const LISTS: [u32; 3] = [1, 4, 31];

/// Makes sure that a machine speaks as is needed.
pub(super) fn greet(link: &mut Link, line: &mut Vec<u8>, machine: &Machine) -> Result<(), Error> {
    let name = &machine.name;
    ask(link, line, b"version\r\n", machine)?;
    let text = String::from_utf8_lossy(line).into_owned();
    let version = text.strip_prefix("VERSION ").ok_or_else(|| {
        let told = crate::escape::escaped(&line[..line.len().min(60)]);
        Error::new(format!("{name} does not speak memcached's text protocol: it answered '{told}'"))
    })?;
    if numbers(version) < LISTS {
        return Err(Error::new(format!(
            "{name} runs memcached {}: keys can be listed from 1.4.31 on",
            version.escape_debug()
        )));
    }
    ask(link, line, b"mn\r\n", machine)?;
    if line != b"MN" {
        return Err(Error::new(format!(
            "{name} runs memcached {}, which lacks the meta commands: 1.6 has them",
            version.escape_debug()
        )));
    }
    Ok(())
}

/// Asks with the user and the password only where it wants
/// them, for any other would keep them as the value of a key.
fn ask(link: &mut Link, line: &mut Vec<u8>, word: &[u8], machine: &Machine) -> Result<(), Error> {
    let Machine { name, endpoint, .. } = machine;
    let mut told = |words: &[u8]| {
        link.send(words)
            .and_then(|()| link.line(line))
            .map_err(|error| Error::new(format!("{name} does not answer: {}", reason(&error))))?;
        Ok::<_, Error>(line.clone())
    };
    if !told(word)?.starts_with(UNAUTHENTICATED) {
        return Ok(());
    }
    let Some(password) = &endpoint.password else {
        return Err(Error::new(format!("{name} wants a user and a password, and none were given")));
    };
    let user = endpoint.user.as_ref().map_or("", |user| user.reveal());
    let token = format!("{user} {}", password.reveal());
    // The text protocol takes both as the value of a `set`.
    let set = format!("set auth 0 0 {}\r\n{token}\r\n", token.len());
    if told(set.as_bytes())? != b"STORED" {
        return Err(Error::new(format!("{name} refuses the user or the password")));
    }
    told(word).map(drop)
}

/// `1.6.18` of `1.6.18-beta`.
fn numbers(version: &str) -> [u32; 3] {
    let mut numbers = [0; 3];
    for (number, text) in numbers.iter_mut().zip(version.split('.')) {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        *number = text[..digits].parse().unwrap_or(0);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::{LISTS, numbers};

    #[test]
    fn versions_are_ordered() {
        assert_eq!(numbers("1.6.18"), [1, 6, 18]);
        assert_eq!(numbers("1.6.40-rc1"), [1, 6, 40]);
        for old in ["1.4.30", "1.4.5", "1.2.8", "0.9", "", "x", "1"] {
            assert!(numbers(old) < LISTS, "{old}");
        }
        for new in ["1.4.31", "1.4.39", "1.5.0", "1.6.18", "2.0"] {
            assert!(numbers(new) >= LISTS, "{new}");
        }
    }
}
