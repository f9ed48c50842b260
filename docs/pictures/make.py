"""Makes the pictures of the tutorial from the real program: `python docs/pictures/make.py [CLIP] [--only data]`.

The window is driven by its own commands and grabbed; nothing is drawn by hand.
"""
from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
PATIENCE_S = 900.0  # of each wait: a busy machine makes the same pictures, later
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


class Photographer:
    """Sits at the desk with `clip` open, and takes pictures of what is finished."""

    def __init__(self, folder: Path, clip: Path) -> None:
        from benchmarks.desk import Desk

        self.folder, self.clip = folder, clip
        self.desk = Desk(folder, str(clip), PATIENCE_S)
        self.w = self.desk.window
        self.w.zoom_view.fade_s = 0

    def until(self, done: Callable[[], bool]) -> None:
        self.desk.until(done, PATIENCE_S)

    def settle(self) -> None:
        w = self.w
        self.until(lambda: w.player.picture is not None and w.player.index == w.player.target and w.zoom.request is not None
                   and w.zoom.done and w.zoom.request.roi == w.state.roi and w.zoom.request.viewport == w.state.target[2:])
        self.rest()

    def rest(self) -> None:
        self.until(lambda: self.w.background.idle)
        self.desk.app.processEvents()

    def shot(self, name: str) -> None:
        self.keep(self.w, name)

    def keep(self, page: Any, name: str) -> None:
        """A picture of this widget, as small as PNG makes it."""
        page.grab().toImage().save(str(ROOT / "docs" / "pictures" / f"{name}.png"), "PNG", 0)
        print(name, flush=True)

    def drag(self, a: tuple[float, float], b: tuple[float, float]) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        view = self.w.zoom_view
        p, q = (view.at_source(*at).toPoint() for at in (a, b))
        QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, p)
        for i in (1, 2, 3):
            QTest.mouseMove(view, p + (q - p) * i / 3)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, q)

    def done(self, job: Any) -> None:
        """Waits until `job` says that it is over."""
        self.desk.until_said(self.w.jobs.over, lambda: job.state.over, PATIENCE_S)
        if job.error is not None:
            raise SystemExit(f"{job.title}: {job.error}")


def main() -> None:
    groups = {"footage": footage, "data": data, "files": files, "light": light}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", nargs="?", help="any video; the sample without")
    parser.add_argument("--only", choices=groups, nargs="*", default=list(groups), help="some of the pictures")
    words = parser.parse_args()
    from engine.resources import asset_path

    given = Path(words.clip) if words.clip else asset_path("sample.lzc")
    with tempfile.TemporaryDirectory(prefix="lorentz-pictures-") as folder:
        clip = Path(folder) / given.name  # marks are kept beside a copy
        clip.write_bytes(given.read_bytes())
        hand = Photographer(Path(folder), clip)
        for name in words.only:
            groups[name](hand, not words.clip)
        hand.w.shut_down()


def look(hand: Photographer, sample: bool) -> None:
    """Zoomed in on the sample's number plate, or on a place near the middle of another clip."""
    w = hand.w
    if w.player.info is None or w.player.info.path != str(hand.clip):
        w.open_path(str(hand.clip))
    hand.settle()
    if sample:
        w.player.seek(48)
        hand.settle()
    x, y = (827.0, 581.0) if sample else (w.state.size[0] * 0.45, w.state.size[1] * 0.45)
    w.steering.move_view(lambda: w.state.look(x, y, 4))
    hand.settle()


def footage(hand: Photographer, sample: bool) -> None:
    """Zooming, comparing, measuring, marking."""
    from PySide6.QtCore import QPoint
    from PySide6.QtTest import QTest

    w = hand.w
    look(hand, sample)
    w.steering.magnify(6.5)
    hand.settle()
    hand.shot("viewer")
    w.steering.magnify(4)
    hand.settle()
    w.actions_by_id["truth"].setChecked(True)
    hand.settle()
    hand.shot("truth")
    w.actions_by_id["truth"].setChecked(False)
    w.actions_by_id["compare_recorded"].trigger()
    hand.until(lambda: w.compare.zoom.request is not None and w.compare.zoom.done)
    hand.settle()
    hand.shot("compare")
    w.actions_by_id["compare_off"].trigger()
    w.actions_by_id["show_measure"].trigger()
    hand.settle()
    rx, ry, rw, rh = w.state.roi
    w.actions_by_id["line_profile"].trigger()
    hand.drag((rx + rw * 0.2, ry + rh * 0.3), (rx + rw * 0.8, ry + rh * 0.35))
    w.actions_by_id["distance"].trigger()
    hand.drag((rx + rw * 0.2, ry + rh * 0.6), (rx + rw * 0.6, ry + rh * 0.7))
    w.actions_by_id["mark_arrow"].trigger()
    hand.drag((rx + rw * 0.3, ry + rh * 0.9), (rx + rw * 0.45, ry + rh * 0.75))
    w.actions_by_id["loupe"].setChecked(True)
    at = w.zoom_view.at_source(rx + rw * 0.5, ry + rh * 0.2).toPoint()
    QTest.mouseMove(w.zoom_view, QPoint(2, 2))
    QTest.mouseMove(w.zoom_view, at)
    hand.settle()
    hand.shot("measure")
    w.actions_by_id["loupe"].setChecked(False)
    w.measure_dock.hide()
    w.desk.bookmark()
    w.actions_by_id["show_marks"].trigger()
    hand.settle()
    hand.shot("marks")
    w.marks_dock.hide()


