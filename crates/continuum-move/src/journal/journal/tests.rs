use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{Journal, LARGE, LONGEST};
use crate::journal::{Base, Batch, Head, Position, State};
use crate::tally::Tally;

fn head() -> Head {
    Head::new("move", [1, 0xffff_ffff_ffff_ffff])
}

fn batch(machine: &str, keys: &[&[u8]]) -> Batch {
    let keys = keys.iter().map(|key| key.to_vec()).collect();
    Batch { machine: machine.to_owned(), to: Some("b".to_owned()), database: 3, bytes: 7, keys }
}

fn state(moved: u64, finished: bool) -> State {
    let settled = Tally { found: moved, moved, ..Tally::default() };
    let position = Some(Position { database: 3, pass: 1, cursor: u64::MAX, moved });
    State { settled, position, finished, ..State::default() }
}

#[test]
fn a_run_goes_on_where_its_last_whole_line_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let opened = Journal::open(&path, &head(), false).unwrap();
    assert!(!opened.resumed && opened.states.is_empty());
    let none = BTreeMap::new();
    opened.journal.round(false, &none, None).unwrap();
    opened.journal.state("a", &state(5, false)).unwrap();
    opened.journal.begin(batch("a", &[b"k", b"\xff\0\n"])).unwrap();
    drop(opened);
    let whole = fs::read(&path).unwrap();
    // Cut anywhere in the last line, it is as if that line had never been begun.
    let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for cut in [last, last + 1, whole.len() - 2, whole.len() - 1] {
        fs::write(&path, &whole[..cut]).unwrap();
        let opened = Journal::open(&path, &head(), false).unwrap();
        assert!(opened.resumed && opened.open.is_empty());
        assert_eq!(opened.states["a"], state(5, false));
        drop(opened);
        assert_eq!(fs::read(&path).unwrap(), &whole[..last]);
    }
    fs::write(&path, &whole).unwrap();
    let opened = Journal::open(&path, &head(), false).unwrap();
    assert_eq!(opened.open["a"], batch("a", &[b"k", b"\xff\0\n"]));
    // A state closes the batch.
    opened.journal.state("a", &state(7, true)).unwrap();
    opened.journal.done(None).unwrap();
    drop(opened);
    let opened = Journal::open(&path, &head(), false).unwrap();
    assert!(!opened.resumed && opened.states.is_empty() && opened.open.is_empty());
}

#[test]
fn what_is_no_journal_of_this_run_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let refused = |text: &[u8]| {
        fs::write(&path, text).unwrap();
        let error = Journal::open(&path, &head(), false).err().unwrap().to_string();
        assert_eq!(fs::read(&path).unwrap(), text);
        error
    };
    for text in [&b"my notes\n"[..], b"my notes", b"{}\n", b"{\"head\":{}}\n", b"\xff\xff", b"\n\n"]
    {
        assert!(refused(text).ends_with("is there and no journal of continuum move"));
    }
    let line = |head: &Head| format!("{{\"head\":{}}}\n", serde_json::to_string(head).unwrap());
    let other = Head::new("move", [1, 2]);
    let error = refused(line(&other).as_bytes());
    assert!(
        error.contains("another run, move from map 0000000000000001 to 0000000000000002"),
        "{error}"
    );
    assert!(
        refused(line(&Head::new("copy", [1, u64::MAX])).as_bytes()).contains("another run, copy")
    );
    let newer = Head { continuum_move: 2, ..head() };
    assert!(refused(line(&newer).as_bytes()).contains("a journal of form 2"));
    for damaged in ["{\"state\":{\"machine\":\"a\"}}\n", "\0\0\0\n", "{\"begin\":7}\n"] {
        let text = line(&head()) + damaged;
        assert!(refused(text.as_bytes()).ends_with("journal:2: this line is damaged"));
    }
    let endless = fs::File::create(&path).unwrap();
    endless.set_len(LONGEST + 1).unwrap();
    let error = Journal::open(&path, &head(), false).err().unwrap().to_string();
    assert!(error.ends_with(":1: this line is damaged"), "{error}");
    let twice = line(&head()) + &line(&head());
    assert!(refused(twice.as_bytes()).ends_with(":2: this line is damaged"));
}

