//! The keys and servers of all classes.

/// `SplitMix64`: the same numbers everywhere.
pub fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Distinct keys of 9 to 38 bytes in five forms, in no order, behind one another
/// in memory.
pub fn texts(count: usize) -> Vec<&'static str> {
    let mut all = String::new();
    let mut ends = vec![0];
    for number in 0..count as u64 {
        let id = mix(number);
        let key = match id % 5 {
            0 => format!("user:{:07}:profile", number),
            1 => format!("u:{:07}", number),
            2 => format!("session:{id:016x}{:04x}", number & 0xffff),
            3 => format!("tenant:{:04}:object:{:07}", id >> 32 & 0xfff, number),
            _ => format!("cart:{id:016x}-item"),
        };
        all.push_str(&key);
        ends.push(all.len());
    }
    let all: &'static str = all.leak();
    ends.windows(2).map(|ends| &all[ends[0]..ends[1]]).collect()
}

/// Keys that are hashed already.
pub fn hashes(count: usize) -> Vec<u64> {
    (0..count as u64).map(|number| mix(!number)).collect()
}

/// Names of servers: `10.0.0.0:11211` and so on.
pub fn servers(count: usize) -> Vec<&'static str> {
    (0..count)
        .map(|n| {
            let text = format!("10.{}.{}.{}:11211", n >> 16 & 255, n >> 8 & 255, n & 255);
            &*text.leak()
        })
        .collect()
}
