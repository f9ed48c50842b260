"""Frames that stand in for lost ones say so on screen, and never where only what was recorded may be shown."""
from dataclasses import replace

from pytestqt.qtbot import QtBot

from app.window import MainWindow
from engine.api import Frame, Provenance
from tests.app.fakes import FakeController, FakeSource, make_info


class Bridged(FakeSource):
    def read(self, index: int) -> Frame:
        frame = super().read(index)
        return replace(frame, provenance=Provenance.SYNTHESISED) if index in (2, 3) else \
            replace(frame, provenance=Provenance.INTERPOLATED) if index == 6 else frame


def test_a_bridged_frame_says_so(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.sources["yard.lzc"] = Bridged(make_info("/clips/yard.lzc", "lzc"))
    window.open_path("/clips/yard.lzc")
    qtbot.waitUntil(lambda: window.player.picture is not None)
    assert window.frame_view.caption == ""
    window.player.seek(2)
    qtbot.waitUntil(lambda: window.player.index == 2)
    assert window.frame_view.caption == "frame 2 is lost: synthesised from its neighbours" == window.zoom_view.notice
    assert window.transport.timeline.lost == {2}
    window.player.seek(6)
    qtbot.waitUntil(lambda: window.frame_view.caption == "frame 6 is lost in full: shown from a coarser level")
    window.player.seek(4)
    qtbot.waitUntil(lambda: window.player.index == 4)
    assert window.frame_view.caption == "" and window.transport.timeline.lost == {2, 6}


def test_with_recorded_only_it_is_lost(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.sources["yard.lzc"] = Bridged(make_info("/clips/yard.lzc", "lzc"))
    window.open_path("/clips/yard.lzc")
    qtbot.waitUntil(lambda: window.player.picture is not None)
    window.steering.set_recorded_only(True)
    window.player.seek(3)
    qtbot.waitUntil(lambda: window.frame_view.caption == "frame 3 is lost")


def test_a_bridged_frame_is_no_recorded_one_while_it_plays(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.sources["yard.lzc"] = Bridged(make_info("/clips/yard.lzc", "lzc"))
    window.open_path("/clips/yard.lzc")
    qtbot.waitUntil(lambda: window.player.picture is not None)
    window.steering.magnify(0.5)
    seen: dict[int, dict[Provenance | None, float]] = {}
    window.player.shown.connect(lambda: seen.setdefault(window.zoom_view.frame, window.zoom_view.account()))
    for frame, kind in ((2, Provenance.SYNTHESISED), (6, Provenance.INTERPOLATED), (9, Provenance.CODED)):
        window.player.seek(frame)
        window.player.play()  # this frame is the first one that is shown
        qtbot.waitUntil(lambda n=frame: n in seen)
        window.player.pause()
        assert seen[frame][kind] == 1


def test_side_b_says_what_its_frame_is_too(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.sources["yard.lzc"] = Bridged(make_info("/clips/yard.lzc", "lzc"))
    window.open_path("/clips/clip.mp4")
    qtbot.waitUntil(lambda: window.player.picture is not None)
    window.compare.open("/clips/yard.lzc", "side")
    qtbot.waitUntil(lambda: window.compare.view.frame == 0)
    view = window.compare.view
    window.player.seek(2)
    qtbot.waitUntil(lambda: view.frame == 2)
    assert view._live_class() == Provenance.SYNTHESISED
    window.steering.set_recorded_only(True)
    window.player.seek(3)
    qtbot.waitUntil(lambda: window.message_bar.text == "side B: frame 3 is lost: synthesised from its neighbours")
