"""No pops: between two paints of the zoomed view a pixel changes by a small step only, whatever arrives, and tiles leave no edges."""
from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app import zoom_paint
from app.zoom_canvas import FEATHER, Tile, ZoomCanvas
from app.zoom_paint import ZoomPaint
from app.zoom_state import ZoomState
from engine.api import Provenance, Stage, TileReady

SIDE, FRAME_MS = 64, 16
UNDER, COARSE, RECORDED, RESTORED, MADE = 40, 60, 110, 125, 210
KINDS = {Stage.COARSE: Provenance.INTERPOLATED, Stage.RECORDED: Provenance.CODED, Stage.RESTORED: Provenance.RESTORED,
         Stage.SYNTHESISED: Provenance.SYNTHESISED, Stage.REFINED: Provenance.SYNTHESISED}
STEP = 0.11  # share of a difference that one paint may bring: 16 of 150 ms


class Stand:
    """A view of 64 x 64 device pixels on a clock of its own."""

    def __init__(self, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(zoom_paint, "perf_counter", lambda: self.now)
        self.view = ZoomPaint(ZoomState())
        qtbot.addWidget(self.view)
        self.view.setMinimumSize(SIDE, SIDE)
        self.view.resize(SIDE, SIDE)
        self.view.state.open(SIDE, SIDE)
        self.view.state.resize(SIDE, SIDE)
        self.view.state.look(32, 32, 4.0)
        self.view.set_picture(0, np.full((SIDE, SIDE, 4), (UNDER, UNDER, UNDER, 255), np.uint8), None, None)
        self.begin()

    def begin(self, **more: int) -> None:
        self.view.begin(ZoomCanvas(0, self.view.state.roi, (SIDE, SIDE), **more))  # type: ignore[arg-type]

    def tile(self, stage: Stage, grey: int, rect: tuple[int, int, int, int] = (0, 0, SIDE, SIDE), level: int = 0) -> None:
        _, _, w, h = rect
        mask = np.full((h, w), KINDS[stage], np.uint8)
        self.view.add_tile(Tile(TileReady(1, rect, np.full((h, w, 3), grey, np.uint8), mask, stage, level)))

    def paint(self) -> np.ndarray:
        self.view._fading.stop()  # time goes on by hand
        self.view._fade()
        self.view._fading.stop()
        image = self.view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 1].astype(int)

    def film(self, events: dict[int, Callable[[], None]], frames: int = 40) -> list[np.ndarray]:
        """Paints, one every 16 ms; `events` happen before the paint of their number."""
        out = []
        for n in range(frames):
            events.get(n, lambda: None)()
            out.append(self.paint())
            self.now += FRAME_MS / 1000
        return out


def largest_step(film: list[np.ndarray]) -> int:
    return max(int(np.abs(b - a).max()) for a, b in pairwise(film))


@pytest.fixture
def stand(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Stand:
    return Stand(qtbot, monkeypatch)


def test_stages_fade_into_one_another(stand: Stand) -> None:
    film = stand.film({2: lambda: stand.tile(Stage.COARSE, COARSE), 14: lambda: stand.tile(Stage.RECORDED, RECORDED),
                       26: lambda: stand.tile(Stage.RESTORED, RESTORED), 38: lambda: stand.tile(Stage.SYNTHESISED, MADE, level=-2)}, 52)
    assert np.all(film[0] == UNDER) and np.all(film[-1] == MADE)
    assert largest_step(film) <= STEP * (MADE - RESTORED) + 2
    for n, grey in ((13, COARSE), (25, RECORDED), (37, RESTORED)):
        assert np.abs(film[n] - grey).max() <= 1, "each is there in full before the next comes"


def test_stages_that_come_in_the_middle_of_a_fade(stand: Stand) -> None:
    film = stand.film({2: lambda: stand.tile(Stage.COARSE, COARSE), 4: lambda: stand.tile(Stage.RECORDED, RECORDED),
                       7: lambda: stand.tile(Stage.RESTORED, RESTORED), 9: lambda: stand.tile(Stage.SYNTHESISED, MADE, level=-2)})
    assert largest_step(film) <= STEP * (MADE - UNDER) + 3 and np.all(film[-1] == MADE)
    assert all(np.all(b >= a - 1) for a, b in pairwise(film)), "brighter and brighter: nothing flashes"


def test_a_view_asked_for_anew_goes_on_fading(stand: Stand) -> None:
    """Eight samples instead of one, in the middle of a fade: the same place, another request."""
    film = stand.film({2: lambda: stand.tile(Stage.SYNTHESISED, MADE, level=-2), 6: stand.begin,
                       8: lambda: stand.tile(Stage.SYNTHESISED, MADE, level=-2)})
    assert largest_step(film) <= 2 * STEP * (MADE - UNDER) + 2 and np.all(film[-1] == MADE)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 0, 2, 1)])
def test_tiles_fill_in_without_edges_or_pops(stand: Stand, order: tuple[int, ...]) -> None:
    half = SIDE // 2
    rects = [(0, 0, half, half), (half, 0, half, half), (0, half, half, half), (half, half, half, half)]
    events: dict[int, Callable[[], None]] = {1: lambda: stand.tile(Stage.RECORDED, RECORDED)}
    for n, k in enumerate(order):
        events[14 + 13 * n] = lambda k=k: stand.tile(Stage.SYNTHESISED, MADE, rects[k], -1)  # type: ignore[misc]
    film = stand.film(events, 80)
    assert largest_step(film) <= STEP * (MADE - UNDER) + 2
    for n in (26, 39):  # one tile, two tiles are there, and their other neighbours are not
        slope = max(int(np.abs(np.diff(film[n], axis=axis)).max()) for axis in (0, 1))
        assert 0 < slope <= 2 * (MADE - RECORDED) / FEATHER, "an edge is a ramp until the neighbour has come"
    assert np.all(film[-1] == MADE), "and none is left when all are there"
    assert (stand.view.canvas.provenance == Provenance.SYNTHESISED).all()  # type: ignore[union-attr]


def test_edges_that_stay_open_are_closed_at_the_end(stand: Stand) -> None:
    film = stand.film({1: lambda: stand.tile(Stage.RECORDED, RECORDED),
                       13: lambda: stand.tile(Stage.SYNTHESISED, MADE, (0, 0, 32, SIDE), -1), 26: stand.view.finish})
    assert largest_step(film) <= STEP * (MADE - UNDER) + 2
    assert np.all(film[-1][:, :32] == MADE) and np.all(film[-1][:, 32:] == RECORDED)


def test_pixels_of_a_finished_view_are_the_tiles_themselves(stand: Stand) -> None:
    """What is blended on its way is exact at the end."""
    rng, canvas = np.random.default_rng(0), stand.view.canvas
    assert canvas is not None
    whole = rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    stand.tile(Stage.RECORDED, RECORDED)
    rects = [(x, y, 16, 16) for y in range(0, SIDE, 16) for x in range(0, SIDE, 16)]
    for k in rng.permutation(len(rects)):
        x, y, w, h = rects[k]
        part = np.ascontiguousarray(whole[y:y + h, x:x + w])
        mask = np.full((h, w), Provenance.SYNTHESISED, np.uint8)
        stand.view.add_tile(Tile(TileReady(1, rects[k], part, mask, Stage.SYNTHESISED, -1)))
    stand.now += 1
    stand.paint()
    np.testing.assert_array_equal(canvas.pixels[..., 2::-1], whole)
