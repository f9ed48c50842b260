"""The sound device, through miniaudio (PulseAudio, ALSA, JACK; WASAPI and Core Audio elsewhere)."""
from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from app.words import tr

RATE = 48000
BUFFER_MS = 20
LATENCY_S = 3 * BUFFER_MS / 1000  # three periods lie between what is asked for and what is heard


class NoSpeakers(Exception):
    """There is nothing to play on; `str()` is one line for a person."""


def device_at_hand() -> bool:
    """False where asking the sound libraries would only make them write complaints to the terminal."""
    if sys.platform != "linux":
        return True
    run = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    return bool(glob.glob("/dev/snd/pcm*p") or os.environ.get("PULSE_SERVER") or os.path.exists(f"{run}/pulse/native")
                or os.path.exists(f"{run}/pipewire-0") or os.path.exists(os.path.expanduser("~/.asoundrc")))


class Speakers:
    """Asks `fill(count, latency)` for samples as long as it is open. `$LORENTZ_SOUND=null` is a device that nobody hears."""

    def __init__(self, fill: Callable[..., np.ndarray]) -> None:
        silent = os.environ.get("LORENTZ_SOUND") == "null"
        if not silent and not device_at_hand():
            raise NoSpeakers(tr("there is no sound device here: it plays silently"))
        import miniaudio

        real = [b for b in miniaudio.Backend if b not in (miniaudio.Backend.NULL, miniaudio.Backend.CUSTOM)]
        try:
            self._device: Any = miniaudio.PlaybackDevice(
                miniaudio.SampleFormat.SIGNED16, 2, RATE, BUFFER_MS, backends=[miniaudio.Backend.NULL] if silent else real,
                app_name="Lorentz Zoom")
            feed = self._feed(fill)
            next(feed)
            self._device.start(feed)
        except miniaudio.MiniaudioError as fault:
            raise NoSpeakers(tr("the sound device does not open: it plays silently")) from fault

    @staticmethod
    def _feed(fill: Callable[..., np.ndarray]) -> Generator[bytes, int, None]:
        count = yield b""
        while True:
            count = yield fill(count, LATENCY_S).tobytes()

    def close(self) -> None:
        self._device.close()
