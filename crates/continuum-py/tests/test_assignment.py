"""Assignments: stored tables of slots."""

from __future__ import annotations

import copy
import json
import pickle
import threading
from pathlib import Path

import pytest

from continuum import Assignment, Change, Continuum, ContinuumError, Server, SlotMove

SERVERS = ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80=2", "10.0.0.4:80"]
KEYS = [f"key-{number}" for number in range(2000)]


def make(slots: int = 1000, copies: int = 1) -> Assignment:
    continuum = Continuum(scheme="slots-1", servers=SERVERS)
    return Assignment.from_continuum(continuum, slots, copies=copies)


def owners(assignment: Assignment) -> list[str]:
    return [assignment.owner(slot).identity for slot in range(assignment.slots)]


def test_balance() -> None:
    assignment = make()
    assert (assignment.slots, assignment.copies) == (1000, 1)
    assert [server.identity for server in assignment.servers] == [
        text.partition("=")[0] for text in SERVERS
    ]
    held = assignment.holdings()
    assert [one.slots for one in held.values()] == [200, 200, 400, 200]
    assert [one.fair for one in held.values()] == [200, 200, 400, 200]
    for key in KEYS:
        slot = assignment.slot_of(key)
        assert assignment.resolve(key) is assignment.owner(slot)
        assert assignment.resolve_copies(key) == assignment.holders(slot)
    assert assignment.slot_of("key") == assignment.slot_of(b"key")
    assert repr(assignment) == "<Assignment 1000 slots, 4 servers>"
    assert repr(make(8, 2)) == "<Assignment 8 slots, 2 copies, 4 servers>"


def test_changes_with_the_fewest_moves() -> None:
    assignment = make()
    before = owners(assignment)
    added = assignment.add_server("10.0.0.5:80")
    assert assignment.servers[-1] == added and owners(assignment) == before
    planned = assignment.next_change()
    change = assignment.change()
    assert change == planned
    assert (change.owners_changed, change.copied, change.least, change.left) == (166, 166, 166, 0)
    after = owners(assignment)
    assert change.moves == [
        SlotMove(slot, [old], [new])
        for slot, (old, new) in enumerate(zip(before, after))
        if old != new
    ]
    assert {move.after[0] for move in change.moves} == {"10.0.0.5:80"}
    # Servers that stay as they were are the same objects.
    assert assignment.servers[0] is assignment.servers[0]

    assignment.remove_server(added)
    assert assignment.holdings()[added].leaving
    assert added in assignment.servers
    step = assignment.change(limit=100)
    assert (len(step.moves), step.left) == (100, 66)
    assert added in assignment.servers
    assignment.change()
    assert added not in assignment.servers

    assignment.set_capacity("10.0.0.1:80", 0)
    assignment.change()
    assert assignment.servers[0].capacity == 0
    assert assignment.holdings()[assignment.servers[0]].slots == 0


def test_copies_and_zones() -> None:
    servers = [Server(f"s{n}", 80, zone=f"zone-{n % 3}") for n in range(6)]
    continuum = Continuum(scheme="slots-1", servers=servers)
    assignment = Assignment.from_continuum(continuum, 240, copies=3)
    for slot in range(240):
        holders = assignment.holders(slot)
        assert len({server.zone for server in holders}) == 3
    assert sum(one.copies for one in assignment.holdings().values()) == 480


def test_pins() -> None:
    assignment = make()
    last = assignment.servers[-1]
    slot = next(slot for slot in range(1000) if assignment.owner(slot) != last)
    assignment.pin(slot, last)
    assert assignment.pins == {slot: last}
    assignment.change()
    assert assignment.owner(slot) == last and assignment.holdings()[last].pinned == 1
    with pytest.raises(ContinuumError, match="1 slots are pinned to it"):
        assignment.remove_server(last)
    assignment.unpin(slot)
    assert assignment.pins == {}
    with pytest.raises(ContinuumError, match=f"slot {slot} is not pinned"):
        assignment.unpin(slot)
    with pytest.raises(ContinuumError, match="no slot 1000"):
        assignment.pin(1000, last)


def test_set_servers() -> None:
    assignment = make()
    assignment.set_servers([*SERVERS[1:], {"host": "10.0.0.7", "port": 80, "weight": 3}])
    assert assignment.holdings()[Server("10.0.0.1", 80)].leaving
    assignment.change()
    held = {server.identity: one.slots for server, one in assignment.holdings().items()}
    assert held.keys() == {text.partition("=")[0] for text in SERVERS[1:]} | {"10.0.0.7:80"}
    # Of a sum of capacities of 7, within one slot.
    fair = {"10.0.0.2:80": 1, "10.0.0.3:80": 2, "10.0.0.4:80": 1, "10.0.0.7:80": 3}
    assert all(abs(slots - 1000 * fair[name] / 7) < 1 for name, slots in held.items())
    with pytest.raises(ContinuumError):
        assignment.set_servers(["a:80", "a:80"])
    assert len(assignment.servers) == 4


