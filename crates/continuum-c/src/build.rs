//! Handles: made, changed into others, asked for what they hold, freed.

use std::ffi::{CString, c_char};
use std::ptr;

use continuum::plan::Matching;
use continuum::{Continuum, Plan, Scheme, Server, Servers};

use crate::refusal::guarded;
use crate::text::{owned, read};

/// Servers under a scheme. It never changes; a change gives another one.
pub struct Handle {
    pub(crate) continuum: Continuum,
    /// The identities and addresses of the servers, for C to read.
    identities: Vec<CString>,
    addresses: Vec<CString>,
}

impl Handle {
    fn boxed(continuum: Continuum) -> Result<*mut Self, String> {
        let servers = || continuum.servers().iter();
        let identities = servers()
            .map(|one| owned(&one.identity(), "the identity"))
            .collect::<Result<_, _>>()?;
        let addresses =
            servers().map(|one| owned(&one.address(), "the address")).collect::<Result<_, _>>()?;
        Ok(Box::into_raw(Box::new(Self { continuum, identities, addresses })))
    }
}

/// The continuum behind a pointer.
///
/// # Safety
/// `handle` is null, or was given by this library and is not freed during `'a`.
#[allow(unsafe_code, reason = "reads a handle")]
pub(crate) unsafe fn of<'a>(handle: *const Handle) -> Result<&'a Handle, String> {
    // SAFETY: null becomes None; the caller promises the rest.
    unsafe { handle.as_ref() }.ok_or_else(|| "the continuum is a null pointer".to_owned())
}

/// Makes a continuum of `count` servers, each a text such as `10.0.0.1:11211` or, with a
/// capacity, `10.0.0.1:11211=2`. `scheme` is a text such as `nginx` or
/// `libmemcached:distribution=ketama`; `continuum schemes` lists them. Returns null and sets
/// `*error` where scheme or servers are refused.
///
/// # Safety
/// `scheme` and each of `servers` end with NUL; `servers` has `count` entries; `error` is null
/// or a place for a pointer.
#[allow(unsafe_code, reason = "takes pointers")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn continuum_new(
    scheme: *const c_char,
    servers: *const *const c_char,
    count: usize,
    error: *mut *mut c_char,
) -> *mut Handle {
    let body = || {
        // SAFETY: promised by the caller.
        let scheme: Scheme =
            unsafe { read(scheme, "the scheme") }?.parse().map_err(|e| format!("{e}"))?;
        if servers.is_null() && count > 0 {
            return Err("the list of servers is a null pointer".to_owned());
        }
        let mut set = Servers::new();
        for at in 0..count {
            // SAFETY: `at` is below the caller's count, and each entry is a text.
            let text = unsafe { read(*servers.add(at), &format!("server {at}")) }?;
            let server: Server = text.parse().map_err(|e| format!("{e}"))?;
            set.add(server).map_err(|e| format!("{e}"))?;
        }
        let continuum = Continuum::with_servers(scheme, set).map_err(|e| format!("{e}"))?;
        Handle::boxed(continuum)
    };
    // SAFETY: promised by the caller.
    unsafe { guarded(ptr::null_mut(), error, body) }
}

/// Makes a continuum from JSON, as the library in Rust writes it:
/// `{"scheme": "nginx", "servers": [{"host": "10.0.0.1", "port": 80, "capacity": 2}]}`. A server
/// may also have `name`, `id`, `zone`, `hash_key` and the other fields that a scheme hashes; a
/// field of another name is refused. Returns null and sets `*error` where it is refused.
///
/// # Safety
/// `json` ends with NUL; `error` is null or a place for a pointer.
#[allow(unsafe_code, reason = "takes pointers")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn continuum_from_json(
    json: *const c_char,
    error: *mut *mut c_char,
) -> *mut Handle {
    let body = || {
        // SAFETY: promised by the caller.
        let json = unsafe { read(json, "the JSON") }?;
        Handle::boxed(serde_json::from_str(json).map_err(|e| format!("{e}"))?)
    };
    // SAFETY: promised by the caller.
    unsafe { guarded(ptr::null_mut(), error, body) }
}

