//! `continuum lint`: what will move keys or load servers unevenly.

use crate::args::Lint;
use crate::failure::Failure;
use crate::input;
use crate::lint::findings;
use crate::report::Findings;

/// A file that cannot be read hides nothing of the others.
pub(crate) fn run(args: &Lint) -> Result<Findings, Failure> {
    let (mut all, mut complaints) = (Vec::new(), Vec::new());
    let mut read = false;
    for file in &args.files {
        match input::pools(file, &args.choice, false) {
            Ok(pools) => {
                read = true;
                all.extend(pools.iter().flat_map(findings));
            }
            Err(Failure::Complaints(sentences)) => complaints.extend(sentences),
            Err(Failure::Refused(sentence)) => complaints.push(sentence),
            Err(other) => return Err(other),
        }
    }
    if !read {
        return Err(Failure::Complaints(complaints));
    }
    complaints.iter().for_each(crate::talk::warning);
    Ok(Findings { findings: all })
}
