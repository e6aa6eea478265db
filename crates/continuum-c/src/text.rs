//! Texts across the border.

use std::ffi::{CStr, CString, c_char};

/// The text behind a pointer, which `what` names in a refusal.
///
/// # Safety
/// `pointer` is null or points to bytes that end with NUL and stay as they are during `'a`.
#[allow(unsafe_code, reason = "reads a C string")]
pub(crate) unsafe fn read<'a>(pointer: *const c_char, what: &str) -> Result<&'a str, String> {
    if pointer.is_null() {
        return Err(format!("{what} is a null pointer"));
    }
    // SAFETY: not null; the caller promises the rest.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map_err(|_| format!("{what} is not UTF-8"))
}

/// A text that C may read; a NUL inside would cut it short.
pub(crate) fn owned(text: &str, what: &str) -> Result<CString, String> {
    CString::new(text).map_err(|_| format!("{what} {text:?} has a NUL byte, which C cannot read"))
}
