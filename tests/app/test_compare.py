"""Comparison: any two sides, linked, in four ways, and never recorded pixels mixed up with made ones."""
from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from app import drawing, heat, patience, theme
from app.difference import difference, resized
from app.window import MainWindow
from app.zoom_canvas import UNKNOWN
from app.zoom_view import ZoomView
from engine.api import LzcError, Provenance
from tests.app.conftest import wait_done
from tests.app.fakes import FakeController, FakeSource, make_info
from tests.app.hands import drag, key

CTRL = Qt.KeyboardModifier.ControlModifier


def sides_done(window: MainWindow, qtbot: QtBot) -> None:
    wait_done(window, qtbot)
    qtbot.waitUntil(lambda: window.compare.zoom.request is not None and window.compare.zoom.done
                    and window.compare.view.canvas is not None and window.compare.view.canvas.roi == window.compare.state.roi)


@pytest.fixture
def both(opened: MainWindow, qtbot: QtBot, controller: FakeController) -> MainWindow:
    """Beside the open clip (160 x 90) another of twice the size and half the rate."""
    controller.sources["half.mp4"] = FakeSource(make_info("/clips/half.mp4", frames=20, size=(320, 180), pts=tuple(range(0, 40, 2))))
    opened.compare.open("/clips/half.mp4")
    qtbot.waitUntil(lambda: opened.compare.mode == "wipe")
    sides_done(opened, qtbot)
    return opened


def test_the_other_file_shows_the_same_place_and_time(both: MainWindow, qtbot: QtBot) -> None:
    both.steering.exact((40, 20, 32, 18))
    both.player.seek(21)
    qtbot.waitUntil(lambda: both.player.index == 21)
    sides_done(both, qtbot)
    r = both.compare.zoom.request
    assert (r.path, r.frame, r.roi) == ("/clips/half.mp4", 10, (80, 40, 64, 36)) and r.viewport == both.zoom.request.viewport
    assert both.zoom.request.id % 2 == 1 and r.id % 2 == 0, "no answer can be taken for the other's"


def test_side_by_side_moves_together(both: MainWindow, qtbot: QtBot) -> None:
    key(both, Qt.Key.Key_2, CTRL)
    sides_done(both, qtbot)
    view = both.compare.view
    assert view.isVisible() and abs(view.width() - both.zoom_view.width()) <= 1
    both.steering.magnify(8)
    before = both.state.roi
    drag(view, (100, 100), (60, 90))
    assert both.state.roi != before
    sides_done(both, qtbot)
    assert both.compare.zoom.request.roi == pytest.approx([2 * v for v in both.state.roi])
    key(both, Qt.Key.Key_0, CTRL)
    assert not view.isVisible() and both.compare.mode == ""


