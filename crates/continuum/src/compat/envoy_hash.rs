//! The hash of a request by Envoy's hash policies.

use crate::hash::xxh64::xxh64;

/// What Envoy hashes of a request, policy by policy in the order of the route.
///
/// A request with one header policy is the plain key of `envoy-ring-hash` and
/// `envoy-maglev`. For everything else this gives the hash, which
/// [`Continuum::resolve_position`](crate::Continuum::resolve_position) takes. Where no
/// policy finds anything to hash there is none, and Envoy picks a host at random. A
/// policy that is `terminal` ends the chain once something was hashed: leave the later
/// ones out then.
///
/// ```
/// use continuum::compat::EnvoyHash;
/// use continuum::{Continuum, Servers};
/// let servers = Servers::from_texts(["10.0.0.1:80", "10.0.0.2:80"])?;
/// let ring = Continuum::with_servers("envoy-ring-hash".parse()?, servers)?;
/// let one = EnvoyHash::new().header(&["user-7"]);
/// assert_eq!(ring.resolve_position(one.position().unwrap()), ring.resolve_index("user-7"));
/// let two = one.header(&["tenant-1"]);
/// assert_ne!(two, one);
/// assert_eq!(EnvoyHash::new().cookie("").position(), None);
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EnvoyHash(Option<u64>);

impl EnvoyHash {
    /// Nothing hashed yet.
    #[must_use]
    pub fn new() -> Self {
        Self(None)
    }

    /// A header, with each of its values as sent, after `regex_rewrite`. An empty value
    /// is hashed; none at all is not. Several are sorted and hashed one after another.
    #[must_use]
    pub fn header<T: AsRef<[u8]>>(self, values: &[T]) -> Self {
        let mut sorted: Vec<&[u8]> = values.iter().map(AsRef::as_ref).collect();
        sorted.sort();
        let hash = sorted
            .into_iter()
            .fold(None, |seed: Option<u64>, value| Some(xxh64(value, seed.unwrap_or(0))));
        self.combined(hash)
    }

    /// A cookie's value. An empty one is not hashed.
    #[must_use]
    pub fn cookie(self, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        self.combined((!value.is_empty()).then(|| xxh64(value, 0)))
    }

    /// A query parameter's value, as it stands in the path, not decoded.
    #[must_use]
    pub fn query_parameter(self, value: impl AsRef<[u8]>) -> Self {
        self.combined(Some(xxh64(value.as_ref(), 0)))
    }

    /// Envoy turns what was hashed before by one bit and adds by XOR.
    fn combined(self, hash: Option<u64>) -> Self {
        match (self.0, hash) {
            (Some(before), Some(hash)) => Self(Some(before.rotate_left(1) ^ hash)),
            (before, hash) => Self(before.or(hash)),
        }
    }

    /// The hash, or `None` where nothing was hashed.
    #[must_use]
    pub fn position(self) -> Option<u128> {
        self.0.map(u128::from)
    }
}

#[cfg(test)]
mod tests {
    use super::EnvoyHash;
    use crate::schemes::recorded;
    use crate::{Continuum, Scheme};

    /// Two policies, and a header sent twice, as a running Envoy combined them.
    #[test]
    fn recorded_policies() {
        let mut answers = 0;
        for set in recorded::sets("envoy-running.json") {
            let policy = set["options"]["hash_policy"].as_str().unwrap();
            let hash: fn(&[u8]) -> EnvoyHash = if policy.starts_with("two headers") {
                |key| EnvoyHash::new().header(&[key]).header(&["tenant-1"])
            } else if policy.starts_with("x-key sent twice") {
                |key| EnvoyHash::new().header(&[b"m-value", key])
            } else {
                continue;
            };
            let scheme: Scheme = set["scheme"].as_str().unwrap().parse().unwrap();
            let built = Continuum::with_servers(scheme, recorded::servers(&set)).unwrap();
            for (key, owner) in recorded::owners(&set) {
                let position = hash(&key).position().unwrap();
                assert_eq!(built.resolve_position(position), Some(owner), "{}", set["name"]);
                answers += 1;
            }
        }
        assert!(answers > 1000, "{answers}");
    }
}
