"""The window and the zoom engine: requests, tiles, what is stale."""
from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from app.window import MainWindow
from app.zoom_canvas import Tile
from engine.api import Provenance, Stage, TileReady, ZoomDone
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController


def test_it_fills_in_from_coarse_to_fine(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    engine = controller.engines[0]
    engine.gate.clear()
    opened.steering.magnify(8)
    view = opened.zoom_view
    qtbot.waitUntil(lambda: view.canvas.roi == opened.state.roi and view.canvas.shares()[None] == 0)
    assert view.canvas.shares()[Provenance.INTERPOLATED] == 1 and not view.canvas.done
    engine.gate.set()
    wait_done(opened, qtbot)
    assert view.canvas.shares()[Provenance.SYNTHESISED] == 1


def test_every_move_cancels_and_stale_tiles_are_dropped(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    engine = controller.engines[0]
    engine.gate.clear()
    opened.steering.magnify(8)
    qtbot.waitUntil(lambda: opened.zoom.request is not None and engine.requests[-1].roi == opened.state.roi)
    old, cancels = opened.zoom.request, engine.cancels
    opened.steering.magnify(16)
    assert engine.cancels == cancels + 1
    assert opened.zoom.request is None or opened.zoom.request.id > old.id
    engine.gate.set()
    wait_done(opened, qtbot)
    assert opened.zoom.request.id > old.id and opened.zoom_view.canvas.tiles and opened.zoom.tiles == 8


def test_a_tile_of_an_older_request_never_lands(opened: MainWindow, qtbot: QtBot) -> None:
    opened.steering.magnify(8)
    wait_done(opened, qtbot)
    zoom, canvas = opened.zoom, opened.zoom_view.canvas
    before = canvas.pixels.copy()
    rgb, mask = np.zeros((10, 10, 3), np.uint8), np.zeros((10, 10), np.uint8)
    for stale in (TileReady(zoom.request.id - 1, (0, 0, 10, 10), rgb, mask, Stage.REFINED, 0), ZoomDone(zoom.request.id - 1, 99)):
        zoom._post(stale)
        assert not zoom._box._events, "not even packed"
        zoom._handle(Tile(stale) if isinstance(stale, TileReady) else stale)  # as if it had been under way already
    assert (canvas.pixels == before).all() and zoom.tiles == zoom.total == 8


def test_a_fast_gesture_sends_few_requests_and_the_last_one(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    before = len(controller.engines[0].requests)
    for _ in range(50):
        opened.zoom_view.wheeled.emit(300, 300, 1.03)
    wait_done(opened, qtbot)
    requests = controller.engines[0].requests[before:]
    assert 1 <= len(requests) < 25 and requests[-1].roi == opened.state.roi
    ids = [r.id for r in requests]
    assert ids == sorted(set(ids))


def test_the_last_picture_stands_in_until_the_new_one_comes(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    opened.steering.magnify(8)
    wait_done(opened, qtbot)
    controller.engines[0].gate.clear()
    opened.steering.magnify(10)
    qtbot.waitUntil(lambda: opened.zoom_view.canvas.roi == opened.state.roi)
    assert opened.zoom_view._before is not None and opened.zoom_view._before.done
    opened.player.step(1)
    qtbot.waitUntil(lambda: opened.player.index == 1)
    assert opened.zoom_view._before is None, "another moment is another picture"


def test_the_engine_gets_standing_frames_from_the_player(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    offered = controller.engines[0].offered
    assert offered == [0]
    opened.player.step(1)
    wait_done(opened, qtbot)
    assert offered == [0, 1] and controller.engines[0].requests[-1].frame == 1
    opened.player.play()
    qtbot.waitUntil(lambda: opened.player.index > 4)
    opened.player.pause()
    at = opened.player.index
    wait_done(opened, qtbot)
    assert offered == [0, 1, at], "frames in motion are not handed over"


def test_a_failed_zoom_is_said(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.engines[0].fail = "the weights are missing"
    opened.steering.magnify(8)
    qtbot.waitUntil(lambda: "the weights are missing" in opened.message_bar.text)
    assert opened.message_bar.level == "warn"


def test_an_engine_that_does_not_start_is_said(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    def broken(on_event: object) -> object:
        raise OSError("no memory")

    controller.zoom_engine = lambda on_event, **options: broken(on_event)  # type: ignore[method-assign,assignment]
    window.open_path("/clips/clip.mp4")
    qtbot.waitUntil(lambda: "no memory" in window.message_bar.text)
    qtbot.waitUntil(lambda: window.player.picture is not None)
