use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{Journal, LARGE};
use crate::journal::base::{Base, Life, Mark, Marks, Written};
use crate::journal::lines::Found;
use crate::journal::record::{Batch, Done, Head, Position, Round, State};
use crate::tally::Tally;

fn of(verb: &str, new: &str) -> Head {
    Head {
        continuum_move: 2,
        verb: verb.to_owned(),
        old: "0000000000000001".to_owned(),
        new: new.to_owned(),
        servers: ["a at 10.0.0.1:1".to_owned()].into(),
        keys: ["the whole key".to_owned(), "the whole key".to_owned()],
        picks: Vec::new(),
    }
}

fn head() -> Head {
    of("move", "ffffffffffffffff")
}

fn open(path: &Path, switched: bool) -> Result<(Journal, Found), String> {
    Journal::open(path, &head(), switched).map_err(|error| error.to_string())
}

/// What a run finds that opens it now.
fn found(path: &Path, switched: bool) -> Found {
    open(path, switched).unwrap().1
}

fn round(switched: bool, marks: &Marks, base: Option<&Base>) -> Round {
    Round {
        switched,
        marks: marks.clone(),
        base: base.cloned(),
        doubts: Vec::new(),
        ..Round::default()
    }
}

fn done(base: Option<Base>) -> Done {
    Done { base, ..Done::default() }
}

fn at(a: u64, b: u64) -> Marks {
    let mark = |cas| Mark { life: Life { pid: 1, since: 2 }, cas, flushes: 0 };
    [("a".to_owned(), mark(a)), ("b".to_owned(), mark(b))].into()
}

fn last(a: u64, b: u64) -> Written {
    [("a".to_owned(), a), ("b".to_owned(), b)].into()
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
    let (journal, first) = open(&path, false).unwrap();
    assert!(!first.resumed && first.states.is_empty());
    journal.round(Round::default()).unwrap();
    journal.state("a", &state(5, false)).unwrap();
    journal.begin(batch("a", &[b"k", b"\xff\0\n"])).unwrap();
    drop(journal);
    let whole = fs::read(&path).unwrap();
    // Cut anywhere in the last line, it is as if that line had never been begun.
    let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for cut in [last, last + 1, whole.len() - 2, whole.len() - 1] {
        fs::write(&path, &whole[..cut]).unwrap();
        let next = found(&path, false);
        assert!(next.resumed && next.open.is_empty());
        assert_eq!(next.states["a"], state(5, false));
        assert_eq!(fs::read(&path).unwrap(), &whole[..last]);
    }
    fs::write(&path, &whole).unwrap();
    let (journal, next) = open(&path, false).unwrap();
    assert_eq!(next.open["a"], batch("a", &[b"k", b"\xff\0\n"]));
    // A state closes the batch.
    journal.state("a", &state(7, true)).unwrap();
    journal.done(done(None)).unwrap();
    drop(journal);
    let next = found(&path, false);
    assert!(!next.resumed && next.states.is_empty() && next.open.is_empty());
}

#[test]
fn what_is_no_journal_of_this_run_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let refused = |text: &[u8]| {
        fs::write(&path, text).unwrap();
        let error = open(&path, false).err().unwrap();
        assert_eq!(fs::read(&path).unwrap(), text);
        error
    };
    for text in [&b"my notes\n"[..], b"my notes", b"{}\n", b"{\"head\":{}}\n", b"\xff\xff", b"\n\n"]
    {
        assert!(refused(text).ends_with("is there and no journal of continuum move"));
    }
    let line = |head: &Head| format!("{{\"head\":{}}}\n", serde_json::to_string(head).unwrap());
    let other = of("move", "0000000000000002");
    let error = refused(line(&other).as_bytes());
    assert!(
        error.contains("another run, move from map 0000000000000001 to 0000000000000002"),
        "{error}"
    );
    let copy = of("copy", "ffffffffffffffff");
    assert!(refused(line(&copy).as_bytes()).contains("another run, copy"));
    let newer = Head { continuum_move: 3, ..head() };
    assert!(refused(line(&newer).as_bytes()).contains("a journal of form 3"));
    let older = r#"{"head":{"continuum_move":1,"verb":"move","old":"1","new":"2"}}"#;
    for older in [older.to_owned(), format!("{older}\n{{\"done\":{{\"base\":null}}}}\n")] {
        let error = refused(older.as_bytes());
        assert!(
            error.ends_with("is a journal of form 1, and this program writes form 2"),
            "{error}"
        );
    }
    for damaged in ["{\"state\":{\"machine\":\"a\"}}\n", "\0\0\0\n", "{\"begin\":7}\n"] {
        let text = line(&head()) + damaged;
        assert!(refused(text.as_bytes()).ends_with("journal:2: this line is damaged"));
    }
    let endless = fs::File::create(&path).unwrap();
    endless.set_len((64 << 20) + 1).unwrap();
    let error = open(&path, false).err().unwrap();
    assert!(error.ends_with(":1: this line is damaged"), "{error}");
    let twice = line(&head()) + &line(&head());
    assert!(refused(twice.as_bytes()).ends_with(":2: this line is damaged"));
}

