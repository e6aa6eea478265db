//! Servers that one configuration alone marks down: what they own in the map goes to others.

/// What is said of them behind the name of a pool.
pub(crate) fn sentence(servers: &[String]) -> Option<String> {
    let first = servers.first()?;
    let rest = match servers.len() - 1 {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    Some(format!(
        "has {first}{rest} marked down in one configuration only: their keys go to others, which no \
         share counts"
    ))
}
