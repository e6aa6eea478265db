//! The border to JavaScript: buffers, numbered continuums, questions as JSON.
//!
//! The room holds the border and what it says; what a question means is the core's. `border.rs` exports functions,
//! and nothing else does. It imports the core, the readers of configurations and serde's JSON.

pub mod border;
mod catalogue;
mod described;
mod digests;
mod ownership;
mod planned;
mod read;
mod request;
mod strip;
mod table;
