"""A part of a picture, decoded alone: the crop of the whole picture, from few tiles, in any order of asking."""
from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import Frame, LzcError
from engine.lorentzian import cells, likeness, motion, packing, payload, source
from engine.lorentzian.cells import Box
from engine.lorentzian.codec import CodecSettings
from engine.lorentzian.model import CodecModel
from engine.lorentzian.source import LzcSource
from engine.lzc import ChunkKey, LzcReader
from tests.engine.lorentzian.clips import film, lively, write

SIZE = (790, 302)  # three tiles by one
FRAMES = 19
NEAR, FAR = (20, 40, 90, 64), 2  # a region in the first tile, and a tile that it does not need


@pytest.fixture(scope="module")
def small_tiles() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payload, "LARGE", 0)
        patch.setattr(packing, "SMALL", 0)
        patch.setattr(source, "MOST_OF", 1)
        yield


@pytest.fixture(scope="module")
def recording(small_tiles: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key at 0 and at 16."""
    return write(tmp_path_factory.mktemp("rec") / "a.lzc", film(FRAMES, *SIZE), CodecSettings(36, key_interval=16, effort="fast"), lively())


def crop(f: Frame, box: tuple[int, int, int, int]) -> list[np.ndarray]:
    x, y, w, h = box
    return [f.y[y:y + h, x:x + w], *(p[y // 2:(y + h + 1) // 2, x // 2:(x + w + 1) // 2] for p in (f.u, f.v))]


def apart(part: Frame, whole: Frame, box: tuple[int, int, int, int]) -> int:
    pairs = list(zip((part.y, part.u, part.v), crop(whole, box), strict=True))
    assert all(a.shape == b.shape and a.dtype == b.dtype for a, b in pairs)
    return max(int(np.abs(a.astype(int) - b).max()) for a, b in pairs)


def some_box(rng: random.Random, width: int, height: int) -> tuple[int, int, int, int]:
    x, y = rng.randrange(0, width - 8, 2), rng.randrange(0, height - 8, 2)
    w, h = rng.randrange(4, width - x + 1), rng.randrange(4, height - y + 1)
    return x, y, w if x + w == width else w // 2 * 2, h if y + h == height else h // 2 * 2


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_a_region_is_the_crop_of_the_whole_picture(recording: Path, level: int) -> None:
    rng = random.Random(level)
    with LzcSource(recording, lively()) as whole:
        wanted = {n: whole.read_level(n, level) for n in range(FRAMES)}
    height, width = wanted[0].y.shape
    with LzcSource(recording, lively()) as one:
        for n in [15, 3, *rng.sample(range(FRAMES), 4)]:
            box = some_box(rng, width, height)
            with LzcSource(recording, lively()) as fresh:
                alone = fresh.read_region(n, box, level)
            assert (alone.index, alone.pts) == (n, wanted[n].pts)
            assert apart(alone, wanted[n], box) <= 1
            assert apart(one.read_region(n, box, level), wanted[n], box) <= 1, "what is remembered of other regions must not show"


@pytest.mark.parametrize("level", [0, 1])
def test_a_region_of_blocks_that_do_not_overlap(small_tiles: None, tmp_path: Path, level: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likeness, "straighter", lambda s: 1e9)
        path = write(tmp_path / "b.lzc", film(9, *SIZE), CodecSettings(44, effort="fast"), lively())
    rng = random.Random(7)
    with LzcSource(path, lively()) as whole, LzcSource(path, lively()) as part:
        for n in (7, 2, 8):
            wanted = whole.read_level(n, level)
            box = some_box(rng, wanted.y.shape[1], wanted.y.shape[0])
            assert apart(part.read_region(n, box, level), wanted, box) <= 1


def test_the_shipped_networks_reach_no_further(small_tiles: None, shipped: CodecModel, tmp_path: Path) -> None:
    """In float, so that the error is seen and not the luck of rounding."""
    path = write(tmp_path / "s.lzc", film(16, 400, 256), CodecSettings(30, effort="fast"), shipped)
    with LzcSource(path, shipped) as whole, LzcSource(path, shipped) as part:
        part.read_region(15, (160, 96, 64, 64))
        y = part._regions[0]._parts[(1, 7)].cut(Box(6, 10, 10, 14))[0]
        whole.read(15)
        assert 0 <= float(np.abs(y - whole._cache[(1, 0)].refs[7].planes[0][96:160, 160:224]).max()) < 0.3


def test_the_same_place_over_time_and_back(recording: Path) -> None:
    box = (300, 100, 96, 80)
    with LzcSource(recording, lively()) as whole, LzcSource(recording, lively()) as part:
        for n in [*range(FRAMES), 5, 14, 0, 18]:
            assert apart(part.read_region(n, box), whole.read(n), box) <= 1


def test_little_memory_changes_nothing(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.lorentzian.region.KEEP_BYTES", 0)
    monkeypatch.setattr("engine.lorentzian.region.KEEP_TILES", 1)
    box = (230, 100, 96, 80)
    with LzcSource(recording, lively()) as whole, LzcSource(recording, lively()) as part:
        for n in (9, 12, 10, 3):
            assert apart(part.read_region(n, box), whole.read(n), box) <= 1


def read_of(file: LzcSource, monkeypatch: pytest.MonkeyPatch) -> list[ChunkKey]:
    keys: list[ChunkKey] = []
    before = file._file.read

    def read(key: ChunkKey) -> bytes:
        keys.append(key)
        return before(key)
    monkeypatch.setattr(file._file, "read", read)
    return keys


def test_only_tiles_and_levels_that_matter_are_read(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LzcSource(recording, lively()) as part:
        keys = read_of(part, monkeypatch)
        part.read_region(12, NEAR)
        assert {k.tile for k in keys} <= {0, 1} and {k.time for k in keys} == {0, 8} and {k.level for k in keys} == {0, 1, 2, 3}
        keys.clear()
        part.read_region(18, (0, 0, 16, 16), 2)
        assert {k.tile for k in keys} == {0} and {k.time for k in keys} == {16} and {k.level for k in keys} == {2, 3}
        keys.clear()
        part.read_region(18, (0, 0, 16, 16), 2)
        assert not keys, "nothing is read twice"


def test_a_region_away_from_the_damage_can_be_read(recording: Path, tmp_path: Path) -> None:
    data = bytearray(recording.read_bytes())
    with LzcReader(recording) as reader:
        for e in reader.entries:
            if e.key == ChunkKey(packing.TYPE, 0, 0, 0, FAR):
                data[e.end - 5] ^= 0x55
    (tmp_path / "d.lzc").write_bytes(data)
    with LzcSource(tmp_path / "d.lzc", lively()) as broken, LzcSource(recording, lively()) as whole:
        assert apart(broken.read_region(4, NEAR), whole.read(4), NEAR) <= 1
        with pytest.raises(LzcError):
            broken.read(4)
        with pytest.raises(LzcError):
            broken.read_region(4, (700, 40, 60, 64))
        assert apart(broken.read_region(5, NEAR), whole.read(5), NEAR) <= 1


def test_large_regions_come_from_the_whole_picture(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_OF", 3)
    with LzcSource(recording, lively()) as part:
        got = part.read_region(2, (0, 0, 400, 302))
        assert not part._regions and apart(got, part.read(2), (0, 0, 400, 302)) == 0
        assert apart(part.read_region(3, NEAR), part.read(3), NEAR) == 0 and not part._regions, "a picture at hand is used"


@pytest.mark.parametrize("box", [(-2, 0, 8, 8), (0, 0, 0, 8), (1, 0, 8, 8), (0, 3, 8, 8), (0, 0, 9, 8), (784, 0, 8, 8), (0, 296, 8, 8)])
def test_regions_that_make_no_sense(recording: Path, box: tuple[int, int, int, int]) -> None:
    with LzcSource(recording, lively()) as part:
        with pytest.raises(IndexError):
            part.read_region(0, box)
        with pytest.raises(IndexError):
            part.read_region(0, (0, 0, 8, 8), 4)


def test_closing_stops_its_threads(recording: Path) -> None:
    part = LzcSource(recording, lively())
    part.read_region(3, (0, 0, 300, 300))
    part.close()
    with pytest.raises(LzcError):
        part.read_region(3, NEAR)


def test_pictures_larger_than_four_million_pixels_have_small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload, "LARGE", 1 << 22)
    assert len(payload.tile_grid(2160, 3840)) == 15 * 8 and {t[3] for t in payload.tile_grid(2160, 3840)} == {256}
    assert len(payload.tile_grid(1088, 1920)) == 2 * 4


# ---------------------------------------------------------------- masks

@given(st.integers(0, 2 ** 31))
@settings(max_examples=30, deadline=None)
def test_prediction_looks_only_at_the_cells_of_its_reach(seed: int) -> None:
    rng = np.random.default_rng(seed)
    level, rows, columns = int(rng.integers(4)), 6, 7
    h, w = rows * 16, columns * 16
    mode = rng.integers(0, 3, (2 * rows, 2 * columns)).astype(np.int8)
    spread = int(rng.choice([20, 200, 2047]))
    mv = rng.integers(-spread, spread + 1, (2, 2 * rows, 2 * columns, 2)).astype(np.int16)
    wanted = rng.random((rows, columns)) < 0.15
    wanted[rng.integers(rows), rng.integers(columns)] = True
    cl = min(level + 1, 3)
    sizes = [(h >> level, w >> level), (h >> cl, w >> cl), (h >> cl, w >> cl)]
    first = [rng.uniform(0, 255, s).astype(np.float32) for s in sizes]
    ready = motion.prepare(first, level)
    before = motion.predict_planes(ready, ready, mode, mv, h, w, level)
    for side in range(2):
        seen = cells.reach(mode, mv, side, wanted, level)
        other = []
        for p in first:
            k = p.shape[0] // rows
            hidden = np.kron(~seen, np.ones((k, k), bool))
            other.append(np.where(hidden, rng.uniform(0, 255, p.shape).astype(np.float32), p))
        changed = motion.prepare(other, level)
        after = motion.predict_planes(*((changed, ready) if side == 0 else (ready, changed)), mode, mv, h, w, level)
        for a, b in zip(before, after, strict=True):
            inside = np.kron(wanted, np.ones((a.shape[1] // rows,) * 2, bool))
            assert np.array_equal(a[:, inside], b[:, inside])


@given(st.integers(0, 2 ** 31), st.integers(0, 2))
@settings(max_examples=50, deadline=None)
def test_boxes_cover_what_is_wanted_and_keep_apart(seed: int, halo: int) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.random((int(rng.integers(1, 30)), int(rng.integers(1, 30)))) < 0.04
    found = cells.boxes(mask, halo)
    covered = np.zeros_like(mask)
    for b in found:
        assert not b.of(covered).any(), "boxes overlap"
        b.of(covered)[:] = True
    assert not (mask & ~covered).any() and (not found) == (not mask.any())


def test_grown_masks_and_boxes() -> None:
    mask = np.zeros((5, 6), bool)
    mask[0, 2] = True
    assert cells.around(cells.grown(mask, 1)) == (0, 1, 2, 4) and cells.grown(mask, 1).sum() == 6
    assert Box(1, 1, 2, 2).grown(3, 4, 5) == (0, 0, 4, 5)
    assert Box(0, 0, 4, 40).strips(2) == [Box(0, 0, 4, 20), Box(0, 20, 4, 40)] and Box(0, 0, 4, 9).strips(2) == [Box(0, 0, 4, 9)]
