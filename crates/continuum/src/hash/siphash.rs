//! SipHash-2-4 with a key of zeros: J.-P. Aumasson and D. J. Bernstein, 2012;
//! ClickHouse's `sipHash64`.

/// The hash.
pub(crate) fn sip24(key: &[u8]) -> u64 {
    let mut state = [
        0x736f_6d65_7073_6575_u64,
        0x646f_7261_6e64_6f6d,
        0x6c79_6765_6e65_7261,
        0x7465_6462_7974_6573,
    ];
    let (words, tail) = key.as_chunks::<8>();
    for word in words {
        absorb(&mut state, u64::from_le_bytes(*word));
    }
    absorb(&mut state, super::word::tail64(tail) | (key.len() as u64) << 56);
    state[2] ^= 0xff;
    for _ in 0..4 {
        round(&mut state);
    }
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

fn absorb(state: &mut [u64; 4], word: u64) {
    state[3] ^= word;
    round(state);
    round(state);
    state[0] ^= word;
}

#[inline]
fn round(state: &mut [u64; 4]) {
    let [a, b, c, d] = state;
    *a = a.wrapping_add(*b);
    *c = c.wrapping_add(*d);
    *b = b.rotate_left(13) ^ *a;
    *d = d.rotate_left(16) ^ *c;
    *a = a.rotate_left(32).wrapping_add(*d);
    *c = c.wrapping_add(*b);
    *d = d.rotate_left(21) ^ *a;
    *b = b.rotate_left(17) ^ *c;
    *c = c.rotate_left(32);
}

#[cfg(test)]
mod tests {
    /// What ClickHouse answers for `sipHash64('')`, and further readings.
    #[test]
    fn known_values() {
        for (key, hash) in KNOWN {
            assert_eq!(super::sip24(key), *hash);
        }
    }

    const KNOWN: &[(&[u8], u64)] = &[
        (b"", 0x1e924b9d737700d7),
        (b"\x61", 0x96c20860cd93a249),
        (b"\x61\x62\x63\x64\x65\x66\x67\x68", 0xe65ba172cce22193),
        (
            b"\x75\x73\x65\x72\x3a\x31\x32\x33\x34\x35\x3a\x70\x72\x6f\x66\x69\x6c\x65",
            0x0730ae4baedfdafe,
        ),
        (b"\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff", 0x103fa8998fe8dce8),
    ];
}