#[cfg(unix)]
#[test]
fn a_device_is_no_journal() {
    for device in ["/dev/full", "/dev/null"] {
        let error = Journal::open(Path::new(device), &head(), false).err().unwrap().to_string();
        assert_eq!(error, format!("{device} is no regular file, as a journal must be"));
    }
}

#[test]
fn an_empty_file_is_a_new_journal_and_one_run_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    fs::write(&path, b"").unwrap();
    let opened = Journal::open(&path, &head(), false).unwrap();
    let error = Journal::open(&path, &head(), false).err().unwrap().to_string();
    assert!(error.ends_with("is in use by another run"), "{error}");
    drop(opened);
    assert!(Journal::open(&path, &head(), false).is_ok());
    let none = folder.path().join("no/such/folder");
    let error = Journal::open(&none, &head(), false).err().unwrap().to_string();
    assert!(error.starts_with("cannot open ") && error.contains("no such file"), "{error}");
}

#[test]
fn grown_large_it_is_written_anew_and_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let opened = Journal::open(&path, &head(), false).unwrap();
    let marks: BTreeMap<String, u64> = [("a".to_owned(), 9)].into();
    opened.journal.round(false, &marks, None).unwrap();
    let key = vec![b'k'; 1 << 20];
    for moved in 0..20 {
        opened.journal.begin(batch("a", &[&key])).unwrap();
        opened.journal.state("a", &state(moved, false)).unwrap();
    }
    opened.journal.begin(batch("b", &[b"open"])).unwrap();
    assert!(fs::metadata(&path).unwrap().len() < LARGE);
    let error = Journal::open(&path, &head(), false).err().unwrap().to_string();
    assert!(error.ends_with("is in use by another run"), "{error}");
    drop(opened);
    let opened = Journal::open(&path, &head(), false).unwrap();
    assert!(opened.resumed);
    assert_eq!(opened.marks, marks);
    assert_eq!(opened.states["a"], state(19, false));
    assert_eq!(opened.open["b"].keys, [b"open"]);
}

#[test]
fn a_finished_copy_is_the_base_of_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let at = |a, b| -> BTreeMap<String, u64> { [("a".to_owned(), a), ("b".to_owned(), b)].into() };
    let opened = Journal::open(&path, &head(), false).unwrap();
    opened.journal.round(false, &at(5, 6), None).unwrap();
    let base = Base { began: at(5, 6), first: at(5, 6), last: at(50, 60) };
    opened.journal.done(Some(base.clone())).unwrap();
    drop(opened);
    let found = |switched| Journal::open(&path, &head(), switched).unwrap().base;
    assert_eq!(found(true), Some(base.clone()));
    assert_eq!(found(false), Some(base.clone()));
    // Begun and not done, the next round goes on from the same.
    let opened = Journal::open(&path, &head(), true).unwrap();
    opened.journal.round(true, &at(70, 80), Some(&base)).unwrap();
    drop(opened);
    let opened = Journal::open(&path, &head(), true).unwrap();
    assert!(opened.resumed && opened.marks == at(70, 80));
    assert_eq!(opened.base, Some(base.clone()));
    drop(opened);
    // Cut off before the switch, the round after it starts from the same.
    let cut = folder.path().join("cut");
    let opened = Journal::open(&cut, &head(), false).unwrap();
    opened.journal.round(false, &at(7, 8), Some(&base)).unwrap();
    drop(opened);
    let opened = Journal::open(&cut, &head(), true).unwrap();
    assert!(!opened.resumed && opened.base == Some(base.clone()));
    drop(opened);
    let opened = Journal::open(&path, &head(), true).unwrap();
    // Once that is done there is nothing to follow.
    opened.journal.done(Some(base)).unwrap();
    drop(opened);
    assert_eq!(found(true), None);
}
