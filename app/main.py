"""Starts the viewer: `main(path)`, and `display_available()` for those who must know before Qt does (it ends the process without one)."""
from __future__ import annotations

import faulthandler
import logging
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from app.preload import Preload, spare_sources
from engine.memory import share_heaps


def display_available() -> bool:
    """True when a window can open here: a reachable Wayland or X11 display, or an off-screen platform chosen on purpose."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "").split(":")[0]
    if chosen in ("offscreen", "minimal", "vnc", "linuxfb", "eglfs"):
        return True
    if sys.platform != "linux":
        return True
    return (chosen in ("", "wayland") and _wayland()) or (chosen in ("", "xcb") and _x11())


def _reaches(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as test:
        test.settimeout(2)
        try:
            test.connect(address)
        except OSError:
            return False
    return True


def _wayland() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY", "")
    return bool(name) and _reaches(str(Path(os.environ.get("XDG_RUNTIME_DIR", "/")) / name))


def _x11() -> bool:
    host, colon, screen = os.environ.get("DISPLAY", "").rpartition(":")
    number = screen.split(".")[0]
    if not colon or not number.isdigit():
        return False
    if host in ("", "unix"):
        return _reaches(f"/tmp/.X11-unix/X{number}") or _reaches(f"\0/tmp/.X11-unix/X{number}")
    try:
        socket.create_connection((host.rpartition("/")[2], 6000 + int(number)), 5).close()
    except OSError:
        return False
    return True


def main(path: str | Sequence[str] | None = None, preload: Preload | None = None) -> int:
    """Opens the window, with `path` in it when one is given, and runs until it is closed. The exit code."""
    if not display_available():
        sys.stderr.write("no display here: DISPLAY and WAYLAND_DISPLAY lead nowhere\n")
        return 1
    if sys.stderr is not None and not faulthandler.is_enabled():
        faulthandler.enable()
    share_heaps()
    given = path if isinstance(path, str) or path is None else next(iter(path), None)
    preload = preload or Preload()
    preload.start(given is not None and given.lower().endswith(".lzc"))
    from PySide6.QtCore import QLibraryInfo, QLocale, QTimer, QTranslator
    from PySide6.QtWidgets import QApplication

    spare_sources()
    from app import theme, words
    from app.backend import Backend
    from app.settings import Settings
    from app.tidy import Tidy
    from app.window import MainWindow
    from engine.controller import SystemController
    from engine.resources import asset_path

    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("lorentz-zoom")
    app.setApplicationDisplayName("Lorentz Zoom")
    settings = Settings()
    words.use(settings.text("language") or QLocale.system().name()[:2])
    spoken = QTranslator(app)  # of Qt's own buttons and dialogs
    if spoken.load(f"qtbase_{words.language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(spoken)
    theme.apply(app, settings.text("theme", "dark"))
    switch = sys.getswitchinterval()
    sys.setswitchinterval(0.0002)  # the window gets its turn sooner while the engine's threads compute
    backend = Backend(SystemController(apart=True), preload)
    window = MainWindow(backend, settings, sample=asset_path("sample.lzc"))

    def crash(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            window.close()
            return
        logging.getLogger("lorentz").error("a fault in the program", exc_info=(kind, fault, trace))
        window.message_bar.say("error", f"a fault in the program: {kind.__name__}: {fault} (the log has the details)")

    before, sys.excepthook = sys.excepthook, crash
    tidy = Tidy(window.resting)
    tidy.start()
    beat = QTimer()  # lets Python see Ctrl+C while Qt waits
    beat.timeout.connect(lambda: None)
    beat.start(250)
    try:
        window.show()
        if given is not None:
            window.open_path(given)
        return int(app.exec())
    finally:
        beat.stop()
        tidy.stop()
        window.shut_down()
        sys.excepthook = before
        sys.setswitchinterval(switch)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
