"""The sound of the playing file: samples decoded ahead on a thread, cut to the picture's clock when the speakers ask for them.

The picture leads. Each time the device wants samples, the place in the file that belongs to this moment is computed from the player's
clock; as long as the sound is within `STEP_S` of it, it simply goes on, otherwise it jumps there. So neither a slow decoder nor a
device whose clock runs differently can drive them apart.
"""
from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from app.clock import Clock
from app.speakers import NoSpeakers, Speakers
from engine.api import EngineError

log = logging.getLogger(__name__)
RATE = 48000
BLOCK = RATE // 4        # samples decoded at a time
AHEAD = 8                # blocks kept ready
STEP_S = 0.045           # most that sound may be off before it jumps: below what a person notices


class SoundThread:
    """`open`, `run`, `hush` from the GUI thread; `said(line)` is called on the sound thread. `make_speakers(fill)` opens a device."""

    def __init__(self, open_sound: Callable[[str], Any], said: Callable[[str], None],
                 make_speakers: Callable[[Callable[[int], np.ndarray]], Any] = Speakers, clock: Callable[[], float] = perf_counter) -> None:
        self._open_sound, self._said, self._make_speakers, self._now = open_sound, said, make_speakers, clock
        self._changed = threading.Condition()
        self._path: str | None = None
        self._new = self._closing = False
        self._clock: Clock | None = None
        self._blocks: dict[int, np.ndarray] = {}
        self._thread: threading.Thread | None = None
        self._speakers: Any = None
        self._refused = False
        self._cursor = -1.0   # next sample to give out
        self.volume = 1.0
        self.found: bool | None = None  # whether the file has sound; None while it is not known
        self.jumps = 0

    def open(self, path: str | None) -> None:
        """The file whose sound is wanted, None for no file. Decoding begins with the first `run`."""
        with self._changed:
            self._path, self._new, self._clock, self.found = path, True, None, None
            self._blocks = {}
            self._changed.notify_all()

    def run(self, clock: Clock) -> None:
        """The picture plays by this clock from now on."""
        with self._changed:
            if self._path is None or self._closing:
                return
            self._clock = clock
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="lorentz-sound")
                self._thread.start()
            self._changed.notify_all()

    def hush(self) -> None:
        """The picture stands."""
        with self._changed:
            self._clock, self._cursor = None, -1.0
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closing, self._clock = True, None
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    # -- called by the device ---------------------------------------------------------------------------------------

    def fill(self, count: int, latency: float = 0.0) -> np.ndarray:
        """The `count` samples that will be heard `latency` seconds from now, `[count, 2]` int16."""
        clock = self._clock
        out = np.zeros((count, 2), np.int16)
        if clock is None or not clock.audible or self.volume <= 0:
            self._cursor = -1.0
            return out
        place = clock.at(self._now() + latency) * RATE
        if self._cursor < 0 or abs(self._cursor - place) > STEP_S * RATE * max(1.0, clock.speed):
            self._cursor = place
            self.jumps += 1
        at = self._cursor + np.arange(count) * clock.speed
        self._cursor += count * clock.speed
        whole = np.floor(at).astype(np.int64)
        blocks = self._blocks
        for number in range(int(whole[0]) // BLOCK, int(whole[-1]) // BLOCK + 1):
            block = blocks.get(number)
            if block is not None:
                here = whole // BLOCK == number
                out[here] = block[whole[here] - number * BLOCK]
        return out if self.volume >= 1 else (out * self.volume).astype(np.int16)

    # -- below: the sound thread --------------------------------------------------------------------------------------

    def _work(self) -> None:
        sound: Any = None
        while True:
            with self._changed:
                while not (self._closing or self._new or self._wanted() is not None):
                    self._changed.wait(BLOCK / RATE if self._clock is not None else None)  # while it plays, time itself makes work
                if self._closing:
                    break
                path, new, self._new = self._path, self._new, False
                wanted = self._wanted() if not new else None
            if new:
                if sound is not None:
                    sound.close()
                sound = self._do_open(path) if path is not None else None
                continue
            if wanted is not None:
                self._fetch(sound, wanted)
        if self._speakers is not None:
            self._speakers.close()
        if sound is not None:
            sound.close()

    def _wanted(self) -> int | None:
        """The next block to decode; None while there is nothing to do."""
        clock = self._clock
        if clock is None or not clock.audible or self.found is False:
            return None
        first = int(clock.at(self._now()) * RATE) // BLOCK
        return next((n for n in range(first, first + AHEAD) if n not in self._blocks), None)

    def _do_open(self, path: str) -> Any:
        try:
            sound = self._open_sound(path)
        except EngineError as fault:
            self._said(str(fault))
            sound = None
        except Exception as fault:
            log.exception("the sound cannot be opened")
            self._said(f"the sound cannot be opened: {fault!r}")
            sound = None
        self.found = sound is not None
        if sound is not None and self._speakers is None and not self._refused:
            try:
                self._speakers = self._make_speakers(self.fill)
            except NoSpeakers as none:
                self._refused = True
                self._said(str(none))
        return sound

    def _fetch(self, sound: Any, number: int) -> None:
        try:
            block = sound.read(number * BLOCK, BLOCK)
        except EngineError as fault:
            self._said(str(fault))
            self.found = False
            return
        with self._changed:
            if self._new:
                return
            self._blocks = {n: b for n, b in self._blocks.items() if abs(n - number) <= 2 * AHEAD} | {number: block}
