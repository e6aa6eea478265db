"""`continuum move` over memcached keeps what clients have: keys that look like our own, newer values
on a new owner without room for the older ones, deletes that could not be followed at once."""

from __future__ import annotations

import threading
from base64 import b64encode
from contextlib import ExitStack

import pytest

from . import stores
from .conftest import Live
from .meddler import meddling
from .moving import Change, refused, run, told
from .stores import HOST, Cache

KEYS = [b"key:%d" % number for number in range(300)]
NAMES = [b"with a blank %d" % number for number in range(20)]
SECRET = {"CONTINUUM_USER": "carrier", "CONTINUUM_PASSWORD": "open-sesame"}


class Takeover:
    """One memcached after another: every key moves, whatever the ports."""

    def __init__(self, live: Live) -> None:
        self.change = Change(live, redis=False, servers=2)
        self.ports = self.change.ports
        self.change.new.write_text(stores.pool(self.ports[1:], self.change.listen, redis=False))
        self.back = [self.change.new, self.change.old]

    def start(self, live: Live, stack: ExitStack, old: list[str], new: list[str], memory: int = 64) -> None:
        stores.start_memcached(live, stack, self.ports[0], *old)
        stores.start_memcached(live, stack, self.ports[1], *new, memory=memory)
        if "-Y" not in old + new:
            self.old, self.new = map(Cache, self.ports)

    def filled(self, live: Live, stack: ExitStack) -> None:
        """Started as usual, with all keys on the old one."""
        self.start(live, stack, [], [])
        self.old.set((key, b"v", 0, 0) for key in KEYS)


def _store(wire: Cache, key: bytes, value: bytes) -> None:
    """Under any name."""
    if b" " not in key:
        wire.set([(key, value, 0, 0)])
        return
    assert wire.meta(b"ms %b %d b\r\n%b" % (b64encode(key), len(value), value)) == b"HD"


def test_a_password_is_told_to_none_that_wants_none(live: Live) -> None:
    """To any other memcached it would be the value of the key `auth`."""
    made = Takeover(live)
    with ExitStack() as stack:
        made.start(live, stack, [], [])
        made.old.set([(b"auth", b"data of a client", 0, 0), (b"key", b"v", 0, 0)])
        for args in (
            made.change.command("list"),
            made.change.command("copy"),
            made.change.command("sweep"),
            made.change.apply("copy"),
        ):
            done = run(args, **SECRET)
            assert done.returncode == 0, done.stderr
            assert made.old.get([b"auth"]) == {b"auth": b"data of a client"}
            assert made.new.get([b"auth"]).get(b"auth", b"data of a client") == b"data of a client"
        assert made.new.get([b"auth", b"key"]) == {b"auth": b"data of a client", b"key": b"v"}


def test_copy_to_a_server_that_wants_a_password(live: Live) -> None:
    made = Takeover(live)
    users = live.dir / "users"
    users.write_text(f"{SECRET['CONTINUUM_USER']}:{SECRET['CONTINUUM_PASSWORD']}\n")
    with ExitStack() as stack:
        made.start(live, stack, [], ["-Y", str(users)])
        old = Cache(made.ports[0])
        old.set((key, b"v", 0, 0) for key in KEYS)
        refused(made.change.apply("copy"), "wants a user and a password, and none were given")
        wrong = {**SECRET, "CONTINUUM_PASSWORD": "hush-hush"}
        refused(made.change.apply("copy"), "refuses the user or the password", **wrong)
        assert told(made.change.apply("copy"), **SECRET)["moved"] == len(KEYS)
        assert old.get([b"auth"]) == {}


