//! Access logs: what of a request a line holds, and the key that it gives.

use std::borrow::Cow;

use continuum_config::{KeyRule, Request, Unbuilt};
use regex::bytes::{Captures, Regex};

use crate::args::{LogFormat, Workload};
use crate::failure::Failure;

/// A regular expression whose groups are parts of a request, or the key itself, and
/// perhaps the size.
pub(super) struct Pattern {
    regex: Regex,
    format: Option<LogFormat>,
    sized: bool,
    keyed: bool,
}

/// The groups that a request is made of.
const GROUPS: [&str; 5] = ["request", "target", "client", "host", "referer"];

/// host, identity, user, time, request, status, bytes, referrer, agent.
const COMBINED: &str = concat!(
    r#"^(?P<client>\S+) \S+ .*?\[[^\]]*\] "(?P<request>[^ "]+ (?:[^"\\]|\\.)*)" \d+ "#,
    r#"(?P<bytes>\d+|-)(?: "(?P<referer>(?:[^"\\]|\\.)*)" "(?P<agent>(?:[^"\\]|\\.)*)")?"#
);

/// `client:port [date] frontend backend/server timers status bytes … "request"`, with
/// whatever syslog writes in front.
const HAPROXY: &str = concat!(
    r#"(?:^|\s)(?P<client>\S+):\d+ \[[^\]]*\] \S+ \S+/\S+ [-+0-9/]+ -?\d+ \+?(?P<bytes>\d+) "#,
    r#".*"(?P<request>[^ "]+ [^"]*)"$"#
);

/// What a line gives: a key, or no key that the program hashes.
pub(super) enum Logged {
    Key(Vec<u8>, u64),
    /// The program refuses such a request, or takes turns.
    Unhashed,
}

impl Pattern {
    pub(super) fn of(args: &Workload) -> Result<Option<Self>, Failure> {
        let text = match (args.log_format, &args.log_regex) {
            (Some(LogFormat::Combined | LogFormat::Common), _) => COMBINED,
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
        let keyed = group("key");
        if !keyed && !group("request") && !group("target") {
            return Err(refuse("there is no group named `key`, as (?P<key>\\S+)"));
        }
        let sized = group("bytes");
        Ok(Some(Self { regex, format: args.log_format, sized, keyed }))
    }

    /// Whether a line is of this log.
    pub(super) fn is_line(&self, line: &[u8]) -> bool {
        self.regex.is_match(plain(line))
    }

    /// What a line gives under a pool's rule; none of what is no line of this log.
    pub(super) fn key(&self, line: &[u8], rule: &KeyRule) -> Result<Option<Logged>, Unbuilt> {
        let Some(found) = self.regex.captures(plain(line)) else { return Ok(None) };
        let bytes =
            found.name("bytes").and_then(|bytes| std::str::from_utf8(bytes.as_bytes()).ok());
        // '-' is how Apache writes none.
        let size = bytes.and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
        if self.keyed {
            let key = found.name("key").map_or(&b""[..], |key| key.as_bytes());
            return Ok(Some(Logged::Key(key.to_vec(), size)));
        }
        let Ok(request) = self.request(&found) else { return Ok(None) };
        // Where a file does not say what is hashed, it is the target.
        let target = KeyRule::of_target();
        let rule = if rule.is_stated() { rule } else { &target };
        let key = rule.key(&request)?.map(Cow::into_owned);
        Ok(Some(key.map_or(Logged::Unhashed, |key| Logged::Key(key, size))))
    }

    fn request(&self, found: &Captures<'_>) -> Result<Request, Box<str>> {
        let [line, target, client, host, referer] =
            GROUPS.map(|group| found.name(group).map(|value| self.unescaped(value.as_bytes())));
        let line = line.or(target).unwrap_or_default();
        let mut request = Request::parse(&line)?.partly_known();
        if let Some(client) = client {
            request = request.with_client(&String::from_utf8_lossy(&client));
        }
        let agent = found.name("agent").map(|value| self.unescaped(value.as_bytes()));
        for (name, value) in [("host", host), ("referer", referer), ("user-agent", agent)] {
            // A dash is how logs write none.
            if let Some(value) = value {
                request = match &*value {
                    b"-" => request.without_header(name),
                    value => request.with_header(name, value),
                };
            }
        }
        Ok(request)
    }

    /// What was logged, without the log's own escapes.
    fn unescaped<'l>(&self, bytes: &'l [u8]) -> Cow<'l, [u8]> {
        let mark = match self.format {
            Some(LogFormat::Haproxy) => b'#',
            Some(LogFormat::Combined | LogFormat::Common) => b'\\',
            None => return Cow::Borrowed(bytes),
        };
        if memchr::memchr(mark, bytes).is_none() {
            return Cow::Borrowed(bytes);
        }
        let mut plain = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let [first, after @ ..] = rest {
            let (byte, next) = match (*first == mark, after) {
                (true, [high, low, next @ ..]) if mark == b'#' => match hex(*high, *low) {
                    Some(byte) => (byte, next),
                    None => (mark, after),
                },
                (true, [b'x', high, low, next @ ..]) => match hex(*high, *low) {
                    Some(byte) => (byte, next),
                    None => (mark, after),
                },
                (true, [letter @ (b'n' | b't' | b'r' | b'"' | b'\\'), next @ ..]) => {
                    let byte = match letter {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b'r' => b'\r',
                        other => *other,
                    };
                    (byte, next)
                }
                _ => (*first, after),
            };
            plain.push(byte);
            rest = next;
        }
        Cow::Owned(plain)
    }

    pub(super) fn sized(&self) -> bool {
        self.sized
    }
}

