"""Hostile files: every check repaired by the attacker, sizes that lie, work that could explode."""
from __future__ import annotations

import contextlib
import json
import random
import tracemalloc
import zlib
from binascii import crc_hqx

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api import LzcError
from engine.lzc import ChunkKey, Header, Limits, LzcReader, Stream, decode_times, unpack_json, verify
from engine.lzc.index import EndMark, decode_index, encode_end, encode_index, short_hash
from engine.lzc.layout import SIGNATURE, SYNC, encode_chunk, encode_header, put_varint
from engine.lzc.packed import DICTIONARY
from tests.engine.lzc.fuzz import one_input, try_one

PREFIX = SIGNATURE + b"\x01\x01"


def deflate(data: bytes, dictionary: bytes = b"") -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=dictionary) if dictionary else zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeeze.compress(data) + squeeze.flush()


def start_of(payload: bytes) -> tuple[bytes, int]:
    head = encode_chunk(ChunkKey("HEAD"), payload, 0)
    return head, int.from_bytes(head[-4:], "little")


def finished(header: bytes, chunks: list[bytes], index: bytes, *, tail: int | None = None, count: int | None = None) -> bytes:
    """A file with right checks and hash around whatever the attacker put in."""
    head, salt = start_of(header)
    body = PREFIX + head + b"".join(chunks) + head + encode_chunk(ChunkKey("INDX"), index, salt)
    real = len(head) + len(encode_chunk(ChunkKey("INDX"), index, salt)) + 32
    return body + encode_end(EndMark(real if tail is None else tail, len(chunks) if count is None else count, short_hash([body])))


def peak_of(call) -> int:
    tracemalloc.start()
    try:
        call()
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


def test_a_header_that_inflates_without_end_is_refused_cheaply() -> None:
    bomb = b"\x01\x01\x00" + deflate(b'{"m":{"a":"' + b"x" * (64 << 20) + b'"},"s":[]}', DICTIONARY)

    def attempt() -> None:
        with pytest.raises(LzcError, match="more than"):
            LzcReader(finished(bomb, [], encode_index([])))
    assert peak_of(attempt) < 40 << 20


@pytest.mark.parametrize("value", [
    '{"a":NaN}', '{"a":1e999}', '{"a":1,"a":2}', "[" * 100 + "]" * 100, "[" * 100000, '{"a":"\\ud800"}', '"@7"', '"@x"', '"@1000"',
    "1" * 9999, '{"a":', "", '["' + "x" * (1 << 20) + 'y"]',
    "{" + ",".join(f'"{n}":0' for n in range(1001)) + "}", "[" + "0," * 65536 + "0]"])
def test_metadata_that_asks_for_trouble(value: str) -> None:
    with pytest.raises(LzcError):
        unpack_json(b"\x00" + deflate(value.encode(), DICTIONARY))


@pytest.mark.parametrize("value", [
    [], {}, {"m": {}}, {"m": [], "s": []}, {"m": {}, "s": {}}, {"m": {}, "s": [], "x": 1}, {"m": {}, "s": [[]]}, {"m": {}, "s": [["film"]]},
    {"m": {}, "s": [["video", 1]]}, {"m": {}, "s": [["video", "", True]]}, {"m": {}, "s": [["video", "", -1]]},
    {"m": {}, "s": [["data"] * 10]}, {"m": {}, "s": [["video", "", 1, 20000, 20000]]}, {"m": {}, "s": [["video", "", 1, 1.5]]},
    {"m": {}, "s": [["data"]] * 65},
    {"m": {}, "s": [["video", "", 1, 16384, 16384, 8, 1 << 24]]}, {"m": {}, "s": [["video", "", 1, 9, 9, 99]]},
    {"m": {}, "s": [["data", "", 1, 0, 0, 8, 0, 1 << 45]]}, {"m": {}, "s": [["data", "", 17]]}])
def test_headers_with_right_checks_and_wrong_content(value: object) -> None:
    payload = b"\x01\x01\x00" + deflate(json.dumps(value).encode(), DICTIONARY)
    with pytest.raises(LzcError):
        LzcReader(finished(payload, [], encode_index([])))


def test_a_cut_file_may_declare_more_than_it_holds() -> None:
    header = Header({}, (Stream("video", "c", 3, 3840, 2160, 8, 90_000),)).encode()
    data = finished(header, [], encode_index([]))
    with pytest.raises(LzcError, match="claim to hold"):
        LzcReader(data)
    with LzcReader(data[:-1]) as reader:
        assert not reader.complete


def test_an_index_bomb_is_refused_cheaply() -> None:
    payload = bytearray()
    put_varint(payload, 4_000_000)
    payload += deflate(bytes([3]) * 4_000_000 + bytes(4_000_000 * 3))
    data = finished(Header().encode(), [], bytes(payload), count=4_000_000)

    def attempt() -> None:
        with LzcReader(data) as reader:
            assert reader.keys == [] and not reader.complete
    assert peak_of(attempt) < 8 << 20


