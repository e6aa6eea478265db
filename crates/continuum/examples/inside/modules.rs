// What the examples that time share: the modules under test, of which none is public,
// and the timer. The modules look for each other at the root, so it is included there.

#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/hash/mod.rs"]
mod hash;
#[path = "../../src/keys.rs"]
mod keys;
#[path = "../../src/lanes/mod.rs"]
mod lanes;
#[path = "../../src/placement/mod.rs"]
mod placement;
mod timer;
