//! Why HAProxy takes turns where `balance` hashes what it does not have.

use super::balance::{self, Needs};
use crate::draft::Found;
use crate::note::Topic;
use crate::quote::quoted;

/// Where bytes are hashed that HAProxy has passed on.
pub(super) fn without_bytes(balance: &[String]) -> String {
    format!(
        "does not hash a key: of {} nothing is left when HAProxy chooses, and it takes turns; a \
         variable that 'tcp-request content set-var' fills is hashed in mode tcp",
        quoted(balance.get(1).map_or("", String::as_str))
    )
}

/// Where what is hashed needs another mode.
pub(super) fn without_mode(
    balance: &[String],
    needs: Needs,
    mode: Option<&str>,
    whole: bool,
) -> Option<String> {
    let why = match mode {
        _ if needs == Needs::Nothing => return None,
        Some("http") if needs == Needs::Cookie => {
            let why = "does not hash a key: balance rdp-cookie finds no cookie of RDP in mode http, \
                       in which HAProxy takes turns";
            return Some(why.to_owned());
        }
        None | Some("tcp") if needs == Needs::Cookie => return None,
        Some("http") => return None,
        None if !whole => return None,
        // Whether a request is waited for is known when all sections are.
        None | Some("tcp") if needs == Needs::Request => return None,
        None => "without 'mode' it is tcp, in which HAProxy takes turns".to_owned(),
        Some("tcp") => "in mode tcp HAProxy takes turns".to_owned(),
        Some(other) => format!("this is mode {other}"),
    };
    let wanted = if needs == Needs::Cookie { "tcp" } else { "http" };
    Some(format!("does not hash a key: balance {} needs mode {wanted}, {why}", shown(balance)))
}

/// What is hashed, as far as it says what is needed.
fn shown(balance: &[String]) -> String {
    let words = if balance.first().is_some_and(|name| name == "hash") { 2 } else { 1 };
    balance[..words.min(balance.len())].join(" ")
}

/// A pool of mode tcp that hashes what a client sends: HAProxy does if it has come when
/// HAProxy chooses.
///
/// `waits`: whether rules wait for it, if the sections that lead to it are known.
pub(super) fn await_request(found: &mut Found, balance: &[String], waits: Option<bool>) {
    let Found::Pool(draft) = found else { return };
    match waits {
        Some(false) => {
            let mode = match balance::needs(balance) {
                Needs::Cookie => "",
                _ => "mode http, or in tcp ",
            };
            let why = format!(
                "does not hash a key: balance {} needs {mode}'tcp-request inspect-delay' with \
                 content rules that wait for the request; without both HAProxy takes turns",
                shown(balance)
            );
            *found = Found::skipped(&draft.name, draft.at.clone(), why);
        }
        Some(true) => {
            let sentence = "in mode tcp a request that has not come while tcp-request rules wait \
                            is not hashed: HAProxy takes turns";
            draft.note(draft.at.clone(), Topic::Override, "mode", sentence);
        }
        None => {
            let sentence = "in mode tcp HAProxy takes turns where no frontend waits for the \
                            request, with 'tcp-request inspect-delay' and content rules: this file \
                            holds a part of a configuration, and does not say";
            draft.note(draft.at.clone(), Topic::Assumed, "mode", sentence);
        }
    }
}
