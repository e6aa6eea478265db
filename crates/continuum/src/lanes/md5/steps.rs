//! The 64 steps of MD5 over several vectors at once, written once for every
//! instruction set.

/// Makes a function `compress` over `[word; GROUPS]` vectors, out of `splat`,
/// `add`, `rotate` and RFC 1321's `f`, `g`, `h`, `i`, which the place of use
/// provides. Message words come as `m[group][word]`; the result is the four words
/// of the state.
///
/// A step waits four to six instructions for the step before: several groups
/// interleaved fill the time.
macro_rules! md5_compress {
    ($(#[$attribute:meta])* $word:ty) => {
        $(#[$attribute])*
        #[inline]
        fn compress<const GROUPS: usize>(m: &[[$word; 16]; GROUPS]) -> [[$word; GROUPS]; 4] {
            use $crate::hash::md5::{ADDENDS, START};
            let mut a = [splat(START[0]); GROUPS];
            let mut b = [splat(START[1]); GROUPS];
            let mut c = [splat(START[2]); GROUPS];
            let mut d = [splat(START[3]); GROUPS];
            macro_rules! step {
                ($f:ident $a:ident $b:ident $c:ident $d:ident, $i:expr, $w:expr, $turn:expr) => {
                    for k in 0..GROUPS {
                        let sum = add(add($a[k], splat(ADDENDS[$i])), m[k][$w]);
                        let sum = add(sum, $f($b[k], $c[k], $d[k]));
                        $a[k] = add(rotate::<{ $turn }, { 32 - $turn }>(sum), $b[k]);
                    }
                };
            }
            // Four steps bring the four variables back to their places.
            macro_rules! turns {
                ($f:ident, [$t0:expr, $t1:expr, $t2:expr, $t3:expr], $i:expr, $w:expr, $by:expr) => {
                    turns!(@ $f, [$t0, $t1, $t2, $t3], $i, $w, $by);
                    turns!(@ $f, [$t0, $t1, $t2, $t3], $i + 4, $w + 4 * $by, $by);
                    turns!(@ $f, [$t0, $t1, $t2, $t3], $i + 8, $w + 8 * $by, $by);
                    turns!(@ $f, [$t0, $t1, $t2, $t3], $i + 12, $w + 12 * $by, $by);
                };
                (@ $f:ident, [$t0:expr, $t1:expr, $t2:expr, $t3:expr], $i:expr, $w:expr, $by:expr) => {
                    step!($f a b c d, $i, ($w) % 16, $t0);
                    step!($f d a b c, $i + 1, ($w + $by) % 16, $t1);
                    step!($f c d a b, $i + 2, ($w + 2 * $by) % 16, $t2);
                    step!($f b c d a, $i + 3, ($w + 3 * $by) % 16, $t3);
                };
            }
            turns!(f, [7, 12, 17, 22], 0, 0, 1);
            turns!(g, [5, 9, 14, 20], 16, 1, 5);
            turns!(h, [4, 11, 16, 23], 32, 5, 3);
            turns!(i, [6, 10, 15, 21], 48, 0, 7);
            for k in 0..GROUPS {
                a[k] = add(a[k], splat(START[0]));
                b[k] = add(b[k], splat(START[1]));
                c[k] = add(c[k], splat(START[2]));
                d[k] = add(d[k], splat(START[3]));
            }
            [a, b, c, d]
        }
    };
}

pub(super) use md5_compress;
