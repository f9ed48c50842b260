"""A second reader, written from `docs/lzc.md` alone, and the golden file of version 1."""
from __future__ import annotations

import hashlib
import json
import re
import zlib
from binascii import crc_hqx
from pathlib import Path
from typing import Any

from engine.lzc import ChunkKey, LzcReader, decode_times, models_from, pack_json, source_info, verify
from engine.lzc.packed import DICTIONARY

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "golden" / "lzc-v1.lzc"
PTS = (0, 512, 1024, 1500, 2048, 2560, 3072, 3600, 4096, 4608, 5120, 5632, 6144, 6656, 7168, 7680)


def dictionary_of_the_page() -> bytes:
    page = (ROOT / "docs" / "lzc.md").read_text(encoding="utf-8")
    block = re.search(r"```dictionary\n(.*?)\n```", page, re.DOTALL)
    assert block is not None
    return block[1].replace("\n", "").encode("ascii")


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while data[at] & 0x80:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | data[at] << shift, at + 1


def chunk_at(data: bytes, start: int, salt: int) -> tuple[tuple[Any, ...], bytes, int]:
    """Key as (type, stream, level, time, tile, flags), payload, end."""
    assert data[start:start + 4] == bytes.fromhex("B74C7A1B")
    code, at = data[start + 4], start + 5
    name: Any = code
    if code & 0x7F == 0:
        name, at = data[at:at + 4].decode(), at + 4
    shape, at = data[at], at + 1
    level = shape & 15
    if level == 15:
        level, at = varint(data, at)
    rest = []
    for bit in (4, 5, 6):
        value = 0
        if shape >> bit & 1:
            value, at = varint(data, at)
        rest.append(value)
    time, at = varint(data, at)
    length, at = varint(data, at)
    assert crc_hqx(data[start + 4:at], salt & 0xFFFF) == int.from_bytes(data[at:at + 2], "little")
    end = at + 2 + length
    assert zlib.crc32(data[start + 4:end], salt) == int.from_bytes(data[end:end + 4], "little")
    return (name, rest[0], level, time, rest[1], rest[2]), data[at + 2:end], end + 4


def packed(data: bytes, dictionary: bytes) -> Any:
    digests = [data[1 + 32 * k:33 + 32 * k].hex() for k in range(data[0])]
    engine = zlib.decompressobj(-15, zdict=dictionary)

    def restore(v: Any) -> Any:
        if isinstance(v, str) and v.startswith("@"):
            return v[1:] if v.startswith("@@") else digests[int(v[1:])]
        return [restore(x) for x in v] if isinstance(v, list) else {k: restore(x) for k, x in v.items()} if isinstance(v, dict) else v
    return restore(json.loads(engine.decompress(data[1 + 32 * data[0]:])))


def test_a_reader_written_from_the_page_reads_the_same() -> None:
    data = GOLDEN.read_bytes()
    assert data[:8] == bytes.fromhex("894C5A430D0A1A0A") and data[8:10] == b"\x01\x01"
    key, head, at = chunk_at(data, 10, 0)
    assert key == (1, 0, 0, 0, 0, 0)
    salt = int.from_bytes(data[at - 4:at], "little")
    tail = len(data) - int.from_bytes(data[-32:-28], "little")
    chunks = {}
    while at < tail:
        key, payload, at = chunk_at(data, at, salt)
        chunks[key] = payload
    assert at == tail and len(chunks) == int.from_bytes(data[-28:-24], "little")
    _, again, at = chunk_at(data, tail, 0)
    assert again == head
    key, _, at = chunk_at(data, at, salt)
    assert key[0] == 2 and at == len(data) - 32
    assert data[-24:-8] == hashlib.sha256(data[:-32]).digest()[:16]
    assert data[-8:] == zlib.crc32(data[-32:-8]).to_bytes(4, "little") + b"\x89END"

    codes = {3: "VIDC", 4: "AUDP", 5: "TIME", 6: "DATA", 7: "MODL", 0x82: "SYMH", 0x83: "NOTE"}
    with LzcReader(GOLDEN) as reader:
        mine = {ChunkKey(codes[k[0]], *k[1:]): p for k, p in chunks.items() if k[0] in codes}
        assert reader.keys == sorted(mine) and all(reader.read(k) == p for k, p in mine.items())
        value = packed(head[2:], dictionary_of_the_page())
        assert value["m"] == reader.header.meta and len(value["s"]) == len(reader.header.streams)


def test_the_dictionary_of_the_page_is_the_one_in_use() -> None:
    assert dictionary_of_the_page() == DICTIONARY
    page = (ROOT / "docs" / "lzc.md").read_text(encoding="utf-8")
    assert hashlib.sha256(DICTIONARY).hexdigest() in page and f"({len(DICTIONARY)} bytes" in page


def test_the_golden_file_of_version_1_reads_the_same_forever() -> None:
    assert hashlib.sha256(GOLDEN.read_bytes()).hexdigest() == "fa055a3861498089de7b149836cfde84d44e76b6ca68df4d3478ce8b936be555"
    assert verify(GOLDEN).ok
    with LzcReader(GOLDEN) as reader:
        assert reader.complete and reader.losses == [] and reader.skipped == ["xtra"] and reader.trailer == {"psnr": [41.5, 42.25]}
        for time in range(2):
            for level in (2, 1, 0):
                for tile in range(1 if level else 2):
                    expected = hashlib.sha256(f"VIDC {level} {time} {tile}".encode()).digest()
                    assert reader.read(ChunkKey("VIDC", 0, level, time, tile)) == expected
            assert reader.read(ChunkKey("SYMH", time=time)) == hashlib.sha256(f"SYMH {time}".encode()).digest()[:16]
            assert reader.read(ChunkKey("AUDP", 1, 0, time)) == bytes(range(200))
        assert reader.read(ChunkKey("DATA", 1, 15, 1 << 20, 70000, 1 << 31)) == b"far out"
        assert reader.read(ChunkKey("MODL", flags=5)) == b""
        assert len(reader.keys) == 16
        pts = decode_times(reader.read(ChunkKey("TIME")), 100)
        assert pts == PTS
        info = source_info(reader.header.meta, path="golden.lzc", pts=pts)
        assert (info.width, info.height, info.bit_depth, info.rotation, info.frames, info.has_audio) == (64, 48, 10, 90, 16, True)
        assert models_from(reader.header.meta)["codec"].tables == hashlib.sha256(b"tables").hexdigest()
        assert reader.header.meta["label"] == "@at sign"
        assert reader.header.streams[1].params == {"rate": 48000}
        assert pack_json({"by": "hand"}) and reader.read(ChunkKey("NOTE"))[0] == 0
