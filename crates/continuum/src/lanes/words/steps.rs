//! Hashes that take a key byte by byte or word by word, over several vectors at
//! once, written once for every instruction set.

/// Makes a function `hashes` over `GROUPS` vectors of keys, out of what the place
/// of use provides: `WIDTH`, `load`, `load_words` (sixteen words of each key, zeros behind
/// its end), `splat`, `add`, `mul`, `xor`, `and`, the shifts `left`, `right` and
/// `right_signed`, `rotate`, and masks by `above` and `select`.
///
/// The four lanes of bytes in a word are cut out by shifts, so that no step waits
/// for memory. A lane whose key has ended keeps its hash; up to the end of the
/// shortest key no lane is looked at.
macro_rules! word_hashes {
    ($(#[$attribute:meta])* $word:ty) => {
        $(#[$attribute])*
        #[inline]
        fn ends<const GROUPS: usize>(keys: &Group<'_, WIDTH, GROUPS>) -> [$word; GROUPS] {
            let mut ends = [splat(0); GROUPS];
            for (end, lengths) in ends.iter_mut().zip(&keys.lengths) {
                *end = load(lengths);
            }
            ends
        }

        /// Folds `step` over the words of the keys: it takes the group, where the word
        /// begins, the hash so far and the word.
        $(#[$attribute])*
        #[inline]
        fn fold<const GROUPS: usize>(
            keys: &Group<'_, WIDTH, GROUPS>,
            mut hashes: [$word; GROUPS],
            step: impl Fn(usize, u32, $word, $word) -> $word,
        ) -> [$word; GROUPS] {
            let mut block = [[splat(0); 16]; GROUPS];
            let mut from = 0;
            while from < keys.longest {
                load_words(keys, from, &mut block);
                for w in 0..16_u32 {
                    let at = from + 4 * w;
                    if at >= keys.longest {
                        break;
                    }
                    for k in 0..GROUPS {
                        hashes[k] = step(k, at, hashes[k], block[k][w as usize]);
                    }
                }
                from += 64;
            }
            hashes
        }

        $(#[$attribute])*
        #[inline]
        fn by_bytes<const GROUPS: usize, const SIGNED: bool>(
            keys: &Group<'_, WIDTH, GROUPS>,
            start: u32,
            step: impl Fn($word, $word) -> $word,
        ) -> [$word; GROUPS] {
            let ends = ends(keys);
            fold(keys, [splat(start); GROUPS], |k, at, mut hash, word| {
                let bytes = if SIGNED {
                    [
                        right_signed::<24>(left::<24>(word)),
                        right_signed::<24>(left::<16>(word)),
                        right_signed::<24>(left::<8>(word)),
                        right_signed::<24>(word),
                    ]
                } else {
                    let low = splat(0xff);
                    let middle = [and(right::<8>(word), low), and(right::<16>(word), low)];
                    [and(word, low), middle[0], middle[1], right::<24>(word)]
                };
                if at + 4 <= keys.shortest {
                    for byte in bytes {
                        hash = step(hash, byte);
                    }
                } else {
                    for (b, byte) in (0_u32..).zip(bytes) {
                        let live = above(ends[k], splat(at + b));
                        hash = select(live, step(hash, byte), hash);
                    }
                }
                hash
            })
        }

        /// `whole` takes a word, `part` the one to three bytes behind the last
        /// word, zeros above.
        $(#[$attribute])*
        #[inline]
        fn by_words<const GROUPS: usize>(
            keys: &Group<'_, WIDTH, GROUPS>,
            ends: [$word; GROUPS],
            start: [$word; GROUPS],
            whole: impl Fn($word, $word) -> $word,
            part: impl Fn($word, $word) -> $word,
        ) -> [$word; GROUPS] {
            fold(keys, start, |k, at, hash, word| {
                let next = whole(hash, word);
                if at + 4 <= keys.shortest {
                    return next;
                }
                let parted = select(above(ends[k], splat(at)), part(hash, word), hash);
                select(above(ends[k], splat(at + 3)), next, parted)
            })
        }

        $(#[$attribute])*
        #[inline]
        fn murmur2<const GROUPS: usize>(
            keys: &Group<'_, WIDTH, GROUPS>,
            seed: Seed,
        ) -> [$word; GROUPS] {
            let ends = ends(keys);
            let m = splat(0x5bd1_e995);
            let start = ends.map(|length| xor(seeded(seed, length), length));
            let whole = |hash, word| {
                let word = mul(word, m);
                xor(mul(hash, m), mul(xor(word, right::<24>(word)), m))
            };
            let part = |hash, word| mul(xor(hash, word), m);
            by_words(keys, ends, start, whole, part).map(|hash| {
                let hash = mul(xor(hash, right::<13>(hash)), m);
                xor(hash, right::<15>(hash))
            })
        }

        $(#[$attribute])*
        #[inline]
        fn murmur3<const GROUPS: usize>(
            keys: &Group<'_, WIDTH, GROUPS>,
            seed: Seed,
        ) -> [$word; GROUPS] {
            let ends = ends(keys);
            let start = ends.map(|length| seeded(seed, length));
            let part = |hash, word| {
                let word = rotate::<15, 17>(mul(word, splat(0xcc9e_2d51)));
                xor(hash, mul(word, splat(0x1b87_3593)))
            };
            let whole = |hash, word| {
                let hash = rotate::<13, 19>(part(hash, word));
                add(add(hash, left::<2>(hash)), splat(0xe654_6b64))
            };
            let mut hashes = by_words(keys, ends, start, whole, part);
            for k in 0..GROUPS {
                let hash = xor(hashes[k], ends[k]);
                let hash = mul(xor(hash, right::<16>(hash)), splat(0x85eb_ca6b));
                let hash = mul(xor(hash, right::<13>(hash)), splat(0xc2b2_ae35));
                hashes[k] = xor(hash, right::<16>(hash));
            }
            hashes
        }

        $(#[$attribute])*
        #[inline]
        fn seeded(seed: Seed, length: $word) -> $word {
            match seed {
                Seed::Fixed(seed) => splat(seed),
                Seed::TimesLength(factor) => mul(splat(factor), length),
            }
        }

        $(#[$attribute])*
        fn hashes<const GROUPS: usize>(
            rule: Rule,
            keys: &Group<'_, WIDTH, GROUPS>,
        ) -> [$word; GROUPS] {
            match rule {
                Rule::Fnv1 { start, prime } => {
                    let prime = splat(prime);
                    by_bytes::<GROUPS, true>(keys, start, |hash, byte| xor(mul(hash, prime), byte))
                }
                Rule::Fnv1a { start, prime } => {
                    let prime = splat(prime);
                    by_bytes::<GROUPS, true>(keys, start, |hash, byte| mul(xor(hash, byte), prime))
                }
                Rule::Fnv1aPlain { start, prime } => {
                    let prime = splat(prime);
                    by_bytes::<GROUPS, false>(keys, start, |hash, byte| mul(xor(hash, byte), prime))
                }
                Rule::Sum { start, factor } => {
                    let factor = splat(factor);
                    by_bytes::<GROUPS, false>(keys, start, |hash, byte| add(mul(hash, factor), byte))
                }
                Rule::OneAtATime => {
                    let hashes = by_bytes::<GROUPS, true>(keys, 0, |hash, byte| {
                        let hash = add(hash, byte);
                        let hash = add(hash, left::<10>(hash));
                        xor(hash, right::<6>(hash))
                    });
                    hashes.map(|hash| {
                        let hash = add(hash, left::<3>(hash));
                        let hash = xor(hash, right::<11>(hash));
                        add(hash, left::<15>(hash))
                    })
                }
                Rule::Murmur2(seed) => murmur2(keys, seed),
                Rule::Murmur3(seed) => murmur3(keys, seed),
            }
        }
    };
}

pub(super) use word_hashes;
