//! Affinity over mock services, whose readiness and answers the test sets.

mod affinity;
mod rig;
mod rules;
