"""The window on the real engine: a small clip is opened, stepped, zoomed past its record, exported and compressed from the menus."""
from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.batch import Orders
from app.thumb_make import glance
from app.window import MainWindow
from engine.api import Colour, Frame, Provenance, SourceInfo
from engine.resources import model_path
from tests.app.conftest import wait_done

W, H, N = 96, 64, 12
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frame `i` is a ramp with luma 40 + 12 * i on its left half."""
    from engine.media import write_video

    def frames() -> Iterator[Frame]:
        for i in range(N):
            y = np.tile(np.linspace(30, 220, W).astype(np.uint8), (H, 1))
            y[:, : W // 2] = 40 + 12 * i
            c = np.full((H // 2, W // 2), 128, np.uint8)
            yield Frame(y, c, c.copy(), i, i)

    path = tmp_path_factory.mktemp("clips") / "ramp.mkv"
    info = SourceInfo(str(path), "video", W, H, tuple(range(N)), Fraction(1, 25), Fraction(25), colour=Colour(False, 1, 1, 1))
    write_video(path, frames(), info)
    return path


@pytest.fixture
def window(real_window: MainWindow) -> MainWindow:
    return real_window


def luma_left(window: MainWindow) -> int:
    assert window.player.picture is not None
    return int(window.player.picture.whole[H // 2, 8, 1])


def test_opens_steps_zooms_and_exports(window: MainWindow, qtbot: QtBot, clip: Path, tmp_path: Path) -> None:
    window.open_path(str(clip))
    window.actions_by_id["recorded_only"].setChecked(True)
    wait_done(window, qtbot)
    first = luma_left(window)
    window.player.seek(N - 1)
    qtbot.waitUntil(lambda: window.player.index == N - 1)
    assert luma_left(window) - first == pytest.approx(12 * (N - 1) * 255 / 219, abs=6)
    window.steering.magnify(1)
    wait_done(window, qtbot)
    assert window.zoom_view.canvas.shares()[Provenance.CODED] == 1
    window.steering.exact((8, 8, 16, 12))
    wait_done(window, qtbot)
    assert window.zoom_view.canvas.shares()[Provenance.INTERPOLATED] == 1
    shown = window.zoom_view.canvas.pixels[..., 1]
    assert shown.mean() == pytest.approx(luma_left(window), abs=4), "the view and the frame are the same picture"
    out = tmp_path / "zoom.png"
    handle = window.exports.roi(str(clip), str(out), N - 1, (8, 8, 16, 12), 4, True, 0)
    qtbot.waitUntil(lambda: handle.state.value in ("done", "failed"), timeout=120000)
    assert handle.error is None and out.is_file()
    assert json.loads(Path(f"{out}.json").read_text())["output"]["file"] == "zoom.png"
    qtbot.waitUntil(lambda: "zoom.png" in window.message_bar.text)


@pytest.mark.skipif(not model_path("detail.safetensors").is_file(), reason="the weights of the detail network are not here")
def test_past_the_record_it_says_what_is_made(window: MainWindow, qtbot: QtBot, clip: Path) -> None:
    window.actions_by_id["recorded_only"].setChecked(True)  # no detail for the whole of it first: that takes its time
    window.open_path(str(clip))
    qtbot.waitUntil(lambda: window.player.picture is not None, timeout=120000)
    window.steering.magnify(2)
    window.actions_by_id["recorded_only"].setChecked(False)
    qtbot.waitUntil(lambda: window.zoom.request is not None and window.zoom.request.viewport == (2 * W, 2 * H)
                    and not window.zoom.request.recorded_only and window.zoom.done, timeout=120000)
    assert window.zoom_view.canvas.shares()[Provenance.SYNTHESISED] == 1
    assert window.readouts.labels["level"].text() == "level 0 + 1 made" and window.zoom.limit == 1


def test_what_is_no_video_is_one_line(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("this is not a video\n" * 50)
    window.open_path(str(path))
    qtbot.waitUntil(lambda: window.message_bar.level == "error", timeout=120000)
    assert "\n" not in window.message_bar.text and "Traceback" not in window.message_bar.text


@pytest.mark.skipif(not model_path("codec.safetensors").is_file(), reason="the weights of the codec are not here")
def test_compresses_and_opens_the_result(window: MainWindow, qtbot: QtBot, clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "ramp.lzc"
    handle = window.exports.compress(str(clip), str(out), 40)
    qtbot.waitUntil(lambda: handle.state.value in ("done", "failed"), timeout=120000)
    assert handle.error is None and out.is_file()
    row = window.jobs.rows[handle.id]
    qtbot.waitUntil(lambda: row.open.isVisible())
    window.actions_by_id["recorded_only"].setChecked(True)
    row.open.click()
    qtbot.waitUntil(lambda: window.player.info is not None and window.player.info.kind == "lzc"
                    and window.player.picture is not None, timeout=120000)
    before = luma_left(window)
    window.player.seek(N - 1)
    qtbot.waitUntil(lambda: window.player.picture is not None and window.player.picture.index == N - 1, timeout=120000)
    assert luma_left(window) - before == pytest.approx(12 * (N - 1) * 255 / 219, abs=14)


def table(path: Path, shift: int) -> Path:
    path.write_text("time,a,b\n" + "".join(f"{i},{i * 3 % 17 + shift},{i % 7}\n" for i in range(300)))
    return path


def test_a_batch_there_and_back(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    place = tmp_path / "in"
    place.mkdir()
    for n in (1, 2):
        table(place / f"t{n}.csv", n)
    (place / "broken.mp4").write_text("this is not a video\n" * 50)
    window.batches.begin(Orders("compress", "skip", {"quality": 32, "effort": "fast"}), [str(place)], str(tmp_path / "packed"), False)
    qtbot.waitUntil(lambda: window.batches.last is not None and window.batches.last.state.over, timeout=120000)
    assert window.batches.last is not None
    assert [(Path(i.source).name, i.outcome) for i in window.batches.last.items] == [
        ("broken.mp4", "failed"), ("t1.csv", "done"), ("t2.csv", "done")]
    assert "\n" not in window.batches.last.items[0].line and window.batches.last.items[1].after > 0
    first = window.batches.last
    back = Orders("restore", "skip", {"ending": ".mp4", "level": 0})
    window.batches.begin(back, [str(tmp_path / "packed")], str(tmp_path / "back"), False)
    qtbot.waitUntil(lambda: window.batches.last is not first and window.batches.last.state.over, timeout=120000)
    for n in (1, 2):
        assert (tmp_path / "back" / f"t{n}.csv").read_bytes() == (place / f"t{n}.csv").read_bytes()


def test_a_look_at_a_video_a_table_and_no_video(window: MainWindow, clip: Path, tmp_path: Path) -> None:
    video = glance(window.backend, str(clip), clip.stat().st_size)
    assert video.facts[0] == f"0.5 s · {W} × {H}" and video.facts[1].startswith("MKV · ") and not video.wrong
    assert (video.image.width(), video.image.height()) == (W, H)
    assert video.image.pixelColor(8, H // 2).red() == pytest.approx((40 + 12 - 16) * 255 / 219, abs=6), "frame 1 of 12: a tenth of the way"
    rows = glance(window.backend, str(table(tmp_path / "t.csv", 0)), 100)
    assert rows.facts[0].endswith("300 rows") and not rows.image.isNull()
    wrong = tmp_path / "w.mp4"
    wrong.write_text("this is not a video\n" * 50)
    none = glance(window.backend, str(wrong), 1000)
    assert none.image.isNull() and none.wrong and "w.mp4" not in none.wrong and none.facts == ("MP4 · 1 kB",)
