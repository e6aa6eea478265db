//! The exported functions.
//!
//! JavaScript asks for room ([`continuum_input`]), writes there, and calls a function, which reads what was written. A
//! pointer that was given is good until room is asked for again. There is one thread.

use std::cell::RefCell;

use continuum::{Keys, NO_OWNER};

use crate::request;
use crate::table::Table;

/// What JavaScript and the module write for each other, and the continuums.
#[derive(Default)]
struct State {
    input: Vec<u8>,
    offsets: Vec<u32>,
    owners: Vec<u32>,
    output: Vec<u8>,
    table: Table,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

fn with<T>(body: impl FnOnce(&mut State) -> T) -> T {
    STATE.with_borrow_mut(body)
}

/// Room for so many bytes: a key, the keys of a batch, or a question.
#[allow(unsafe_code, reason = "exports a name")]
#[unsafe(no_mangle)]
pub extern "C" fn continuum_input(len: usize) -> *mut u8 {
    with(|state| {
        if state.input.len() < len {
            state.input.resize(len, 0);
        }
        state.input.as_mut_ptr()
    })
}

/// Room for the offsets of so many keys, one more than keys: see [`continuum_resolve_all`].
#[allow(unsafe_code, reason = "exports a name")]
#[unsafe(no_mangle)]
pub extern "C" fn continuum_offsets(count: usize) -> *mut u32 {
    with(|state| {
        state.offsets.resize(count.saturating_add(1), 0);
        state.offsets.as_mut_ptr()
    })
}

/// The owners that the last batch or the last candidates have.
#[allow(unsafe_code, reason = "exports a name")]
#[unsafe(no_mangle)]
pub extern "C" fn continuum_owners() -> *const u32 {
    with(|state| state.owners.as_ptr())
}

/// Answers the question of `len` bytes of JSON: 1, and the answer as JSON is the output; or 0, and it is a sentence
/// that says why not.
#[allow(unsafe_code, reason = "exports a name")]
#[unsafe(no_mangle)]
pub extern "C" fn continuum_ask(len: usize) -> u32 {
    with(|state| {
        let question = state.input.get(..len).unwrap_or_default();
        let (done, output) = match request::answer(question, &mut state.table) {
            Ok(json) => (1, json),
            Err(sentence) => (0, sentence.into_bytes()),
        };
        state.output = output;
        done
    })
}

/// Where the output begins.
#[allow(unsafe_code, reason = "exports a name")]
#[unsafe(no_mangle)]
pub extern "C" fn continuum_output() -> *const u8 {
    with(|state| state.output.as_ptr())
}

/// How many bytes it has.
#[allow(unsafe_code, reason = "exports a name")]
#[unsafe(no_mangle)]
pub extern "C" fn continuum_output_len() -> usize {
    with(|state| state.output.len())
}

/// The index of the server that owns the key of `len` bytes in the input; [`NO_OWNER`] where none does.
#[allow(unsafe_code, reason = "exports a name")]
#[unsafe(no_mangle)]
pub extern "C" fn continuum_resolve(number: usize, len: usize) -> u32 {
    with(|state| {
        let key = state.input.get(..len).unwrap_or_default();
        let continuum = state.table.get(number);
        continuum.and_then(|continuum| continuum.resolve_index(key)).unwrap_or(NO_OWNER)
    })
}

/// The owners of the keys in the input, key i being the bytes from offset i up to the next: as many as there was room
/// for offsets made, less one. Returns how many.
#[allow(unsafe_code, reason = "exports a name")]
#[unsafe(no_mangle)]
pub extern "C" fn continuum_resolve_all(number: usize) -> usize {
    with(|state| {
        state.owners.clear();
        let end = state.offsets.last().map_or(0, |end| *end as usize);
        let bytes = state.input.get(..end).unwrap_or_default();
        if let (Some(continuum), Ok(keys)) =
            (state.table.get(number), Keys::packed32(bytes, &state.offsets))
        {
            state.owners.resize(keys.len(), NO_OWNER);
            continuum.resolve_all(keys, &mut state.owners);
        }
        state.owners.len()
    })
}

/// The first `most` candidates of the key of `len` bytes in the input, the owner first. Returns how many there are.
#[allow(unsafe_code, reason = "exports a name")]
#[unsafe(no_mangle)]
pub extern "C" fn continuum_candidates(number: usize, len: usize, most: usize) -> usize {
    with(|state| {
        state.owners.clear();
        let key = state.input.get(..len).unwrap_or_default();
        if let Some(continuum) = state.table.get(number) {
            let mut walk = continuum.candidates(key);
            while state.owners.len() < most
                && let Some(server) = walk.next_index()
            {
                state.owners.push(server);
            }
        }
        state.owners.len()
    })
}

/// Gives a continuum back; its number may then stand for another one.
#[allow(unsafe_code, reason = "exports a name")]
#[unsafe(no_mangle)]
pub extern "C" fn continuum_drop(number: usize) {
    with(|state| state.table.remove(number));
}
