"""What is compared with the open file: another file, another frame, a stored level, or the same view made differently."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.timecode import frame_at
from app.words import tr
from app.zoom_state import ZoomState
from engine.api import Roi, SourceInfo


@dataclass(frozen=True)
class OtherSide:
    """Side B. `kind`: "file", "frame" (held while A moves on), "level", "recorded" (nothing made), or "seed" (another alternative)."""

    kind: str
    info: SourceInfo
    frame: int = 0
    level: int | None = None
    seed: int = 0

    @property
    def reads(self) -> bool:
        """Has pictures of its own, which must be decoded to be shown while playing."""
        return self.kind in ("file", "frame")

    def index(self, info: SourceInfo, index: int) -> int:
        """The frame of B that belongs to frame `index` of A (`info`): the one at the same time from the start."""
        if self.kind == "frame":
            return self.frame
        if self.kind != "file":
            return index
        return frame_at(self.info, info.seconds(index))

    def name(self) -> str:
        if self.kind == "file":
            return Path(self.info.path).name
        if self.kind == "frame":
            return tr("frame {n}").format(n=self.frame)
        if self.kind == "level":
            return tr("stored level {n}").format(n=self.level)
        if self.kind == "recorded":
            return tr("recorded only")
        return tr("alternative {n}").format(n=self.seed)


class LinkedState(ZoomState):
    """The region of side B: the same part of the picture, at the same place on screen, whatever its number of pixels."""

    def __init__(self, lead: ZoomState) -> None:
        self._lead = lead
        super().__init__()

    def _scale(self) -> tuple[float, float]:
        return self.size[0] / self._lead.size[0], self.size[1] / self._lead.size[1]

    @property
    def roi(self) -> Roi:  # type: ignore[override]
        kx, ky = self._scale()
        x, y, w, h = self._lead.roi
        return x * kx, y * ky, w * kx, h * ky

    @roi.setter
    def roi(self, _value: Roi) -> None:
        """Only the leading view moves."""

    @property
    def viewport(self) -> tuple[int, int]:  # type: ignore[override]
        return self._lead.viewport

    @viewport.setter
    def viewport(self, _value: tuple[int, int]) -> None:
        """Only the leading view has a size."""

    @property
    def target(self) -> tuple[int, int, int, int]:
        return self._lead.target

    @property
    def magnification(self) -> float:
        return self.target[2] / self.roi[2]

    @property
    def whole(self) -> bool:
        return self._lead.whole
