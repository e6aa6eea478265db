//! What is told of a change.

use continuum_members::Change;

use crate::report::{Gate, PlanReport, PoolPlan, Watched};

/// An event, with the plan of the change if it is asked for and there is one.
pub(super) fn of(
    event: &'static str,
    change: &Change,
    source: &str,
    planned: bool,
    most: f64,
) -> Watched {
    let new = change.new_map();
    let plan = change.old().zip(change.plan()).filter(|_| planned).map(|(old, plan)| {
        let mut pool = PoolPlan::of(source, plan, (&**old, &**new));
        let [before, after] = change.keys().map(ToString::to_string);
        (pool.key, pool.key_after, pool.same_key) = (before, after, change.is_same_key());
        let mut pools = vec![pool];
        // A member that comes back elsewhere under its name is what sources are followed for.
        let elsewhere = std::mem::take(&mut pools[0].readdressed);
        let gate = Some(Gate::judge(most, &pools, &[], &[]));
        pools[0].readdressed = elsewhere;
        let command = String::new();
        PlanReport { pools, alone: Vec::new(), gate, command, all: false, all_flows: false }
    });
    Watched {
        event,
        fingerprint: Some(format!("{:016x}", new.fingerprint())),
        servers: Some(new.servers().len()),
        before: change.old().map(|old| old.servers().len()),
        moved: change.old().map(|_| change.moved()),
        why: None,
        plan,
    }
}
