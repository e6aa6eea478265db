//! Consistent hashing: which server owns a key.

#[allow(dead_code, reason = "taken up by the schemes")]
mod hash;
