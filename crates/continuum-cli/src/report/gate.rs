//! `--max-move`: what a pipeline must not let pass.

use serde::Serialize;

use super::{Alone, Lack, PoolPlan, down, readdressed};
use crate::failure::Failure;
use crate::words::{limit, percent};

/// The limit, and the pools that break it or cannot be judged by it.
#[derive(Serialize)]
pub(crate) struct Gate {
    pub(crate) max_move: f64,
    pub(crate) passed: bool,
    pub(crate) failures: Vec<Broken>,
    /// One that could not be read fails otherwise: nothing is known of it.
    #[serde(skip)]
    unread: bool,
}

#[derive(Serialize)]
pub(crate) struct Broken {
    pub(crate) pool: String,
    pub(crate) why: String,
}

impl Gate {
    /// Judges every pool; what stands in `meant` may be lost.
    pub(crate) fn judge(
        max_move: f64,
        pools: &[PoolPlan],
        alone: &[Alone],
        meant: &[String],
    ) -> Self {
        let mut failures = Vec::new();
        for pool in pools {
            let allowed = meant.contains(&pool.name);
            if !pool.same_key && !allowed {
                let (old, new) = (&pool.key, &pool.key_after);
                let why = format!("hashes {new} instead of {old}, so every key may move");
                failures.push(Broken { pool: pool.name.clone(), why });
            }
            let elsewhere = readdressed::share(&pool.readdressed);
            if let Some(sentence) = readdressed::sentence(&pool.readdressed)
                && elsewhere > max_move
                && !allowed
            {
                let most = limit(max_move);
                let why = format!(
                    "{sentence}, which is over --max-move {most}, unless the machine is the same \
                     (--allow-lost {})",
                    pool.name
                );
                failures.push(Broken { pool: pool.name.clone(), why });
            }
            if let Some(why) = down::sentence(&pool.down).filter(|_| !allowed) {
                failures.push(Broken { pool: pool.name.clone(), why });
            }
            if pool.plan.moved > max_move {
                let (moved, most) = (percent(pool.plan.moved), limit(max_move));
                let why = format!("moves {moved} of keys, which is over --max-move {most}");
                failures.push(Broken { pool: pool.name.clone(), why });
            }
        }
        let lost = || alone.iter().filter(|pool| !meant.contains(&pool.name));
        failures
            .extend(lost().map(|pool| Broken { pool: pool.name.clone(), why: pool.sentence() }));
        let unread = lost().any(|pool| pool.lack == Lack::Unread);
        Self { max_move, passed: failures.is_empty(), failures, unread }
    }

    /// Whether a pool passes.
    pub(crate) fn passes(&self, pool: &str) -> bool {
        self.failures.iter().all(|failure| failure.pool != pool)
    }

    pub(crate) fn outcome(&self) -> Result<(), Failure> {
        let told = self.failures.iter().map(|Broken { pool, why }| format!("pool '{pool}' {why}"));
        let told: Vec<String> = told.collect();
        match (self.passed, self.unread) {
            (true, _) => Ok(()),
            (false, true) => Err(Failure::Complaints(told)),
            (false, false) => Err(Failure::Differences(told)),
        }
    }
}

impl PoolPlan {
    /// Whether the pool keeps the limit, and the words that say so.
    pub(crate) fn judgement(&self, gate: Option<&Gate>) -> Option<(bool, String)> {
        let gate = gate?;
        let passes = gate.passes(&self.name);
        let word = if passes { "OK" } else { "FAILED" };
        Some((passes, format!("{word}, limit {}", limit(gate.max_move))))
    }
}
