//! `exs1024` of Erlang/OTP's `rand`, 17 to 25: S. Vigna's xorshift1024*, seeded as
//! `rand:seed_s(exs1024, {K, K, K})` does.

/// The low 21 bits of the seeds count.
const SEED_MASK: u64 = (1 << 21) - 1;
const SEED_PRIMES: [u64; 3] = [2_097_131, 2_097_133, 2_097_143];

/// The generator: a ring of 16 words.
pub(crate) struct Exs1024 {
    words: [u64; 16],
    at: usize,
}

impl Exs1024 {
    /// Seeded by `{seed, seed, seed}`.
    pub(crate) fn new(seed: u32) -> Self {
        let [a, b, c] = SEED_PRIMES
            .map(|prime| ((u64::from(seed) & SEED_MASK) + 1).wrapping_mul(prime) & SEED_MASK);
        let mut state = a << 43 | b << 22 | c << 1 | 1;
        let mut words = [0; 16];
        // Drawn by xorshift64*, the first drawn last.
        for word in words.iter_mut().rev() {
            state ^= state >> 12;
            state ^= (state & ((1 << 39) - 1)) << 25;
            state ^= state >> 27;
            *word = state.wrapping_mul(2_685_821_657_736_338_717);
        }
        Self { words, at: 0 }
    }

    /// The next word.
    pub(crate) fn next(&mut self) -> u64 {
        let first = self.words[self.at];
        self.at = (self.at + 1) % self.words.len();
        let mut second = self.words[self.at];
        second ^= second << 31;
        second ^= second >> 11;
        let next = first ^ first >> 30 ^ second;
        self.words[self.at] = next;
        next.wrapping_mul(1_181_783_497_276_652_981)
    }

    /// The next number from 0 to 1: the word over 2^64, not its upper 53 bits.
    pub(crate) fn fraction(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "Erlang rounds so, too")]
        let word = self.next() as f64;
        word / 18_446_744_073_709_551_616.0
    }
}

#[cfg(test)]
mod tests {
    use super::Exs1024;

    /// From an independent reading that agrees with OTP 25 bit for bit.
    #[test]
    fn known_values() {
        for (seed, words) in KNOWN {
            let mut generator = Exs1024::new(*seed);
            for word in *words {
                assert_eq!(generator.next(), *word, "{seed}");
            }
        }
    }

    const KNOWN: &[(u32, &[u64])] = &[
        (
            0,
            &[
                0x4b52cd78a4bb6a73,
                0xfd43608cbce85595,
                0x538a29e8f19ed8ea,
                0xcec73c33f7e48f5f,
                0x9c0b914e971e1a70,
                0xb050c82f8b6fd60c,
                0x11073c342d17197e,
                0xe4db59bdd4e59915,
                0x36edac25049468b0,
                0x47482bf439ac2352,
                0xf73d2c08dd0b01ca,
                0x37a346d76caa91d7,
                0x46ed0b4b09cd7c28,
                0x42b712c0b56c9a81,
                0x0714b6d5fe86046b,
                0x7ee9765a4fe026fa,
                0x39b3f38654386052,
                0x4314db46b5ef9b02,
            ],
        ),
        (
            1,
            &[
                0x5c28d9be083b2b3e,
                0xebed3a04d8ce9c69,
                0x2feb2b4c73047ddc,
                0xf9201506b24c1d50,
                0xc959434f4fb78a27,
                0x473fc4a409ba31c5,
                0x4def545d8c476fdd,
                0x6a0fb676a83e91ac,
                0x01103184e4e15aff,
                0xd31c875055cd3afe,
                0x784cfa4e8b97a842,
                0x78e0ff4f5ac5b597,
                0x147e2a7f4bfd3fd4,
                0x49ce2ba527d97e3b,
                0xda9241e07a549269,
                0x63f99de52d4ecabc,
                0xd6e4fa75e1e7c3ea,
                0x9f3e9df07a9c9146,
            ],
        ),
        (
            134217727,
            &[
                0x67686affb0e4b2e1,
                0x7f3803889b94fa03,
                0x815112db5428db7e,
                0x30201bb5f9ca9622,
                0x90dc15699ab44d48,
                0x9a615ad5658a6ece,
                0x32ba924ad9298596,
                0x4b80f2fbdb4a704a,
                0x61aef000e0713ad3,
                0x36ea0eb8099a4e74,
                0x14909df36cf676c9,
                0xfa356f4a8db16129,
                0x68f08be9fcdce6ee,
                0xe236cd044494844b,
                0xa3bde63162521fed,
                0x66cbdb6f86619a87,
                0x449f17015602421e,
                0x5d810f4133ef923a,
            ],
        ),
    ];
}
