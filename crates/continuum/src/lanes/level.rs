//! What this CPU can run.

/// The level that all batches keep to, for `bench/`: its number in
/// [`Level::all`], counted from 1; 0 for none.
#[cfg(feature = "bench")]
static LIMIT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

/// A set of kernels that this CPU can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Safe code for any CPU.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
}

/// Proof that this CPU has AVX2.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Avx2(());

/// Proof that this CPU has AVX-512 F, BW and DQ, as all have but the first ones,
/// and BMI2.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Avx512(());

/// Proof that this CPU has NEON.
#[cfg(target_arch = "aarch64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Neon(());

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    pub(crate) fn new() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

#[cfg(target_arch = "x86_64")]
impl Avx512 {
    pub(crate) fn new() -> Option<Self> {
        (is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("bmi2"))
        .then_some(Self(()))
    }
}

/// Proof that this CPU multiplies polynomials of 64 bits, and has SSE 4.1.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clmul(());

#[cfg(target_arch = "x86_64")]
impl Clmul {
    pub(crate) fn new() -> Option<Self> {
        (is_x86_feature_detected!("pclmulqdq") && is_x86_feature_detected!("sse4.1"))
            .then_some(Self(()))
    }
}

/// Proof that this CPU multiplies four pairs of them at once: [`Avx512`] and
/// VPCLMULQDQ.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clmul512(());

#[cfg(target_arch = "x86_64")]
impl Clmul512 {
    pub(crate) fn new(_: Avx512) -> Option<Self> {
        is_x86_feature_detected!("vpclmulqdq").then_some(Self(()))
    }
}

#[cfg(target_arch = "aarch64")]
impl Neon {
    pub(crate) fn new() -> Option<Self> {
        std::arch::is_aarch64_feature_detected!("neon").then_some(Self(()))
    }
}

impl Level {
    /// The fastest. A load and a few branches: std keeps what it found out.
    pub(crate) fn best() -> Self {
        #[cfg(feature = "bench")]
        match LIMIT.load(std::sync::atomic::Ordering::Relaxed) {
            0 => {}
            number => return Self::all()[number - 1],
        }
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(proof) = Avx512::new() {
                return Self::Avx512(proof);
            }
            if let Some(proof) = Avx2::new() {
                return Self::Avx2(proof);
            }
        }
        #[cfg(target_arch = "aarch64")]
        if let Some(proof) = Neon::new() {
            return Self::Neon(proof);
        }
        Self::Portable
    }

    /// Keeps [`best`](Self::best) to one of [`all`](Self::all), or to none.
    #[cfg(feature = "bench")]
    pub(crate) fn limit(level: Option<Self>) {
        let number = Self::all().into_iter().position(|other| Some(other) == level);
        LIMIT.store(number.map_or(0, |index| index + 1), std::sync::atomic::Ordering::Relaxed);
    }

    /// All, the slowest first.
    #[cfg_attr(
        not(any(test, feature = "bench")),
        allow(dead_code, reason = "for tests, bench/ and the examples that time")
    )]
    pub(crate) fn all() -> Vec<Self> {
        #[cfg_attr(
            not(any(target_arch = "x86_64", target_arch = "aarch64")),
            expect(unused_mut, reason = "one level only")
        )]
        let mut levels = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            levels.extend(Avx2::new().map(Self::Avx2));
            levels.extend(Avx512::new().map(Self::Avx512));
        }
        #[cfg(target_arch = "aarch64")]
        levels.extend(Neon::new().map(Self::Neon));
        levels
    }

    /// Its word in tables and on command lines.
    #[cfg_attr(
        not(feature = "bench"),
        allow(dead_code, reason = "for bench/ and the examples that time")
    )]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => "neon",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn the_best_is_the_last_of_all() {
        let all = Level::all();
        assert_eq!(all.last(), Some(&Level::best()));
        #[cfg(feature = "bench")]
        {
            for level in &all {
                Level::limit(Some(*level));
                assert_eq!(*level, Level::best());
            }
            Level::limit(None);
            assert_eq!(all.last(), Some(&Level::best()));
        }
    }
}
