//! `jump_hash` as CPython calls what is written in C: a function of two numbers takes less time
//! than to take its arguments apart in the usual way.

use std::ffi::{CStr, c_int, c_long};
use std::num::NonZeroU32;

use continuum::compat::jump;
use pyo3::ffi;
use pyo3::prelude::*;

/// The function, which leaves to `other` whatever is no pair of integers in range.
#[allow(unsafe_code, reason = "makes a function of CPython's C interface")]
pub(crate) fn function<'py>(other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let definition = Box::leak(Box::new(ffi::PyMethodDef {
        ml_name: c"jump_hash".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFast: call },
        ml_flags: ffi::METH_FASTCALL,
        ml_doc: DOC.as_ptr(),
    }));
    // SAFETY: the definition lives as long as the process and says how `call` takes its
    // arguments; the function keeps a reference to `other`, and is new or null with an error set.
    unsafe {
        let made = ffi::PyCFunction_NewEx(definition, other.as_ptr(), std::ptr::null_mut());
        Bound::from_owned_ptr_or_err(other.py(), made)
    }
}

const DOC: &CStr = c"jump_hash(key, num_buckets, /)
--

A number from 0 to `num_buckets` - 1, by Lamping and Veach's jump consistent hash.

Of `key` the low 64 bits count, as in the package. Raises TypeError for what is no
integer, OverflowError for a `num_buckets` of more than 32 bits, ValueError for one
below 1.";

#[allow(unsafe_code, reason = "is called by CPython with pointers")]
unsafe extern "C" fn call(
    other: *mut ffi::PyObject,
    args: *mut *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
) -> *mut ffi::PyObject {
    // SAFETY: CPython calls with a thread that is attached and `count` references that live until
    // we return; `other` is what `function` was given. Nothing here panics.
    unsafe {
        if count == 2 {
            let (key, buckets) = (*args, *args.add(1));
            // Both take `__index__` as well; what fails is told by `other`.
            let key = ffi::PyLong_AsUnsignedLongLongMask(key);
            if key != u64::MAX || ffi::PyErr_Occurred().is_null() {
                let buckets = ffi::PyLong_AsLong(buckets);
                let buckets =
                    i32::try_from(buckets).ok().and_then(|count| u32::try_from(count).ok());
                if let Some(buckets) = buckets.and_then(NonZeroU32::new) {
                    // Below 2³¹: fits a `long` everywhere.
                    return ffi::PyLong_FromLong(c_long::from(jump(key, buckets).cast_signed()));
                }
            }
            ffi::PyErr_Clear();
        }
        let tuple = ffi::PyTuple_New(count);
        if tuple.is_null() {
            return tuple;
        }
        for at in 0..count {
            let arg = *args.offset(at);
            ffi::Py_INCREF(arg);
            let _: c_int = ffi::PyTuple_SetItem(tuple, at, arg);
        }
        let result = ffi::PyObject_CallObject(other, tuple);
        ffi::Py_DECREF(tuple);
        result
    }
}