def data(hand: Photographer, sample: bool) -> None:
    """A table and a cube, made up, compressed by the program and laid over."""
    import numpy as np

    rng, n = np.random.default_rng(5), 6000
    warm = 20 + 4 * np.sin(np.arange(n) / 450) + np.cumsum(rng.normal(0, 0.02, n))
    wet = 55 - 1.5 * (warm - 20) + rng.normal(0, 0.4, n)
    light = np.maximum(0, np.sin(np.arange(n) / 450)) * 800 + rng.normal(0, 12, n) * (np.arange(n) % 2000 < 1400)
    rows = [f"2024-03-{1 + i // 1440:02d} {i // 60 % 24:02d}:{i % 60:02d}:00,{warm[i]:.2f},{wet[i]:.1f},{light[i]:.0f}" for i in range(n)
            if not 2600 <= i < 2900]
    table, cube = hand.folder / "station.csv", hand.folder / "leaf.npy"
    table.write_text("time,temperature C,humidity %,light lux\n" + "\n".join(rows) + "\n")
    y, x = np.mgrid[0:90, 0:120]
    leaf = ((x - 60) ** 2 / 2600 + (y - 45) ** 2 / 1300 < 1) * (1 + 0.2 * np.sin(x / 4))
    bands = np.arange(48)[:, None, None]
    np.save(cube, (leaf * (300 + 900 / (1 + np.exp(-(bands - 28) / 2))) + rng.normal(0, 8, (48, 90, 120)) + 60).astype(np.int16))
    w = hand.w
    for path, bound, name in ((table, "1%", "table"), (cube, "20", "cube")):
        w.open_path(str(path))
        hand.until(lambda p=path: w.data.on and w.data.charts.sheet.path == str(p))
        hand.done(w.exports.compress(str(path), str(path.with_suffix(".lzc")), 32, max_error=bound))
        hand.desk.until_said(w.data.page.overlaid, lambda: w.data.page.overlay is not None, PATIENCE_S)
        w.jobs_dock.hide()
        w.message_bar.dismiss()
        if name == "table":
            for _ in range(4):
                w.data.zoom(2)
            w.data.pan(0.6)
        hand.rest()
        hand.shot(name)


def films(hand: Photographer) -> Path:
    """A folder with parts of the clip as films of their own, a table, and something that is no film."""
    from dataclasses import replace

    import numpy as np

    from engine.media import write_video

    place = hand.folder / "june"
    place.mkdir()
    source = hand.w.controller.open(str(hand.clip))
    info = source.info
    frames = list(source.frames(0, 16))
    source.close()
    w, h, cut = info.width // 2 & ~1, info.height // 2 & ~1, np.ascontiguousarray
    for n, (x, y) in enumerate(((0, 0), (w, 0), (0, h), (w, h), (w // 2 & ~1, h // 2 & ~1))):
        luma, chroma = np.s_[y:y + h, x:x + w], np.s_[y // 2:(y + h) // 2, x // 2:(x + w) // 2]
        part = [replace(f, y=cut(f.y[luma]), u=cut(f.u[chroma]), v=cut(f.v[chroma]), pts=k) for k, f in enumerate(frames)]
        write_video(place / f"cam{n + 1}.mp4", iter(part), replace(info, kind="video", width=w, height=h, pts=tuple(range(len(part))),
                                                                   time_base=1 / info.rate, has_audio=False))
    t = np.arange(2000)
    (place / "gate.csv").write_text("time,wind m/s,rain mm\n" + "\n".join(
        f"{k},{4 + 2 * np.sin(k / 140) + np.sin(k / 9):.2f},{max(0, np.sin(k / 300)) ** 8 * 3:.1f}" for k in t) + "\n")
    (place / "cam6.mp4").write_text("broken off before anything was written")
    return place


def files(hand: Photographer, sample: bool) -> None:
    """The library, and several files in one go."""
    w, place = hand.w, films(hand)
    look(hand, sample)
    w.actions_by_id["show_library"].setChecked(True)
    w.library.go(str(place))
    hand.until(lambda: bool(w.library.rows.entries) and w.library.looks.idle
               and all(e in w.library.rows.glances for e in w.library.rows.entries))
    w.batches.ask([str(place)])
    form = w.exports.form
    hand.until(lambda: bool(form.note.text()) and w.background.idle)
    form.effort.setCurrentIndex(form.effort.findData("fast"))
    hand.desk.app.processEvents()
    hand.keep(form, "batch")
    form.start.click()
    hand.until(lambda: w.batches.last is not None)
    hand.desk.until_said(w.batches.last.changed, lambda: w.batches.last.state.over, PATIENCE_S)
    hand.settle()
    hand.until(lambda: w.library.looks.idle and all(e in w.library.rows.glances for e in w.library.rows.entries[:9]))
    hand.shot("library")
    w.batches.last.details()
    from app.batch_summary import Summary

    page = w.findChildren(Summary)[-1]
    hand.desk.app.processEvents()
    hand.keep(page, "summary")
    page.accept()
    w.jobs_dock.hide()
    w.library_dock.hide()
    w.message_bar.dismiss()


def light(hand: Photographer, sample: bool) -> None:
    """The other theme."""
    from app.settings_form import restyle

    look(hand, sample)
    restyle("light")
    hand.w.marks_panel.refresh()
    hand.rest()
    hand.shot("light")
    restyle("dark")


if __name__ == "__main__":
    main()