def test_the_wipe_has_a_handle(both: MainWindow, qtbot: QtBot) -> None:
    both.steering.magnify(8)
    sides_done(both, qtbot)
    engine_greys = both.zoom_view.canvas.pixels[..., 0]
    both.compare.view.canvas.pixels[..., :3] = 10
    tx, _, tw, _ = both.state.target
    before = both.state.roi
    drag(both.zoom_view, (tx + tw // 2, 200), (tx + tw // 4, 200))
    assert both.state.roi == before and both.compare.wipe == pytest.approx(0.25, abs=0.01)
    shot = both.zoom_view.grab().toImage()
    assert shot.pixelColor(tx + tw // 8, 100).blue() == engine_greys[100, tw // 8] and shot.pixelColor(tx + tw // 2, 100).blue() == 10


def test_blink_shows_one_after_the_other(both: MainWindow, qtbot: QtBot) -> None:
    both.compare._blink.setInterval(5)
    key(both, Qt.Key.Key_3, CTRL)
    seen: set[bool] = set()

    def both_seen() -> bool:
        seen.add(both.compare.second)
        return len(seen) == 2

    qtbot.waitUntil(both_seen)
    key(both, Qt.Key.Key_0, CTRL)
    assert not both.compare._blink.isActive()


def test_the_difference_is_the_difference_and_says_of_what(both: MainWindow, qtbot: QtBot) -> None:
    key(both, Qt.Key.Key_4, CTRL)
    both.actions_by_id["recorded_only"].setChecked(True)
    both.steering.magnify(8)
    sides_done(both, qtbot)
    both.compare.view.canvas.pixels[..., :3] = 110  # the engine's recorded grey is 120
    both.compare._show()
    kind, pixels = both.compare.paint._difference()
    assert kind == "recorded" and (pixels[..., :3] == 40).all()
    key(both, Qt.Key.Key_5, CTRL)
    assert both.compare.gain == 8 and (both.compare.paint._difference()[1][..., :3] == 80).all()
    both.actions_by_id["recorded_only"].setChecked(False)
    sides_done(both, qtbot)
    assert both.compare.paint._difference()[0] == "made", "made pixels in a comparison are named"


def test_with_recorded_only_and_with_an_alternative(opened: MainWindow, qtbot: QtBot) -> None:
    opened.steering.magnify(8)
    opened.actions_by_id["compare_recorded"].trigger()
    sides_done(opened, qtbot)
    assert opened.zoom_view.canvas.shares()[Provenance.SYNTHESISED] == 1
    assert opened.compare.view.canvas.shares()[Provenance.SYNTHESISED] == 0
    opened.actions_by_id["compare_seed"].trigger()
    sides_done(opened, qtbot)
    assert opened.compare.zoom.request.seed == opened.zoom.request.seed + 1


def test_a_level_is_locked_and_the_next_press_takes_the_next(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.sources["yard.lzc"] = FakeSource(make_info("/clips/yard.lzc", "lzc", levels=4))
    window.open_path("/clips/yard.lzc")
    wait_done(window, qtbot)
    for level in (1, 2, 3, 1):
        window.actions_by_id["compare_level"].trigger()
        sides_done(window, qtbot)
        assert window.compare.zoom.request.level == level and window.zoom.request.level is None


def test_a_held_frame_stays_while_the_other_moves(opened: MainWindow, qtbot: QtBot) -> None:
    opened.player.seek(5)
    qtbot.waitUntil(lambda: opened.player.index == 5)
    key(opened, Qt.Key.Key_H)
    qtbot.waitUntil(lambda: opened.compare.side is not None)
    opened.player.seek(9)
    qtbot.waitUntil(lambda: opened.player.index == 9)
    sides_done(opened, qtbot)
    assert opened.compare.zoom.request.frame == 5 and opened.zoom.request.frame == 9
    assert opened.compare.paint._b_name() == "B  frame 5"


def test_both_sides_play(both: MainWindow, qtbot: QtBot) -> None:
    seen: set[int] = set()
    both.player.play()

    def moved() -> bool:
        if both.compare.view._whole is not None:
            seen.add(both.compare.view._whole[0])
        return len(seen) >= 4

    qtbot.waitUntil(moved)
    both.player.pause()
    qtbot.waitUntil(lambda: both.compare.view._whole[0] == both.player.index // 2)


def test_a_bad_file_is_one_line_and_nothing_changes(opened: MainWindow, qtbot: QtBot) -> None:
    opened.compare.open("/clips/bad.mp4")
    qtbot.waitUntil(lambda: opened.message_bar.level == "error")
    assert opened.compare.mode == "" and opened.player.info is not None


def test_the_sides_can_be_exchanged(both: MainWindow, qtbot: QtBot) -> None:
    both.actions_by_id["compare_swap"].trigger()
    qtbot.waitUntil(lambda: both.player.info is not None and both.player.info.path == "/clips/half.mp4" and both.compare.side is not None)
    assert both.compare.side.info.path == "/clips/clip.mp4"


def test_closing_the_file_ends_the_comparison(both: MainWindow) -> None:
    both.actions_by_id["close_file"].trigger()
    assert both.compare.side is None and both.compare.mode == ""


def test_gain_never_wraps() -> None:
    a, b = np.zeros((1, 256, 4), np.uint8), np.zeros((1, 256, 4), np.uint8)
    a[0, :, :3] = np.arange(256)[:, None]
    for gain in (1, 2, 4, 8, 16):
        for x, y in ((a, b), (b, a)):
            assert (difference(x, y, gain)[0, :, 0] == np.minimum(np.arange(256) * gain, 255)).all()


def test_nearest_pixels() -> None:
    small = np.arange(16, dtype=np.uint8).reshape(2, 2, 4)
    assert (resized(small, (4, 4))[:2, :2] == small[0, 0]).all() and resized(small, (3, 5)).shape == (5, 3, 4)


@pytest.fixture
def slow(opened: MainWindow, controller: FakeController, monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Nothing of side B can be seen before this is set: no frame of yard.lzc, no tile of a zoom."""
    gate = Event()
    source, engine = FakeSource(make_info("/clips/yard.lzc", "lzc")), controller.engines[0]
    read, serve = source.read, engine._serve
    monkeypatch.setattr(source, "read", lambda index: read(index) if gate.wait(20) else None)
    monkeypatch.setattr(engine, "_serve", lambda request: gate.wait(20) and serve(request))
    controller.sources["yard.lzc"] = source
    yield gate
    gate.set()


def words_on(view: ZoomView, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is written over the pictures of a view."""
    found: list[str] = []
    real = drawing.label
    with monkeypatch.context() as patch:
        patch.setattr(drawing, "label", lambda p, at, text, *rest, **more: found.append(text) or real(p, at, text, *rest, **more))
        view.grab()
    return found


def test_a_slow_opening_of_the_other_side_is_explained(opened: MainWindow, qtbot: QtBot, controller: FakeController,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    gate, real = Event(), controller.open
    monkeypatch.setattr(opened.compare.reader, "_open_source", lambda path: gate.wait(20) and real(path))
    for path, after in (("/clips/bad.mp4", "/clips/bad.mp4: this is no video (choose another file)"), ("/clips/slow.mp4", "")):
        gate.clear()
        opened.compare.open(path)
        qtbot.waitUntil(lambda p=path: opened.message_bar.text == f"side B: opening {p[7:]} …")
        gate.set()
        qtbot.waitUntil(lambda a=after: opened.message_bar.text == a)
    assert opened.compare.side is not None and opened.compare.side.name() == "slow.mp4"
    gate.clear()
    opened.compare.open("/clips/bad.mp4")
    gate.set()
    qtbot.waitUntil(lambda: opened.message_bar.level == "error")
    assert opened.compare.side.name() == "slow.mp4", "what was compared before stays"


@pytest.mark.parametrize("mode", ["wipe", "side", "blink", "difference"])
def test_a_side_without_a_picture_says_that_it_is_read(opened: MainWindow, qtbot: QtBot, slow: Event, monkeypatch: pytest.MonkeyPatch,
                                                       mode: str) -> None:
    monkeypatch.setattr(patience, "READING_MS", 1)
    compare, view = opened.compare, opened.compare.view if mode == "side" else opened.zoom_view
    compare.open("/clips/yard.lzc", mode)
    qtbot.waitUntil(lambda: opened.message_bar.text == "side B: reading yard.lzc …")
    compare.second = True
    assert "reading yard.lzc …" in words_on(view, monkeypatch)
    if mode == "wipe":
        shown = opened.zoom_view.grab().toImage()
        x, y, w, _ = (round(v / opened.zoom_view.devicePixelRatioF()) for v in opened.state.target)
        assert shown.pixelColor(x + w - 5, y + 5) == QColor(theme.STAGE) != shown.pixelColor(x + 5, y + 5), "side A is not shown as B"
    slow.set()
    qtbot.waitUntil(lambda: not compare.waits() and opened.message_bar.text == "")
    sides_done(opened, qtbot)
    assert not [text for text in words_on(view, monkeypatch) if "reading" in text]


def test_a_lost_first_frame_of_the_other_side_says_so(opened: MainWindow, qtbot: QtBot, slow: Event, controller: FakeController,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(index: int) -> None:
        raise LzcError("frame 0 is lost: its part of the file is damaged", where="yard.lzc")

    monkeypatch.setattr(controller.sources["yard.lzc"], "read", lost)
    opened.compare.open("/clips/yard.lzc", "side")
    qtbot.waitUntil(lambda: opened.message_bar.text == "side B: yard.lzc: frame 0 is lost: its part of the file is damaged")
    assert opened.compare.waits() == "frame 0 is lost" and "frame 0 is lost" in words_on(opened.compare.view, monkeypatch)
    controller.engines[0].fail = "this view could not be drawn: out of memory"
    slow.set()
    qtbot.waitUntil(lambda: opened.message_bar.text == "side B: this view could not be drawn: out of memory")
    assert opened.compare.waits() == "not shown: the message says why"
    opened.actions_by_id["close_file"].trigger()
    assert opened.compare.waits() == ""


def test_what_is_said_of_one_side_is_said_of_both(both: MainWindow, qtbot: QtBot) -> None:
    view, act = both.compare.view, both.actions_by_id
    act["recorded_only"].setChecked(True)
    assert view.recorded_only
    act["recorded_only"].setChecked(False)
    assert not view.recorded_only, "no label stays behind"
    act["truth"].setChecked(True)
    assert view.show_truth
    act["uncertainty"].setChecked(True)
    sides_done(both, qtbot)
    assert view.show_heat and both.compare.zoom.request.samples == both.zoom.request.samples > 1
    act["uncertainty"].setChecked(False)
    both.steering.magnify(8)
    act["squares"].setChecked(True)
    qtbot.waitUntil(lambda: view.squares is not None and both.zoom_view.squares is not None
                    and both.compare.zoom.request is not None)
    assert view.hard and both.compare.zoom.request.recorded_only and view.squares[2][0] >= 2 * both.zoom_view.squares[2][0]
    both.compare.against("level")
    assert not view.hard and view.squares is None, "a stored level has no frame of its own"


def test_the_legend_counts_the_pixels_that_can_be_seen(both: MainWindow, qtbot: QtBot) -> None:
    both.zoom_view.canvas.provenance[:], both.compare.view.canvas.provenance[:] = Provenance.CODED, Provenance.SYNTHESISED
    both.compare.wipe = 0.25
    seen = both.zoom_view.account()
    assert (seen[Provenance.CODED], seen[Provenance.SYNTHESISED]) == (0.25, 0.75)
    key(both, Qt.Key.Key_3, CTRL)
    sides_done(both, qtbot)
    both.compare.view.canvas.provenance[:], both.compare.second = Provenance.SYNTHESISED, True
    assert both.zoom_view.account()[Provenance.SYNTHESISED] == 1
    key(both, Qt.Key.Key_0, CTRL)
    sides = both.zoom_view.account()
    assert sides == both.zoom_view.shares() and not sides[Provenance.SYNTHESISED]


def test_the_key_of_the_map_speaks_of_the_side_that_is_seen(both: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Side A is known, side B is still being drawn."""
    both.actions_by_id["uncertainty"].setChecked(True)
    both.steering.magnify(8)
    sides_done(both, qtbot)
    lead, view = both.zoom_view, both.compare.view
    lead.canvas.provenance[:], view.canvas.provenance[:] = Provenance.CODED, Provenance.SYNTHESISED
    view.canvas.uncertainty = None
    said: list[bool] = []
    monkeypatch.setattr(heat, "key", lambda p, area, missing: said.append(missing))

    def key_says(wipe: float) -> list[bool]:
        said.clear()
        both.compare.wipe = wipe
        lead.grab()
        return list(dict.fromkeys(said))

    assert [key_says(at) for at in (0.5, 1.0, 0.0)] == [[True], [False], [True]]
    lead.canvas.provenance[:], view.canvas.provenance[:] = Provenance.SYNTHESISED, Provenance.CODED
    lead.canvas.uncertainty = None
    assert [key_says(at) for at in (0.5, 1.0, 0.0)] == [[True], [True], [False]]
    both.compare.mode = "blink"
    for both.compare.second, answer in ((False, True), (True, False)):
        assert key_says(0.5) == [answer]
    both.compare.mode = "difference"
    assert key_says(0.5) == [], "no map is drawn over a difference"


def test_a_pixel_of_the_difference_is_of_both_sides(both: MainWindow, qtbot: QtBot) -> None:
    both.actions_by_id["show_measure"].setChecked(True)
    both.steering.magnify(8)
    key(both, Qt.Key.Key_4, CTRL)
    sides_done(both, qtbot)
    lead, view, (tx, ty, tw, th) = both.zoom_view, both.compare.view, both.state.target
    lead.canvas.provenance[:], view.canvas.provenance[:] = Provenance.CODED, Provenance.SYNTHESISED
    lead.canvas.pixels[:], view.canvas.pixels[:] = 10, 20
    both.compare._show()
    lead.grab()
    lead.pointer = QPointF(tx + tw / 2, ty + th / 2)
    lead.hovered.emit()
    rows = dict(both.inspector.rows())
    assert (rows["Shown pixel is"], rows["Shown R G B"]) == ("A coded, B synthesised", "40  40  40")
    assert both.readouts.labels["cursor"].text().endswith("   A coded, B synthesised")
    shares = lead.account()
    assert (shares[Provenance.CODED], shares[Provenance.SYNTHESISED]) == (0.5, 0.5)
    view.canvas.provenance[:] = Provenance.CODED
    lead.hovered.emit()
    assert dict(both.inspector.rows())["Shown pixel is"] == "coded" and both.readouts.labels["cursor"].text().endswith("   coded")
    view.canvas.provenance[:] = UNKNOWN
    assert "Shown pixel is" not in dict(both.inspector.rows()), "not known of one side"


def test_the_pixel_under_the_cursor_is_of_the_side_that_is_seen(both: MainWindow, qtbot: QtBot) -> None:
    both.actions_by_id["show_measure"].setChecked(True)
    both.steering.magnify(8)
    sides_done(both, qtbot)
    lead, view, (tx, ty, tw, th) = both.zoom_view, both.compare.view, both.state.target
    lead.canvas.provenance[:], view.canvas.provenance[:] = Provenance.CODED, Provenance.SYNTHESISED
    lead.canvas.pixels[:], view.canvas.pixels[:] = 10, 20

    def read(at: float, widget: ZoomView) -> dict[str, str]:
        lead.pointer = view.pointer = None
        widget.pointer = QPointF(tx + tw * at, ty + th / 2)
        widget.hovered.emit()
        return dict(both.inspector.rows())

    a, b = read(0.25, lead), read(0.75, lead)
    assert (a["Shown pixel is"], a["Shown R G B"]) == ("coded", "10  10  10")
    assert (b["Shown pixel is"], b["Shown R G B"]) == ("synthesised", "20  20  20")
    assert "synthesised" in both.readouts.labels["cursor"].text()
    assert int(b["Place"].split(",")[0]) > 160, "in pixels of side B, which has twice as many"
    assert both.inspector._read()[0].path == "/clips/half.mp4" and "Recorded Y U V" in b
    key(both, Qt.Key.Key_2, CTRL)
    sides_done(both, qtbot)
    view.canvas.provenance[:] = Provenance.RESTORED
    tx, ty, tw, th = both.state.target
    assert read(0.5, view)["Shown pixel is"] == "restored" and "restored" in both.readouts.labels["cursor"].text()


@pytest.mark.parametrize("mode", ["side", "wipe"])
def test_no_legend_lies_over_the_name_of_a_side(both: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    both.compare.set_mode(mode)
    both.compare.wipe = 0.1
    both.actions_by_id["truth"].setChecked(True)
    sides_done(both, qtbot)
    plates: dict[str, float] = {}
    label, legend = drawing.label, drawing.legend
    monkeypatch.setattr(drawing, "label", lambda p, at, text, *rest, **more: (plates.update({text: at.y()}),
                                                                                        label(p, at, text, *rest, **more)))
    monkeypatch.setattr(drawing, "legend", lambda p, area, shares: plates.update(legend=area.bottom() - 150) or legend(p, area, shares))
    both.zoom_view.grab()
    name = next(y for text, y in plates.items() if text.startswith("A  "))
    assert 32 < name < plates["legend"]
