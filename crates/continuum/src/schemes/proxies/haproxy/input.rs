//! What HAProxy hashes of a request: `balance uri`, `hdr`, `url_param`, `source`
//! and the functions of `hash-type`.

use std::borrow::Cow;
use std::net::IpAddr;
use std::str::FromStr as _;

use crate::hash::avalanche::avalanche;
use crate::schemes::prelude::*;
use crate::schemes::shared::parted::{Cut, with_parts};
use crate::schemes::shared::words::Words;

/// Which part of a key is hashed. A key that lacks the part is hashed whole:
/// HAProxy takes turns there, and so such keys spread too.
#[derive(Clone, Debug, PartialEq)]
enum Input {
    /// `hash EXPR`: the sample's bytes.
    Raw,
    /// `uri`: up to `?` unless `whole`, cut to `len` first, ended before slash
    /// number `depth + 1`. 0 is no limit.
    Uri { whole: bool, len: usize, depth: u32 },
    /// `hdr(name)`: the first of the values between commas, trimmed.
    Header,
    /// `url_param name`: the raw value of the first such parameter, up to `&`.
    UrlParam(Box<str>),
    /// `hash src`: the bytes of the address that the key spells.
    Src,
    /// `source`: its 32-bit words, big-endian, under exclusive or, not hashed.
    Source,
}

/// The functions of `hash-type`.
pub(super) const FUNCTIONS: Words<Hash32, 5> = Words([
    ("default", Hash32::Sdbm),
    ("sdbm", Hash32::Sdbm),
    ("djb2", Hash32::Djb2),
    ("wt6", Hash32::Wt6),
    ("crc32", Hash32::Crc32),
]);

/// HAProxy's rule from a key to a position.
pub(crate) struct HaproxyKey {
    function: Hash32,
    avalanche: bool,
    input: Input,
}

impl HaproxyKey {
    pub(super) fn new(options: &Options<'_>) -> Self {
        let function = FUNCTIONS.chosen(options, "function");
        let avalanche = match options.choice("avalanche") {
            "default" => {
                options.choice("method") == "consistent" && options.choice("function") == "default"
            }
            word => word == "on",
        };
        let input = match options.choice("input") {
            "uri" => Input::Uri {
                whole: options.switch("whole"),
                len: options.whole32("len") as usize,
                depth: options.whole32("depth"),
            },
            "hdr" => Input::Header,
            "url-param" => Input::UrlParam(options.text("param").into()),
            "src" => Input::Src,
            "source" => Input::Source,
            _ => Input::Raw,
        };
        Self { function, avalanche, input }
    }
}

impl Cut for Input {
    /// Addresses aside.
    fn part<'k>(&self, key: &'k [u8]) -> &'k [u8] {
        match self {
            Self::Uri { whole, len, depth } => uri(key, *whole, *len, *depth),
            Self::Header => header(key).unwrap_or(key),
            Self::UrlParam(name) => url_param(key, name.as_bytes()).unwrap_or(key),
            Self::Raw | Self::Src | Self::Source => key,
        }
    }

    fn rule(&self) -> String {
        match self {
            // Without a limit it is what it reads.
            Self::Raw | Self::Uri { whole: true, len: 0, depth: 0 } => String::new(),
            input => format!(" of {input:?}"),
        }
    }
}

impl KeyHash for HaproxyKey {
    type Position = u32;

    #[inline]
    fn hash(&self, key: &[u8]) -> u32 {
        let hash = |bytes: &[u8]| self.function.hash(bytes);
        let hash = match &self.input {
            Input::Src => match address(key) {
                Some(IpAddr::V4(address)) => hash(&address.octets()),
                Some(IpAddr::V6(address)) => hash(&address.octets()),
                None => hash(key),
            },
            Input::Source => match address(key) {
                Some(IpAddr::V4(address)) => address.to_bits(),
                Some(IpAddr::V6(address)) => {
                    let octets = address.octets();
                    octets.as_chunks().0.iter().fold(0, |sum, word| sum ^ u32::from_be_bytes(*word))
                }
                None => hash(key),
            },
            _ => hash(self.input.part(key)),
        };
        if self.avalanche { avalanche(hash) } else { hash }
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        match self.input {
            // Nearly every key is an address, of which nothing longer is hashed.
            Input::Src | Input::Source => {
                for (key, out) in keys.iter().zip(out) {
                    *out = self.hash(key);
                }
                return;
            }
            Input::Raw => self.function.hash_all(keys, out),
            Input::Uri { .. } | Input::Header | Input::UrlParam(_) => {
                with_parts(&self.input, keys, |parts| self.function.hash_all(parts, out));
            }
        }
        if self.avalanche {
            for out in out {
                *out = avalanche(*out);
            }
        }
    }

    /// Under `source` nothing is hashed but an address's words folded: the text.
    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        match (&self.input, address(key)) {
            (Input::Src, Some(IpAddr::V4(address))) => Cow::Owned(address.octets().to_vec()),
            (Input::Src, Some(IpAddr::V6(address))) => Cow::Owned(address.octets().to_vec()),
            _ => Cow::Borrowed(self.input.part(key)),
        }
    }

    fn space(&self) -> Space {
        let input = self.input.rule();
        let avalanche = if self.avalanche { ", avalanche" } else { "" };
        Space {
            hash: format!("{}{avalanche}{input}", self.function.name()),
            size: self.function.range().map(u128::from),
        }
    }
}

