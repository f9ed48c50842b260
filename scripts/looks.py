"""Pictures of every state of the viewer, to be looked at: `python scripts/looks.py FOLDER [--languages en de] [--themes dark light]
[--sizes 1024x700 3840x2160@2 ...]`, one process for each language, theme and size (in device pixels; @2 for twice the scale).
"""
from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
SIZES = ("1024x700", "1280x800", "2560x1600@2", "3840x2160@2")
DOCKS = ("show_measure", "show_marks", "show_facts", "show_jobs", "show_library")
FORMS = ("compress", "restore", "batch", "learn_camera", "export_roi", "export_clip", "report", "look", "set_scale", "settings",
         "edit_keys", "palette", "keys", "about")
PATIENCE_S = 120.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", nargs="*", default=["en", "de"])
    parser.add_argument("--themes", nargs="*", default=["dark", "light"])
    parser.add_argument("--sizes", nargs="*", default=list(SIZES))
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.one:
        take(words.folder, *words.one)
        return
    for size in words.sizes:
        scale = size.partition("@")[2] or "1"
        for language in words.languages:
            for theme in words.themes:
                folder = words.folder / f"{size.replace('@', '-at-')}-{language}-{theme}"
                folder.mkdir(parents=True, exist_ok=True)
                subprocess.run([sys.executable, __file__, str(folder), "--one", size.partition("@")[0], language, theme], check=True,
                               env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale, "LORENTZ_SOUND": "null"})
                print(folder, flush=True)


def take(folder: Path, size: str, language: str, theme: str) -> None:
    from app import words

    words.use(language)
    from PySide6.QtCore import QLibraryInfo, QTranslator
    from PySide6.QtWidgets import QApplication

    from benchmarks.desk import Desk
    from engine.resources import asset_path

    app = QApplication([])
    spoken = QTranslator(app)
    if spoken.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(spoken)
    with tempfile.TemporaryDirectory(prefix="lorentz-looks-", ignore_cleanup_errors=True) as place:
        sample = shutil.copy(asset_path("sample.lzc"), place)  # marks are kept beside it
        desk = Desk(Path(place), sample, PATIENCE_S, theme)
        Looks(desk, folder).take([int(n) for n in size.split("x")])
        sys.stdout.flush()
        os._exit(0)  # its threads have nothing to save


class Looks:
    def __init__(self, desk: Any, folder: Path) -> None:
        self.desk, self.w, self.folder = desk, desk.window, folder

    def settle(self, seconds: float = 0.3, done: Callable[[], bool] = lambda: True) -> None:
        self.desk.wait(done, PATIENCE_S)
        end = time.monotonic() + seconds
        self.desk.wait(lambda: time.monotonic() > end, PATIENCE_S)

    def shot(self, name: str, widget: Any = None) -> None:
        (widget or self.w).grab().save(str(self.folder / f"{name}.png"))

    def drawn(self) -> bool:
        return bool(self.w.zoom.request is not None and self.w.zoom.done and self.w.zoom.request.roi == self.w.state.roi)

    def do(self, name: str) -> None:
        self.w.actions_by_id[name].trigger()

    def take(self, size: list[int]) -> None:
        from PySide6.QtWidgets import QApplication

        w, ratio = self.w, self.w.devicePixelRatioF()
        w.resize(round(size[0] / ratio), round(size[1] / ratio))
        self.settle(0.5, self.drawn)
        self.shot("01-whole")
        w.zoom_view.first_hint = True
        w.zoom_view.update()
        self.shot("02-hint")
        w.zoom_view.first_hint = False
        w.steering.exact((771.0, 550.0, 112.0, 63.0))
        self.settle(0.6, self.drawn)
        self.shot("03-zoom")
        for command in ("truth", "minimap", "squares"):
            self.do(command)
            self.settle()
            self.shot(f"04-{command}")
            self.do(command)
        self.do("compare_recorded")
        self.settle(0.5, self.drawn)
        self.shot("05-wipe")
        self.do("compare_side")
        self.settle(0.5)
        self.shot("05-side")
        self.do("compare_off")
        self.do("bookmark")
        for dock in DOCKS:
            self.do(dock)
            self.settle(1.0, lambda: w.background.idle)
            self.shot(f"06-{dock}")
            self.do(dock)
        from app.words import tr

        w.message_bar.say("warn", tr("{a} is damaged: {b}{more}. What is whole is shown; File facts lists what is lost.").format(
            a="sample.lzc", b="frames 8 to 15 are lost", more=tr(" and {n} more").format(n=3)))
        self.settle()
        self.shot("07-message")
        w.message_bar.dismiss()
        for command in FORMS:
            self.do(command)
            self.settle(0.6)
            for page in QApplication.topLevelWidgets():
                if page is not w and page.isVisible() and page.isWindow():
                    self.shot(f"08-{command}", page)
                    page.close()
            self.settle(0.1)
        for menu in w.menuBar().actions():
            if menu.menu() is not None:
                menu.menu().popup(w.mapToGlobal(w.rect().center()))
                self.settle(0.1)
                self.shot(f"09-menu-{w.menuBar().actions().index(menu)}", menu.menu())
                menu.menu().close()
        w.close_source()
        self.settle()
        self.shot("10-welcome")


if __name__ == "__main__":
    main()
