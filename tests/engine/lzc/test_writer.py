"""Crashes, full disks and resuming: nothing half-written under the final name, nothing committed is lost."""
from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.api import LzcError
from engine.lzc import ChunkKey, Header, LzcReader, LzcWriter, durable, verify
from engine.lzc import writer as writer_module

HEADER = Header({"settings": {"quality": 3}})
ROOT = Path(__file__).resolve().parents[3]


def key(n: int) -> ChunkKey:
    return ChunkKey("VIDC", 0, 1 - n % 2, n // 2)


def body(n: int) -> bytes:
    return bytes([n]) * (20 + n)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


class Spoilt:
    """A file on a disk that is full after `room` bytes."""

    def __init__(self, file, room: int) -> None:
        self.file, self.room = file, room

    def write(self, data: bytes) -> int:
        taken = min(self.room, len(data))
        self.file.write(data[:taken])
        self.room -= taken
        if taken < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return taken

    def __getattr__(self, name: str) -> object:
        return getattr(self.file, name)


def write_five(path: Path, checkpoint: bool) -> int:
    with LzcWriter(path, HEADER) as writer:
        for n in range(5):
            writer.add(key(n), body(n))
            if checkpoint:
                writer.checkpoint({"n": n})
        return writer.finish({"end": 1})


@pytest.mark.parametrize("checkpoint", [True, False])
def test_disk_full_at_any_byte_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkpoint: bool) -> None:
    path = tmp_path / "a.lzc"
    size = write_five(path, checkpoint)
    path.unlink()
    real = durable.open_exclusive
    for room in range(0, size, 7):
        monkeypatch.setattr(writer_module, "open_exclusive", lambda p, room=room: Spoilt(real(p), room))
        with pytest.raises(LzcError, match="no space left") as caught:
            write_five(path, checkpoint)
        assert "\n" not in str(caught.value)
        assert names(tmp_path) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failing_sync_or_rename_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "input/output error")
    old = tmp_path / "a.lzc"
    old.write_bytes(b"what was there before")
    monkeypatch.setattr(os, call, fail)
    for checkpoint in (True, False):
        with pytest.raises(LzcError, match="input/output"):
            write_five(old, checkpoint)
    assert names(tmp_path) == ["a.lzc"] and old.read_bytes() == b"what was there before"


def test_an_exception_inside_removes_the_part_unless_kept(tmp_path: Path) -> None:
    for keep in (False, True):
        with pytest.raises(KeyError), LzcWriter(tmp_path / "a.lzc", HEADER, keep=keep) as writer:
            writer.add(key(0), body(0))
            writer.checkpoint({"n": 1})
            raise KeyError
        assert names(tmp_path) == (["a.lzc.part", "a.lzc.part.json"] if keep else [])


def interrupted(tmp_path: Path) -> tuple[Path, list[tuple[int, bytes, bytes]], bytes]:
    """Path, (size, part, journal) at each checkpoint, and the part as it was left with one chunk more."""
    path = tmp_path / "a.lzc"
    states = []
    writer = LzcWriter(path, HEADER)
    for n in range(4):
        writer.add(key(2 * n), body(2 * n))
        writer.add(key(2 * n + 1), body(2 * n + 1))
        if n < 3:
            writer.checkpoint({"n": n})
            states.append((writer.size, writer.part.read_bytes(), writer.journal.read_bytes()))
    writer.abort(keep=True)
    return path, states, writer.part.read_bytes()


def test_killed_at_any_byte_the_part_opens_with_every_committed_chunk(tmp_path: Path) -> None:
    _, states, part = interrupted(tmp_path)
    for cut in range(len(part) + 1):
        committed = sum(2 for size, _, _ in states if size <= cut)
        if cut < states[0][0]:
            continue
        with LzcReader(part[:cut]) as reader:
            found = set(reader.keys)
            assert {key(n) for n in range(committed)} <= found
            assert all(reader.read(key(n)) == body(n) for n in range(8) if key(n) in found)
            assert not reader.complete


def test_resume_continues_from_the_last_checkpoint(tmp_path: Path) -> None:
    path, states, part = interrupted(tmp_path)
    for at, (size, _, journal) in enumerate(states):
        for left in {size, size + 1, size + 30, len(part)}:
            path.with_name("a.lzc.part").write_bytes(part[:left])
            path.with_name("a.lzc.part.json").write_bytes(journal)
            with LzcWriter(path, HEADER, resume=True) as writer:
                assert writer.resumed and writer.note == {"n": at} and writer.size == size
                assert writer.committed == [key(n) for n in range(2 * at + 2)]
                with pytest.raises(LzcError, match="already"):
                    writer.add(key(0), b"")
                for n in range(2 * at + 2, 8):
                    writer.add(key(n), body(n))
                writer.finish()
            assert verify(path).ok and names(tmp_path) == ["a.lzc"]
            with LzcReader(path) as reader:
                assert [reader.read(key(n)) for n in range(8)] == [body(n) for n in range(8)]
                straight = LzcWriter(tmp_path / "b.lzc", HEADER)
                for n in range(8):
                    straight.add(key(n), body(n))
                straight.finish()
            assert (tmp_path / "b.lzc").read_bytes() == path.read_bytes()
            (tmp_path / "b.lzc").unlink()


