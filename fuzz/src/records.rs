//! Inputs that are lists of records: a head of four bytes, then a step in every four.
//! Any bytes are such a list, so that none is refused before it does something.

use libfuzzer_sys::arbitrary::{Result, Unstructured};

/// Bytes of a head, and of a step.
pub const SIZE: usize = 4;

/// The head and the steps of an input; none where it is too short for a head.
#[must_use]
pub fn of(data: &[u8]) -> Option<(&[u8; SIZE], &[[u8; SIZE]])> {
    let (head, rest) = data.split_first_chunk()?;
    Some((head, rest.as_chunks().0))
}

/// Changes whole steps now and then: one is taken out, doubled, put elsewhere or drawn
/// anew. Gives the new size; none where the bytes are to be changed as any others.
pub fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32) -> Option<usize> {
    let seeds = seed.to_le_bytes();
    let mut draw = Unstructured::new(&seeds);
    step(&mut draw, data, size, most).ok().flatten()
}

fn step(
    draw: &mut Unstructured<'_>,
    data: &mut [u8],
    size: usize,
    most: usize,
) -> Result<Option<usize>> {
    let steps = size.saturating_sub(SIZE) / SIZE;
    let kind = draw.arbitrary::<u8>()?;
    if steps == 0 || kind > 100 {
        return Ok(None);
    }
    let from = SIZE * (1 + usize::from(draw.arbitrary::<u8>()?) % steps);
    let to = SIZE * (1 + usize::from(draw.arbitrary::<u8>()?) % steps);
    Ok(match kind % 4 {
        0 if steps > 1 => {
            data.copy_within(from + SIZE..size, from);
            Some(size - SIZE)
        }
        1 if size + SIZE <= most => {
            data.copy_within(from..size, from + SIZE);
            Some(size + SIZE)
        }
        2 => {
            for at in 0..SIZE {
                data.swap(from + at, to + at);
            }
            Some(size)
        }
        _ => {
            data[from + usize::from(kind) % SIZE] = draw.arbitrary()?;
            Some(size)
        }
    })
}
