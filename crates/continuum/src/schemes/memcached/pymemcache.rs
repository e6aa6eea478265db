//! pymemcache (Python): `RendezvousHash`, `HashClient`.
//! Rule, quirks, versions and limits: `docs/schemes/pymemcache.md`.

use crate::placement::{KeyText, Rendezvous};
use crate::schemes::prelude::*;
use crate::schemes::shared::labels::labels;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "pymemcache RendezvousHash",
    versions: "4.0.0",
    about: "rendezvous hashing by a MurmurHash3 that reads a byte a character",
    options: &[
        OptionSpec::new("seed", Accepts::Whole(0, 0xffff_ffff), "0", "MurmurHash3's seed"),
        OptionSpec::choice(
            "key",
            &["str", "bytes"],
            "the Python type of the client's keys: bytes hash as their repr",
        ),
    ],
    order: |_| Order::Free,
    proven: 75_336,
    ..SchemeEntry::new("pymemcache", build)
};

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let nodes = labels(SCHEME.name, servers)?.into_iter().map(|(label, owner)| {
        let mut prefix = Vec::with_capacity(label.len() + 1);
        low_bytes(label.as_bytes(), &mut |piece| prefix.extend_from_slice(piece));
        prefix.push(b'-');
        (prefix, owner)
    });
    let seed = options.whole32("seed");
    if options.choice("key") == "bytes" {
        return Ok(Box::new(Rendezvous::new(seed, nodes, BytesRepr)));
    }
    Ok(Box::new(Rendezvous::new(seed, nodes, LowBytes)))
}

/// The low eight bits of each character.
struct LowBytes;

impl KeyText for LowBytes {
    fn write(&self, key: &[u8], sink: &mut impl FnMut(&[u8])) {
        low_bytes(key, sink);
    }
}

fn low_bytes(text: &[u8], sink: &mut impl FnMut(&[u8])) {
    if text.is_ascii() {
        return sink(text);
    }
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            let [low, ..] = u32::from(c).to_le_bytes();
            sink(&[low]);
        }
        sink(chunk.invalid());
    }
}

/// Python's `repr` of the key as `bytes`.
struct BytesRepr;

impl KeyText for BytesRepr {
    fn write(&self, key: &[u8], sink: &mut impl FnMut(&[u8])) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        // Python prefers ' and takes " only to save escapes.
        let quote = if key.contains(&b'\'') && !key.contains(&b'"') { b'"' } else { b'\'' };
        sink(&[b'b', quote]);
        for byte in key {
            match *byte {
                b'\t' => sink(b"\\t"),
                b'\n' => sink(b"\\n"),
                b'\r' => sink(b"\\r"),
                b'\\' => sink(b"\\\\"),
                byte if byte == quote => sink(&[b'\\', byte]),
                byte @ b' '..=b'~' => sink(&[byte]),
                byte => {
                    let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
                    sink(&[b'\\', b'x', DIGITS[high], DIGITS[low]]);
                }
            }
        }
        sink(&[quote]);
    }
}

#[cfg(test)]
mod tests {
    use super::{BytesRepr, KeyText, LowBytes};

    fn text(rule: &impl KeyText, key: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        rule.write(key, &mut |piece| text.extend_from_slice(piece));
        text
    }

    #[test]
    fn a_byte_a_character() {
        assert_eq!(text(&LowBytes, "aé漢\u{1f980}".as_bytes()), [0x61, 0xe9, 0x22, 0x80]);
        assert_eq!(text(&LowBytes, b"a\xff\xe2\x82b"), b"a\xff\xe2\x82b");
    }

    /// As `python3 -c 'print(repr(b"…"))'` prints them.
    #[test]
    fn python_s_repr() {
        for (key, repr) in [
            (&b""[..], "b''"),
            (b"key", "b'key'"),
            (b"it's", "b\"it's\""),
            (b"say \"hi\"", "b'say \"hi\"'"),
            (b"both ' and \"", "b'both \\' and \"'"),
            (b"\t\n\r\\\0\x7f\xff", "b'\\t\\n\\r\\\\\\x00\\x7f\\xff'"),
        ] {
            assert_eq!(text(&BytesRepr, key), repr.as_bytes());
        }
    }
}
