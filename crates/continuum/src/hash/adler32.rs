//! Adler-32: Mark Adler, RFC 1950, 1996, as PHP's `hash("adler32")` has it.

/// The largest prime below 2^16.
const PRIME: u32 = 65_521;

/// Bytes that may be summed before a remainder must be taken: the largest n for
/// which 255 n (n + 1) / 2 + (n + 1) (PRIME - 1) is below 2^32.
const RUN: usize = 5552;

/// The checksum.
pub(crate) fn adler32(key: &[u8]) -> u32 {
    let (mut low, mut high) = (1_u32, 0_u32);
    for run in key.chunks(RUN) {
        for byte in run {
            low += u32::from(*byte);
            high += low;
        }
        low %= PRIME;
        high %= PRIME;
    }
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::adler32;

    #[test]
    fn published() {
        assert_eq!(adler32(b""), 1);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
        // Python's zlib.adler32 of 100,000 bytes 0xff.
        assert_eq!(adler32(&vec![0xff; 100_000]), 0x149a_302c);
    }
}
