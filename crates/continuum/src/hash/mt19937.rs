//! MT19937, the Mersenne Twister: M. Matsumoto and T. Nishimura, 1998; C++'s
//! `std::mt19937`, which Envoy shuffles hosts with.

const SIZE: usize = 624;
const SHIFT: usize = 397;

/// The generator.
pub(crate) struct Mt19937 {
    words: [u32; SIZE],
    at: usize,
}

impl Mt19937 {
    pub(crate) fn new(seed: u32) -> Self {
        let mut words = [seed; SIZE];
        for (number, at) in (1_u32..).zip(1..SIZE) {
            let before = words[at - 1];
            words[at] = (before ^ before >> 30).wrapping_mul(1_812_433_253).wrapping_add(number);
        }
        Self { words, at: SIZE }
    }

    fn renew(&mut self) {
        for at in 0..SIZE {
            let word = self.words[at] & 0x8000_0000 | self.words[(at + 1) % SIZE] & 0x7fff_ffff;
            let odd = if word & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[at] = self.words[(at + SHIFT) % SIZE] ^ word >> 1 ^ odd;
        }
        self.at = 0;
    }

    /// The next word.
    pub(crate) fn next(&mut self) -> u32 {
        if self.at == SIZE {
            self.renew();
        }
        let mut word = self.words[self.at];
        self.at += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9d2c_5680;
        word ^= word << 15 & 0xefc6_0000;
        word ^ word >> 18
    }
}

#[cfg(test)]
mod tests {
    use super::Mt19937;

    /// The standard's: of the default seed, draw 10,000 is 4,123,659,995.
    #[test]
    fn the_standards_own() {
        let mut generator = Mt19937::new(5489);
        let last = (0..10_000).map(|_| generator.next()).last();
        assert_eq!(last, Some(4_123_659_995));
    }
}
