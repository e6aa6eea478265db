// What the examples that time share: the modules under test, of which none is public,
// and the timer. The modules look for each other at the root, so it is included there.

#[path = "../../../crates/continuum/src/error.rs"]
mod error;
#[path = "../../../crates/continuum/src/hash/mod.rs"]
mod hash;
#[path = "../../../crates/continuum/src/keys.rs"]
mod keys;
#[path = "../../../crates/continuum/src/lanes/mod.rs"]
mod lanes;
#[path = "../../../crates/continuum/src/placement/mod.rs"]
mod placement;
mod timer;