def test_copy_leaves_a_newer_value_where_the_older_is_too_large(live: Live) -> None:
    made = Takeover(live)
    with ExitStack() as stack:
        made.start(live, stack, ["-I", "4m"], [])
        # Also of a size that only the new owner can judge.
        sizes = {b"much": 2 << 20, b"just": (1 << 20) - 50, b"so much": 2 << 20, b"but just": (1 << 20) - 50}
        for key, size in sizes.items():
            _store(made.old, key, b"x" * size)
            _store(made.new, key, b"newer")
        done = told(made.change.apply("copy", "--switched"), 1)
        assert done["conflicts"] == len(sizes) and done["moved"] == done["failed"] == 0, done
        for key in sizes:
            assert made.new.meta(b"mg %b b s" % b64encode(key)) == b"HD s5", key
        # Where there is none, it is too large.
        made.new.delete([b"much", b"just"])
        for key in (b"so much", b"but just"):
            assert made.new.meta(b"md %b b" % b64encode(key)) == b"HD"
        made.change.records("copy").unlink()
        assert told(made.change.apply("copy"))["reasons"]["too_big"] == len(sizes)


def test_copy_leaves_newer_values_on_a_full_server(live: Live) -> None:
    made = Takeover(live)
    with ExitStack() as stack:
        made.start(live, stack, [], ["-M"], 2)
        keys = [*KEYS, *NAMES]
        for key in keys:
            _store(made.old, key, b"x" * 9000)
            _store(made.new, key, b"newer")
        fill = 0
        while made.new.meta(b"ms fill:%d 9000\r\n%b" % (fill, b"y" * 9000)) == b"HD":
            fill += 1
        assert fill > 10
        # One comes between the look and the write.
        _store(made.old, b"late", b"x" * 9000)
        keys.append(b"late")

        def act() -> bool:
            Cache(made.ports[1]).set([(b"late", b"newer", 0, 0)])
            return True

        with meddling(made.ports[1], b"add late ", act) as meddler:
            dial = f"--dial={HOST}:{made.ports[1]}=memcached://{HOST}:{meddler.port}"
            done = run(made.change.apply("copy", "--switched", dial))
        assert meddler.acted == 1 and done.returncode == 1, (done.stdout, done.stderr)
        assert "takes no more: SERVER_ERROR out of memory" in done.stderr
        for key in keys:
            assert made.new.meta(b"mg %b b s" % b64encode(key)) == b"HD s5", key


def test_an_older_copy_does_not_stay_for_a_value_that_has_no_room(live: Live) -> None:
    for option, large in (("--max-value", 20_000), ("-q", 2 << 20)):
        made = Takeover(live)
        made.change.journal = live.dir / f"journal{option}"
        with ExitStack() as stack:
            made.start(live, stack, ["-I", "4m"], [])
            args = ["--max-value", "10000"] if option == "--max-value" else []
            grown = [b"grown", b"also grown"]
            for key in [*grown, b"small"]:
                _store(made.old, key, b"old")
            assert told(made.change.apply("copy", *args))["moved"] == 3
            for key in grown:
                _store(made.old, key, b"x" * large)
            last = told(made.change.apply("copy", "--switched", *args))
            assert last["reasons"]["too_big"] == last["withdrawn"] == 2, last
            # As they lay on the new owner, and the one that is the same.
            assert last["in_place"] == 3 + 1
            for key in grown:
                assert made.new.meta(b"mg %b b s" % b64encode(key)) == b"EN"


def test_a_delete_that_could_not_be_followed_is_followed_later(live: Live) -> None:
    made = Takeover(live)
    with ExitStack() as stack:
        made.filled(live, stack)
        told(made.change.apply("copy"))
        made.old.delete(KEYS[:50])
        # The old owner is lost when it is asked what it still has.
        last = made.change.apply("copy", "--switched")
        with meddling(made.ports[0], b" c u\r\n", lambda: False) as meddler:
            dial = f"--dial={HOST}:{made.ports[0]}=memcached://{HOST}:{meddler.port}"
            cut = run([*last, dial])
        assert meddler.acted and cut.returncode == 1 and "was lost" in cut.stderr, cut.stderr
        done = told(last)
        assert done["resumed"] and not done["already"] and done["withdrawn"] == 50, done
        assert made.new.get(KEYS).keys() == set(KEYS[50:])


