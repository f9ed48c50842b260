"""Scene cuts: every hard cut, and no pan, flash, fade or shake taken for one."""
from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pytest

from engine.api import Frame, SourceInfo
from engine.media import FrameExtractor, SceneDetector
from engine.media.resize import resize_area
from engine.media.scene import difference, look


@lru_cache(maxsize=8)
def texture(seed: int, height: int = 180, width: int = 640) -> np.ndarray:
    """A smooth random landscape, 20 ... 235."""
    rng = np.random.default_rng(seed)
    total = sum(resize_area(rng.random((n, n * 3)).astype(np.float32), height, width) / n for n in (4, 9, 23, 60))
    total -= total.min()
    return (20 + 200 * total / total.max() * rng.uniform(0.5, 1) + rng.uniform(-15, 15)).clip(0, 255)


def view(scene: np.ndarray, x: float = 0, gain: float = 1, lift: float = 0, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1.5, (180, 320))
    return (scene[:, int(x):int(x) + 320] * gain + lift + noise).clip(0, 255).astype(np.uint8)


def cuts(frames: list[np.ndarray], depth: int = 8) -> list[int]:
    detector = SceneDetector()
    said = [c for f in frames for c in detector.push(f, depth)] + detector.flush()
    assert len(said) == len(frames)
    return [i for i, c in enumerate(said) if c]


@pytest.mark.parametrize("seed", range(6))
def test_hard_cuts_are_found(seed: int) -> None:
    clips = [[view(texture(seed * 10 + k), 2 * i, seed=i) for i in range(8 + k)] for k in range(4)]
    frames = [f for clip in clips for f in clip]
    edges = np.cumsum([len(c) for c in clips])[:-1].tolist()
    assert cuts(frames) == edges
    assert cuts([f.astype(np.uint16) * 4 for f in frames], 10) == edges


def test_cut_to_black_and_back() -> None:
    scene = texture(1)
    black = np.full((180, 320), 16, np.uint8)
    assert cuts([view(scene, seed=i) for i in range(10)] + [black] * 10 + [view(texture(2), seed=i) for i in range(10)]) == [10, 20]