fn plain(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use continuum_config::{Config, KeyRule, Options};

    use super::{Logged, Pattern};
    use crate::args::{LogFormat, Workload};

    fn rule(key: &str) -> KeyRule {
        let text = format!("upstream u {{ hash {key}; server a; }}");
        let config = Config::parse(&text, "nginx.conf", &Options::new()).unwrap();
        config.pools()[0].key().clone()
    }

    fn key(format: LogFormat, rule: &KeyRule, line: &str) -> Option<(String, u64)> {
        let args = Workload { log_format: Some(format), ..Workload::default() };
        let pattern = Pattern::of(&args).unwrap().unwrap();
        match pattern.key(line.as_bytes(), rule).unwrap()? {
            Logged::Key(key, size) => Some((String::from_utf8(key).unwrap(), size)),
            Logged::Unhashed => Some(("(unhashed)".to_owned(), 0)),
        }
    }

    const NGINX: &str = r#"203.0.113.9 - ann [10/Oct/2025:13:55:36 -0700] "GET /a//b%20c?b=1&x=\x22 HTTP/1.1" 200 2326 "-" "curl/8""#;

    #[test]
    fn keys_follow_the_rule() {
        for (text, wanted) in [
            ("$request_uri", "/a//b%20c?b=1&x=\""),
            ("$uri", "/a/b c"),
            ("$remote_addr", "203.0.113.9"),
            ("$arg_x", "\""),
            ("$http_user_agent", "curl/8"),
            ("$http_referer", "(unhashed)"),
            ("$request_method$args", "GETb=1&x=\""),
        ] {
            let found = key(LogFormat::Combined, &rule(text), NGINX);
            let size = if wanted == "(unhashed)" { 0 } else { 2326 };
            assert_eq!(found, Some((wanted.to_owned(), size)), "{text}");
        }
        let args = Workload { log_format: Some(LogFormat::Combined), ..Workload::default() };
        let pattern = Pattern::of(&args).unwrap().unwrap();
        for (text, says) in [
            ("$host", "header 'host' is not known"),
            ("$cookie_a", "header 'cookie' is not known"),
            ("$backend", "what the variable $backend holds does not follow from a request"),
        ] {
            let error = pattern.key(NGINX.as_bytes(), &rule(text)).map(|_| ()).unwrap_err();
            assert_eq!(error.to_string(), says);
        }
    }

    #[test]
    fn lines_of_the_programs() {
        let found = |key: &str, size| Some((key.to_owned(), size));
        for (format, line, wanted) in [
            (LogFormat::Combined, NGINX, found("/a//b%20c?b=1&x=\"", 2326)),
            (
                LogFormat::Common,
                r#"::1 - - [10/Oct/2025:13:55:36 +0000] "HEAD / HTTP/2.0" 304 -"#,
                found("/", 0),
            ),
            (
                LogFormat::Haproxy,
                r#"Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html?a=#22#C3#A9 HTTP/1.1""#,
                found("/index.html?a=\"é", 2750),
            ),
            (LogFormat::Haproxy, "haproxy: Proxy web started.", None),
            (LogFormat::Common, r#"x "GET / HTTP/1.1" 200 3"#, None),
        ] {
            assert_eq!(key(format, &rule("$request_uri"), line), wanted, "{line}");
        }
        let line = r#"2001:db8::7:33317 [06/Feb/2009:12:14:14.655] in b/s 0/0/0/0/0 200 0 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1""#;
        assert_eq!(key(LogFormat::Haproxy, &rule("$remote_addr"), line), found("2001:db8::7", 0));
        let refused = NGINX.replace("/a//b%20c", "/..");
        assert_eq!(key(LogFormat::Combined, &rule("$uri"), &refused), found("(unhashed)", 0));
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
