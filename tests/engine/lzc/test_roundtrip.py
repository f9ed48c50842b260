"""What goes into a file comes out of it."""
from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import LzcError
from engine.lzc import ChunkKey, Header, Limits, LzcReader, LzcWriter, Stream, info, is_ancillary, pack_json, unpack_json, verify
from engine.lzc.index import decode_index, encode_index
from engine.lzc.layout import U32, encode_chunk, encode_header, parse_header, payload_of

u32 = st.one_of(st.integers(0, 300), st.integers(0, U32))
known = st.sampled_from(["VIDC", "AUDP", "TIME", "SYMH", "NOTE", "DATA", "MODL"])
types = st.one_of(known, st.from_regex(r"[A-Za-z0-9]{4}", fullmatch=True).filter(lambda n: n not in ("HEAD", "INDX", "TRLR")))
any_key = st.builds(ChunkKey, types, u32, u32, u32, u32, u32)
file_key = st.builds(ChunkKey, known, st.integers(0, 63), st.integers(0, 15), u32, u32, u32)
text = st.text(st.characters(codec="utf-8"), max_size=70)
leaf = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), text,
                 st.binary(min_size=32, max_size=32).map(bytes.hex), st.just("@1"))
json_value = st.recursive(leaf, lambda c: st.one_of(st.lists(c, max_size=5), st.dictionaries(text, c, max_size=5)), max_leaves=20)


@given(any_key, st.binary(max_size=300), u32)
def test_a_chunk_comes_back(key: ChunkKey, payload: bytes, salt: int) -> None:
    data = encode_chunk(key, payload, salt)
    header = parse_header(data, salt)
    assert header is not None and header.key == key and header.total == len(data)
    assert header.size <= 48 and payload_of(data, header, salt) == payload
    assert parse_header(data, salt ^ 1) is None


@given(st.lists(st.tuples(any_key, u32), max_size=30), st.integers(0, 5000))
def test_an_index_comes_back_with_its_places(entries: list[tuple[ChunkKey, int]], start: int) -> None:
    sizes = [len(encode_header(k, n, 0)) + n + 4 for k, n in entries]
    found = decode_index(encode_index(entries), start, start + sum(sizes), 100)
    assert [(e.key, e.length) for e in found] == entries
    assert [e.offset for e in found] == [start + sum(sizes[:i]) for i in range(len(sizes))]
    with pytest.raises(ValueError):
        decode_index(encode_index(entries), start, start + sum(sizes) + 1, 100)


@given(json_value)
def test_metadata_comes_back(value: object) -> None:
    assert unpack_json(pack_json(value)) == value


@settings(max_examples=50)
@given(st.dictionaries(file_key, st.binary(max_size=200), max_size=12), st.dictionaries(text, json_value, max_size=4))
def test_a_file_comes_back(tmp_path_factory: pytest.TempPathFactory, chunks: dict[ChunkKey, bytes], meta: dict[str, object]) -> None:
    path = tmp_path_factory.getbasetemp() / "round.lzc"
    header = Header(meta, (Stream("video", "c", 2, 640, 360, 10, 9, 0, {"k": [1]}), Stream("data", size=77)))
    with LzcWriter(path, header) as writer:
        for key, payload in chunks.items():
            writer.add(key, payload)
        writer.finish({"t": 1} if meta else None)
    with LzcReader(path) as reader:
        assert reader.complete and reader.losses == [] and not reader.scanned
        assert reader.header == header and reader.trailer == ({"t": 1} if meta else {})
        assert reader.keys == sorted(chunks) and all(reader.read(k) == p for k, p in chunks.items())
    assert verify(path).ok
    assert not path.with_name("round.lzc.part").exists()


