"""Inspector, loupe, scopes, minimap, unfiltered pixels and the uncertainty map: recorded numbers are recorded numbers."""
from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import heat
from app.window import MainWindow
from app.zoom_canvas import Tile, ZoomCanvas
from engine.api import Provenance, Stage, TileReady
from tests.app.conftest import wait_done
from tests.app.hands import drag, key, on_frame

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def measuring(opened: MainWindow, qtbot: QtBot) -> MainWindow:
    """Frame 5 (luma 36, with a square of 235 at 5..12, 8..15) at x8, the measurements open."""
    opened.actions_by_id["show_measure"].trigger()
    opened.player.seek(5)
    qtbot.waitUntil(lambda: opened.player.index == 5)
    opened.steering.exact((0, 0, 40, 30))
    wait_done(opened, qtbot)
    return opened


def hover(window: MainWindow, x: float, y: float) -> None:
    at = window.zoom_view.at_source(x, y)
    QTest.mouseMove(window.zoom_view, QPoint(1, 1))  # a move to where the mouse is already would be none
    QTest.mouseMove(window.zoom_view, QPoint(round(at.x()), round(at.y())))


def test_the_inspector_tells_recorded_from_shown(measuring: MainWindow, qtbot: QtBot) -> None:
    hover(measuring, 8.5, 10.5)
    qtbot.waitUntil(lambda: measuring.inspector.rows()[0][1] == "8, 10")
    rows = dict(measuring.inspector.rows())
    assert rows["Recorded Y U V"] == "235  128  128" and rows["Shown R G B"] == "200  200  200" and rows["Shown pixel is"] == "synthesised"
    hover(measuring, 20.5, 20.5)
    qtbot.waitUntil(lambda: dict(measuring.inspector.rows())["Recorded Y U V"] == "36  128  128")
    assert "36  128  128" in measuring.measure_panel.pixel.text()


def test_while_playing_nothing_is_claimed(measuring: MainWindow, qtbot: QtBot) -> None:
    hover(measuring, 8.5, 10.5)
    qtbot.waitUntil(lambda: bool(measuring.inspector.rows()))
    measuring.player.play()
    assert "Recorded Y U V" not in dict(measuring.inspector.rows())


def test_scopes_count_the_recorded_pixels_of_the_region(measuring: MainWindow, qtbot: QtBot) -> None:
    panel = measuring.measure_panel
    qtbot.waitUntil(lambda: panel.histogram.counts is not None and panel.histogram.counts[0].sum() == 1200)
    assert panel.histogram.counts[0, 235] == 64 and panel.histogram.counts[0, 36] == 1200 - 64 and panel.histogram.note.startswith("#5")
    measuring.player.seek(6)
    qtbot.waitUntil(lambda: panel.histogram.note.startswith("#6") and panel.histogram.counts[0, 40] > 0)


def test_a_line_profile_is_drawn_and_follows_the_frame(measuring: MainWindow, qtbot: QtBot) -> None:
    key(measuring, Qt.Key.Key_L, SHIFT)
    a, b = measuring.zoom_view.at_source(2.5, 10.5), measuring.zoom_view.at_source(20.5, 10.5)
    drag(measuring.zoom_view, (round(a.x()), round(a.y())), (round(b.x()), round(b.y())))
    profile = measuring.measure_panel.profile
    qtbot.waitUntil(lambda: profile.values is not None)
    assert profile.values.tolist() == [36] * 3 + [235] * 8 + [36] * 8 and not measuring.desk.marks.all

    def blue() -> int:
        at = measuring.zoom_view.grab().toImage().pixelColor(round(a.x() * 0.75 + b.x() * 0.25), round(a.y()))
        return at.blue() - at.red()
    assert blue() > 60, "the line stays on the picture as long as its plot can be seen"
    measuring.actions_by_id["show_measure"].trigger()
    assert blue() < 20
    measuring.actions_by_id["show_measure"].trigger()
    measuring.player.seek(6)
    qtbot.waitUntil(lambda: profile.values.tolist() == [40] * 4 + [235] * 8 + [40] * 7)


def test_what_is_shown_is_read_when_it_is_all_there(measuring: MainWindow, qtbot: QtBot) -> None:
    """Without a move of the mouse, and never from a canvas into which a tile still fades."""
    hover(measuring, 8.5, 10.5)
    seen: list[str] = []
    measuring.zoom.changed.connect(lambda: seen.append(dict(measuring.inspector.rows()).get("Shown R G B", "")))
    measuring.zoom_view.fade_s = 0.05
    measuring.steering.set_seed(3)
    measuring.measure_panel.pixel.clear()
    qtbot.waitUntil(lambda: "200  200  200" in measuring.measure_panel.pixel.text())
    assert "0  0  0" not in seen and not measuring.zoom_view._patches


