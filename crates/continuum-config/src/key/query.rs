//! Parameters of a query and values of cookies, as each program finds them.

/// The value of the first parameter of that name, as sent; names differ by case.
pub(super) fn parameter<'q>(query: &'q [u8], name: &[u8]) -> Option<&'q [u8]> {
    query.split(|byte| *byte == b'&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix(b"="))
}

/// HAProxy's `url_param(NAME)` in an expression: values also end before `;` and a further
/// `?`. What has `=` where the name would end, and is not that name, is passed over.
pub(super) fn sample<'q>(query: &'q [u8], name: &[u8]) -> Option<&'q [u8]> {
    let ends = |byte: &u8| matches!(byte, b'&' | b';' | b'?');
    let mut rest = query;
    while !rest.is_empty() {
        if rest.get(name.len()) == Some(&b'=') {
            let (start, value) = (&rest[..name.len()], &rest[name.len() + 1..]);
            if start == name {
                return value.split(ends).next();
            }
            rest = value;
        }
        rest = &rest[rest.iter().position(ends)? + 1..];
    }
    None
}

/// nginx's `$arg_NAME`: the first parameter of that name, letters of either case.
pub(super) fn argument<'q>(query: &'q [u8], name: &[u8]) -> Option<&'q [u8]> {
    query.split(|byte| *byte == b'&').find_map(|pair| {
        let (start, rest) = pair.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name).then(|| rest.strip_prefix(b"="))?
    })
}

/// nginx's `$cookie_NAME`: names of either case, blanks around `=` skipped.
pub(super) fn cookie<'h>(header: &'h [u8], name: &[u8]) -> Option<&'h [u8]> {
    let mut rest = header;
    while !rest.is_empty() {
        if let Some((start, after)) = rest.split_at_checked(name.len())
            && start.eq_ignore_ascii_case(name)
            && let Some(value) = trim_blanks(after).strip_prefix(b"=")
        {
            return value_end(trim_blanks(value));
        }
        let next = rest.iter().position(|byte| matches!(byte, b';' | b','));
        rest = trim_blanks(next.map_or(&[][..], |at| &rest[at + 1..]));
    }
    None
}

/// Envoy's cookie: names differ by case, and an empty value is none.
pub(super) fn exact_cookie<'h>(header: &'h [u8], name: &[u8]) -> Option<&'h [u8]> {
    let value = header.split(|byte| *byte == b';').find_map(|pair| {
        let pair = pair.trim_ascii();
        pair.strip_prefix(name)?.strip_prefix(b"=")
    })?;
    let value =
        value.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(value);
    (!value.is_empty()).then_some(value)
}

/// The first value between commas, trimmed; a comma between quotes divides nothing.
pub(super) fn first_value(header: &[u8]) -> Option<&[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let end = header.iter().position(|byte| {
        let divides = *byte == b',' && !quoted;
        if escaped {
            escaped = false;
        } else if quoted && *byte == b'\\' {
            escaped = true;
        } else if *byte == b'"' {
            quoted = !quoted;
        }
        divides
    });
    let value = header[..end.unwrap_or(header.len())].trim_ascii();
    (!value.is_empty()).then_some(value)
}

fn value_end(value: &[u8]) -> Option<&[u8]> {
    value.split(|byte| *byte == b';').next()
}

fn trim_blanks(bytes: &[u8]) -> &[u8] {
    let blanks = bytes.iter().take_while(|byte| **byte == b' ').count();
    &bytes[blanks..]
}

#[cfg(test)]
mod tests {
    use super::{argument, cookie, exact_cookie, first_value, parameter, sample};

    #[test]
    fn the_first_of_its_name() {
        assert_eq!(parameter(b"sidx=1&sid=2?3&sid=4", b"sid"), Some(&b"2?3"[..]));
        assert_eq!(parameter(b"SID=1", b"sid"), None);
        assert_eq!(sample(b"id=1?id=2", b"id"), Some(&b"1"[..]));
        assert_eq!(sample(b"a=1;id=2;b", b"id"), Some(&b"2"[..]));
        assert_eq!(sample(b"x?id=", b"id"), Some(&b""[..]));
        assert_eq!(sample(b"id", b"id"), None);
        assert_eq!(argument(b"xa=1&A=2&a=3", b"a"), Some(&b"2"[..]));
        assert_eq!(argument(b"a&a=", b"a"), Some(&b""[..]));
        assert_eq!(argument(b"", b"a"), None);
        assert_eq!(cookie(b"b=1; A = x y; a=2", b"a"), Some(&b"x y"[..]));
        assert_eq!(cookie(b"ab=1", b"a"), None);
        assert_eq!(exact_cookie(b"A=1; a=\"x\"", b"a"), Some(&b"x"[..]));
        assert_eq!(exact_cookie(b"a=", b"a"), None);
        assert_eq!(first_value(b" \"a,b\" ,c"), Some(&b"\"a,b\""[..]));
        assert_eq!(first_value(b" , b"), None);
    }
}