def test_end_marks_and_indices_that_lie_do_not_change_what_is_read() -> None:
    _, salt = start_of(Header().encode())
    keys = [ChunkKey("DATA", time=n) for n in range(3)]
    chunks = [encode_chunk(k, bytes([k.time]) * 9, salt) for k in keys]
    rows = [(k, 9) for k in keys]
    lies = [rows[:2], [*rows, (ChunkKey("DATA", time=3), 9)], rows[::-1], [(k, 8) for k in keys], [(k, 1 << 31) for k in keys],
            [rows[0], rows[0], rows[2]], [(ChunkKey("HEAD"), 9)] * 3, [(ChunkKey("DATA", level=99), 9)] * 3]
    for lie in lies:
        with LzcReader(finished(Header().encode(), chunks, encode_index(lie))) as reader:
            for key in reader.keys:
                if key in keys:
                    try:
                        assert reader.read(key) == bytes([key.time]) * 9
                    except LzcError:
                        assert lie == rows[::-1]          # fits in size, then fails its check
    for tail in (0, 1, 31, 33, 200, (1 << 32) - 1):
        for count in (0, 2, 4, (1 << 32) - 1):
            data = finished(Header().encode(), chunks, encode_index(rows), tail=tail, count=count)
            try:
                with LzcReader(data) as reader:
                    assert reader.keys == keys and not reader.complete
            except LzcError as error:
                assert "limit" in str(error)


def test_a_payload_longer_than_the_file_allocates_nothing() -> None:
    head, salt = start_of(Header().encode())
    data = PREFIX + head + encode_header(ChunkKey("DATA"), 1 << 28, salt) + b"x" * 50

    def attempt() -> None:
        with LzcReader(data) as reader:
            assert reader.keys == [] and "cut off, 50 of" in reader.losses[0]
    assert peak_of(attempt) < 8 << 20


def test_scanning_work_is_bounded() -> None:
    """Overlapping chunks that each claim the rest of the file, and sync ids without end. Counted in bytes read, not in time."""
    head, salt = start_of(Header().encode())
    claims = bytearray(PREFIX + head)
    size = 3 << 20
    for _ in range(6000):
        claims += encode_header(ChunkKey("DATA"), size // 2, salt) + b"junk"
    claims += bytes(size - len(claims))
    syncs = PREFIX + head + SYNC * (size // 40) + bytes(size - size // 10)
    for data in (bytes(claims), syncs):
        reader = LzcReader(data)
        assert reader.keys == []
        total = 0
        real = reader.source.read

        def counted(offset: int, count: int, real=real) -> bytes:
            nonlocal total
            total += count
            return real(offset, count)
        reader.source.read = counted  # type: ignore[method-assign]
        from engine.lzc.scan import scan
        found = scan(reader.source, len(PREFIX + head), len(data), salt, Limits())
        assert found.entries == [] and len(found.losses) <= 200
        assert total < (64 << 20) + 12 * len(data)
        reader.close()


@given(st.data())
def test_mutated_fields_with_repaired_checks(data: st.DataObject) -> None:
    """Right checks around wrong fields: an LzcError, or a reader that answers for every key."""
    raw = data.draw(st.binary(max_size=14))
    payload = data.draw(st.binary(max_size=40))
    header = data.draw(st.one_of(st.just(Header({"a": 1}).encode()), st.binary(max_size=30).map(lambda b: b"\x01\x01" + b)))
    _, salt = start_of(header)
    fields = raw + crc_hqx(raw, salt & 0xFFFF).to_bytes(2, "little")
    bad = SYNC + fields + payload + zlib.crc32(fields + payload, salt).to_bytes(4, "little")
    good = encode_chunk(ChunkKey("DATA"), payload, salt)
    index = data.draw(st.one_of(st.just(encode_index([(ChunkKey("DATA"), len(payload))])), st.binary(max_size=40)))
    file = finished(header, data.draw(st.permutations([bad, good])), index)
    with contextlib.suppress(LzcError), LzcReader(file) as reader:
        for key in reader.keys:
            with contextlib.suppress(LzcError):
                assert isinstance(reader.read(key), bytes)
        verify(file)


@given(st.binary(max_size=200))
def test_any_bytes_at_all(data: bytes) -> None:
    for file in (data, PREFIX + data, PREFIX + start_of(Header().encode())[0] + data):
        for lenient in (False, True):
            try:
                LzcReader(file, lenient=lenient).close()
            except LzcError:
                continue
    for decode in (lambda: decode_times(data, 1000), lambda: unpack_json(data)):
        try:
            decode()
        except LzcError:
            continue
    with contextlib.suppress(ValueError):
        decode_index(data, 0, 100, 10)


def test_a_short_fuzz_with_repaired_checks() -> None:
    rng = random.Random(11)
    opened = sum(try_one(one_input(rng), lenient=n % 3 == 0) for n in range(1500))
    assert 300 < opened < 1200          # both ways of ending are reached


def test_random_damage_in_bursts(three_files: list) -> None:
    rng = random.Random(5)
    for _ in range(1500):
        made = rng.choice(three_files)
        data = bytearray(made.data)
        for _ in range(rng.randrange(1, 4)):
            at, count = rng.randrange(len(data)), rng.randrange(1, 40)
            patch = rng.choice([bytes(count), rng.randbytes(count), b"", data[at // 2:at // 2 + count]])
            data[at:at + count] = patch
        try:
            with LzcReader(bytes(data)) as reader:
                for key in reader.keys:
                    try:
                        assert reader.read(key) == made.chunks[key]
                    except LzcError:
                        continue
        except LzcError:
            continue
