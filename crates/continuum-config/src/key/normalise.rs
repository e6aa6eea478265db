//! nginx's `$uri`: the path of a target decoded, slashes merged, `.` and `..`
//! followed. Checked against running nginx 1.22 and 1.26 in `tests/live`.

/// What the last bytes of the path were.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Usual,
    Slash,
    Dot,
    Dots,
}

/// The path of a target that begins with `/`; none where nginx refuses the request.
pub(super) fn path(target: &[u8]) -> Option<Vec<u8>> {
    let mut path = Vec::with_capacity(target.len());
    let mut state = State::Usual;
    let mut rest = target;
    loop {
        let (byte, escaped);
        (byte, escaped, rest) = match rest {
            [] | [b'?' | b'#', ..] => break,
            [b'%', high, low, after @ ..] => (hex(*high)? << 4 | hex(*low)?, true, after),
            [b'%', ..] | [0, ..] => return None,
            [byte, after @ ..] => (*byte, false, after),
        };
        if escaped && byte == 0 {
            return None;
        }
        state = match (state, byte) {
            // Escaped, these are letters like any other.
            (_, b'%' | b'#' | b'?') => {
                path.push(byte);
                State::Usual
            }
            (State::Slash, b'/') => State::Slash,
            (State::Dot, b'/') => {
                path.pop();
                State::Slash
            }
            (State::Dots, b'/') => {
                up(&mut path)?;
                State::Slash
            }
            (State::Usual, b'/') => push(&mut path, byte, State::Slash),
            (State::Slash, b'.') => push(&mut path, byte, State::Dot),
            (State::Dot, b'.') => push(&mut path, byte, State::Dots),
            _ => push(&mut path, byte, State::Usual),
        };
    }
    match state {
        State::Dot => {
            path.pop();
        }
        State::Dots => up(&mut path)?,
        State::Usual | State::Slash => {}
    }
    Some(path)
}

fn push(path: &mut Vec<u8>, byte: u8, state: State) -> State {
    path.push(byte);
    state
}

/// Takes `NAME/..` back; none above the root.
fn up(path: &mut Vec<u8>) -> Option<()> {
    let folder = path.len().checked_sub(4)?;
    let slash = path[..=folder].iter().rposition(|byte| *byte == b'/')?;
    path.truncate(slash + 1);
    Some(())
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn as_nginx_does() {
        for (target, wanted) in [
            ("/", "/"),
            ("/a//b///c", "/a/b/c"),
            ("/a/./b/../c/.", "/a/c/"),
            ("/a/b/..", "/a/"),
            ("/a/..", "/"),
            ("/%61%2Fb%2f%2e%2E/c", "/a/c"),
            ("/a?b#c", "/a"),
            ("/a#b?c", "/a"),
            ("/%3F%23%25", "/?#%"),
            ("/...", "/..."),
            ("/.a/..b", "/.a/..b"),
            ("/a%20b+c", "/a b+c"),
        ] {
            let found = path(target.as_bytes()).map(|path| String::from_utf8(path).unwrap());
            assert_eq!(found.as_deref(), Some(wanted), "{target}");
        }
        for refused in ["/..", "/a/../..", "/%zz", "/%4", "/%", "/%00"] {
            assert_eq!(path(refused.as_bytes()), None, "{refused}");
        }
    }
}