#[cfg(unix)]
#[test]
fn a_device_is_no_journal() {
    for device in ["/dev/full", "/dev/null"] {
        let error = open(Path::new(device), false).err().unwrap();
        assert_eq!(error, format!("{device} is no regular file, as a journal must be"));
    }
}

#[test]
fn an_empty_file_is_a_new_journal_and_one_run_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    fs::write(&path, b"").unwrap();
    let opened = open(&path, false).unwrap();
    let error = open(&path, false).err().unwrap();
    assert!(error.ends_with("is in use by another run"), "{error}");
    drop(opened);
    assert!(open(&path, false).is_ok());
    let none = folder.path().join("no/such/folder");
    let error = open(&none, false).err().unwrap();
    assert!(error.starts_with("cannot open ") && error.contains("no such file"), "{error}");
}

#[test]
fn grown_large_it_is_written_anew_and_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (journal, _) = open(&path, false).unwrap();
    let begun = Round { doubts: vec!["who knows".to_owned()], ..round(false, &at(9, 9), None) };
    journal.round(begun).unwrap();
    let key = vec![b'k'; 1 << 20];
    for moved in 0..20 {
        journal.begin(batch("a", &[&key])).unwrap();
        journal.state("a", &state(moved, false)).unwrap();
    }
    journal.begin(batch("b", &[b"open"])).unwrap();
    assert!(fs::metadata(&path).unwrap().len() < LARGE);
    let error = open(&path, false).err().unwrap();
    assert!(error.ends_with("is in use by another run"), "{error}");
    drop(journal);
    let next = found(&path, false);
    assert!(next.resumed && next.marks == at(9, 9) && next.doubts == ["who knows"]);
    assert_eq!(next.states["a"], state(19, false));
    assert_eq!(next.open["b"].keys, [b"open"]);
}

#[test]
fn a_finished_copy_is_the_base_of_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (journal, _) = open(&path, false).unwrap();
    journal.round(round(false, &at(5, 6), None)).unwrap();
    let base = Base { began: at(5, 6), first: at(5, 6), last: last(50, 60), ..Base::default() };
    journal.done(done(Some(base.clone()))).unwrap();
    drop(journal);
    for switched in [true, false] {
        let next = found(&path, switched);
        assert!(next.base.as_ref() == Some(&base) && !next.baseless && !next.resumed);
    }
    // Begun and not done, the next round goes on from the same.
    let (journal, _) = open(&path, true).unwrap();
    journal.round(round(true, &at(70, 80), Some(&base))).unwrap();
    drop(journal);
    let next = found(&path, true);
    assert!(next.resumed && next.marks == at(70, 80));
    assert_eq!(next.base, Some(base.clone()));
    // A copy that nothing may follow says so to the one after the switch.
    let without = folder.path().join("without");
    let (journal, _) = open(&without, false).unwrap();
    journal.round(round(false, &at(5, 6), None)).unwrap();
    journal.done(done(None)).unwrap();
    drop(journal);
    assert!(found(&without, true).baseless && !found(&without, false).baseless);
}

#[test]
fn what_a_copy_wrote_before_it_was_cut_off_is_ours() {
    let folder = tempfile::tempdir().unwrap();
    let before = Base { began: at(5, 6), first: at(5, 6), last: last(50, 60), ..Base::default() };
    for (name, base) in [("first", None), ("second", Some(&before))] {
        let path = folder.path().join(name);
        let (journal, _) = open(&path, false).unwrap();
        journal.round(round(false, &at(70, 80), base)).unwrap();
        let wrote: Written = [("b".to_owned(), 95)].into();
        journal.state("a", &State { wrote, ..state(3, false) }).unwrap();
        journal.begin(batch("a", &[b"on its way"])).unwrap();
        drop(journal);
        for switched in [true, false] {
            let next = found(&path, switched);
            assert_eq!((next.resumed, next.states.len()), (!switched, usize::from(!switched)));
            assert_eq!(next.open["a"].keys, [b"on its way"]);
            let ours = next.base.unwrap();
            assert!(ours.is_ours("b", 81) && ours.is_ours("b", 95), "{ours:?}");
            assert!(ours.is_later("b", 96) && !ours.is_ours("b", 96));
            // What came before the first round is not ours.
            assert_eq!(ours.is_ours("b", 80), base.is_some());
            // What it started from still holds: nothing was copied to its end since.
            assert_eq!(ours.began, base.map_or_else(Marks::new, |base| base.began.clone()));
        }
    }
}

#[test]
fn a_copy_after_the_switch_is_done_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (journal, _) = open(&path, true).unwrap();
    journal.round(round(true, &at(5, 6), None)).unwrap();
    journal.state("a", &state(5, true)).unwrap();
    drop(journal);
    let error = open(&path, false).err().unwrap();
    assert!(error.contains("was begun already, and goes on with --switched; a copy"), "{error}");
    let (journal, next) = open(&path, true).unwrap();
    assert!(next.resumed && next.done.is_none());
    let end = Done { base: None, doubts: vec!["who knows".to_owned()], at: 77 };
    journal.done(end.clone()).unwrap();
    drop(journal);
    let error = open(&path, false).err().unwrap();
    assert!(error.contains("the copy after the switch was done already; a copy"), "{error}");
    // Its counts are told again.
    let next = found(&path, true);
    assert!(next.done == Some(end) && next.states["a"] == state(5, true) && !next.resumed);
}

