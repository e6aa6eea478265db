//! Access logs: which part of a line is the key.

use std::ops::Range;

use regex::bytes::Regex;

use crate::args::{LogFormat, Workload};
use crate::failure::Failure;

/// A regular expression with a group `key` and perhaps one `bytes`.
pub(super) struct Pattern {
    regex: Regex,
    sized: bool,
}

/// host, identity, user, time, request, status, bytes.
const COMMON: &str =
    r#"^\S+ \S+ \S+ \[[^\]]*\] "\S+ (?P<key>\S+)(?: [^"]*)?" \d+ (?P<bytes>\d+|-)"#;

/// `client [date] frontend backend/server timers status bytes … "request"`, with
/// whatever syslog writes in front.
const HAPROXY: &str = concat!(
    r#"\[[^\]]*\] \S+ \S+/\S+ [-+0-9/]+ -?\d+ \+?(?P<bytes>\d+) "#,
    r#".*"\S+ (?P<key>\S+)(?: [^"]*)?"$"#
);

impl Pattern {
    pub(super) fn of(args: &Workload) -> Result<Option<Self>, Failure> {
        let text = match (args.log_format, &args.log_regex) {
            (Some(LogFormat::Combined | LogFormat::Common), _) => COMMON,
            (Some(LogFormat::Haproxy), _) => HAPROXY,
            (None, Some(text)) => text,
            (None, None) => return Ok(None),
        };
        let refuse = |why: &str| Failure::refused(format!("--log-regex: {why}"));
        let regex = Regex::new(text).map_err(|error| {
            // Its sentence is the last line, under a drawing of the place.
            let error = error.to_string();
            refuse(error.lines().last().unwrap_or_default().trim_start_matches("error: "))
        })?;
        let group = |name: &str| regex.capture_names().flatten().any(|group| group == name);
        if !group("key") {
            return Err(refuse("there is no group named `key`, as (?P<key>\\S+)"));
        }
        let sized = group("bytes");
        Ok(Some(Self { regex, sized }))
    }

    /// Where the key stands in a line, and the size.
    pub(super) fn key(&self, line: &[u8]) -> Option<(Range<usize>, u64)> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let found = self.regex.captures(line)?;
        let bytes =
            found.name("bytes").and_then(|bytes| std::str::from_utf8(bytes.as_bytes()).ok());
        // '-' is how Apache writes none.
        let size = bytes.and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
        Some((found.name("key")?.range(), size))
    }

    pub(super) fn sized(&self) -> bool {
        self.sized
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use crate::args::{LogFormat, Workload};

    fn key(format: LogFormat, line: &str) -> Option<(String, u64)> {
        let args = Workload { log_format: Some(format), ..Workload::default() };
        let pattern = Pattern::of(&args).unwrap().unwrap();
        pattern.key(line.as_bytes()).map(|(range, size)| (line[range].to_owned(), size))
    }

    #[test]
    fn lines_of_the_programs() {
        let found = |key: &str, size| Some((key.to_owned(), size));
        for (format, line, wanted) in [
            (
                LogFormat::Combined,
                r#"203.0.113.9 - ann [10/Oct/2025:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326 "-" "curl/8""#,
                found("/a?b=1", 2326),
            ),
            (
                LogFormat::Common,
                r#"::1 - - [10/Oct/2025:13:55:36 +0000] "HEAD / HTTP/2.0" 304 -"#,
                found("/", 0),
            ),
            (
                LogFormat::Haproxy,
                r#"Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1""#,
                found("/index.html", 2750),
            ),
            (LogFormat::Haproxy, "haproxy: Proxy web started.", None),
            (LogFormat::Common, r#"x "GET / HTTP/1.1" 200 3"#, None),
        ] {
            assert_eq!(key(format, line), wanted, "{line}");
        }
    }

    #[test]
    fn refuses_by_name() {
        let refused = |text: &str| {
            let args = Workload { log_regex: Some(text.to_owned()), ..Workload::default() };
            format!("{:?}", Pattern::of(&args).map(|_| ()).unwrap_err())
        };
        assert!(refused("(").contains("unclosed group"), "{}", refused("("));
        assert!(refused("a").contains("no group named `key`"));
    }
}