def test_resume_starts_afresh_when_anything_disagrees(tmp_path: Path) -> None:
    path, states, part = interrupted(tmp_path)
    size, _, journal = states[2]
    facts = json.loads(journal)
    flipped = part[:size - 9] + bytes([part[size - 9] ^ 1]) + part[size - 8:]
    cases: list[tuple[bytes, bytes, Header]] = [
        (part, journal, Header({"settings": {"quality": 4}})),
        (flipped, journal, HEADER), (part[:size - 1], journal, HEADER), (b"", journal, HEADER), (part, b"{", HEADER), (part, b"[]", HEADER),
        (part, json.dumps({**facts, "bytes": size - 1}).encode(), HEADER), (part, json.dumps({**facts, "note": None}).encode(), HEADER),
        (part, json.dumps({**facts, "bytes": 3}).encode(), HEADER), (part, json.dumps({**facts, "header": "x"}).encode(), HEADER)]
    for left, told, header in cases:
        path.with_name("a.lzc.part").write_bytes(left)
        path.with_name("a.lzc.part.json").write_bytes(told)
        with LzcWriter(path, header, resume=True) as writer:
            assert not writer.resumed and writer.committed == [] and writer.note is None
            writer.finish()
        with LzcReader(path) as reader:
            assert reader.complete and reader.keys == [] and reader.header == header


def test_without_resume_an_old_part_is_replaced(tmp_path: Path) -> None:
    path, _, _ = interrupted(tmp_path)
    with LzcWriter(path, HEADER) as writer:
        assert not writer.resumed
        writer.finish()
    assert names(tmp_path) == ["a.lzc"]


def test_links_are_never_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / "a.lzc.part").symlink_to(victim)
    with pytest.raises(LzcError, match="is a link"):
        LzcWriter(tmp_path / "a.lzc", HEADER)
    (tmp_path / "b.lzc").symlink_to(victim)
    (tmp_path / "b.lzc.part.json.tmp").symlink_to(victim)
    write_five(tmp_path / "b.lzc", True)
    assert victim.read_bytes() == b"precious" and not (tmp_path / "b.lzc").is_symlink()


def test_two_jobs_cannot_write_one_file(tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="this system has no advisory locks")
    with LzcWriter(tmp_path / "a.lzc", HEADER) as first:
        first.add(key(0), body(0))
        with pytest.raises(LzcError, match="another job"):
            LzcWriter(tmp_path / "a.lzc", HEADER)
        first.finish()
    assert verify(tmp_path / "a.lzc").ok


def test_bad_places_get_one_clear_line(tmp_path: Path) -> None:
    for path, line in ((tmp_path, "is a folder"), (tmp_path / "no" / "a.lzc", "no such file")):
        with pytest.raises(LzcError, match=line):
            LzcWriter(path, HEADER)
    writer = LzcWriter(tmp_path / "a.lzc", HEADER)
    writer.finish()
    with pytest.raises(LzcError, match="no longer open"):
        writer.add(key(0), b"")
    for meta in ({"a": float("nan")}, {"a": b""}, {1: 2}, {"a": "\ud800"}):
        with pytest.raises(LzcError, match="JSON"):
            LzcWriter(tmp_path / "b.lzc", Header(meta))  # type: ignore[arg-type]
    assert names(tmp_path) == ["a.lzc"]


CHILD = """
import sys
from engine.lzc import ChunkKey, Header, LzcWriter
writer = LzcWriter(sys.argv[1], Header({"settings": {"quality": 3}}))
n = 0
while True:
    for _ in range(3):
        writer.add(ChunkKey("VIDC", 0, 1 - n % 2, n // 2), bytes([n % 256]) * (20 + n))
        n += 1
    writer.checkpoint({"n": n})
    print(n, flush=True)
"""


def test_killed_for_real_every_committed_chunk_is_there(tmp_path: Path) -> None:
    path = tmp_path / "k.lzc"
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert child.stdout is not None
    told = [int(child.stdout.readline()) for _ in range(12)][-1]
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert not path.exists()
    with LzcReader(path.with_name("k.lzc.part")) as reader:
        assert {key(n) for n in range(told)} <= set(reader.keys)
    with LzcWriter(path, HEADER, resume=True) as writer:
        assert len(writer.committed) >= told and writer.note == {"n": len(writer.committed)}
        writer.finish()
    assert verify(path).ok
