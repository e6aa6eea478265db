//! The score of a server at a key over vectors, and the loops over servers,
//! written once for every instruction set.

/// −log₂(1 − m/2) / m for m from 0 to 1, to 2.5·10⁻⁷: constant term first.
pub(super) const LOG: [f32; 8] = [
    f32::from_bits(0x3f38_aa3a),
    f32::from_bits(0x3e38_ad46),
    f32::from_bits(0x3d75_3d78),
    f32::from_bits(0x3cc7_ca60),
    f32::from_bits(0x3b0e_e171),
    f32::from_bits(0x3c8b_5896),
    f32::from_bits(0xbc3f_51f2),
    f32::from_bits(0x3bd5_f496),
];

/// Half a draw times the stretch, times this, is at most the score: −log₂(1 − x)
/// is at least x / ln 2. The constant is 1.4425 · 2⁻³¹, and 1 / ln 2 is a little
/// more, by 10⁻⁴ of it: hundreds of times the error of the logarithm and all
/// roundings.
pub(super) const FLOOR: f32 = 1.4425 * f32::from_bits(0x3000_0000);

/// Makes `many` and `one`, the kernels that [`score`](super) calls, over vectors
/// of `WIDTH` lanes.
///
/// The place of use provides `WIDTH`, `KEYS` and, over integer and float vectors:
/// `splat`, `splat_f`, `load`, `load_f`, `store`, `store_f`; `and`, `or`, `xor`,
/// `sub`, `mul` (low halves), `right` (a shift), `sign` (the top bit in all places); `add_f`,
/// `sub_f`, `mul_f`, each rounded once; `min_f`, `max_f` of numbers above 0;
/// `to_float` (of signed integers, to nearest, ties to even), `float_of` and
/// `bits_of` (the same bits); `pick` (where the first argument has ones, of the
/// second, else of the third); `if_less` (where the first is less than the second
/// number, of the third, else of the fourth).
macro_rules! score_kernels {
    ($(#[$attribute:meta])* $int:ty, $float:ty) => {
        /// Vectors of keys that go through the servers together.
        const GROUPS: usize = KEYS / WIDTH;

        /// Vectors of servers that are scored together.
        const SIDE: usize = LANES / WIDTH;

        /// 32 bits of a key's 64 and a server's 64: Chris Wellons' triple32 over
        /// the low halves, the high halves entering after the first of its three
        /// rounds.
        $(#[$attribute])*
        #[inline]
        fn draw(key_low: $int, key_high: $int, low: $int, high: $int) -> $int {
            let x = xor(key_low, low);
            let x = mul(xor(x, right::<17>(x)), splat(0xed5a_d4bb));
            let x = xor(xor(x, right::<11>(x)), xor(key_high, high));
            let x = mul(x, splat(0xac4c_1b51));
            let x = mul(xor(x, right::<15>(x)), splat(0x3184_8bab));
            xor(x, right::<14>(x))
        }

        /// −log₂(1 − x) with x = (draw + ½) / 2³², always above 0.
        ///
        /// Small values decide, and are exact to 24 bits: below one half x itself
        /// is converted, above it 1 − x, whose exponent is the integer part.
        $(#[$attribute])*
        #[inline]
        fn negative_log(draw: $int) -> $float {
            let sign = sign(draw);
            let float = add_f(to_float(xor(draw, sign)), splat_f(0.5));
            let bits = bits_of(float);
            let below_half = mul_f(float, splat_f(f32::from_bits(0x3000_0000)));
            let mantissa = or(and(bits, splat(0x007f_ffff)), splat(0x3f80_0000));
            let above_half = sub_f(splat_f(2.0), float_of(mantissa));
            let m = float_of(pick(sign, bits_of(above_half), bits_of(below_half)));
            let mut sum = splat_f(LOG[7]);
            for c in (0..7).rev() {
                sum = add_f(mul_f(sum, m), splat_f(LOG[c]));
            }
            let whole = to_float(and(sub(splat(158), right::<23>(bits)), sign));
            add_f(whole, mul_f(sum, m))
        }

        $(#[$attribute])*
        #[inline]
        fn score(draw: $int, stretch: $float) -> $float {
            mul_f(negative_log(draw), stretch)
        }

        /// A score's floor, without the factor [`FLOOR`].
        $(#[$attribute])*
        #[inline]
        fn floor(draw: $int, stretch: $float) -> $float {
            mul_f(to_float(right::<1>(draw)), stretch)
        }

        /// The halves of a block of keys.
        $(#[$attribute])*
        #[inline]
        fn halves(block: &Block<KEYS>) -> ([$int; GROUPS], [$int; GROUPS]) {
            let (mut low, mut high) = ([splat(0); GROUPS], [splat(0); GROUPS]);
            for k in 0..GROUPS {
                low[k] = load(&block.low.as_chunks().0[k]);
                high[k] = load(&block.high.as_chunks().0[k]);
            }
            (low, high)
        }

        /// A key's draws at a vector of servers, and their stretches.
        $(#[$attribute])*
        #[inline]
        fn draws(
            key: ($int, $int),
            low: &[u32; WIDTH],
            high: &[u32; WIDTH],
            stretch: &[f32; WIDTH],
        ) -> ($int, $float) {
            (draw(key.0, key.1, load(low), load(high)), load_f(stretch))
        }

        /// The best of a block of keys: a lane a key, one server after the other.
        $(#[$attribute])*
        #[inline]
        fn best_of_keys(servers: &Columns, block: &mut Block<KEYS>) {
            let (key_low, key_high) = halves(block);
            let mut best = [splat_f(f32::INFINITY); GROUPS];
            let mut ranks = [splat(0); GROUPS];
            for (rank, low, high, stretch) in servers.each() {
                let (rank, low, high) = (splat(rank), splat(low), splat(high));
                let stretch = splat_f(stretch);
                for k in 0..GROUPS {
                    let score = score(draw(key_low[k], key_high[k], low, high), stretch);
                    ranks[k] = if_less(score, best[k], rank, ranks[k]);
                    best[k] = min_f(score, best[k]);
                }
            }
            for k in 0..GROUPS {
                store(&mut block.ranks.as_chunks_mut().0[k], ranks[k]);
                store_f(&mut block.scores.as_chunks_mut().0[k], best[k]);
            }
        }

        /// As [`best_of_keys`] by floors: the server of the lowest floor with its
        /// score, and the lowest floor of all others.
        $(#[$attribute])*
        #[inline]
        fn lowest_of_keys(servers: &Columns, block: &mut Block<KEYS>) {
            let (key_low, key_high) = halves(block);
            let mut first = [splat_f(f32::INFINITY); GROUPS];
            let mut second = [splat_f(f32::INFINITY); GROUPS];
            let mut ranks = [splat(0); GROUPS];
            for (rank, low, high, stretch) in servers.each() {
                let (rank, low, high) = (splat(rank), splat(low), splat(high));
                let stretch = splat_f(stretch);
                for k in 0..GROUPS {
                    let floor = floor(draw(key_low[k], key_high[k], low, high), stretch);
                    ranks[k] = if_less(floor, first[k], rank, ranks[k]);
                    second[k] = min_f(second[k], max_f(first[k], floor));
                    first[k] = min_f(first[k], floor);
                }
            }
            for k in 0..GROUPS {
                store(&mut block.ranks.as_chunks_mut().0[k], ranks[k]);
                let floor = mul_f(second[k], splat_f(FLOOR));
                store_f(&mut block.floors.as_chunks_mut().0[k], floor);
            }
            scores_of_chosen(servers, block);
        }

        /// The scores of the servers whose ranks the block names, a lane a key.
        $(#[$attribute])*
        #[inline]
        fn scores_of_chosen(servers: &Columns, block: &mut Block<KEYS>) {
            let (mut low, mut high) = ([0; KEYS], [0; KEYS]);
            let mut stretch = [0.0; KEYS];
            for (lane, rank) in block.ranks.into_iter().enumerate() {
                (low[lane], high[lane], stretch[lane]) = servers.of(rank);
            }
            for k in 0..GROUPS {
                let key_low = load(&block.low.as_chunks().0[k]);
                let key_high = load(&block.high.as_chunks().0[k]);
                let low = load(&low.as_chunks().0[k]);
                let high = load(&high.as_chunks().0[k]);
                let stretch = load_f(&stretch.as_chunks().0[k]);
                let score = score(draw(key_low, key_high, low, high), stretch);
                store_f(&mut block.scores.as_chunks_mut().0[k], score);
            }
        }

        /// The best of one key: a lane a server. `limits` are as many as the
        /// padded servers: who scores above its limit does not take part.
        $(#[$attribute])*
        #[inline]
        fn best_of_servers(servers: &Columns, key: u64, limits: Option<&[f32]>, out: &mut Lanes) {
            let key = (splat(low32(key)), splat(low32(key >> 32)));
            let never = splat_f(f32::INFINITY);
            let mut best = [never; SIDE];
            let mut blocks = [splat(0); SIDE];
            let mut limits = limits.map(|limits| limits.as_chunks::<LANES>().0.iter());
            for (block, low, high, stretch) in servers.blocks::<WIDTH>() {
                let number = splat(block);
                let limit = limits.as_mut().and_then(|limits| limits.next());
                for k in 0..SIDE {
                    let (draw, stretch) = draws(key, &low[k], &high[k], &stretch[k]);
                    let mut score = score(draw, stretch);
                    if let Some(limit) = limit {
                        let limit = load_f(&limit.as_chunks().0[k]);
                        let bits = if_less(limit, score, bits_of(never), bits_of(score));
                        score = float_of(bits);
                    }
                    blocks[k] = if_less(score, best[k], number, blocks[k]);
                    best[k] = min_f(score, best[k]);
                }
            }
            for k in 0..SIDE {
                store(&mut out.blocks.as_chunks_mut().0[k], blocks[k]);
                store_f(&mut out.first.as_chunks_mut().0[k], best[k]);
            }
        }

        /// As [`best_of_servers`] by floors: of each lane the lowest and the next.
        /// Who has a floor above its limit does not take part.
        $(#[$attribute])*
        #[inline]
        fn lowest_of_servers(servers: &Columns, key: u64, limits: Option<&[f32]>, out: &mut Lanes) {
            let key = (splat(low32(key)), splat(low32(key >> 32)));
            let never = splat_f(f32::INFINITY);
            let mut limits = limits.map(|limits| limits.as_chunks::<LANES>().0.iter());
            let (mut first, mut second) = ([never; SIDE], [never; SIDE]);
            let mut blocks = [splat(0); SIDE];
            for (block, low, high, stretch) in servers.blocks::<WIDTH>() {
                let number = splat(block);
                let limit = limits.as_mut().and_then(|limits| limits.next());
                for k in 0..SIDE {
                    let (draw, stretch) = draws(key, &low[k], &high[k], &stretch[k]);
                    let mut floor = floor(draw, stretch);
                    if let Some(limit) = limit {
                        let limit = load_f(&limit.as_chunks().0[k]);
                        let bound = mul_f(floor, splat_f(FLOOR));
                        let bits = if_less(limit, bound, bits_of(never), bits_of(floor));
                        floor = float_of(bits);
                    }
                    blocks[k] = if_less(floor, first[k], number, blocks[k]);
                    second[k] = min_f(second[k], max_f(first[k], floor));
                    first[k] = min_f(first[k], floor);
                }
            }
            for k in 0..SIDE {
                store(&mut out.blocks.as_chunks_mut().0[k], blocks[k]);
                store_f(&mut out.first.as_chunks_mut().0[k], first[k]);
                store_f(&mut out.second.as_chunks_mut().0[k], second[k]);
            }
        }

        /// The scores of the servers of the blocks from `from` on, as many as fit.
        $(#[$attribute])*
        #[inline]
        fn scores_of_servers(servers: &Columns, key: u64, from: usize, out: &mut [f32]) {
            let key = (splat(low32(key)), splat(low32(key >> 32)));
            let out = out.as_chunks_mut::<LANES>().0;
            for ((_, low, high, stretch), out) in servers.blocks::<WIDTH>().skip(from).zip(out) {
                for k in 0..SIDE {
                    let (draw, stretch) = draws(key, &low[k], &high[k], &stretch[k]);
                    let score = score(draw, stretch);
                    store_f(&mut out.as_chunks_mut().0[k], score);
                }
            }
        }

        $(#[$attribute])*
        fn of_keys(servers: &Columns, block: &mut Block<KEYS>, how: Many) {
            match how {
                Many::Best => best_of_keys(servers, block),
                Many::Lowest => lowest_of_keys(servers, block),
                Many::Chosen => scores_of_chosen(servers, block),
            }
        }

        $(#[$attribute])*
        fn of_servers(servers: &Columns, key: u64, how: One<'_>) {
            match how {
                One::Best(limits, out) => best_of_servers(servers, key, limits, out),
                One::Lowest(limits, out) => lowest_of_servers(servers, key, limits, out),
                One::Scores(from, out) => scores_of_servers(servers, key, from, out),
            }
        }
    };
}

pub(super) use score_kernels;
