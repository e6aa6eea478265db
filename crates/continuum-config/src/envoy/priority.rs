//! Priorities: to which hosts of a cluster Envoy sends keys.
//!
//! The rule is Envoy's `LoadBalancerBase::recalculatePerPriorityState`. Each priority has a
//! ring or a table of its own; the first keeps all keys as long as enough of its hosts are
//! healthy.

use std::collections::BTreeMap;

/// The hosts of one priority.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    pub(super) healthy: u64,
    pub(super) unhealthy: u64,
}

impl Count {
    fn all(self) -> u64 {
        self.healthy + self.unhealthy
    }

    /// What Envoy thinks the priority can take, in percent.
    fn availability(self, factor: u64) -> u64 {
        let percent = factor.saturating_mul(self.healthy).checked_div(self.all());
        percent.unwrap_or(0).min(100)
    }
}

/// The priority that every key goes to, with `overprovisioning_factor` in percent; or why
/// there is none.
pub(super) fn of_all_keys(counts: &BTreeMap<u64, Count>, factor: u64) -> Result<u64, String> {
    let panic = || {
        "more than half of the hosts are unhealthy: Envoy panics then and hashes over all, which \
         is not covered"
            .to_owned()
    };
    let sum: u64 = counts.values().map(|count| count.availability(factor)).sum();
    let total = sum.min(100);
    let first = counts.iter().find(|(_, count)| count.availability(factor) > 0);
    let Some((&priority, &count)) = first else {
        let hosts = counts.values().any(|count| count.all() > 0);
        return if hosts { Err(panic()) } else { Ok(0) };
    };
    let kept = count.availability(factor) * 100 / total;
    if kept < 100 {
        return Err(format!(
            "priority {priority} has {} healthy hosts of {}, so Envoy sends {}% of the keys to lower \
             priorities, which is not covered",
            count.healthy,
            count.all(),
            100 - kept
        ));
    }
    // Where something keeps all keys in full, nothing panics.
    if total < 100 && count.unhealthy > count.healthy {
        return Err(panic());
    }
    Ok(priority)
}