fn uri(key: &[u8], whole: bool, len: usize, depth: u32) -> &[u8] {
    let key = if len == 0 { key } else { &key[..len.min(key.len())] };
    let mut slashes = 0;
    let end = key.iter().position(|byte| match byte {
        b'/' => {
            slashes += 1;
            depth != 0 && slashes == u64::from(depth) + 1
        }
        b'?' => !whole,
        _ => false,
    });
    end.map_or(key, |end| &key[..end])
}

/// Commas between double quotes do not divide; a backslash there takes the next
/// byte along.
fn header(key: &[u8]) -> Option<&[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let end = key.iter().position(|byte| {
        if escaped {
            escaped = false;
        } else if quoted {
            escaped = *byte == b'\\';
            quoted = *byte != b'"';
        } else if *byte == b'"' {
            quoted = true;
        } else {
            return *byte == b',';
        }
        false
    });
    let value = key[..end.unwrap_or(key.len())].trim_ascii();
    (!value.is_empty()).then_some(value)
}

fn url_param<'k>(key: &'k [u8], name: &[u8]) -> Option<&'k [u8]> {
    let query = &key[key.iter().position(|byte| *byte == b'?')? + 1..];
    query.split(|byte| *byte == b'&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix(b"="))
}

fn address(key: &[u8]) -> Option<IpAddr> {
    IpAddr::from_str(str::from_utf8(key).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Continuum;
    use crate::schemes::recorded;

    /// Requests that the program read its key from itself.
    #[test]
    fn recorded_inputs() {
        let mut answers = 0;
        for set in recorded::sets("haproxy-edges.json") {
            let options = &set["options"];
            let Some(kind) = options["kind"].as_str() else { continue };
            let balance = options["balance"].as_str().unwrap();
            let mut text = match kind {
                "uri" => "haproxy:input=uri".to_owned(),
                "param" => {
                    let name = balance.strip_prefix("url_param ").unwrap();
                    format!("haproxy:input=url-param,param={name}")
                }
                "hdr" => "haproxy:input=hdr".to_owned(),
                "src" => "haproxy:input=source".to_owned(),
                "srch" => "haproxy:input=src".to_owned(),
                other => panic!("{other} is not known"),
            };
            if options["whole"].as_bool() == Some(true) {
                text += ",whole=on";
            }
            for (option, name) in [("len", "length"), ("depth", "depth")] {
                if let Some(number) = options[name].as_u64() {
                    text += &format!(",{option}={number}");
                }
            }
            match options["hash-type"].as_str().unwrap() {
                "consistent" => {}
                "" | "map-based" => text += ",method=map-based",
                other => panic!("{other} is not known"),
            }
            let servers = recorded::servers(&set);
            let continuum = Continuum::with_servers(text.parse().unwrap(), servers).unwrap();
            for (key, owner) in recorded::owners(&set) {
                let shown = String::from_utf8_lossy(&key);
                assert_eq!(continuum.resolve_index(&key), Some(owner), "{text}: {shown}");
                answers += 1;
            }
            for case in set["cases"].as_array().into_iter().flatten() {
                let (Some(key), Some(hashed)) = (case["key"].as_str(), case["hashed"].as_str())
                else {
                    continue;
                };
                let raw = "haproxy".parse().unwrap();
                let raw = Continuum::with_servers(raw, recorded::servers(&set)).unwrap();
                assert_eq!(continuum.position(key), raw.position(hashed), "{text}: {key}");
                answers += 1;
            }
        }
        assert!(answers > 4000, "{answers}");
    }

    #[test]
    fn parts_of_a_uri() {
        let cut = |whole, len, depth| uri(b"/a/b/c?x=/1", whole, len, depth);
        assert_eq!(cut(false, 0, 0), b"/a/b/c");
        assert_eq!(cut(true, 0, 0), b"/a/b/c?x=/1");
        assert_eq!(cut(false, 3, 0), b"/a/");
        assert_eq!(cut(false, 0, 2), b"/a/b");
        assert_eq!(cut(true, 0, 3), b"/a/b/c?x=");
        assert_eq!(cut(false, 100, u32::MAX), b"/a/b/c");
    }

    #[test]
    fn the_first_value_of_a_header() {
        assert_eq!(header(b" a , b"), Some(&b"a"[..]));
        assert_eq!(header(b"\"a,\\\",b\" x,c"), Some(&b"\"a,\\\",b\" x"[..]));
        assert_eq!(header(b"\t"), None);
        assert_eq!(header(b", b"), None);
    }

    #[test]
    fn the_first_such_parameter() {
        assert_eq!(url_param(b"/?sidx=1&sid=2?3&sid=4", b"sid"), Some(&b"2?3"[..]));
        assert_eq!(url_param(b"/?sid=", b"sid"), Some(&b""[..]));
        assert_eq!(url_param(b"/sid=1", b"sid"), None);
        assert_eq!(url_param(b"/?sid", b"sid"), None);
    }
}
