//! Who asks a source, and whom it believes.

use std::fmt;

/// What must not be printed, and is not: in no error and no debugging text.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Box<str>);

impl Secret {
    pub(crate) fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    #[cfg(feature = "etcd")]
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// A user and a password, and certificates for sources that are reached over TLS. Nothing
/// of it is printed.
///
/// ```
/// use continuum_members::Access;
/// let access = Access::new().with_user("watcher", "open sesame");
/// assert!(!format!("{access:?}").contains("sesame"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Access {
    pub(crate) user: Option<(Secret, Secret)>,
    pub(crate) authority: Option<Vec<u8>>,
    /// A chain of certificates, and its key.
    pub(crate) identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl Access {
    /// Nobody in particular, who believes the authorities of the system.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A user and a password. Those in a source's text come before them.
    #[must_use]
    pub fn with_user(mut self, user: &str, password: &str) -> Self {
        self.user = Some((Secret::new(user), Secret::new(password)));
        self
    }

    /// The authorities (PEM) that are believed in place of the system's.
    #[must_use]
    pub fn with_authority(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authority = Some(pem.into());
        self
    }

    /// The certificate that is shown to the source, with its chain, and its key (both
    /// PEM).
    #[must_use]
    pub fn with_identity(mut self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.identity = Some((chain.into(), key.into()));
        self
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("user", &self.user)
            .field("authority", &self.authority.is_some())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}