@pytest.mark.parametrize("name", ["table", "table.json"])
def test_files(tmp_path: Path, name: str) -> None:
    assignment = make(copies=2)
    assignment.pin(7, "10.0.0.1:80")
    assignment.remove_server("10.0.0.2:80")
    file = tmp_path / name
    assignment.save(file)
    assert file.read_bytes().startswith(b"{" if name.endswith("json") else b"\x89CTA")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    read = Assignment.load(file)
    assert read == assignment and read.checksum() == assignment.checksum()
    assert read.pins == assignment.pins and read.holdings() == assignment.holdings()
    # Every bit of the binary form counts; of JSON every digit of the table does.
    data = file.read_bytes()
    cut = tmp_path / "cut"
    cut.write_bytes(data[: len(data) // 2])
    with pytest.raises(ContinuumError, match="cut: "):
        Assignment.load(cut)
    if not name.endswith("json"):
        for at in range(0, len(data), 97):
            cut.write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
            with pytest.raises(ContinuumError):
                Assignment.load(cut)
    else:
        fields = json.loads(data)
        # Another order of holders, which the checksum covers.
        fields["table"][0][1:] = fields["table"][0][:0:-1]
        cut.write_text(json.dumps(fields))
        with pytest.raises(ContinuumError, match="assignment"):
            Assignment.load(cut)
    assignment.save(file, format="json")
    assert Assignment.load(file) == assignment
    with pytest.raises(FileNotFoundError):
        Assignment.load(tmp_path / "nothing")
    with pytest.raises(ValueError, match="format is 'json' or 'binary'"):
        assignment.save(file, format="yaml")  # type: ignore[arg-type]
    with pytest.raises(OSError):
        assignment.save(tmp_path)
    assert not list(tmp_path.parent.glob("*.new"))


def test_copies_of_the_object() -> None:
    assignment = make()
    for twin in (
        copy.copy(assignment),
        copy.deepcopy(assignment),
        pickle.loads(pickle.dumps(assignment)),
        Assignment.from_json(assignment.to_json()),
        Assignment.from_bytes(assignment.to_bytes()),
    ):
        assert twin == assignment
        twin.add_server("10.0.0.9:80")
        assert twin != assignment and twin.checksum() != assignment.checksum()
    assert assignment != 5
    with pytest.raises(TypeError):
        hash(assignment)


def test_difference() -> None:
    old = make()
    new = copy.copy(old)
    new.remove_server("10.0.0.4:80")
    made = new.change()
    between = Change.between(old, new)
    assert (between.moves, between.owners_changed) == (made.moves, made.owners_changed)
    assert Change.between(old, old) == Change([], 0, 0, 0, 0)
    with pytest.raises(ContinuumError, match="no slots in common"):
        Change.between(old, make(8))


def test_refuses() -> None:
    with pytest.raises(TypeError, match="Assignment.from_continuum"):
        Assignment()
    for slots, copies in ((0, 1), (2**24 + 1, 1), (8, 0), (8, 16)):
        with pytest.raises(ContinuumError, match="there are from 1 to"):
            make(slots, copies)
    assignment = make()
    with pytest.raises(IndexError, match="no slot 1000"):
        assignment.owner(1000)
    with pytest.raises(IndexError, match="no slot -1"):
        assignment.holders(-1)
    with pytest.raises(ContinuumError):
        assignment.remove_server("nobody:80")
    with pytest.raises(ContinuumError):
        assignment.add_server(SERVERS[0])
    with pytest.raises(ContinuumError):
        assignment.set_capacity(SERVERS[0], -1)
    with pytest.raises(ContinuumError, match="not an assignment"):
        Assignment.from_bytes(b"nothing of the kind")
    with pytest.raises(ContinuumError, match="as JSON this is no assignment"):
        Assignment.from_json("{}")
    for server in SERVERS:
        assignment.remove_server(server.partition("=")[0])
    with pytest.raises(ContinuumError, match="no server can take slots"):
        assignment.change()


def test_readers_while_it_changes() -> None:
    assignment = make()
    done = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not done.is_set():
            for key in KEYS[:200]:
                server = assignment.resolve(key)
                if not server.identity.startswith("10.0."):
                    wrong.append(server)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for number in range(40):
            server = assignment.add_server(f"10.0.1.{number}:80")
            assignment.change()
            if number % 2:
                assignment.remove_server(server)
                assignment.change()
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert not wrong
    assert len(assignment.servers) == 24
