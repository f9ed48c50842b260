"""The viewer on the real engine, driven by a script: what measures it and what takes pictures of it sit at this desk."""
from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Desk:
    """A window on the real engine, with settings in a folder of its own, and a clip open in it."""

    def __init__(self, folder: Path, file: str = "", seconds: float = 60.0, look: str = "dark") -> None:
        from app.preload import Preload, spare_sources
        from engine.memory import share_heaps

        self.path = Path(file) if file else folder / "clip.mp4"
        share_heaps()
        preload = Preload()
        preload.start(self.path.suffix == ".lzc")  # as `app.main` does, before Qt comes
        from PySide6.QtCore import QSettings
        from PySide6.QtWidgets import QApplication

        spare_sources()
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "settings"))
        from app import theme
        from app.backend import Backend
        from app.settings import Settings
        from app.tidy import Tidy
        from app.window import MainWindow
        from engine.controller import SystemController

        app = QApplication.instance() or QApplication([])
        assert isinstance(app, QApplication)
        self.app = app
        theme.apply(app, look)
        settings = Settings()
        settings.set_flag("hint_read", True)
        sys.setswitchinterval(0.0002)  # as `app.main` does
        self.window = MainWindow(Backend(SystemController(apart=True), preload), settings)
        self.tidy = Tidy(self.window.resting)
        self.tidy.start()
        self.window.resize(1280, 800)
        self.window.show()
        self.shown = time.time()
        self.window.open_path(str(self.path))
        self.until(lambda: self.window.player.picture is not None, seconds)
        self.window.repaint()

    def wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """False when it did not come to that in this time."""
        end = time.monotonic() + seconds
        while not done():
            self.app.processEvents()
            time.sleep(0.002)
            if time.monotonic() > end:
                return False
        return True

    def until(self, done: Callable[[], bool], seconds: float) -> None:
        if not self.wait(done, seconds):
            raise RuntimeError(f"the viewer did not get there in {seconds:.0f} s")

    def until_said(self, signal: Any, done: Callable[[], bool], seconds: float) -> None:
        """Runs the event loop until `signal` finds `done`; at once when it is so already. RuntimeError after `seconds`."""
        from PySide6.QtCore import QEventLoop, QTimer

        if done():
            return
        loop, late = QEventLoop(), QTimer()

        def look(*_: object) -> None:
            if done():
                loop.exit(0)

        late.setSingleShot(True)
        late.timeout.connect(lambda: loop.exit(1))
        late.start(int(seconds * 1000))
        signal.connect(look)
        late_out = loop.exec()
        signal.disconnect(look)
        late.stop()
        if late_out:
            raise RuntimeError(f"the viewer did not get there in {seconds:.0f} s")
