"""The commands of the Compare menu."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QFileDialog

from app.file_dialog import media
from app.words import tr


class CompareCommands:
    """Part of `Commands`."""

    w: Any
    _choose: Callable[..., None]

    def compare_file(self, mode: str = "") -> None:
        then = self.w.data.compare if self.w.data.on else lambda path: self.w.compare.open(path, mode)
        self._choose(tr("Lay over") if self.w.data.on else tr("Compare with"), QFileDialog.FileMode.ExistingFile, media(), then)

    def compare_frame(self) -> None:
        self.w.compare.against("frame")

    def compare_level(self) -> None:
        self.w.compare.against("level")

    def compare_recorded(self) -> None:
        self.w.compare.against("recorded")

    def compare_seed(self) -> None:
        self.w.compare.against("seed")

    def _mode(self, mode: str) -> None:
        if self.w.compare.side is None:
            self.compare_file(mode)
        else:
            self.w.compare.set_mode(mode)

    def compare_wipe(self) -> None:
        self._mode("wipe")

    def compare_side(self) -> None:
        self._mode("side")

    def compare_blink(self) -> None:
        self._mode("blink")

    def compare_difference(self) -> None:
        self._mode("difference")

    def compare_gain(self) -> None:
        self.w.compare.next_gain()

    def compare_swap(self) -> None:
        other, mode, info = self.w.compare.swap(), self.w.compare.mode, self.w.player.info
        if not other:
            self.w.message_bar.say("info", tr("there is no other file to exchange with"))
            return
        self.w.open_path(other, lambda: self.w.compare.open(info.path, mode))

    def export_comparison(self) -> None:
        from app.compare_export import ask

        ask(self.w)

    def compare_off(self) -> None:
        if self.w.data.on:
            self.w.data.alone()
            return
        self.w.compare.set_mode("")
