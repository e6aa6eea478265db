//! A place with a user in it: `KIND://[USER[:PASSWORD]@]HOST…`.

#[cfg(feature = "etcd")]
use percent_encoding::percent_decode_str;

#[cfg(feature = "etcd")]
use crate::access::Secret;

/// A text as it may be printed: without what stands before the last `@`.
pub(super) fn shown(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((kind, _)), Some((_, rest))) => format!("{kind}://{rest}"),
        _ => text.to_owned(),
    }
}

/// A user's name and password.
#[cfg(feature = "etcd")]
type User = (Secret, Secret);

/// The user before a host, if there is one, and the host.
#[cfg(feature = "etcd")]
pub(super) fn user(authority: &str) -> Result<(Option<User>, &str), String> {
    let Some((names, host)) = authority.rsplit_once('@') else { return Ok((None, authority)) };
    let (user, password) = names.split_once(':').ok_or("has a user and no password")?;
    let text = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded.map(|text| Secret::new(&*text)).map_err(|_| "has a name that is not UTF-8")
    };
    Ok((Some((text(user)?, text(password)?)), host))
}

#[cfg(all(test, feature = "etcd"))]
mod tests {
    use super::{shown, user};

    #[test]
    fn what_is_secret_is_not_shown() {
        assert_eq!(shown("etcds://me:hush@h:2379/a/"), "etcds://h:2379/a/");
        // Which must be written as %2F, and is not printed for that.
        assert_eq!(shown("etcd://me:hu/sh@h:2379/a/"), "etcd://h:2379/a/");
        assert_eq!(shown("etcd://h:2379/a/"), "etcd://h:2379/a/");
        assert_eq!(shown("servers@home.txt"), "servers@home.txt");
    }

    #[test]
    fn users() {
        let (found, host) = user("me:hu%2Fsh%40@h:2379").unwrap();
        let (name, password) = found.unwrap();
        assert_eq!((name.reveal(), password.reveal(), host), ("me", "hu/sh@", "h:2379"));
        assert_eq!(user("h:2379").unwrap(), (None, "h:2379"));
        assert!(user("me@h").unwrap_err().contains("no password"));
        assert!(user("me:%FF@h").unwrap_err().contains("not UTF-8"));
    }
}
