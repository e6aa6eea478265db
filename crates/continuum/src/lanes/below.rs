//! How many of a few sorted numbers lie below another: the inner step of a ring.
#![allow(unsafe_code, reason = "a call of what every x86-64 can run")]

/// How many of ten ascending numbers are below `limit`.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[inline]
pub(crate) fn of_ten(numbers: &[u32; 10], limit: u32) -> usize {
    // SAFETY: compiled only where every CPU that runs this has SSE2.
    unsafe { of_ten_sse2(numbers, limit) }
}

/// Three compares, no branch.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[target_feature(enable = "sse2")]
#[inline]
fn of_ten_sse2(numbers: &[u32; 10], limit: u32) -> usize {
    use core::arch::x86_64::{
        _mm_cmplt_epi32, _mm_movemask_epi8, _mm_packs_epi16, _mm_packs_epi32, _mm_set1_epi32,
        _mm_setr_epi32, _mm_xor_si128,
    };
    let [a, b, c, d, e, f, g, h, i, j] = numbers.map(u32::cast_signed);
    // Signed compares order unsigned numbers if the top bit is turned over.
    let top = _mm_set1_epi32(i32::MIN);
    let limit = _mm_set1_epi32((limit ^ 1 << 31).cast_signed());
    let low = _mm_cmplt_epi32(_mm_xor_si128(_mm_setr_epi32(a, b, c, d), top), limit);
    let middle = _mm_cmplt_epi32(_mm_xor_si128(_mm_setr_epi32(e, f, g, h), top), limit);
    // Four again, so that one load serves: two are counted already.
    let high = _mm_cmplt_epi32(_mm_xor_si128(_mm_setr_epi32(g, h, i, j), top), limit);
    let bytes = _mm_packs_epi16(_mm_packs_epi32(low, middle), _mm_packs_epi32(high, high));
    let mask = _mm_movemask_epi8(bytes).cast_unsigned();
    let mask = mask & 0xff | mask >> 2 & 0x300;
    // Ascending: the ones are the lowest bits. At most ten.
    mask.trailing_ones() as usize
}

/// How many of ten ascending numbers are below `limit`.
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
#[inline]
pub(crate) fn of_ten(numbers: &[u32; 10], limit: u32) -> usize {
    numbers.iter().map(|number| usize::from(*number < limit)).sum()
}

/// How many of twelve ascending numbers are below `limit`.
///
/// 64 bits have no compare in SSE2: halving, without a branch.
#[inline]
pub(crate) fn of_twelve(numbers: &[u64; 12], limit: u64) -> usize {
    let mut below = usize::from(numbers[5] < limit) * 6;
    below += usize::from(numbers[below + 2] < limit) * 3;
    let three = numbers[below..].first_chunk::<3>();
    below + three.map_or(0, |three| three.iter().map(|n| usize::from(*n < limit)).sum())
}

#[cfg(test)]
mod tests {
    use super::{of_ten, of_twelve};
    use crate::hash::splitmix64::splitmix64;

    #[test]
    fn counts_as_a_loop_does() {
        for turn in 0..20_000 {
            // Wide and narrow, with equal ones and both ends.
            let shift = turn % 33;
            let random = |n: u64| match splitmix64(turn << 8 | n) {
                n if n % 13 == 0 => u64::MAX,
                n if n % 17 == 0 => 0,
                n => n >> shift << (shift / 2),
            };
            let mut wide: [u64; 12] = std::array::from_fn(|n| random(n as u64));
            wide.sort();
            let mut narrow: [u32; 10] = std::array::from_fn(|n| crate::hash::word::low32(wide[n]));
            narrow.sort();
            let near = |n: u64| [n.wrapping_sub(1), n, n.wrapping_add(1)];
            for limit in wide.into_iter().flat_map(near).chain([random(20), 0, u64::MAX]) {
                let below = wide.iter().filter(|number| **number < limit).count();
                assert_eq!(of_twelve(&wide, limit), below, "{limit} {wide:?}");
            }
            for limit in narrow.into_iter().flat_map(|n| near(u64::from(n))).chain([random(21)]) {
                let limit = crate::hash::word::low32(limit);
                let below = narrow.iter().filter(|number| **number < limit).count();
                assert_eq!(of_ten(&narrow, limit), below, "{limit} {narrow:?}");
            }
        }
    }
}