def test_small_files_stay_small(tmp_path: Path, three_files: list) -> None:
    """Bit rate counts every byte: at most 28 bytes a chunk and 12 in the index, header and trailer at most 700."""
    header, path = three_files[0].header, tmp_path / "a.lzc"
    sizes = {}
    for count in (0, 40):
        with LzcWriter(path, header) as writer:
            for n in range(count):
                writer.add(ChunkKey("VIDC", 0, 3 - n % 4, n // 4), os.urandom(1000))
            sizes[count] = writer.finish()
    assert sizes[0] <= 450
    assert sizes[40] - sizes[0] - 40 * 1000 <= 40 * 20


def test_info_says_what_is_in_a_file(three_files: list) -> None:
    facts = info(three_files[0].data)
    assert facts["complete"] and facts["coarse_first"] and facts["losses"] == []
    assert facts["chunks"]["VIDC"] == {"count": 9, "bytes": 3 * (9 + 16 + 23)}
    assert facts["levels"] == {"0": 69, "1": 48, "2": 27}
    assert facts["meta"]["source"]["name"] == "clip.mp4"
    assert facts["streams"] == [vars(s) for s in three_files[0].header.streams]
    payloads = sum(len(p) for p in three_files[0].chunks.values())
    assert facts["overhead_bytes"] == len(three_files[0].data) - payloads


def test_unknown_ancillary_is_skipped_and_unknown_critical_refused(tmp_path: Path, three_files: list) -> None:
    with LzcReader(three_files[1].data) as reader:
        assert reader.complete and reader.skipped == ["xtra"] and [k.type for k in reader.keys] == ["DATA", "NOTE"]
    for name in ("Xtra", "9bit", "#100"):
        assert not is_ancillary(name)
        with LzcWriter(tmp_path / "c.lzc", Header()) as writer:
            writer.add(ChunkKey(name), b"x")
            writer.finish()
        data = (tmp_path / "c.lzc").read_bytes()
        for cut in (len(data), len(data) - 5):       # by the index and by scanning
            with pytest.raises(LzcError, match=f"type {name}.*update the program"):
                LzcReader(data[:cut])
        LzcReader(data, known=[name]).close()
    assert is_ancillary("#200")


def test_a_narrower_reader_refuses_types_it_does_not_know(three_files: list) -> None:
    with pytest.raises(LzcError, match="AUDP"):
        LzcReader(three_files[0].data, known=["VIDC", "TIME", "SYMH"])


def test_a_later_version_is_refused_by_name(three_files: list) -> None:
    data = bytearray(three_files[1].data)
    data[9] = 3                                      # the header, which has a CRC, is believed
    with LzcReader(bytes(data)) as reader:
        assert reader.losses == ["the version bytes are damaged"]
    data[20] ^= 1
    data = data[:200]
    with pytest.raises(LzcError, match="needs a reader of format version 3"):
        LzcReader(bytes(data))


def test_digest_is_the_sha256_of_the_file(three_files: list) -> None:
    with LzcReader(three_files[0].data) as reader:
        assert reader.digest == hashlib.sha256(three_files[0].data).hexdigest()


def test_wrong_files_get_one_clear_line(tmp_path: Path, three_files: list) -> None:
    (tmp_path / "text").write_bytes(three_files[0].data.replace(b"\r\n", b"\n"))
    (tmp_path / "crlf").write_bytes(three_files[0].data.replace(b"\n", b"\r\n"))
    (tmp_path / "four").write_bytes(three_files[0].data[:4])
    (tmp_path / "flip").write_bytes(three_files[0].data[:5] + b"\x0b" + three_files[0].data[6:])
    (tmp_path / "other").write_bytes(b"\x00\x00\x00\x18ftypmp42" * 30)
    (tmp_path / "empty").write_bytes(b"")
    expected = {"crlf": "text mode", "four": "only 4 bytes", "flip": r"signature is damaged \(`lorentz repair`",
                "text": "text mode", "other": "wrong signature", "empty": "only 0 bytes", "missing": "no such file", ".": "not a regular"}
    for name, line in expected.items():
        with pytest.raises(LzcError, match=line) as caught:
            LzcReader(tmp_path / name)
        assert "\n" not in str(caught.value) and str(tmp_path) in str(caught.value)


def test_a_missing_key_is_an_lzc_error(three_files: list) -> None:
    with LzcReader(three_files[0].data) as reader, pytest.raises(LzcError, match="no such chunk"):
        reader.read(ChunkKey("VIDC", time=99))


def test_limits_are_checked_on_both_sides(tmp_path: Path, three_files: list) -> None:
    with LzcWriter(tmp_path / "x.lzc", Header(), limits=Limits(chunk_bytes=10)) as writer:
        for key, payload in ((ChunkKey("DATA"), b"x" * 11), (ChunkKey("DATA", stream=64), b""), (ChunkKey("DATA", level=16), b""),
                             (ChunkKey("HEAD"), b""), (ChunkKey("DAT"), b""), (ChunkKey("DATA", time=-1), b"")):
            with pytest.raises(LzcError):
                writer.add(key, payload)
        writer.add(ChunkKey("DATA"), b"x")
        with pytest.raises(LzcError, match="already"):
            writer.add(ChunkKey("DATA"), b"y")
    for limits in (Limits(chunk_bytes=8), Limits(chunks=3), Limits(streams=1), Limits(levels=2), Limits(frame_side=50),
                   Limits(frame_pixels=3071), Limits(meta_entries=5), Limits(header_bytes=50), Limits(meta_entry_bytes=9),
                   Limits(meta_items=2), Limits(time_stamps=23), Limits(output_bytes=9999), Limits(output_per_byte=1, output_floor=1)):
        with pytest.raises(LzcError):
            LzcReader(three_files[0].data, limits)
