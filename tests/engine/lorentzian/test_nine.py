"""Chunks of nine frames, which key intervals begin with."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.api import Frame, LzcError
from engine.lorentzian import LzcSource, VideoStreamWriter, packing
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.schedule import LONGEST, TYPES, pieces, runs, slices
from tests.engine.lorentzian.clips import decode, facts, film, lively, piece, scene

SIZE = (48, 32)


def test_an_interval_that_starts_anew_has_its_finest_slices_at_multiples_of_eight() -> None:
    kinds: dict[int, int] = {}
    for start, stop in runs(32, 32):
        kinds |= {start + s.time: s.kind for s in slices(stop - start, start == 0)}
    assert [t for t, k in kinds.items() if k < 2] == [0, 8, 16, 24, 31]
    assert all(kinds[t] == 2 for t in (4, 12, 20)) and all(kinds[t] == 3 for t in (2, 6, 10, 14))


@pytest.mark.parametrize("key", [True, False])
def test_nine_slices_have_types_and_neighbours_that_are_known(key: bool) -> None:
    order, seen = slices(LONGEST, key), {-1}
    assert sorted(s.time for s in order) == list(range(LONGEST)) and all(0 <= s.kind < TYPES for s in order)
    for s in order:
        assert (s.left is None) == (s.kind == 0) and {t for t in (s.left, s.right) if t is not None} <= seen
        seen.add(s.time)


def test_nine_frames_in_one_chunk_come_back_as_the_writer_saw_them() -> None:
    frames, model = [list(f) for f in scene(18, *SIZE)], lively()
    encoder = ChunkEncoder(*SIZE, CodecSettings(30), model)
    made = [encoder.encode(frames[at:at + 9], at == 0) for at in (0, 9)]
    encoder.close()
    got = decode([chunk for chunk, _ in made], *SIZE, 30, model)
    for want, have in zip([planes for _, shown in made for planes in shown], got, strict=True):
        assert max(float(np.abs(a - b).max()) for a, b in zip(want, have, strict=True)) < 1 / 255


def test_a_still_scene_goes_on_in_chunks_of_nine(tmp_path: Path) -> None:
    one = film(1, *SIZE)[0]
    pictures = [Frame(one.y.copy(), one.u.copy(), one.v.copy(), n, 40 * n, 8) for n in range(40)]
    settings = CodecSettings(24, 16, "fast")
    out = VideoStreamWriter(tmp_path / "n.lzc", facts(40, *SIZE), settings, lively())
    for start, stop in runs(40, 16):
        out.write_chunk(*piece(pictures, start, stop))
    out.finish()
    with LzcSource(tmp_path / "n.lzc", lively()) as source:
        assert [(e.start, e.frames, e.key, e.anchor) for e in source.entries] == [
            (0, 9, True, None), (9, 7, False, None), (16, 9, False, 0), (25, 7, False, None),
            (32, 8, False, 0)]
        whole = list(source.frames())
        with LzcSource(tmp_path / "n.lzc", lively()) as other:
            for at in (24, 17, 39, 20, 16, 9, 8, 0):
                assert np.array_equal(other.read(at).y, whole[at].y)
                box = other.read_region(at, (16, 0, 32, 32))
                assert np.abs(box.y.astype(int) - whole[at].y[:32, 16:]).max() <= 1


def test_no_chunk_has_ten() -> None:
    with pytest.raises(LzcError, match="impossible number"):
        packing.head(bytes([10]))
    assert packing.head(bytes([9])).frames == 9


def test_pieces_fill_an_interval() -> None:
    assert [b - a for a, b in runs(40, 32)] == [9, 8, 8, 7, 8]
    assert [b - a for a, b in runs(9, 4)] == [4, 4, 1]
    assert pieces(33, 32) == 8
