"""Makes the pictures of the tutorial from the real program: `python docs/pictures/make.py CLIP` (any video; without one, the sample).

The window is driven by its own commands and grabbed; nothing is drawn by hand.
"""
from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def main() -> None:
    from PySide6.QtCore import QPoint, QSettings
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    folder = tempfile.TemporaryDirectory(prefix="lorentz-pictures-")
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder.name)
    from app import theme
    from app.backend import Backend
    from app.settings import Settings
    from app.window import MainWindow
    from engine.controller import SystemController
    from engine.resources import asset_path

    given = Path(sys.argv[1]) if len(sys.argv) > 1 else asset_path("sample.lzc")
    clip = Path(folder.name) / given.name  # marks are kept beside a copy
    clip.write_bytes(given.read_bytes())
    app = QApplication([])
    theme.apply(app)
    settings = Settings()
    settings.set_flag("hint_read", True)
    w = MainWindow(Backend(SystemController()), settings)
    w.zoom_view.fade_s = 0
    w.resize(1280, 800)
    w.show()

    def until(done: Callable[[], bool], seconds: float = 300.0) -> None:
        end = time.monotonic() + seconds
        while not done() and time.monotonic() < end:
            app.processEvents()
            time.sleep(0.005)

    def settle() -> None:
        until(lambda: w.player.picture is not None and w.player.index == w.player.target and w.zoom.request is not None and w.zoom.done
              and w.zoom.request.roi == w.state.roi and w.zoom.request.viewport == w.state.target[2:])
        until(lambda: w.background.idle)
        app.processEvents()

    def shot(name: str) -> None:
        settle()
        w.grab().save(str(ROOT / "docs" / "pictures" / f"{name}.png"))
        print(name, flush=True)

    def drag(a: tuple[float, float], b: tuple[float, float]) -> None:
        from PySide6.QtCore import Qt

        p, q = (w.zoom_view.at_source(*at).toPoint() for at in (a, b))
        QTest.mousePress(w.zoom_view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, p)
        for i in (1, 2, 3):
            QTest.mouseMove(w.zoom_view, p + (q - p) * i / 3)
        QTest.mouseRelease(w.zoom_view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, q)

    w.open_path(str(clip))
    settle()
    if not sys.argv[1:]:
        w.player.seek(48)
        settle()
    x, y = (827.0, 581.0) if not sys.argv[1:] else (w.state.size[0] * 0.45, w.state.size[1] * 0.45)  # the sample's number plate
    w.steering.move_view(lambda: w.state.look(x, y, 4))
    w.actions_by_id["truth"].setChecked(True)
    shot("truth")
    w.actions_by_id["truth"].setChecked(False)
    w.actions_by_id["compare_recorded"].trigger()
    until(lambda: w.compare.zoom.request is not None and w.compare.zoom.done)
    shot("compare")
    w.actions_by_id["compare_off"].trigger()
    w.actions_by_id["show_measure"].trigger()
    settle()
    rx, ry, rw, rh = w.state.roi
    w.actions_by_id["line_profile"].trigger()
    drag((rx + rw * 0.2, ry + rh * 0.3), (rx + rw * 0.8, ry + rh * 0.35))
    w.actions_by_id["distance"].trigger()
    drag((rx + rw * 0.2, ry + rh * 0.6), (rx + rw * 0.6, ry + rh * 0.7))
    w.actions_by_id["mark_arrow"].trigger()
    drag((rx + rw * 0.3, ry + rh * 0.9), (rx + rw * 0.45, ry + rh * 0.75))
    w.actions_by_id["loupe"].setChecked(True)
    at = w.zoom_view.at_source(rx + rw * 0.5, ry + rh * 0.2).toPoint()
    QTest.mouseMove(w.zoom_view, QPoint(2, 2))
    QTest.mouseMove(w.zoom_view, at)
    shot("measure")
    w.actions_by_id["loupe"].setChecked(False)
    w.measure_dock.hide()
    w.desk.bookmark()
    w.actions_by_id["show_marks"].trigger()
    shot("marks")
    w.marks_dock.hide()
    data(Path(folder.name), w, until)
    w.open_path(str(clip))
    settle()
    from app.settings_form import restyle

    restyle("light")
    w.marks_panel.refresh()
    shot("light")
    w.shut_down()
    folder.cleanup()


def data(folder: Path, w: Any, until: Callable[..., None]) -> None:
    """A table and a cube, made up, compressed by the program and laid over."""
    import numpy as np

    rng, n = np.random.default_rng(5), 6000
    warm = 20 + 4 * np.sin(np.arange(n) / 450) + np.cumsum(rng.normal(0, 0.02, n))
    wet = 55 - 1.5 * (warm - 20) + rng.normal(0, 0.4, n)
    light = np.maximum(0, np.sin(np.arange(n) / 450)) * 800 + rng.normal(0, 12, n) * (np.arange(n) % 2000 < 1400)
    rows = [f"2024-03-{1 + i // 1440:02d} {i // 60 % 24:02d}:{i % 60:02d}:00,{warm[i]:.2f},{wet[i]:.1f},{light[i]:.0f}" for i in range(n)
            if not 2600 <= i < 2900]
    table, cube = folder / "station.csv", folder / "leaf.npy"
    table.write_text("time,temperature C,humidity %,light lux\n" + "\n".join(rows) + "\n")
    y, x = np.mgrid[0:90, 0:120]
    leaf = ((x - 60) ** 2 / 2600 + (y - 45) ** 2 / 1300 < 1) * (1 + 0.2 * np.sin(x / 4))
    bands = np.arange(48)[:, None, None]
    np.save(cube, (leaf * (300 + 900 / (1 + np.exp(-(bands - 28) / 2))) + rng.normal(0, 8, (48, 90, 120)) + 60).astype(np.int16))
    for path, bound, name in ((table, "1%", "table"), (cube, "20", "cube")):
        w.open_path(str(path))
        until(lambda p=path: w.data.on and w.data.charts.sheet.path == str(p))
        w.exports.compress(str(path), str(path.with_suffix(".lzc")), 32, max_error=bound)
        until(lambda: w.data.page.overlay is not None)
        w.jobs_dock.hide()
        w.message_bar.dismiss()
        if name == "table":
            for _ in range(4):
                w.data.zoom(2)
            w.data.pan(0.6)
        until(lambda: w.background.idle, 5)
        until(lambda: False, 0.5)
        w.grab().save(str(ROOT / "docs" / "pictures" / f"{name}.png"))
        print(name, flush=True)


if __name__ == "__main__":
    main()
