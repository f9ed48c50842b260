"""The playback clock: decides when a decoded frame is due. Lives on the GUI thread and never waits for anything."""
from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.clock import Clock
from app.reader import Ended, FrameReader, Lost, Picture
from engine.api import SourceInfo

_LATE_S = 0.25  # further behind than this, the clock waits for the decoder: every frame is shown, slower


@dataclass(frozen=True, eq=False)
class Place:
    """Where somebody was in a source."""

    info: SourceInfo
    target: int
    between: tuple[int, int] | None


class Player(QObject):
    """Feeds on reader events (`handle`); says `shown` after `picture` changed and `changed` when playing or speed did."""

    shown = Signal()
    changed = Signal()
    glimpsed = Signal()
    lost = Signal(int, str)

    def __init__(self, reader: FrameReader, parent: QObject | None = None, clock: Callable[[], float] = perf_counter) -> None:
        super().__init__(parent)
        self._reader, self._clock = reader, clock
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._queue: deque[Picture] = deque()
        self._generation = -1
        self._ended = False
        self._origin: tuple[float, float] | None = None  # (wall, media) seconds
        self._times: deque[float] = deque(maxlen=30)
        self.info: SourceInfo | None = None
        self.picture: Picture | None = None
        self.glimpse: Picture | None = None  # a first look at a frame that is being decoded, on screen in place of `picture`
        self.target = 0          # the frame asked for; `picture.index` is the one on screen
        self.playing = False
        self.speed = 1.0         # signed
        self.loop = False
        self.between: tuple[int, int] | None = None  # A and B: playing stays from the first to the second, over and over
        self.on_clock: Callable[[Clock | None], None] = lambda clock: None  # hears how time runs, and None when it stands

    @property
    def index(self) -> int:
        """The frame on screen."""
        shown = self.glimpse or self.picture
        return shown.index if shown is not None else self.target

    @property
    def rate(self) -> float:
        """Frames shown per second, measured; 0 when unknown."""
        if len(self._times) < 3 or not self.playing:
            return 0.0
        return (len(self._times) - 1) / max(self._times[-1] - self._times[0], 1e-6)

    def reset(self, info: SourceInfo | None) -> None:
        """A new source (or none): its first frame is asked for."""
        self._halt()
        self.info, self.picture, self.glimpse, self.target, self.speed, self.between = info, None, None, 0, 1.0, None
        self.changed.emit()
        if info is not None:
            self.seek(0)

    def place(self) -> Place | None:
        """What is open, the frame and the loop of now; None where there is nothing."""
        return Place(self.info, self.target, self.between) if self.info is not None else None

    def come_back(self, place: Place) -> None:
        """To where it was, in the source that the reader has (still, or again)."""
        self.reset(place.info)
        self.between = place.between
        self.changed.emit()
        self.seek(place.target)

    def toggle(self) -> None:
        if self.playing:
            self.pause()
        else:
            self.play(self.speed)

    def play(self, speed: float = 1.0) -> None:
        if self.info is None:
            return
        last = self.info.frames - 1
        start = self.target
        first, last = self.between or (0, last)
        if start > last or start < first or (speed > 0 and start >= last) or (speed < 0 and start <= first):
            start = first if speed > 0 else last
        self._halt()
        self.playing, self.speed = True, speed
        stride = max(1, int(abs(speed)))
        self._generation = self._reader.play(start, stride if speed > 0 else -stride)
        self.changed.emit()

    def pause(self) -> None:
        if not self.playing:
            return
        self._halt()
        self._generation = self._reader.seek(self.target)  # stops the reader, and cuts the region for the view as it is now
        self.changed.emit()

    def shuttle(self, direction: int) -> None:
        """J and L: a first press plays at ×1, further presses double the speed up to ×8."""
        same = self.playing and (self.speed > 0) == (direction > 0)
        self.play(direction * (min(8.0, max(1.0, abs(self.speed) * 2)) if same else 1.0))

    def set_speed(self, magnitude: float) -> None:
        self.speed = magnitude if self.speed > 0 else -magnitude
        if self.playing:
            self.play(self.speed)
        else:
            self.changed.emit()

    def seek(self, index: int) -> None:
        if self.info is None:
            return
        self.target = min(max(index, 0), self.info.frames - 1)
        if self.playing and self.between is None and not self.loop and self.target == (self.info.frames - 1 if self.speed > 0 else 0):
            self._halt()  # there is nothing after it: who goes to the end wants to see it
            self._generation = self._reader.seek(self.target)
            self.changed.emit()
        elif self.playing:
            self.play(self.speed)
        else:
            self._generation = self._reader.seek(self.target)

    def step(self, count: int) -> None:
        if self.playing:
            self.pause()
        self.seek(self.target + count)

    def handle(self, event: Picture | Lost | Ended) -> None:
        if event.generation != self._generation:
            return
        if isinstance(event, Picture):
            if event.early:
                if not self.playing:
                    self.glimpse = event
                    self.glimpsed.emit()
                return
            if not self.playing:
                self._show(event)
                return
            self._queue.append(event)
            if self._origin is None:
                self._set_origin(event.index)
            if not self._timer.isActive():
                self._tick()
        elif isinstance(event, Lost):
            self.lost.emit(event.index, event.message)
        else:
            self._ended = True
            if not self._timer.isActive():
                self._tick()

    def _seconds(self, index: int) -> float:
        assert self.info is not None
        return self.info.seconds(index)

    def _set_origin(self, index: int) -> None:
        """Frame `index` is due now; time runs on from here."""
        assert self.info is not None
        self._origin = (self._clock(), self._seconds(index))
        first = float(self.info.pts[0] * self.info.time_base)
        self.on_clock(Clock(self._origin[0], first + self._origin[1], self.speed))

    def _due(self, index: int) -> float:
        assert self._origin is not None
        wall, media = self._origin
        return wall + (self._seconds(index) - media) / self.speed

    def _tick(self) -> None:
        if not self.playing:
            return
        now, newest = self._clock(), None
        if self._queue and now - self._due(self._queue[0].index) > _LATE_S:
            self._set_origin(self._queue[0].index)
        while self._queue and self._due(self._queue[0].index) <= now and not self._outside(self._queue[0].index):
            newest = self._queue.popleft()
            self._reader.taken()
        if newest is not None:
            self.target = newest.index
            self._times.append(now)
            self._show(newest)
            if self.playing and self.between is not None and self._past_the_end(newest.index):
                self.play(self.speed)
                return
        if not self.playing:  # whoever saw the frame may have stopped
            return
        if self._queue and self._outside(self._queue[0].index):  # late, and decoded past the end of the loop already
            self.play(self.speed)
            return
        if self._queue:
            self._timer.start(max(0, round((self._due(self._queue[0].index) - self._clock()) * 1000)))
        elif self._ended:
            if self.loop or self.between is not None:
                self.play(self.speed)
            else:
                self.pause()

    def _past_the_end(self, index: int) -> bool:
        """The last frame between A and B (in the direction of playing) has been on screen for its time, or was left out by the speed."""
        assert self.between is not None
        stride = max(1, int(abs(self.speed)))
        return index + stride > self.between[1] if self.speed > 0 else index - stride < self.between[0]

    def _outside(self, index: int) -> bool:
        return self.between is not None and not self.between[0] <= index <= self.between[1]

    def set_between(self, a: int | None, b: int | None) -> None:
        """Sets A, B or both; None leaves that end as it is. Both None: no more loop."""
        if self.info is None or (a is None and b is None):
            self.between = None
        else:
            end = self.info.frames - 1
            first, last = self.between or (0, end)
            if a is not None:
                first, last = a, last if a <= last else end
            if b is not None:
                first, last = first if b >= first else 0, b
            self.between = (first, last)
        self.changed.emit()

    def _show(self, picture: Picture) -> None:
        self.picture, self.glimpse = picture, None
        self.shown.emit()

    def _halt(self) -> None:
        self._timer.stop()
        self._queue.clear()
        self._times.clear()
        if self._origin is not None:
            self.on_clock(None)
        self._ended, self._origin, self.playing = False, None, False
