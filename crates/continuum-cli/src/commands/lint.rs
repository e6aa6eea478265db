//! `continuum lint`: what will move keys or load servers unevenly.

use crate::args::Lint;
use crate::failure::Failure;
use crate::input;
use crate::lint::findings;
use crate::report::Findings;
use crate::talk;

/// A file that cannot be read hides nothing of the others; one that hashes nothing has
/// nothing to be found, unless all are so and that is not allowed.
pub(crate) fn run(args: &Lint) -> Result<Findings, Failure> {
    let (mut all, mut unread, mut unhashed) = (Vec::new(), Vec::new(), Vec::new());
    let mut read = false;
    for file in &args.files {
        match input::pools_or_none(file, &args.choice, args.allow_unhashed) {
            Ok(Ok(pools)) => {
                read = true;
                all.extend(pools.iter().flat_map(findings));
            }
            Ok(Err(why)) => unhashed.extend(why),
            Err(Failure::Complaints(sentences)) => unread.extend(sentences),
            Err(Failure::Refused(sentence)) => unread.push(sentence),
            Err(other) => return Err(other),
        }
    }
    if args.allow_unhashed {
        unhashed.iter().for_each(|why| talk::note(why));
        return Ok(Findings { findings: all, unread });
    }
    if !read {
        return Err(Failure::Complaints([unhashed, unread].concat()));
    }
    unhashed.iter().for_each(talk::warning);
    Ok(Findings { findings: all, unread })
}
