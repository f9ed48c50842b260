"""Tool tips that carry names: Qt takes a text that looks like markup for markup, and a file may be called that."""
from __future__ import annotations

from html import escape

from PySide6.QtGui import Qt  # the part of it that knows texts


def plain(text: str) -> str:
    """A tool tip that shows `text` as it is, line for line."""
    return f"<span style='white-space:pre'>{escape(text)}</span>" if Qt.mightBeRichText(text) else text