def test_pans_are_not_cuts() -> None:
    for speed in (3, 12, 25):
        frames = [view(texture(5), speed * i % 320, seed=i) for i in range(300 // speed)]
        assert cuts(frames) == [], speed


def test_a_pan_past_houses_is_no_cut() -> None:
    """Something of another brightness comes in with every frame: only finding the old parts again tells it from a cut."""
    rng = np.random.default_rng(4)
    houses = np.repeat(rng.uniform(20, 235, (6, 60)), 30, 0).repeat(36, 1)
    assert cuts([view(houses, 36 * i, seed=i) for i in range(48)]) == []


@pytest.mark.parametrize("length", [1, 2, 3])
def test_flashes_are_not_cuts(length: int) -> None:
    frames = [view(texture(7), 2 * i, seed=i) for i in range(24)]
    for i in range(10, 10 + length):
        frames[i] = view(texture(7), 2 * i, gain=0.4, lift=150, seed=i)
    assert cuts(frames) == []
    frames[10:10 + length] = [np.full((180, 320), 250, np.uint8)] * length
    assert cuts(frames) == []


def test_light_shake_and_moving_things_are_not_cuts() -> None:
    scene = texture(9)
    fade = [view(scene, gain=1 - i / 40, seed=i) for i in range(36)]
    assert cuts(fade) == []
    rng = np.random.default_rng(0)
    assert cuts([view(scene, 40 + rng.integers(-20, 20), seed=i) for i in range(30)]) == []
    moving = [view(scene, seed=i) for i in range(30)]
    for i, frame in enumerate(moving):
        frame[40:140, 8 * i:8 * i + 80] = 230
    assert cuts(moving) == []
    assert cuts([view(scene, lift=70 * (i >= 15), seed=i) for i in range(30)]) == []  # a lamp is switched on


def test_a_flash_beside_a_cut() -> None:
    frames = [view(texture(3), seed=i) for i in range(12)] + [view(texture(4), seed=i) for i in range(12)]
    frames[5] = np.full((180, 320), 250, np.uint8)
    assert cuts(frames) == [12]


def test_difference_is_small_for_neighbours() -> None:
    a, b, c = (look(view(texture(s), x)) for s, x in ((1, 0), (1, 10), (2, 0)))
    assert difference(a, b) < 0.2 < 0.45 < difference(a, c)
    tiny = look(np.zeros((1, 1), np.uint8))
    assert difference(tiny, tiny) == 0


class Listed:
    """A source over luma planes."""

    def __init__(self, lumas: list[np.ndarray]) -> None:
        from fractions import Fraction
        self.lumas = lumas
        self.info = SourceInfo("listed", "video", 320, 180, tuple(range(len(lumas))), Fraction(1, 25), Fraction(25))

    def read(self, index: int) -> Frame:
        chroma = np.full((90, 160), 128, np.uint8)
        return Frame(self.lumas[index], chroma, chroma, index, index)

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        for i in range(start, len(self.lumas) if stop is None else stop):
            yield self.read(i)

    def close(self) -> None:
        self.lumas = []


def shape(extractor: FrameExtractor) -> list[tuple[int, int, bool]]:
    out = []
    for chunk in extractor:
        assert [f.index for f in chunk.frames] == list(range(chunk.start, chunk.start + len(chunk.frames)))
        out.append((chunk.start, len(chunk.frames), chunk.cut))
    return out


def still(count: int) -> Listed:
    return Listed([np.zeros((180, 320), np.uint8)] * count)


def test_fixed_chunks() -> None:
    assert shape(FrameExtractor(still(20))) == [(0, 8, True), (8, 8, False), (16, 4, False)]
    assert shape(FrameExtractor(still(16))) == [(0, 8, True), (8, 8, False)]
    assert shape(FrameExtractor(still(20), size=3, step=8)) == [(0, 3, True), (8, 3, False), (16, 3, False)]
    assert shape(FrameExtractor(still(18), size=3, step=8)) == [(0, 3, True), (8, 3, False), (16, 2, False)]
    assert shape(FrameExtractor(still(20), size=8, start=3, stop=13)) == [(3, 8, True), (11, 2, False)]
    assert shape(FrameExtractor(still(1))) == [(0, 1, True)]
    assert shape(FrameExtractor(still(5), start=5)) == []


def test_sliding_chunks() -> None:
    assert shape(FrameExtractor(still(16), "sliding")) == [(0, 8, True), (4, 8, False), (8, 8, False)]
    assert shape(FrameExtractor(still(18), "sliding")) == [(0, 8, True), (4, 8, False), (8, 8, False), (12, 6, False)]
    assert shape(FrameExtractor(still(4), "sliding", 3, 1)) == [(0, 3, True), (1, 3, False)]
    assert shape(FrameExtractor(still(2), "sliding", 3, 1)) == [(0, 2, True)]


def test_scene_chunks() -> None:
    lumas = [view(texture(1), seed=i) for i in range(11)] + [view(texture(2), seed=i) for i in range(9)]
    assert shape(FrameExtractor(Listed(lumas), "scene")) == [(0, 8, True), (8, 3, False), (11, 8, True), (19, 1, False)]
    assert shape(FrameExtractor(Listed(lumas), "scene", 4, start=9, stop=14)) == [(9, 2, True), (11, 3, True)]
    assert shape(FrameExtractor(still(9), "scene")) == [(0, 8, True), (8, 1, False)]


@pytest.mark.parametrize(("mode", "size", "step"), [("other", 8, None), ("fixed", 0, None), ("fixed", 8, 0), ("scene", 8, 4)])
def test_wrong_arguments(mode: str, size: int, step: int | None) -> None:
    with pytest.raises(ValueError, match=r"mode|size|step"):
        FrameExtractor(still(3), mode, size, step)
