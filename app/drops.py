"""Files that are dropped on the window."""
from __future__ import annotations

from typing import Any

from PySide6.QtCore import QMimeData

from app.words import tr


def files(data: QMimeData) -> list[str]:
    """Paths of what can be dropped; addresses elsewhere are none."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]


def drop(window: Any, paths: list[str]) -> None:
    """Opens the first, and says how to have all of several."""
    window.open_path(paths[0])
    if len(paths) > 1:
        window.message_bar.say("info", tr("opened the first of {a}: drop a folder to open pictures as a clip, or File ▸ Several files "
                                          "for all of them").format(a=len(paths)))
