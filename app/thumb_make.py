"""A look at a file: a small picture and short facts. Runs on a thread of its own, never in Qt's; opens the file and closes it again."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from app.charts import Charts
from app.convert import picture
from app.jobs_dock import size_text
from app.thumb_store import Glance
from app.words import tr
from engine.api import EngineError, FrameSource

SIZE = QSize(224, 126)         # twice of what is shown, for screens with many pixels
_DATA_MOST = 32 << 20          # bytes: larger tables are not read for a picture
_DATA = ("table", "text", "array", "audio", "cube")
_BACK, _INK = 34, 190          # grey of a plot


def glance(backend: Any, path: str, size: int) -> Glance:
    """Never raises for what is wrong with the file: `wrong` says it."""
    kind = Path(path).suffix.lower().lstrip(".").upper() or tr("folder")
    last = " · ".join(part for part in (kind, size_text(size) if size else "") if part)
    try:
        if size > _DATA_MOST and backend.controller.content(path) in _DATA:
            return Glance((last,), QImage())
        source = backend.open(path)
    except (EngineError, OSError, ValueError) as wrong:
        return Glance((last,), QImage(), said(wrong))
    try:
        if isinstance(source, Charts):
            return Glance((about_data(source.sheet), last), plot(source.sheet))
        return Glance((about(source.info), last), still(backend, source))
    except (EngineError, OSError, IndexError) as wrong:
        return Glance((last,), QImage(), said(wrong))
    finally:
        source.close()


def said(wrong: Exception) -> str:
    """Without the name of the file, which stands above it."""
    return wrong.what if isinstance(wrong, EngineError) else str(wrong)


def about(info: Any) -> str:
    """Length and size of the picture."""
    pixels = f"{info.width} × {info.height}"
    if info.frames < 2:
        return pixels
    seconds = info.seconds(info.frames - 1) + 1 / max(float(info.rate), 1e-6)
    return f"{short_time(seconds)} · {pixels}"


def short_time(seconds: float) -> str:
    """`0.6 s`, `1:12`, `2:03:04`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    s = round(seconds)
    return f"{s // 3600}:{s // 60 % 60:02d}:{s % 60:02d}" if s >= 3600 else f"{s // 60}:{s % 60:02d}"


def about_data(sheet: Any) -> str:
    from app.data_page import grouped

    if sheet.bands is not None:
        c, y, x = sheet.bands.shape
        return tr("{c} bands of {x} × {y}").format(c=c, x=x, y=y)
    if sheet.kind == "text":
        return tr("text")
    return tr("{c} series").format(c=len(sheet.names)) + ", " + tr("{n} rows").format(n=grouped(sheet.rows))


def still(backend: Any, source: FrameSource) -> QImage:
    """A frame from a tenth of the way: beginnings are often black. Of a recording, the coarsest level that is large enough."""
    reader: Any = source
    info = source.info
    index = info.frames // 10
    coarse = next((k for k in range(info.levels - 1, 0, -1) if info.width >> k >= SIZE.width()), 0) if hasattr(reader, "read_level") else 0
    frame = reader.read_level(index, coarse) if coarse else reader.read(index)
    return shrunk(picture(frame, info.colour, backend.to_rgb, (SIZE.width(), SIZE.height())))


def plot(sheet: Any) -> QImage:
    """The middle band of a cube, or the outlines of the first series, one below the other."""
    if sheet.bands is not None:
        band = np.asarray(sheet.bands[sheet.bands.shape[0] // 2]).astype(np.float64)
        low, high = np.nanpercentile(band, (1, 99)) if np.isfinite(band).any() else (0.0, 1.0)
        grey = np.nan_to_num(np.clip((band - low) * 255 / max(high - low, 1e-30), 0, 255)).astype(np.uint8)
        return shrunk(np.ascontiguousarray(np.repeat(grey[..., None], 4, 2)))
    if not sheet.series:
        return QImage()
    w, h = SIZE.width(), SIZE.height()
    grey = np.full((h, w), _BACK, np.uint8)
    shown = sheet.series[:3]
    room = h // len(shown)
    for k, values in enumerate(shown):
        outline(grey[k * room + 4:(k + 1) * room - 4], np.asarray(values, np.float64))
    return shrunk(np.ascontiguousarray(np.repeat(grey[..., None], 4, 2)))


def outline(room: np.ndarray, values: np.ndarray) -> None:
    """Draws lowest to highest of each column's values into `room` `[h, w]`; gaps stay empty."""
    h, w = room.shape
    finite = values[np.isfinite(values)]
    if not len(finite):
        return
    low, high = float(finite.min()), float(finite.max())
    edges = np.linspace(0, len(values), w + 1).astype(int)
    for x in range(w):
        part = values[edges[x]:max(edges[x + 1], edges[x] + 1)]
        part = part[np.isfinite(part)]
        if len(part):
            top, bottom = ((high - v) / max(high - low, 1e-30) * (h - 1) for v in (part.max(), part.min()))
            room[int(top):int(bottom) + 1, x] = _INK


def shrunk(bgrx: np.ndarray) -> QImage:
    """Into `SIZE`, with pixels of its own."""
    h, w = bgrx.shape[:2]
    image = QImage(bgrx.data, w, h, bgrx.strides[0], QImage.Format.Format_RGB32)
    if w > SIZE.width() or h > SIZE.height():
        return image.scaled(SIZE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
    return image.copy()
