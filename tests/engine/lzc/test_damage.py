"""Whatever happens to the bytes: an LzcError, or a file whose chunks are the right ones."""
from __future__ import annotations

import random
from pathlib import Path

import pytest

from engine.api import LzcError
from engine.lzc import ChunkKey, Header, LzcReader, LzcWriter, repair, verify


def whole_chunks(made, data: bytes) -> tuple[set[ChunkKey], LzcReader] | None:
    """Keys that read right, checking that none reads wrong; None when the file is refused."""
    try:
        reader = LzcReader(data)
    except LzcError:
        return None
    with reader:
        assert reader.header == made.header
        good = set()
        for key in reader.keys:
            assert key in made.chunks, "a chunk that nobody wrote"
            try:
                payload = reader.read(key)
            except LzcError:
                continue
            assert payload == made.chunks[key], "a wrong payload was accepted"
            good.add(key)
        return good, reader


def wanted(made) -> set[ChunkKey]:
    return {k for k in made.chunks if k.type != "xtra"}


@pytest.mark.parametrize("which", range(3))
def test_every_truncation(three_files: list, which: int) -> None:
    made = three_files[which]
    ends, at = {}, 0
    for key, payload in made.chunks.items():
        at = made.part.index(payload, at) + len(payload) if payload else at
        ends[key] = at + 4
    opened = 0
    for cut in range(len(made.data)):
        result = whole_chunks(made, made.data[:cut])
        if result is None:
            assert cut < len(made.part) - sum(len(p) + 14 for p in made.chunks.values()) + 10 or opened == 0
            continue
        opened += 1
        good, reader = result
        assert not reader.complete and "no end mark" in reader.losses[-1]
        if cut >= len(made.part):
            assert good == wanted(made)
        assert all(key in good for key in wanted(made) if made.chunks[key] and ends[key] <= cut)
        assert not verify(made.data[:cut]).ok
    assert opened > len(made.data) // 3


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("finished", [True, False])
def test_every_single_bit_flip(three_files: list, which: int, finished: bool) -> None:
    """A flip costs one chunk at most; a finished file also survives one anywhere in its header."""
    made = three_files[which]
    data = bytearray(made.data if finished else made.part)
    refused = 0
    for bit in range(8 * len(data)):
        data[bit >> 3] ^= 1 << (bit & 7)
        flipped = bytes(data)
        data[bit >> 3] ^= 1 << (bit & 7)
        result = whole_chunks(made, flipped)
        if result is None:
            refused += 1
            assert bit < 8 * 8 or not finished, f"bit {bit} made a finished file unreadable"
            continue
        good, _ = result
        assert len(wanted(made) - good) <= 1
        if finished and bit % 5 == 0:
            assert not verify(flipped).ok
    assert refused >= 64


@pytest.mark.parametrize("which", range(3))
def test_verify_and_repair_after_a_flip(three_files: list, which: int, tmp_path: Path) -> None:
    made = three_files[which]
    rng = random.Random(which)
    for n in range(60):
        data = bytearray(made.data)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        src, dst = tmp_path / f"{n}.lzc", tmp_path / "out.lzc"
        src.write_bytes(bytes(data))
        report = repair(src, dst)
        assert verify(dst).lines == tuple(f"before the repair: {line}" for line in report.lost)
        with LzcReader(dst, known=None) as reader:
            assert reader.complete and reader.header == made.header
            assert all(reader.read(k) == made.chunks[k] for k in reader.keys)
            assert report.chunks == len(reader.keys) >= len(made.chunks) - 1
        assert report.lost


def test_lost_chunks_are_named(three_files: list) -> None:
    made = three_files[0]
    key = ChunkKey("VIDC", level=1, time=1)
    at = made.data.index(made.chunks[key])
    flipped = made.data[:at] + bytes([made.data[at] ^ 1]) + made.data[at + 1:]
    assert any(str(key) in line for line in verify(flipped).lines)
    removed = made.data[:at - 10] + made.data[at + 20:]            # also the chunk's header and a piece of the next
    with LzcReader(removed) as reader:
        assert any(line == f"{key}: lost" for line in reader.losses), reader.losses
        assert not reader.complete


def test_bytes_before_after_or_between_are_noticed(three_files: list, tmp_path: Path) -> None:
    made = three_files[0]
    for polyglot in (made.data + b"PK\x05\x06" + bytes(18), made.data + made.data):
        with LzcReader(polyglot) as reader:
            assert not reader.complete and {k for k in reader.keys} == wanted(made)
            assert any("after the end mark" in line or "cannot be read" in line or "twice" in line for line in reader.losses)
        (tmp_path / "p.lzc").write_bytes(polyglot)
        repair(tmp_path / "p.lzc", tmp_path / "r.lzc")
        with LzcReader(tmp_path / "r.lzc") as reader:
            assert reader.complete and set(reader.keys) == wanted(made)
    with pytest.raises(LzcError, match="wrong signature"):
        LzcReader(b"#!/bin/sh\n" + made.data)
    (tmp_path / "p.lzc").write_bytes(b"#!/bin/sh\n" + made.data)
    assert repair(tmp_path / "p.lzc", tmp_path / "r.lzc").chunks == len(made.chunks)
    at = made.data.index(made.chunks[ChunkKey("VIDC", level=2, time=1)]) - 10
    hole = made.data[:at] + b"hidden" + made.data[at:]
    with LzcReader(hole) as reader:
        assert set(reader.keys) == wanted(made) and any("cannot be read" in line for line in reader.losses)


def test_chunks_of_another_file_are_not_taken(three_files: list, tmp_path: Path) -> None:
    """A damaged payload that carries a whole other file must not be read as chunks of this one."""
    inner = three_files[0].data
    with LzcWriter(tmp_path / "outer.lzc", Header({"a": 1})) as writer:
        writer.add(ChunkKey("DATA"), inner)
        writer.finish()
    data = (tmp_path / "outer.lzc").read_bytes()
    at = data.index(inner)
    broken = data[:at - 11] + bytes(11) + data[at:-40]
    with LzcReader(broken) as reader:
        assert reader.keys == [] and reader.header.meta == {"a": 1}


def test_a_duplicate_key_is_said_and_the_first_used(three_files: list) -> None:
    made = three_files[0]
    key = ChunkKey("AUDP", stream=1, time=0)
    start = made.part.index(made.chunks[ChunkKey("SYMH", time=0)]) + 12 + 4
    end = made.part.index(b"\xb7Lz\x1b", start + 1)
    with LzcReader(made.part + made.part[start:end]) as reader:
        assert any(line.startswith(f"{key}: occurs twice") for line in reader.losses)


def test_a_part_is_repaired_under_its_final_name(three_files: list, tmp_path: Path) -> None:
    part = tmp_path / "clip.lzc.part"
    part.write_bytes(three_files[0].part[:-3])
    report = repair(part, tmp_path / "clip.lzc")
    assert report.chunks == len(three_files[0].chunks) - 1 and not report.whole
    assert part.read_bytes() == three_files[0].part[:-3]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clip.lzc", "clip.lzc.part"]
    with pytest.raises(LzcError, match="another name"):
        repair(part, part)
    with pytest.raises(LzcError, match="no such file"):
        repair(tmp_path / "missing", tmp_path / "clip.lzc")
