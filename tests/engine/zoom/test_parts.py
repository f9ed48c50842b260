"""Exports of a small region of a large picture decode that region alone, and show the same pixels."""
from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from engine.api import Frame, LzcError, SourceInfo
from engine.zoom import parts, render_zoom
from engine.zoom.parts import PartPicture


class Whole:
    """One frame of noise, read whole."""

    def __init__(self, width: int = 203, height: int = 151, levels: int = 2) -> None:
        rng = np.random.default_rng(1)
        self.info = SourceInfo("a.lzc", "lzc", width, height, (0,), Fraction(1, 25), Fraction(25), levels=levels, digest="12" * 32)
        half = (height + 1) // 2, (width + 1) // 2
        self.frame = Frame(rng.integers(0, 256, (height, width), np.uint8), *(rng.integers(0, 256, half, np.uint8) for _ in "uv"), 0, 0, 8)
        self.whole_reads = 0

    def read(self, index: int) -> Frame:
        self.whole_reads += 1
        return self.frame

    def read_level(self, index: int, level: int) -> Frame:
        return self.read(index)


class Parted(Whole):
    """The same, which can also read boxes."""

    damaged = False

    def __init__(self) -> None:
        super().__init__()
        self.boxes: list[tuple[int, int, int, int]] = []

    def read_region(self, index: int, box: tuple[int, int, int, int], level: int = 0) -> Frame:
        if self.damaged:
            raise LzcError("damaged")
        x, y, w, h = box
        assert x % 2 == y % 2 == 0 and x + w <= self.info.width and y + h <= self.info.height
        self.boxes.append(box)
        c = np.s_[y // 2:(y + h + 1) // 2, x // 2:(x + w + 1) // 2]
        return Frame(self.frame.y[y:y + h, x:x + w], self.frame.u[c], self.frame.v[c], index, 0, 8)


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LARGE", 1000)
    monkeypatch.setattr(parts, "MARGIN", 8)


@pytest.mark.parametrize("roi", [(20.0, 30.0, 24.0, 20.0), (170.0, 120.0, 33.0, 31.0), (0.0, 0.0, 10.0, 9.0)])
@pytest.mark.parametrize("magnify", [0.75, 1.0, 3.0])
def test_the_same_picture(roi: tuple[float, float, float, float], magnify: float) -> None:
    whole, parted = Whole(), Parted()
    want = render_zoom(whole, 0, roi, magnify, recorded_only=True)  # type: ignore[arg-type]
    got = render_zoom(parted, 0, roi, magnify, recorded_only=True)  # type: ignore[arg-type]
    assert np.array_equal(want.rgb, got.rgb) and want.facts == got.facts
    assert parted.whole_reads == 0 and len(parted.boxes) == 1 and whole.whole_reads == 1


def test_large_parts_and_damage_go_the_usual_way() -> None:
    parted = Parted()
    render_zoom(parted, 0, (0.0, 0.0, 200.0, 150.0), 1.0, recorded_only=True)  # type: ignore[arg-type]
    assert parted.whole_reads == 1 and not parted.boxes
    parted.damaged = True
    render_zoom(parted, 0, (0.0, 0.0, 20.0, 20.0), 1.0, recorded_only=True)  # type: ignore[arg-type]
    assert parted.whole_reads == 2


def test_more_is_decoded_when_asked_for() -> None:
    parted = Parted()
    picture = PartPicture(parted, 0, 0, (203, 151), (20, 20, 60, 60))
    y, u, _ = picture.region(10, 30, 40, 152)
    assert np.array_equal(y[:121], parted.frame.y[30:151, 10:40]) and np.array_equal(y[121], y[120]) and u.shape == (61, 15)
    assert parted.boxes == [(20, 20, 40, 40), (10, 20, 50, 131)] and (picture.width, picture.height) == (204, 152)


def test_the_record_names_the_codec_of_a_recording() -> None:
    source = Whole()
    source.model = SimpleNamespace(weights_hash="ab" * 32)  # type: ignore[attr-defined]
    assert render_zoom(source, 0, (20.0, 30.0, 24.0, 20.0), 1.0).facts["models"] == {"codec": "ab" * 32}
