//! The rule of the Python module of 2010, restated from its description: an
//! engine by which ours is checked, with a plain binary search.
//!
//! `dots` points are shared out by capacity; a server of d points has the four
//! little-endian words of MD5("host-port-x") for every x below d / 4. A key goes
//! to the first point above the first word of its MD5. (d is a multiple of 4
//! here; what the module does with a remainder is not restated.)

pub struct Points {
    positions: Vec<u32>,
    owners: Vec<u32>,
}

fn words(text: &[u8]) -> [u32; 4] {
    let digest = md5::compute(text).0;
    std::array::from_fn(|word| {
        u32::from_le_bytes(digest[4 * word..4 * word + 4].try_into().expect("four bytes"))
    })
}

pub fn hash(key: &str) -> u32 {
    words(key.as_bytes())[0]
}

impl Points {
    pub fn new(servers: &[&str], points: u32) -> Self {
        assert_eq!(points % 4, 0);
        let mut all: Vec<(u32, u32)> = (0..)
            .zip(servers)
            .flat_map(|(owner, server)| {
                let stem = server.replace(':', "-");
                (0..points / 4).flat_map(move |number| {
                    words(format!("{stem}-{number}").as_bytes()).map(|word| (word, owner))
                })
            })
            .collect();
        all.sort_by_key(|point| point.0);
        let (positions, owners) = all.into_iter().unzip();
        Self { positions, owners }
    }

    #[inline]
    pub fn place(&self, hash: u32) -> u32 {
        let at = self.positions.partition_point(|position| *position <= hash);
        self.owners[if at == self.owners.len() { 0 } else { at }]
    }
}
