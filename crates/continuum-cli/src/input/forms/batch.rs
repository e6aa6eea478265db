//! Keys behind one another, copied out of what held them.

/// Bytes of keys that make a batch full: they stay in the second-level cache.
const FULL: usize = 256 << 10;

/// Keys at most, however short.
const MOST: usize = 32 << 10;

/// A batch that is filled, given out and filled again.
#[derive(Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Batch {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    pub(super) fn push(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= FULL || self.ends.len() >= MOST
    }

    /// The keys, or none when there are none.
    pub(super) fn keys(&self) -> Option<Vec<&[u8]>> {
        let mut from = 0;
        let keys = self.ends.iter().map(|end| {
            let key = &self.bytes[from..*end];
            from = *end;
            key
        });
        (!self.is_empty()).then(|| keys.collect())
    }
}
