//! Errors and panics stop here: C gets a text.

use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `body`. Where it refuses, or panics, which would be a defect of ours, the answer is
/// `otherwise` and `*error` is a text that the caller frees.
///
/// # Safety
/// `error` is null or points to a place for a pointer.
#[allow(unsafe_code, reason = "writes through the caller's pointer")]
pub(crate) unsafe fn guarded<T>(
    otherwise: T,
    error: *mut *mut c_char,
    body: impl FnOnce() -> Result<T, String>,
) -> T {
    // What a panic leaves behind is dropped: handles are never changed in place.
    let done = catch_unwind(AssertUnwindSafe(body));
    let refusal = match done {
        Ok(Ok(value)) => {
            if !error.is_null() {
                // SAFETY: not null, and the caller promises a place.
                unsafe { error.write(std::ptr::null_mut()) };
            }
            return value;
        }
        Ok(Err(refusal)) => refusal,
        Err(_) => "internal error: please report it".to_owned(),
    };
    if !error.is_null() {
        let text = CString::new(refusal.replace('\0', "\\0")).unwrap_or_default();
        // SAFETY: as above.
        unsafe { error.write(text.into_raw()) };
    }
    otherwise
}

/// Frees the text of an error. Null is allowed.
///
/// # Safety
/// `text` is null, or was given by a function of this library and was not freed.
#[allow(unsafe_code, reason = "takes a pointer back")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn continuum_error_free(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: made by `CString::into_raw` in `guarded`, and freed once.
        drop(unsafe { CString::from_raw(text) });
    }
}
