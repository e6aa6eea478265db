//! A stored table through any changes: balanced within one slot, zones apart,
//! and stored and read again the same.

use continuum::Continuum;
use continuum::assignment::Assignment;
use libfuzzer_sys::arbitrary::{Result, Unstructured};

use crate::{catalogue, files, records, sets};

pub(crate) fn sequence(continuum: &Continuum, input: &mut Unstructured<'_>) -> Result<()> {
    let slots = 1 + u32::from(input.arbitrary::<u8>()?);
    let copies = 1 + u32::from(input.arbitrary::<u8>()? % 4);
    let mut assignment = match Assignment::with_copies(continuum, slots, copies) {
        Ok(assignment) => assignment,
        Err(error) => {
            assert!(error.to_string().len() > 10, "{error}");
            return Ok(());
        }
    };
    judge(&assignment);
    for number in 0..input.arbitrary::<u8>()? % 6 {
        let choice = input.arbitrary::<u8>()?;
        let some = usize::from(input.arbitrary::<u8>()?) % assignment.servers().len();
        let some = assignment.servers().as_slice()[some].identity().into_owned();
        let slot = u32::from(input.arbitrary::<u8>()?);
        let done = match choice % 6 {
            0 => assignment.remove_server(&some),
            1 => {
                let capacity = sets::capacity(input, continuum.scheme())?;
                assignment.set_capacity(&some, capacity).map(drop)
            }
            2 => assignment.pin(slot, &some),
            3 => assignment.unpin(slot),
            _ => {
                let server = sets::server(input, continuum.scheme(), 100 + u32::from(number))?;
                assignment.add_server(server)
            }
        };
        let limit = (choice > 127).then(|| u64::from(choice - 128));
        if !is_lawful(&mut assignment, done, limit) {
            break;
        }
        files::whole(&assignment);
        assert_eq!(Assignment::from_bytes(&assignment.to_bytes()).unwrap(), assignment);
    }
    Ok(())
}

/// What holds of every step, done or refused, and of the change behind it; whether that was
/// made.
fn is_lawful(
    assignment: &mut Assignment,
    done: std::result::Result<(), continuum::Error>,
    limit: Option<u64>,
) -> bool {
    if let Err(error) = done {
        assert!(error.to_string().len() > 10, "{error}");
    }
    let before = assignment.clone();
    match assignment.change(limit) {
        Ok(change) => {
            assert!(limit.is_none_or(|limit| change.moves().len() as u64 <= limit.max(1)));
            if limit.is_none() {
                assert_eq!(change.left(), 0);
                judge(assignment);
            }
            true
        }
        Err(error) => {
            assert!(error.to_string().len() > 10, "{error}");
            assert_eq!(*assignment, before, "a refused change changed something");
            false
        }
    }
}

/// A head, and a change in every record.
pub fn run(data: &[u8]) {
    let Some((head, steps)) = records::of(data) else { return };
    let [scheme, shape, slots, copies] = *head;
    let Some(continuum) = catalogue::continuum(scheme.into(), shape % 7 + shape / 128 * 8) else {
        return;
    };
    let (slots, copies) = (1 + u32::from(slots % 24), 1 + u32::from(copies % 3));
    let mut assignment = match Assignment::with_copies(&continuum, slots, copies) {
        Ok(assignment) => assignment,
        Err(error) => return assert!(error.to_string().len() > 10, "{error}"),
    };
    for (number, step) in (100..).zip(steps.iter().take(6)) {
        let [kind, which, slot, more] = *step;
        let some = usize::from(which) % assignment.servers().len();
        let some = assignment.servers().as_slice()[some].identity().into_owned();
        let server = catalogue::server(continuum.scheme(), number, more);
        let slot = u32::from(slot % 32);
        let done = match kind % 6 {
            0 => assignment.remove_server(&some),
            1 => assignment.set_capacity(&some, server.capacity()).map(drop),
            2 => assignment.pin(slot, &some),
            3 => assignment.unpin(slot),
            _ => assignment.add_server(server),
        };
        let limit = (more > 127).then(|| u64::from(more - 128));
        if !is_lawful(&mut assignment, done, limit) {
            break;
        }
    }
    assert_eq!(Assignment::from_bytes(&assignment.to_bytes()).unwrap(), assignment);
}

/// Within one slot of fair, unless pins hold more.
fn judge(assignment: &Assignment) {
    for holding in assignment.holdings() {
        let slots = f64::from(holding.slots);
        let over = holding.slots > holding.pinned && slots >= holding.fair + 1.0 + 1e-9;
        assert!(!over && slots > holding.fair - 1.0 - 1e-9, "{holding:?}");
    }
    for slot in 0..assignment.slots() {
        let mut holders = assignment.holders(slot).to_vec();
        assert!(!holders.is_empty(), "slot {slot} is nobody's");
        holders.sort_unstable();
        holders.dedup();
        assert_eq!(holders.len(), assignment.holders(slot).len(), "slot {slot} twice on one");
    }
}
