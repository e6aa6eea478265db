//! The key space as a strip: where along it keys move.

use std::fmt::Write as _;

use crate::report::{PoolPlan, Range};

/// Pieces of the strip: about as many as a narrow screen has points.
const PIECES: usize = 360;

/// An SVG strip, the stronger the more of a piece moves. `None` where the schemes
/// have no map of one space.
pub(super) fn strip(pool: &PoolPlan) -> Option<String> {
    let ranges = pool.strip.as_ref().filter(|ranges| !ranges.is_empty())?;
    let size = size(ranges, pool.plan.moved)?;
    let mut moved = [0.0; PIECES];
    #[expect(clippy::cast_precision_loss, reason = "a picture of 360 pieces")]
    for range in ranges {
        let piece = size / PIECES as f64;
        let (from, to) = (position(&range.first)? / piece, (position(&range.last)? + 1.0) / piece);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 361")]
        for (at, moved) in moved.iter_mut().enumerate().take(to.ceil() as usize).skip(from as usize)
        {
            *moved += (to.min(at as f64 + 1.0) - from.max(at as f64)).max(0.0);
        }
    }
    let mut svg = format!(
        "<svg viewBox=\"0 0 {PIECES} 10\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"where along the key space keys move\">"
    );
    let most = moved.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    for (at, moved) in moved.iter().enumerate().filter(|(_, moved)| **moved > 0.0) {
        // Writing to a String cannot fail.
        let _ = write!(
            svg,
            "<rect x=\"{at}\" width=\"1\" height=\"10\" opacity=\"{:.2}\"/>",
            0.15 + 0.85 * moved / most
        );
    }
    svg.push_str("</svg>");
    Some(svg)
}

fn position(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// The slots of the table, or the positions of the ring: a power of two, of which
/// the ranges are the part that moves.
fn size(ranges: &[Range], moved: f64) -> Option<f64> {
    if let Some(slots) = ranges.first()?.slots {
        #[expect(clippy::cast_precision_loss, reason = "a picture of 360 pieces")]
        return Some(slots as f64);
    }
    let mut held = 0.0;
    for range in ranges {
        held += position(&range.last)? - position(&range.first)? + 1.0;
    }
    let mut size = 1.0;
    while moved > 0.0 && size * 1.5 < held / moved {
        size *= 2.0;
    }
    (moved > 0.0).then_some(size)
}