def test_the_loupe_shows_recorded_pixels_as_squares(measuring: MainWindow, qtbot: QtBot) -> None:
    key(measuring, Qt.Key.Key_Q)
    hover(measuring, 8.5, 10.5)
    qtbot.waitUntil(lambda: measuring.inspector.place() is not None)
    pixels, rgb = measuring.inspector._colours(*measuring.inspector.still(), (8.5, 10.5))
    assert rgb == (255, 255, 255) and pixels[0, 0, 0] == 23 and (pixels[5, 2:10, 0] == 255).all() and pixels[5, 1, 0] == 23
    corner = measuring.inspector._colours(*measuring.inspector.still(), (0.5, 0.5))[0]
    assert (corner[:5, :, :3] == 0).all() and (corner[5:, 5:, 0] == 23).any(), "outside the picture there is nothing"
    far = measuring.inspector._colours(*measuring.inspector.still(), (159.5, 89.5))[0]
    assert far[5, 5, 0] == 23 and (far[6:, :, :3] == 0).all()
    at = measuring.zoom_view.at_source(8.5, 10.5)
    shot = measuring.zoom_view.grab().toImage()
    assert shot.pixelColor(round(at.x()) + 18 + 5 * 15 + 7, round(at.y()) + 18 + 5 * 15 + 7).red() == 255


def test_unfiltered_pixels_have_hard_edges_and_are_never_made(measuring: MainWindow, qtbot: QtBot) -> None:
    key(measuring, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: measuring.zoom_view.squares is not None)
    wait_done_hard(measuring, qtbot)
    assert measuring.zoom.request.recorded_only
    shot = measuring.zoom_view.grab().toImage()
    for x, want in ((4.9, 23), (5.1, 255), (12.9, 255), (13.1, 23)):
        at = measuring.zoom_view.at_source(x, 12)
        assert shot.pixelColor(round(at.x()), round(at.y())).red() == want, x
    hover(measuring, 8.5, 10.5)
    qtbot.waitUntil(lambda: measuring.zoom_view.class_under_cursor() == Provenance.INTERPOLATED)


def wait_done_hard(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.zoom.request is not None and window.zoom.done)


def test_the_minimap_comes_when_the_frame_is_hidden_and_goes_there(measuring: MainWindow) -> None:
    assert not measuring.minimap.shown
    key(measuring, Qt.Key.Key_Z)
    assert measuring.minimap.shown
    area = measuring.minimap.area()
    QTest.mouseClick(measuring.zoom_view, Qt.MouseButton.LeftButton, pos=area.center().toPoint())
    assert measuring.state.centre == pytest.approx((80, 45), abs=2)
    measuring.actions_by_id["fit"].trigger()
    assert not measuring.minimap.shown
    key(measuring, Qt.Key.Key_Z)
    key(measuring, Qt.Key.Key_M, SHIFT)
    measuring.steering.magnify(8)
    assert measuring.minimap.shown


def test_the_uncertainty_map_asks_for_samples(opened: MainWindow, qtbot: QtBot) -> None:
    opened.steering.magnify(8)
    key(opened, Qt.Key.Key_U)
    wait_done(opened, qtbot)
    assert opened.zoom.request.samples == 8 and opened.zoom_view.show_heat
    key(opened, Qt.Key.Key_U)
    wait_done(opened, qtbot)
    assert opened.zoom.request.samples == 1


def test_heat_colours_only_what_was_made() -> None:
    canvas = ZoomCanvas(0, (0, 0, 5, 1), (5, 1))
    kinds = np.array([[Provenance.CODED, *[Provenance.SYNTHESISED] * 4]], np.uint8)
    spread = np.array([[np.nan, 0.0, 100.0, np.nan, 16.0]], np.float32)
    tile = Tile(TileReady(1, (0, 0, 5, 1), np.full((1, 5, 3), 120, np.uint8), kinds, Stage.REFINED, -1, spread))
    for patch in canvas.add(tile):
        canvas.bake(patch)
    heat = canvas.heat()[0, :, :3].tolist()
    assert heat[0] == [120, 120, 120] and heat[1] == [90, 0, 0] and heat[2] == [0, 255, 255] and heat[3] == [70, 70, 70]
    assert heat[4] == [0, 0, 255], "red at a quarter of the top: what lies between it and yellow can still be told apart"


def test_the_key_of_the_map_shows_every_colour_that_is_in_it(qapp: object) -> None:
    """The grey of what is not known yet, too."""
    image = QImage(600, 120, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    p = QPainter(image)
    plate = heat.key(p, QRectF(0, 0, 600, 120), missing=False)
    p.end()
    assert QRectF(0, 0, 600, 120).contains(plate)
    shown = np.frombuffer(image.constBits(), np.uint8).reshape(120, 600, 4)[..., :3].reshape(-1, 3).astype(int)
    for colour in (heat.UNKNOWN, *(heat.colours(np.array(float(v))) for v in (0, 4, 16, 40, 64, 200))):
        assert np.abs(shown - np.array(colour, int)).max(axis=1).min() <= 12, colour


def test_measuring_in_the_whole_frame_too(measuring: MainWindow, qtbot: QtBot) -> None:
    QTest.mouseMove(measuring.frame_view, QPoint(*on_frame(measuring, 8.5, 10.5)))
    qtbot.waitUntil(lambda: dict(measuring.inspector.rows()).get("Recorded Y U V") == "235  128  128")