#[test]
fn what_picks_other_keys_is_another_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let three = Head { picks: vec!["--database 3".to_owned()], ..head() };
    let (journal, _) = Journal::open(&path, &three, false).unwrap();
    journal.round(Round::default()).unwrap();
    journal.state("a", &state(5, true)).unwrap();
    drop(journal);
    let told = |head: &Head| Journal::open(&path, head, false).err().unwrap().to_string();
    let another = format!("{} is the journal of another run", path.display());
    assert_eq!(
        told(&head()),
        format!(
            "{another}, with --database 3, and this is without options that pick keys: name another \
             file with --journal"
        )
    );
    let both = ["--database 3", "--database 4"].map(str::to_owned).to_vec();
    assert!(
        told(&Head { picks: both, ..head() }).contains("this is with --database 3 --database 4")
    );
    let servers = ["b at 10.0.0.2:1".to_owned()].into();
    let error = told(&Head { servers, ..three.clone() });
    assert!(error.contains("(a at 10.0.0.1:1), and this is with b at 10.0.0.2:1"), "{error}");
    let keys = ["the whole key".to_owned(), "hash_tag {}".to_owned()];
    let error = told(&Head { keys, ..three.clone() });
    assert!(error.contains("and this is over the whole key and hash_tag {}"), "{error}");
    // Of a run that is done there is nothing to go on with: the next picks anew.
    let (journal, next) = Journal::open(&path, &three, false).unwrap();
    assert!(next.resumed);
    journal.done(done(None)).unwrap();
    drop(journal);
    let (journal, next) = Journal::open(&path, &head(), false).unwrap();
    assert!(!next.resumed && next.states.is_empty());
    journal.round(Round::default()).unwrap();
    drop(journal);
    assert!(told(&three).contains("and this is with --database 3"));
    // But a copy of memcached is followed, and what it left out would be taken for copied.
    let followed = folder.path().join("followed");
    let (journal, _) = Journal::open(&followed, &three, false).unwrap();
    journal.round(round(false, &at(5, 6), None)).unwrap();
    journal.done(done(Some(Base::default()))).unwrap();
    drop(journal);
    let error = Journal::open(&followed, &head(), false).err().unwrap().to_string();
    assert!(error.contains("with --database 3, and this is without"), "{error}");
}

#[test]
fn nothing_is_written_behind_a_line_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (journal, _) = open(&path, false).unwrap();
    journal.round(Round::default()).unwrap();
    journal.state("a", &state(5, false)).unwrap();
    let whole = fs::read(&path).unwrap();
    let swap = |file: fs::File| {
        let inner = journal.0.as_ref().unwrap();
        std::mem::replace(&mut inner.lock().unwrap().file, file)
    };
    let writable = swap(fs::File::open(&path).unwrap());
    let error = journal.state("a", &state(6, false)).unwrap_err();
    assert!(error.to_string().starts_with("cannot write "), "{error}");
    // What comes behind could not be told from what is lost.
    drop(swap(writable));
    assert_eq!(journal.state("b", &state(1, true)).unwrap_err(), error);
    assert_eq!(fs::read(&path).unwrap(), whole);
    drop(journal);
    assert_eq!(found(&path, false).states["a"], state(5, false));
}

#[test]
fn what_was_chosen_is_known_to_later_rounds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (journal, first) = open(&path, false).unwrap();
    assert!(first.choices.is_empty());
    journal.round(Round::default()).unwrap();
    let chosen = |choice: &str| State { choice: Some(choice.to_owned()), ..state(1, true) };
    journal.state("a", &chosen("keep")).unwrap();
    journal.state("b", &chosen("leave")).unwrap();
    journal.done(done(None)).unwrap();
    drop(journal);
    let (journal, Found { choices, states, .. }) = open(&path, false).unwrap();
    assert!(states.is_empty());
    let told = |choices: &BTreeMap<String, String>| {
        choices.iter().map(|(name, choice)| format!("{name} {choice}")).collect::<Vec<_>>()
    };
    assert_eq!(told(&choices), ["a keep", "b leave"]);
    journal.round(Round { choices, ..Round::default() }).unwrap();
    journal.state("b", &chosen("replace")).unwrap();
    drop(journal);
    assert_eq!(told(&found(&path, false).choices), ["a keep", "b replace"]);
    // Also where the next run picks other keys.
    let (journal, _) = open(&path, false).unwrap();
    journal.done(done(None)).unwrap();
    drop(journal);
    let other = Head { picks: vec!["--max-value 7".to_owned()], ..head() };
    let (_, found) =
        Journal::open(&path, &other, false).map_err(|error| error.to_string()).unwrap();
    assert_eq!(told(&found.choices), ["a keep", "b replace"]);
}