/// The same servers and one more, at the end of the list: another continuum. Returns null and
/// sets `*error` where the server is refused.
///
/// # Safety
/// `handle` is a continuum that is not freed; `server` ends with NUL; `error` is null or a place
/// for a pointer.
#[allow(unsafe_code, reason = "takes pointers")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn continuum_with(
    handle: *const Handle,
    server: *const c_char,
    error: *mut *mut c_char,
) -> *mut Handle {
    let body = || {
        // SAFETY: promised by the caller.
        let (handle, text) = unsafe { (of(handle)?, read(server, "the server")?) };
        let mut changed = handle.continuum.clone();
        let server: Server = text.parse().map_err(|e| format!("{e}"))?;
        changed.add_server(server).map_err(|e| format!("{e}"))?;
        Handle::boxed(changed)
    };
    // SAFETY: promised by the caller.
    unsafe { guarded(ptr::null_mut(), error, body) }
}

/// The same servers without the one of this identity: another continuum. Returns null and sets
/// `*error` where there is no such server.
///
/// # Safety
/// As for `continuum_with`.
#[allow(unsafe_code, reason = "takes pointers")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn continuum_without(
    handle: *const Handle,
    identity: *const c_char,
    error: *mut *mut c_char,
) -> *mut Handle {
    let body = || {
        // SAFETY: promised by the caller.
        let (handle, text) = unsafe { (of(handle)?, read(identity, "the identity")?) };
        let mut changed = handle.continuum.clone();
        changed.remove_server(text).map_err(|e| format!("{e}"))?;
        Handle::boxed(changed)
    };
    // SAFETY: promised by the caller.
    unsafe { guarded(ptr::null_mut(), error, body) }
}

/// Frees a continuum. Null is allowed.
///
/// # Safety
/// `handle` is null, or was given by this library, was not freed, and no call uses it.
#[allow(unsafe_code, reason = "takes a pointer back")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn continuum_free(handle: *mut Handle) {
    if !handle.is_null() {
        // SAFETY: made by `Box::into_raw`, and freed once.
        drop(unsafe { Box::from_raw(handle) });
    }
}

/// The number of servers; 0 for null.
///
/// # Safety
/// `handle` is null or a continuum that is not freed.
#[allow(unsafe_code, reason = "takes a pointer")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn continuum_servers(handle: *const Handle) -> usize {
    // SAFETY: promised by the caller.
    unsafe { of(handle) }.map_or(0, |handle| handle.identities.len())
}

/// The identity of the server of an index, which schemes hash; null if there is none. It lives
/// as long as the continuum.
///
/// # Safety
/// As for `continuum_servers`.
#[allow(unsafe_code, reason = "takes a pointer")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn continuum_identity(handle: *const Handle, index: u32) -> *const c_char {
    // SAFETY: promised by the caller.
    let handle = unsafe { of(handle) };
    handle.map_or(ptr::null(), |handle| pointer(&handle.identities, index))
}

/// The address of the server of an index, which is dialled: host and port. Null if there is
/// none. It lives as long as the continuum.
///
/// # Safety
/// As for `continuum_servers`.
#[allow(unsafe_code, reason = "takes a pointer")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn continuum_address(handle: *const Handle, index: u32) -> *const c_char {
    // SAFETY: promised by the caller.
    let handle = unsafe { of(handle) };
    handle.map_or(ptr::null(), |handle| pointer(&handle.addresses, index))
}

fn pointer(texts: &[CString], index: u32) -> *const c_char {
    texts.get(index as usize).map_or(ptr::null(), |text| text.as_ptr())
}

/// A number that two continuums share only where their maps are equal; 0 for null.
///
/// # Safety
/// As for `continuum_servers`.
#[allow(unsafe_code, reason = "takes a pointer")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn continuum_fingerprint(handle: *const Handle) -> u64 {
    // SAFETY: promised by the caller.
    unsafe { of(handle) }.map_or(0, |handle| handle.continuum.fingerprint())
}

/// The part of all keys, from 0 to 1, that has another owner in `new_` than in `old`; servers
/// are matched by identity. `*least`, unless null, becomes the least that any scheme could move.
/// Returns a negative number and sets `*error` where a pointer is null.
///
/// # Safety
/// Both are continuums that are not freed; `least` and `error` are null or places to write to.
#[allow(unsafe_code, reason = "takes pointers")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn continuum_moved(
    old: *const Handle,
    new_: *const Handle,
    least: *mut f64,
    error: *mut *mut c_char,
) -> f64 {
    let body = || {
        // SAFETY: promised by the caller.
        let (old, new) = unsafe { (of(old)?, of(new_)?) };
        let plan = Plan::between(&old.continuum, &new.continuum, Matching::Identity);
        if !least.is_null() {
            // SAFETY: not null, and the caller promises a place.
            unsafe { least.write(plan.least()) };
        }
        Ok(plan.moved())
    };
    // SAFETY: promised by the caller.
    unsafe { guarded(-1.0, error, body) }
}
