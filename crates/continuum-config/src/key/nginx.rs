//! nginx's texts with variables, as `hash` and `split_clients` take them.

use super::field::{Field, Finder, Form, Target};
use super::rule::{KeyRule, Kind, Piece};

impl KeyRule {
    /// The rule of a text like `$host$request_uri`, or why it is none.
    pub(crate) fn of_nginx(text: &str) -> Result<Self, String> {
        Ok(Self::new(text, Kind::Pieces(pieces(text)?)))
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let braces = rest.strip_prefix('{');
        rest = braces.unwrap_or(rest);
        let word = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        let (name, after) = rest.split_at(rest.find(word).unwrap_or(rest.len()));
        rest = match braces {
            Some(_) => after.strip_prefix('}').ok_or("'${' without '}'")?,
            None => after,
        };
        if name.is_empty() {
            return Err("'$' without the name of a variable".to_owned());
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain).into()));
        }
        pieces.push(Piece::Field(field(&name.to_ascii_lowercase())));
    }
    plain.push_str(rest);
    if !plain.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(plain.into()));
    }
    Ok(pieces)
}

fn field(name: &str) -> Field {
    match name {
        "request_uri" => Field::Target(Target::WHOLE),
        "uri" | "document_uri" => Field::Uri,
        "args" | "query_string" => Field::Query,
        "is_args" => Field::QuestionMark,
        "remote_addr" => Field::Client(Form::Text),
        "binary_remote_addr" => Field::Client(Form::Bytes),
        "host" => Field::Host,
        "request_method" => Field::Method,
        "request" => Field::Line,
        other => {
            if let Some(name) = other.strip_prefix("arg_") {
                Field::Parameter { name: name.into(), finder: Finder::AnyCase }
            } else if let Some(name) = other.strip_prefix("cookie_") {
                Field::Cookie { name: name.into(), any_case: true }
            } else if let Some(name) = other.strip_prefix("http_") {
                Field::Header(name.replace('_', "-").into())
            } else {
                Field::Variable(other.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Request, SameKey};
    use super::KeyRule;

    fn key(text: &str, request: &Request) -> String {
        let key = KeyRule::of_nginx(text).unwrap().key(request).unwrap().unwrap();
        String::from_utf8(key.into_owned()).unwrap()
    }

    #[test]
    fn texts_are_put_together() {
        let request = Request::parse("GET //a/%62?X=1&y=2 HTTP/1.1").unwrap();
        let request = request.with_client("2001:DB8::1").with_header("Host", "A.example:80");
        let request = request.with_header("X-User", "ann").with_header("Cookie", "s=7; t=8");
        for (text, wanted) in [
            ("$uri", "/a/b"),
            ("$request_uri", "//a/%62?X=1&y=2"),
            ("${host}$uri$is_args$args", "a.example/a/b?X=1&y=2"),
            ("$arg_x-$arg_z", "1-"),
            ("$remote_addr", "2001:db8::1"),
            ("$HTTP_X_USER:$cookie_t", "ann:8"),
            ("$request_method $http_host", "GET A.example:80"),
            ("fixed", "fixed"),
        ] {
            assert_eq!(key(text, &request), wanted, "{text}");
        }
        let bare = Request::parse("GET http://h").unwrap();
        assert_eq!(key("$uri $request_uri", &bare), "/ /");
        let colons = Request::parse("GET /a/://b%2F").unwrap();
        assert_eq!(key("$uri", &colons), "/a/:/b/");
        for broken in ["$", "a$-", "${a"] {
            assert!(KeyRule::of_nginx(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn what_nginx_answers_itself_reaches_no_server() {
        let hashed = |line: &str, text: &str| {
            let request = Request::parse(line).unwrap().with_client("10.1.2.3");
            KeyRule::of_nginx(text).unwrap().key(&request).unwrap().is_some()
        };
        for rule in ["$request_uri", "$remote_addr", "$uri$args", "a"] {
            for refused in [
                "OPTIONS *",
                "get /a",
                "GET /%2e%2E/a",
                "GET /%zz",
                "CONNECT a:80",
                "TRACE /a",
                "GET a",
                "GET ://h/a",
                "GET /a\u{1}b",
            ] {
                assert!(!hashed(refused, rule), "{refused} {rule}");
            }
            for taken in ["OPTIONS /a", "M-SEARCH /a", "GET /a/%2e%2E/", "/a?%zz", "GET http://h"] {
                assert!(hashed(taken, rule), "{taken} {rule}");
            }
        }
    }

    #[test]
    fn an_address_is_hashed_as_nginx_writes_it() {
        let rule = KeyRule::of_nginx("$remote_addr").unwrap();
        assert!(rule.cuts());
        assert_eq!(&*rule.part(b"2001:DB8:0:0::2"), b"2001:db8::2");
        assert_eq!(&*rule.part(b"10.0.0.1"), b"10.0.0.1");
        assert!(!KeyRule::of_nginx("$uri").unwrap().cuts());
    }

    #[test]
    fn rules_are_compared_by_what_they_take() {
        let same = |a: &str, b: &str| {
            KeyRule::of_nginx(a).unwrap().compare(&KeyRule::of_nginx(b).unwrap())
        };
        assert_eq!(same("$uri", "${document_uri}"), SameKey::Same);
        assert_eq!(same("$uri", "$request_uri"), SameKey::Different);
        assert_eq!(same("$uri", "$remote_addr"), SameKey::Different);
        assert_eq!(same("$remote_addr", "$binary_remote_addr"), SameKey::Different);
        assert_eq!(same("$remote_addr", "$REMOTE_ADDR"), SameKey::Same);
        assert_eq!(same("$arg_id", "$arg_ID"), SameKey::Same);
        assert_eq!(same("$backend", "$BACKEND"), SameKey::Same);
        assert_eq!(same("$uri", "$uri$args"), SameKey::Different);
        assert_eq!(
            KeyRule::of_nginx("$uri").unwrap().compare(&KeyRule::UNSTATED),
            SameKey::Unknown
        );
    }
}
