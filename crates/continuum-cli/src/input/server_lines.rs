//! Servers as text, one a line.

use std::path::Path;

use continuum::Server;

use super::origin::Origin;
use crate::failure::Failure;

/// The servers of a text, each with where it stands.
pub(super) fn read<'a>(file: &'a Path, text: &[u8]) -> Result<Vec<(Origin<'a>, Server)>, Failure> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut servers = Vec::new();
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        let origin = Origin::Line(file, number);
        let line = std::str::from_utf8(line).map_err(|_| origin.refuse("this is not UTF-8"))?;
        let line = without_comment(line).trim();
        if !line.is_empty() {
            let server = line.parse::<Server>().map_err(|error| origin.refuse(error))?;
            servers.push((origin, server));
        }
    }
    Ok(servers)
}

/// A comment begins with `#` at the start of a line or after white space:
/// elsewhere it may be part of a name.
fn without_comment(line: &str) -> &str {
    let begins =
        |(at, _): &(usize, &str)| line[..*at].chars().next_back().is_none_or(char::is_whitespace);
    line.match_indices('#').find(begins).map_or(line, |(at, _)| &line[..at])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{read, without_comment};

    #[test]
    fn comments() {
        for (line, kept) in [
            ("# all", ""),
            ("a:1", "a:1"),
            ("a:1 # two", "a:1 "),
            ("a:1\t#two", "a:1\t"),
            ("node#7", "node#7"),
            ("node#7 #x", "node#7 "),
        ] {
            assert_eq!(without_comment(line), kept);
        }
    }

    #[test]
    fn lines_of_any_system() {
        let text = b"\xef\xbb\xbf# servers\r\n\r\n a:1 \r\nb:2=0.5\n\n[::1]:3";
        let servers = read(Path::new("x"), text).unwrap();
        let texts: Vec<String> = servers.iter().map(|(_, server)| server.to_string()).collect();
        assert_eq!(texts, ["a:1", "b:2=0.5", "[::1]:3"]);
        assert_eq!(servers[2].0.to_string(), "x:6: ");
    }
}
