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
    from app.settings_form import restyle

    restyle("light")
    w.marks_panel.refresh()
    shot("light")
    w.shut_down()
    folder.cleanup()


if __name__ == "__main__":
    main()
