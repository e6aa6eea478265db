//! Look-ups: one key, many keys, a key's candidates.

use std::ffi::c_char;
use std::slice;

use continuum::{Keys, NO_OWNER};

use crate::build::{Handle, of};
use crate::refusal::guarded;

/// In place of an index: no server owns the key.
pub const CONTINUUM_NO_OWNER: u32 = u32::MAX;

const _: () = assert!(CONTINUUM_NO_OWNER == NO_OWNER);

/// The bytes behind a pointer; null with a length of 0 is the empty key.
///
/// # Safety
/// `bytes` is null or points to `len` bytes that stay as they are during `'a`.
#[allow(unsafe_code, reason = "reads the caller's bytes")]
unsafe fn bytes<'a>(bytes: *const u8, len: usize) -> Option<&'a [u8]> {
    if len == 0 {
        return Some(&[]);
    }
    if bytes.is_null() || isize::try_from(len).is_err() {
        return None;
    }
    // SAFETY: neither null nor too long; the caller promises the rest.
    Some(unsafe { slice::from_raw_parts(bytes, len) })
}

/// The index of the server that owns a key of `len` bytes; `CONTINUUM_NO_OWNER` where none has
/// capacity, `handle` is null, or `key` is null and `len` is not 0. With a `len` of 0 it is the
/// empty key, whatever `key` is.
///
/// # Safety
/// `handle` is null or a continuum that is not freed; `key` is null or points to `len` bytes.
#[allow(unsafe_code, reason = "takes pointers")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn continuum_resolve(
    handle: *const Handle,
    key: *const u8,
    len: usize,
) -> u32 {
    let body = || {
        // SAFETY: promised by the caller.
        let (handle, key) = unsafe { (of(handle)?, bytes(key, len)) };
        let key = key.ok_or_else(String::new)?;
        Ok(handle.continuum.resolve_index(key).unwrap_or(NO_OWNER))
    };
    // SAFETY: no text is asked for.
    unsafe { guarded(NO_OWNER, std::ptr::null_mut(), body) }
}

/// The owners of many keys, faster than one by one. Key i is the bytes from `offsets[i]` up to
/// `offsets[i + 1]`, so there are `count + 1` offsets, in bytes, and none is less than the one
/// before. `owners` gets `count` indices. `keys` may be null where all keys are empty. Returns 0, or -1 with `*error` set and `owners`
/// untouched.
///
/// # Safety
/// `handle` is a continuum that is not freed; `keys` points to as many bytes as the last offset
/// says, `offsets` to `count + 1` numbers, `owners` to a place for `count`; `error` is null or a
/// place for a pointer.
#[allow(unsafe_code, reason = "takes pointers")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn continuum_resolve_all(
    handle: *const Handle,
    keys: *const u8,
    offsets: *const u64,
    count: usize,
    owners: *mut u32,
    error: *mut *mut c_char,
) -> i32 {
    let body = || {
        // SAFETY: promised by the caller.
        let handle = unsafe { of(handle) }?;
        if count == 0 {
            return Ok(0);
        }
        if offsets.is_null() || owners.is_null() || !offsets.is_aligned() || !owners.is_aligned() {
            return Err("offsets or owners are null or not aligned".to_owned());
        }
        let places = count.checked_add(1).filter(|n| *n <= usize::MAX / 16);
        let places = places.ok_or_else(|| format!("{count} keys are more than fit in memory"))?;
        // SAFETY: neither null nor too long; the caller promises as many numbers.
        let offsets = unsafe { slice::from_raw_parts(offsets, places) };
        let end = usize::try_from(offsets[count]).map_err(|_| "the last offset is too large")?;
        // SAFETY: the caller promises as many bytes as the last offset says.
        let keys = unsafe { bytes(keys, end) }.ok_or("the keys are a null pointer")?;
        let keys = Keys::packed(keys, offsets).map_err(|e| format!("{e}"))?;
        // SAFETY: neither null nor too long; the caller promises the place, and that it is his
        // alone. It need not be initialised: it is first filled.
        let owners = unsafe {
            owners.write_bytes(0, count);
            slice::from_raw_parts_mut(owners, count)
        };
        handle.continuum.resolve_all(keys, owners);
        Ok(0)
    };
    // SAFETY: promised by the caller.
    unsafe { guarded(-1, error, body) }
}

/// The first `most` candidates of a key in its order of preference: the owner, then who stands
/// in for it. `indices` gets them; returned is how many there are, no more than the servers, and
/// 0 where `handle` or `indices` is null, or `key` is null and `len` is not 0.
///
/// # Safety
/// `handle` is null or a continuum that is not freed; `key` is null or points to `len` bytes;
/// `indices` is null or a place for `most` numbers.
#[allow(unsafe_code, reason = "takes pointers")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn continuum_candidates(
    handle: *const Handle,
    key: *const u8,
    len: usize,
    indices: *mut u32,
    most: usize,
) -> usize {
    let body = || {
        // SAFETY: promised by the caller.
        let (handle, key) = unsafe { (of(handle)?, bytes(key, len)) };
        let key = key.filter(|_| !indices.is_null()).ok_or_else(String::new)?;
        let mut walk = handle.continuum.candidates(key);
        let mut count = 0;
        while count < most
            && let Some(server) = walk.next_index()
        {
            // SAFETY: `count` is below `most`, and the caller promises the place.
            unsafe { indices.add(count).write(server) };
            count += 1;
        }
        Ok(count)
    };
    // SAFETY: no text is asked for.
    unsafe { guarded(0, std::ptr::null_mut(), body) }
}
