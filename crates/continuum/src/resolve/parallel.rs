//! Batches on many threads: the caller's, by rayon.

use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::continuum::Continuum;
use crate::keys::Keys;
use crate::placement::BATCH;

/// Keys that one thread takes at a time: some 0.1 to 1 ms of work, so that handing
/// it out costs little, and a whole number of batches.
const PART: usize = 64 * BATCH;

impl Continuum {
    /// [`resolve_all`](Self::resolve_all) on many threads: the same answers,
    /// whatever their number.
    ///
    /// The threads are those of the rayon pool in which it is called: inside
    /// `pool.install(..)` that pool's, elsewhere rayon's global pool, which rayon
    /// starts when it is first used and which takes as many threads as there are
    /// CPUs, or `RAYON_NUM_THREADS`. Up to 15,360 keys are resolved on the calling
    /// thread. Needs the feature `rayon`.
    ///
    /// # Panics
    /// When `owners` is not as long as `keys`: a mistake of the caller's code,
    /// not of its data.
    ///
    /// ```
    /// use continuum::{Continuum, Servers};
    /// let servers = Servers::from_texts(["a:1", "b:1"])?;
    /// let continuum = Continuum::with_servers(Default::default(), servers)?;
    /// let keys: Vec<String> = (0..40_000).map(|n| format!("user:{n}")).collect();
    /// let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    /// let mut owners = vec![0; keys.len()];
    /// continuum.par_resolve_all(&keys, &mut owners);
    /// assert_eq!(Some(owners[39_999]), continuum.resolve_index("user:39999"));
    ///
    /// let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    /// pool.install(|| continuum.par_resolve_all(&keys, &mut owners));
    /// # Ok::<(), continuum::Error>(())
    /// ```
    pub fn par_resolve_all<'k>(&self, keys: impl Into<Keys<'k>>, owners: &mut [u32]) {
        let keys = keys.into();
        assert_eq!(keys.len(), owners.len(), "as many owners as keys");
        if owners.len() <= PART {
            return self.placement().locate_all(&keys, owners);
        }
        owners.par_chunks_mut(PART).enumerate().for_each(|(part, owners)| {
            self.placement().locate_all(&keys.part(part * PART, owners.len()), owners);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Servers;

    /// Every layout of keys, around the borders of the parts, by 1 to 5 threads.
    #[test]
    fn the_same_answers_on_any_number_of_threads() {
        let servers = Servers::from_texts(["a:1", "b:1", "c:1"]).unwrap();
        let most = 3 * PART + 7;
        let texts: Vec<String> = (0..most).map(|n| format!("key-{n:07}")).collect();
        let strings: Vec<&str> = texts.iter().map(String::as_str).collect();
        let slices: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
        let bytes = texts.concat().into_bytes();
        let wide: Vec<u64> = (0..=most as u64).map(|n| n * 11).collect();
        let narrow: Vec<u32> = wide.iter().map(|n| u32::try_from(*n).unwrap()).collect();
        for scheme in ["python-continuum", "jumpback", "rendezvous-1", "haproxy"] {
            let scheme = scheme.parse().unwrap();
            let continuum = Continuum::with_servers(scheme, servers.clone()).unwrap();
            for threads in 1..=5 {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                for count in [0, 1, PART, PART + 1, 2 * PART, most] {
                    let mut want = vec![0; count];
                    continuum.resolve_all(&slices[..count], &mut want);
                    let layouts = [
                        Keys::from(&slices[..count]),
                        Keys::from(&strings[..count]),
                        Keys::packed(&bytes, &wide[..=count]).unwrap(),
                        Keys::packed32(&bytes, &narrow[..=count]).unwrap(),
                        Keys::fixed(&bytes[..count * 11], 11).unwrap(),
                    ];
                    for keys in layouts {
                        let mut owners = vec![7; count];
                        pool.install(|| continuum.par_resolve_all(keys, &mut owners));
                        assert!(owners == want, "{threads} threads, {count} keys");
                    }
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "as many owners as keys")]
    fn as_many_owners_as_keys() {
        Continuum::new().par_resolve_all(&["a", "b"], &mut [0]);
    }
}
