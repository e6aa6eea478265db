//! What was copied, moved or deleted.

use std::io::{self, Write as _};

use super::{Cell, Text, Tone};
use crate::failure::Failure;
use crate::output::Report;
use crate::output::table::Table;
use crate::report::{CountRow, Relocated};
use crate::words::{bytes, count};

/// So many keys.
fn keys(number: u64) -> String {
    if number == 1 { "1 key".to_owned() } else { format!("{} keys", count(number)) }
}

impl Relocated {
    /// What happened to keys, in a word.
    fn word(&self) -> &'static str {
        match self.verb {
            "copy" => "copied",
            "sweep" => "deleted",
            _ => "moved",
        }
    }

    /// Which keys are on both sides, and what to do about it.
    fn on_both(&self) -> String {
        let left = self.total.undecided;
        let (are, their, were) =
            if left == 1 { ("is", "its", "was") } else { ("are", "their", "were") };
        let what = match self.verb {
            "copy" => "nothing tells which is the newer",
            _ if self.leaves => "--on-conflict says which stays",
            _ => {
                "clients of OLD may have written there after an earlier pass or run came by, so that neither \
                 is known to be the newer. Where no client follows OLD any more, another --on-conflict \
                 decides, or the same one with a new file for --journal"
            }
        };
        format!(
            "{} {are} on {their} new owner too, with another value or time to live, and {were} left on \
             both: {what}",
            keys(left)
        )
    }

    /// Why keys were skipped, and how many.
    fn reasons(&self) -> String {
        let skipped = &self.total.reasons;
        let parts = [
            (skipped.stray, "lie where neither OLD nor NEW puts them"),
            (skipped.too_big, "are over --max-value or too large for their new owner"),
            (skipped.unnamable, "have names that the text protocol cannot hold"),
            (skipped.changed, "changed while they were read"),
            (
                skipped.only_copy,
                "are not on their owner: move (Redis) or copy brings them there, --orphans deletes them",
            ),
            (skipped.unowned, "have no owner under NEW"),
        ];
        let told = parts.iter().filter(|(keys, _)| *keys > 0);
        told.map(|(keys, why)| format!("{} {why}", count(*keys))).collect::<Vec<_>>().join("; ")
    }
}

impl Report for Relocated {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let moved = format!(">{}", self.word());
        let titles = [
            "~server",
            ">found",
            ">in place",
            &moved,
            "?>vanished",
            "?>conflicts",
            "?>skipped",
            "?>failed",
        ];
        let mut table = Table::new(&titles);
        for row in &self.servers {
            let CountRow { found, in_place, moved, vanished, conflicts, skipped, failed, .. } =
                row.count;
            let mut cells = vec![Cell::from(&*row.server)];
            cells.extend(
                [found, in_place, moved, vanished, conflicts, skipped, failed]
                    .map(|keys| Cell::from(count(keys))),
            );
            table.row(cells);
        }
        out.table(table, 0)?;
        let total = &self.total;
        let (word, would) = (self.word(), if self.applied { "" } else { "would be " });
        let size =
            if self.verb == "sweep" { String::new() } else { format!(", {}", bytes(total.bytes)) };
        let verdict =
            format!("{} of {} keys {would}{word}{size}", count(total.moved), count(total.found));
        writeln!(out, "{}", out.paint(Tone::Strong, &verdict))?;
        writeln!(
            out,
            "found {} = in place {} + {word} {} + vanished {} + conflicts {} + skipped {} + failed {}",
            total.found,
            total.in_place,
            total.moved,
            total.vanished,
            total.conflicts,
            total.skipped,
            total.failed
        )?;
        if total.skipped > 0 {
            out.paragraph("skipped: ", &self.reasons())?;
        }
        if total.withdrawn > 0 {
            writeln!(
                out,
                "  {} copies taken back: their keys were deleted",
                count(total.withdrawn)
            )?;
        }
        for evicted in &self.evictions {
            out.paragraph(
                "",
                &format!("{} threw out {} to make room", evicted.server, keys(evicted.keys)),
            )?;
        }
        if self.already {
            writeln!(out, "done by an earlier run: nothing was written now")?;
        }
        if !self.applied {
            writeln!(out, "dry run: nothing was written; --apply does it")?;
        }
        Ok(())
    }

    fn outcome(&self) -> Result<(), Failure> {
        let mut sentences = self.faults.clone();
        let journal = self.journal.as_ref().map(|file| file.display().to_string());
        let again = journal.map(|file| format!("the same command goes on from {file}"));
        sentences.extend(self.evictions.iter().map(|evicted| {
            let brought = if self.verb == "copy" { "copied" } else { "moved" };
            format!(
                "{} threw out {} while this ran, and what was {brought} there may be among them: give it \
                 more memory",
                evicted.server,
                keys(evicted.keys)
            )
        }));
        let unfinished = self.applied && (self.total.failed > 0 || !self.faults.is_empty());
        if self.interrupted {
            let again = again.map_or(String::new(), |again| format!(": {again}"));
            sentences.push(format!("interrupted{again}"));
        } else if let Some(again) = again.filter(|_| unfinished) {
            let what = match self.total.failed {
                0 => "cut off".to_owned(),
                failed => format!("{} failed", keys(failed)),
            };
            sentences.push(format!("{what}: {again}"));
        }
        sentences.extend(self.doubts.iter().cloned());
        if self.total.undecided > 0 {
            sentences.push(self.on_both());
        }
        if self.left_over > 0 {
            let (lie, puts, is) = if self.left_over == 1 {
                ("lies", "it, and is not on its", "it was")
            } else {
                ("lie", "them, and are not on their", "they were")
            };
            sentences.push(format!(
                "{} {lie} where NEW puts {puts} old owner: {is} deleted there since a copy, or written or \
                 moved under NEW. Before the switch, empty the servers that are new and copy again",
                keys(self.left_over)
            ));
        }
        let changed = self.total.reasons.changed;
        if self.applied && self.verb == "move" && changed > 0 {
            let (are, they) = if changed == 1 { ("was", "it") } else { ("were", "they") };
            sentences.push(format!(
                "{} {are} left on the old owner, since {they} changed while {they} {are} read: run it \
                 again, without clients that still write under OLD",
                keys(changed)
            ));
        }
        if self.total.failed > 0 || !sentences.is_empty() {
            Err(Failure::Differences(sentences))
        } else {
            Ok(())
        }
    }
}
