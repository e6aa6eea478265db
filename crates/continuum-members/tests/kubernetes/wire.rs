//! What the server says: lists in pages, watches in lines.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::{State, Trouble};

/// Slices on a page of a list.
const PAGE: usize = 2;
const PATH: &str = "/apis/discovery.k8s.io/v1/namespaces/cache/endpointslices?";

pub(super) fn serve(stream: &TcpStream, shared: &(Mutex<State>, Condvar)) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let (mut request, mut allowed) = (String::new(), false);
        if reader.read_line(&mut request)? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            allowed |= line.trim_end().eq_ignore_ascii_case("authorization: bearer open-sesame");
            if line.trim_end().is_empty() {
                break;
            }
        }
        let path = request.split(' ').nth(1).unwrap_or_default();
        let query = path.strip_prefix(PATH).unwrap_or_default().replace("%2F", "/");
        let known = query.replace("%3D", "=").contains("kubernetes.io/service-name=memcached");
        if !allowed {
            refuse(stream, 401, "Unauthorized", "Unauthorized")?;
        } else if !known {
            refuse(stream, 404, "NotFound", "the server could not find the requested resource")?;
        } else if query.contains("watch=true") {
            return watch(stream, &query, shared);
        } else if !list(stream, &query, shared)? {
            return Ok(());
        }
    }
}

fn refuse(mut stream: &TcpStream, code: u16, reason: &str, message: &str) -> io::Result<()> {
    let body = status(code, reason, message).to_string();
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {code} {reason}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}

fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    })
}

fn parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// A page; whether the connection goes on.
fn list(mut stream: &TcpStream, query: &str, shared: &(Mutex<State>, Condvar)) -> io::Result<bool> {
    use Trouble::{CutList, EmptyList, HalfList, OtherPage, SamePage, Unavailable};
    let mut state = shared.0.lock().unwrap();
    let (trouble, version, mut items) = match parameter(query, "continue") {
        None => {
            state.lists += 1;
            let troubles = [CutList, EmptyList, Unavailable, SamePage, OtherPage];
            let trouble = state.next_is(&troubles);
            let mut items: Vec<Value> = state.slices.values().cloned().collect();
            // What a list holds does not say of each what it is.
            for item in &mut items {
                item.as_object_mut()
                    .unwrap()
                    .retain(|name, _| name != "kind" && name != "apiVersion");
            }
            (trouble, state.version, items)
        }
        Some(token) => match (state.next_is(&[HalfList]), state.pages.remove(token)) {
            (None, Some((version, items))) => (None, version, items),
            _ => {
                drop(state);
                refuse(stream, 410, "Expired", "The provided continue parameter is too old")?;
                return Ok(true);
            }
        },
    };
    match trouble {
        Some(Unavailable) => {
            drop(state);
            refuse(stream, 503, "ServiceUnavailable", "apiserver not ready")?;
            return Ok(true);
        }
        Some(EmptyList) => items.clear(),
        _ => {}
    }
    let mut about = json!({ "resourceVersion": version.to_string() });
    if items.len() > PAGE {
        let rest = match trouble {
            Some(SamePage) => items.clone(),
            _ => items.split_off(PAGE),
        };
        items.truncate(PAGE);
        let token = format!("{version}-{}-{}", state.lists, rest.len());
        about["remainingItemCount"] = rest.len().into();
        about["continue"] = token.clone().into();
        let version = if trouble == Some(OtherPage) { version + 1 } else { version };
        state.pages.insert(token, (version, rest));
    }
    drop(state);
    let body = json!({
        "kind": "EndpointSliceList", "apiVersion": "discovery.k8s.io/v1",
        "metadata": about, "items": items,
    })
    .to_string();
    let given = if trouble == Some(CutList) { &body[..body.len() / 2] } else { &body };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{given}"
    )?;
    Ok(trouble != Some(CutList))
}

fn chunk(mut stream: &TcpStream, text: &str) -> io::Result<()> {
    write!(stream, "{:x}\r\n{text}\r\n", text.len())
}

fn watch(mut stream: &TcpStream, query: &str, shared: &(Mutex<State>, Condvar)) -> io::Result<()> {
    use Trouble::{Cut, Ended, Gone, Refused};
    let mut seen: u64 = parameter(query, "resourceVersion").unwrap().parse().unwrap();
    {
        let mut state = shared.0.lock().unwrap();
        state.watches += 1;
        // Who goes on from there knows it.
        state.said = state.said.max(seen);
        if state.next_is(&[Refused]).is_some() {
            drop(state);
            return refuse(stream, 410, "Expired", "too old resource version");
        }
    }
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    )?;
    loop {
        let mut state = shared.0.lock().unwrap();
        if seen < state.oldest {
            drop(state);
            chunk(stream, &gone(seen))?;
            return chunk(stream, "");
        }
        let next = state.events.iter().find(|(version, _)| *version > seen).cloned();
        // A line is cut only where there is one.
        let mut among = vec![Ended, Gone];
        among.extend(next.as_ref().map(|_| Cut));
        let trouble = state.next_is(&among);
        match (trouble, next) {
            (None, None) => {
                let waited = shared.1.wait_timeout(state, Duration::from_millis(200)).unwrap();
                drop(waited);
            }
            (Some(Ended), _) => {
                drop(state);
                return chunk(stream, "");
            }
            (Some(Cut), Some((_, event))) => {
                drop(state);
                let line = event.to_string();
                return chunk(stream, &line[..line.len() * 2 / 3]);
            }
            (Some(_), _) => {
                drop(state);
                chunk(stream, &gone(seen))?;
                return chunk(stream, "");
            }
            (None, Some((version, event))) => {
                drop(state);
                chunk(stream, &format!("{event}\n"))?;
                seen = version;
                shared.0.lock().unwrap().said = version;
            }
        }
    }
}

fn gone(seen: u64) -> String {
    let object = status(410, "Expired", &format!("too old resource version: {seen}"));
    format!("{}\n", json!({ "type": "ERROR", "object": object }))
}
