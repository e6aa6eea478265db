//! `slots-1`: a fixed table of slots, filled by weighted rendezvous with capped
//! shares. Specified in `docs/schemes/slots-1.md`; the filling in
//! `placement/slot_table.rs`.
//!
//! One load a look-up; a function of the set of servers alone; no server above
//! (1 + slack) of its share and one slot. With `slack=off` no change moves a slot
//! needlessly, and shares vary as chance has it, by √(servers / slots).

use crate::lanes::Level;
use crate::placement::SlotTable;
use crate::schemes::own::xxh3::{Xxh3Key, contenders};
use crate::schemes::prelude::*;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Continuum",
    versions: "all",
    about: "table of slots by weighted rendezvous with capped shares: even, near minimal, fastest",
    options: &[
        OptionSpec::new(
            "slots",
            Accepts::Whole(1, 1 << 24),
            "65536",
            "size of the table: 512 or more for each server there may ever be",
        )
        .trying(&["16384"]),
        OptionSpec::new(
            "slack",
            Accepts::DecimalOr(0.0, 4.0, &["off"]),
            "0.05",
            "what a server may have above its fair share; off: any, and exactly minimal",
        ),
    ],
    capacities: |_| Capacities::Any,
    order: |_| Order::Free,
    minimal: |options| {
        if options.decimal_or_word("slack").is_none() { Minimal::ALWAYS } else { Minimal::NEVER }
    },
    proven: 0,
    advice,
    numbers: true,
    ..SchemeEntry::new("slots-1", build)
};

/// Slots times servers: beyond this a build takes minutes.
const MOST_SCORES: u64 = 1 << 36;

/// Slots a server below which chance and caps get the upper hand.
const ENOUGH: u64 = 512;

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let slots = options.whole32("slots");
    let scores = u64::from(slots).saturating_mul(servers.len() as u64);
    if scores > MOST_SCORES {
        return Err(Error::new(
            Kind::Limit,
            format!(
                "scheme '{}': {slots} slots times {} servers are {scores} scores, but at most \
                 {MOST_SCORES} are computed",
                SCHEME.name,
                servers.len()
            ),
        ));
    }
    let factor = options.decimal_or_word("slack").map(factor);
    let contenders = contenders(servers);
    let changed = options.context.previous.and_then(|previous| {
        let before = |number| previous.numbers().before(number);
        previous.look(|old: &SlotTable| {
            old.changed(Level::best(), &contenders, servers.len(), factor, before)
        })
    });
    let place = changed
        .flatten()
        .unwrap_or_else(|| SlotTable::new(&contenders, servers.len(), slots, factor));
    Ok(Box::new(Hashed { hash: Xxh3Key, place }))
}

/// 1 + slack in units of 2⁻³², rounded down.
fn factor(slack: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to 4 times 2^32, a multiplication that rounds nothing"
    )]
    let slack = (slack * 4_294_967_296.0) as u64;
    (1 << 32) + slack
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let slots = options.whole("slots");
    let active = servers.iter().filter(|server| server.capacity().get() > 0.0).count() as u64;
    if slots >= active.saturating_mul(ENOUGH) {
        return Vec::new();
    }
    let effect = if options.decimal_or_word("slack").is_none() {
        "shares vary more than they need to"
    } else {
        "changes move more than they need to"
    };
    let enough = active.saturating_mul(ENOUGH).next_power_of_two();
    vec![Advice::new(
        Topic::Uneven,
        format!(
            "{slots} slots are {} for each of {active} servers: {effect}; for so many start with \
             slots={enough} (another number of slots moves nearly every key)",
            slots / active
        ),
    )]
}