def test_an_outdated_value_is_taken_back(live: Live) -> None:
    """A client of the old map has declared it outdated, which its copy is too."""
    made = Takeover(live)
    with ExitStack() as stack:
        made.filled(live, stack)
        told(made.change.apply("copy"))
        assert made.old.meta(b"md %b I T600" % KEYS[0]) == b"HD"
        last = told(made.change.apply("copy", "--switched"))
        assert last["withdrawn"] == 1 and made.new.get(KEYS).keys() == set(KEYS[1:])
        # And the token is still to be had.
        assert b" W" in made.old.meta(b"mg %b t" % KEYS[0])


@pytest.mark.parametrize("switched", [False, True])
def test_copies_that_were_cleaned_away(live: Live, switched: bool) -> None:
    """The change was put off, and comes after all: with the journal of before."""
    made = Takeover(live)
    with ExitStack() as stack:
        made.filled(live, stack)
        assert told(made.change.apply("copy"))["moved"] == len(KEYS)
        back = made.change.command("sweep", "--apply", "--journal", str(live.dir / "back"), "--json")
        at = back.index(str(made.change.old))
        back[at : at + 2] = map(str, made.back)
        assert told(back)["moved"] == len(KEYS)
        if switched:
            # Clients may have deleted them: it is said, and nothing comes again.
            args = [word for word in made.change.apply("copy", "--switched") if word != "-q"]
            last = run(args)
            assert last.returncode == 0 and f"note: {len(KEYS)} keys of" in last.stderr, last.stderr
            assert made.new.get(KEYS) == {}
            return
        again = told(made.change.apply("copy"))
        assert again["moved"] == again["found"] == len(KEYS), again
        last = told(made.change.apply("copy", "--switched"))
        assert last["in_place"] == last["found"] == 2 * len(KEYS), last
        assert made.new.get(KEYS) == dict.fromkeys(KEYS, b"v")


def test_copy_after_the_switch_without_the_journal_of_the_first(live: Live) -> None:
    made = Takeover(live)
    with ExitStack() as stack:
        made.filled(live, stack)
        told(made.change.apply("copy"))
        made.old.delete(KEYS[:1])
        made.change.journal = live.dir / "another"
        last = told(made.change.apply("copy", "--switched"), 1)
        assert len(last["doubts"]) == 1 and "no copy before this one" in last["doubts"][0]
        # Asked for again, it says so again.
        assert told(made.change.apply("copy", "--switched"), 1)["already"]


def test_a_dry_sweep_says_what_the_sweep_does(live: Live) -> None:
    made = Takeover(live)
    with ExitStack() as stack:
        made.filled(live, stack)
        made.new.set((key, b"v", 0, 0) for key in KEYS[:100])
        for options, deleted in ([], 100), (["--orphans"], 200):
            made.change.journal = live.dir / f"journal{len(options)}"
            dry = told(made.change.command("sweep", "--json", *options))
            assert made.old.get(KEYS).keys() == set(KEYS if not options else KEYS[100:])
            swept = told(made.change.apply("sweep", *options))
            assert dry["reasons"] == swept["reasons"]
            assert dry["moved"] == swept["moved"] == deleted, (dry, swept)


def test_keys_that_are_used_while_they_are_listed(live: Live) -> None:
    """memcached moves them to the front of its order of use, past a crawler that goes by it."""
    made = Takeover(live)
    keys = [b"used:%d" % number for number in range(3000)]
    stop = threading.Event()

    def use() -> None:
        wire = Cache(made.ports[0])
        while not stop.is_set():
            wire.get(keys)

    with ExitStack() as stack:
        made.start(live, stack, [], [])
        made.old.set((key, b"v", 0, 0) for key in keys)
        users = [threading.Thread(target=use) for _ in range(2)]
        for user in users:
            user.start()
        try:
            for _ in range(10):
                assert told(made.change.command("copy", "--json"))["moved"] == len(keys)
        finally:
            stop.set()
            for user in users:
                user.join()
