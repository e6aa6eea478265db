//! `lru_crawler metadump hash`: every key with its end, its counter and its size. In place of
//! `hash`, `all` goes by the lists of the order of use, and misses keys that are used meanwhile;
//! it is for releases that know no other.

use std::io;

use percent_encoding::percent_decode;

use super::link::{Link, invalid};

/// A line of the dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dumped {
    pub(crate) key: Vec<u8>,
    /// When it ends, by the server's clock; none: it does not.
    pub(crate) ends: Option<u64>,
    pub(crate) cas: u64,
    /// Bytes of the item: key, value and what is kept about them.
    pub(crate) size: u64,
}

/// What a line of the answer is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Key(Dumped),
    End,
    /// One crawl runs at a time.
    Busy,
    /// This way of going through the keys is not known.
    Unknown,
    Refused(String),
}

pub(super) fn read(link: &mut Link, line: &mut Vec<u8>) -> io::Result<Line> {
    link.line(line)?;
    parse(line)
}

fn parse(line: &[u8]) -> io::Result<Line> {
    if line == b"END" {
        return Ok(Line::End);
    }
    let wrong = || {
        let told = crate::escape::escaped(&line[..line.len().min(80)]);
        invalid(&format!("'{told}' for a key"))
    };
    if !line.starts_with(b"key=") {
        let text = crate::escape::escaped(&line[..line.len().min(200)]);
        return match text {
            _ if text.starts_with("BUSY") => Ok(Line::Busy),
            _ if text.starts_with("BADCLASS") => Ok(Line::Unknown),
            _ if text.contains("ERROR") => Ok(Line::Refused(text)),
            _ => Err(wrong()),
        };
    }
    let text = std::str::from_utf8(line).map_err(|_| wrong())?;
    let (mut key, mut ends, mut cas, mut size) = (None, None, None, None);
    for field in text.split_ascii_whitespace() {
        let (name, value) = field.split_once('=').ok_or_else(wrong)?;
        match name {
            "key" => key = Some(percent_decode(value.as_bytes()).collect::<Vec<u8>>()),
            "exp" if value == "-1" => ends = Some(None),
            "exp" => ends = Some(Some(value.parse().map_err(|_| wrong())?)),
            "cas" => cas = Some(value.parse().map_err(|_| wrong())?),
            "size" => size = Some(value.parse().map_err(|_| wrong())?),
            _ => {}
        }
    }
    match (key, ends, cas, size) {
        (Some(key), Some(ends), Some(cas), Some(size)) if !key.is_empty() => {
            Ok(Line::Key(Dumped { key, ends, cas, size }))
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Dumped, Line, parse};

    #[test]
    fn lines() {
        let line = b"key=%00%FFa exp=1795729446 la=1795729347 cas=2 fetch=yes cls=1 size=69";
        let dumped =
            Dumped { key: b"\0\xffa".to_vec(), ends: Some(1_795_729_446), cas: 2, size: 69 };
        assert_eq!(parse(line).unwrap(), Line::Key(dumped.clone()));
        // Fields in another order, and fields of a later release.
        let later = b"key=%00%FFa size=69 cas=2 exp=-1 flags=7";
        assert_eq!(parse(later).unwrap(), Line::Key(Dumped { ends: None, ..dumped }));
        assert_eq!(parse(b"END").unwrap(), Line::End);
        assert_eq!(parse(b"BUSY currently processing crawler request").unwrap(), Line::Busy);
        assert_eq!(parse(b"BADCLASS invalid class id").unwrap(), Line::Unknown);
        let told = "CLIENT_ERROR lru crawler disabled".to_owned();
        assert_eq!(parse(told.as_bytes()).unwrap(), Line::Refused(told));
    }

    #[test]
    fn hostile_lines() {
        for line in [
            &b""[..],
            b"key=",
            b"key= exp=-1 cas=1 size=1",
            b"key=a exp=-1 size=1",
            b"key=a exp=-2 cas=1 size=1",
            b"key=a exp=soon cas=1 size=1",
            b"key=a exp=-1 cas=99999999999999999999 size=1",
            b"key=a exp=-1 cas=1 size=-1",
            b"key=\xff exp=-1 cas=1 size=1",
            b"key=a b exp=-1 cas=1 size=1",
            b"STAT items",
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.starts_with("it answered '"), "{error}");
        }
    }
}
