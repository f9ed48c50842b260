"""Exports of a small region of a large picture decode that region alone, and show the same pixels."""
from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from engine.api import Frame, LzcError, Provenance, SourceInfo, Stage, TileReady
from engine.zoom import ZoomEngine, parts, render_zoom
from engine.zoom.parts import PartPicture
from tests.engine.zoom.fakes import request


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

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        yield self.read(start)

    def close(self) -> None:
        self.closed = True


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
    monkeypatch.setattr(parts, "LOOK", 1000)
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


def views(source: Whole, *more: dict[str, object], offered: bool = False) -> list[list[tuple[TileReady, int]]]:
    """Tiles of one view after the other, each with how often the whole picture had been read."""
    out: list[list[tuple[TileReady, int]]] = []

    def hear(event: object) -> None:
        if isinstance(event, TileReady):
            out[event.id].append((event, source.whole_reads))

    with ZoomEngine(hear, open_source=lambda path: source) as engine, engine.force_sync():  # type: ignore[arg-type, return-value]
        if offered:
            engine.offer_frame(source.info, source.frame)
        for k, change in enumerate(more or ({},)):
            out.append([])
            given: dict[str, object] = {"roi": (20.0, 30.0, 24.0, 20.0), "viewport": (48, 40), "recorded_only": True}
            engine.submit("main", request(k, path="a.lzc", **given | change))  # type: ignore[arg-type]
    return out


def test_a_view_shows_recorded_detail_before_all_of_the_picture_is_decoded() -> None:
    coarse, near, recorded = views(Parted())[0]
    assert [t.stage for t, _ in (coarse, near, recorded)] == [Stage.COARSE, Stage.COARSE, Stage.RECORDED]
    assert coarse[1] == near[1] == 1 and recorded[1] == 2, "the coarsest level is read, then the part"
    np.testing.assert_array_equal(near[0].rgb, recorded[0].rgb)
    assert (near[0].provenance == Provenance.INTERPOLATED).all(), "not yet evidence: it may be a grey step away"


def test_what_is_at_hand_already_or_large_needs_no_part() -> None:
    assert not any(s.boxes for s in [Parted()] if views(s, offered=True))
    again = Parted()
    assert len(views(again, {}, {"roi": (21.0, 30.0, 24.0, 20.0)})[1]) < 3 and len(again.boxes) == 1
    large = Parted()
    views(large, {"roi": (0.0, 0.0, 200.0, 150.0), "viewport": (400, 300)})
    assert not large.boxes


def test_a_damaged_part_is_left_to_the_whole_picture() -> None:
    source = Parted()
    source.damaged = True
    assert [t.stage for t, _ in views(source)[0]] == [Stage.COARSE, Stage.RECORDED]
