"""What is remembered between runs: layout, recent files, choices, whether the first hint was read."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

_RECENT = 12


class Settings:
    """A thin, typed face of QSettings (an .ini file in the user's configuration folder)."""

    def __init__(self) -> None:
        self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "lorentz-zoom", "viewer")

    def recent(self) -> list[str]:
        value: Any = self._store.value("recent", [])
        items = [value] if isinstance(value, str) else list(value or [])
        return [str(v) for v in items if v]

    def add_recent(self, path: str) -> None:
        full = str(Path(path).absolute())
        self._store.setValue("recent", ([full] + [p for p in self.recent() if p != full])[:_RECENT])

    def forget_recent(self) -> None:
        self._store.setValue("recent", [])

    def flag(self, name: str, default: bool = False) -> bool:
        return str(self._store.value(f"flag/{name}", default)).lower() in ("true", "1")

    def set_flag(self, name: str, value: bool) -> None:
        self._store.setValue(f"flag/{name}", value)

    def text(self, name: str, default: str = "") -> str:
        return str(self._store.value(f"text/{name}", default))

    def set_text(self, name: str, value: str) -> None:
        self._store.setValue(f"text/{name}", value)

    def layout(self, name: str) -> QByteArray:
        value = self._store.value(f"layout/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_layout(self, name: str, value: QByteArray) -> None:
        self._store.setValue(f"layout/{name}", value)

    def sync(self) -> None:
        self._store.sync()
