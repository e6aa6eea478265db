//! Figures and names in words: what reports, refusals and every form of output
//! share. Imports nothing of the program.

mod figures;
mod names;

pub(crate) use figures::{
    about, basis, bytes, capacity, count, limit, percent, servers, share, share_of,
};
pub(crate) use names::{fit, obeyed, printable, short, width, wrap};
