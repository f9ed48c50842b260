"""A hand that does anything to the viewer, the same for the same seed: commands, drags, wheels, seeks, resizes, files."""
from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.actions import ACTIONS

# these wait for a person, end the program, or leave the window
NOT = {"quit", "open_file", "open_folder", "palette", "full_screen", "compare_file", "compare_swap", "keys", "edit_keys", "messages",
       "about", "learn_camera", "compress", "batch", "restore",
       "export_frame", "export_roi", "export_clip", "export_comparison", "report", "settings",
       "set_scale", "verify_export", "verify", "resume_jobs", "close_file"}


class Robot:
    """`window` is a MainWindow with a file open; `files` are opened now and then; in the folder `jobs`, jobs write what nobody needs.
    `log` says what was done, newest last."""

    def __init__(self, window: Any, seed: int, files: list[str], jobs: Path | None = None) -> None:
        self.w, self.files, self.jobs = window, files, jobs
        self.random = random.Random(seed)
        self.log: list[str] = []
        self.actions = [s.id for s in ACTIONS if s.id not in NOT]

    def step(self) -> None:
        """One thing."""
        what = self.random.choices(["command", "drag", "wheel", "seek", "resize", "open", "form", "job"], [50, 14, 16, 10, 3, 2, 2, 1])[0]
        getattr(self, f"_{what}")()
        if len(self.log) > 400:
            del self.log[:200]

    def _command(self) -> None:
        name = self.random.choice(self.actions)
        self.log.append(name)
        self.w.actions_by_id[name].trigger()

    def _view(self) -> Any:
        return self.random.choice([self.w.zoom_view, self.w.zoom_view, self.w.frame_view, self.w.compare.view, self.w.transport.timeline])

    def _spot(self, view: Any) -> QPoint:
        return QPoint(self.random.randrange(max(1, view.width())), self.random.randrange(max(1, view.height())))

    def _drag(self) -> None:
        view = self._view()
        if not view.isVisible():
            return
        a, b = self._spot(view), self._spot(view)
        keys = Qt.KeyboardModifier
        mod = self.random.choice([keys.NoModifier] * 3 + [keys.ShiftModifier, keys.ControlModifier])
        self.log.append(f"drag {type(view).__name__} {a.x()},{a.y()} {b.x()},{b.y()} {mod}")
        QTest.mousePress(view, Qt.MouseButton.LeftButton, mod, a)
        for i in range(1, 4):
            QTest.mouseMove(view, a + (b - a) * i / 3)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, mod, b)

    def _wheel(self) -> None:
        view = self.random.choice([self.w.zoom_view, self.w.frame_view])
        at, turns = QPointF(self._spot(view)), self.random.choice([-3, -1, 1, 1, 3])
        self.log.append(f"wheel {turns}")
        QApplication.sendEvent(view, QWheelEvent(at, view.mapToGlobal(at), QPoint(), QPoint(0, 120 * turns), Qt.MouseButton.NoButton,
                                                 Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False))

    def _seek(self) -> None:
        if self.w.player.info is not None:
            at = self.random.randrange(self.w.player.info.frames)
            self.log.append(f"seek {at}")
            self.w.player.seek(at)

    def _resize(self) -> None:
        size = self.random.choice([(1024, 700), (1280, 800), (1600, 900), (800, 520)])
        self.log.append(f"resize {size}")
        self.w.resize(*size)

    def _open(self) -> None:
        path = self.random.choice(self.files)
        self.log.append(f"open {path}")
        if self.random.random() < 0.5 and self.w.player.info is not None:
            self.w.compare.open(path)
        else:
            self.w.open_path(path)

    def _job(self) -> None:
        if self.jobs is None or self.w.jobs.live:
            return
        self.log.append("job")
        self.w.exports.compress(self.files[0], str(self.jobs / f"job-{self.random.randrange(3)}.lzc"), self.random.randrange(64), "fast")

    def _form(self) -> None:
        name = self.random.choice(["compress", "learn_camera", "batch", "export_frame", "export_roi", "report", "settings", "keys",
                                   "palette"])
        self.log.append(f"form {name}")
        self.w.actions_by_id[name].trigger()
        for widget in QApplication.topLevelWidgets():
            if widget is not self.w and widget.isVisible():
                widget.close()
