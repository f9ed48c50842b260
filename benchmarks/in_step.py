"""Whether sound and picture keep together: a film that flashes and beeps once in a second is played in the viewer, on a device that nobody
hears but that asks for samples by the clock as any other. Compared: when a flash was shown, and when its beep is due to be heard.
"""
from __future__ import annotations

import statistics
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.desk import Desk

RATE, FPS, FLASH = 48000, 25, 12  # the flash is the twelfth frame of each second
LOUD = 3000


def film(path: Path, seconds: int) -> Path:
    """H.264 and AAC, as cameras write them."""
    import av

    with av.open(str(path), "w") as out:
        picture = out.add_stream("libx264", FPS, options={"preset": "ultrafast"})
        picture.width, picture.height, picture.pix_fmt = 320, 180, "yuv420p"
        sound = out.add_stream("aac", RATE, layout="mono")
        for n in range(seconds * FPS):
            grey = 235 if n % FPS == FLASH else 40
            planes = np.vstack([np.full((180, 320), grey, np.uint8), np.full((90, 320), 128, np.uint8)])
            frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
            frame.pts = n
            out.mux(picture.encode(frame))
        at = np.arange(seconds * RATE)
        beep = (at / RATE * FPS % FPS >= FLASH) & (at / RATE * FPS % FPS < FLASH + 2)
        tone = (beep * 20000 * np.sin(at / RATE * 2 * np.pi * 1000)).astype(np.int16)
        for start in range(0, len(tone), 1024):
            part = av.AudioFrame.from_ndarray(tone[None, start:start + 1024], "s16", "mono")
            part.sample_rate, part.pts = RATE, start
            out.mux(sound.encode(part))
        out.mux(picture.encode(None))
        out.mux(sound.encode(None))
    return path


def measure(folder: Path, seconds: int) -> dict[str, Any]:
    """Milliseconds by which beeps are heard after (or before) their flashes are shown."""
    desk = Desk(folder, str(film(folder / "beeps.mp4", seconds)))
    w = desk.window
    shown: dict[int, float] = {}
    heard: list[float] = []
    quiet_since = [0.0]
    thread = w.sounder.thread_
    fill = thread.fill

    def listen(count: int, latency: float = 0.0) -> np.ndarray:
        now = perf_counter()
        samples = fill(count, latency)
        for k in np.flatnonzero(np.abs(samples[:, 0].astype(int)) > LOUD * thread.volume):
            due = now + latency + k / RATE
            if due - quiet_since[0] > 0.3:
                heard.append(due)
            quiet_since[0] = due
        return samples

    def seen() -> None:
        n = w.player.picture.index
        if n % FPS == FLASH:
            shown.setdefault(n // FPS, perf_counter())

    thread.fill = listen
    w.player.shown.connect(seen)
    w.player.play()
    desk.wait(lambda: not w.player.playing, seconds + 20)
    apart = [1000 * (h - at) for at in shown.values() for h in heard if abs(h - at) < 0.4]  # the first may pass while the device opens
    return {"flashes": seconds, "shown": len(shown), "heard": len(heard), "apart_ms": [round(a, 1) for a in apart],
            "median_ms": statistics.median(apart) if apart else None, "worst_ms": max(map(abs, apart)) if apart else None,
            "jumps": thread.jumps}
