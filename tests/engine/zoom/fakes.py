"""Sources made of arithmetic and a detail model whose every pixel can be predicted."""
from __future__ import annotations

import threading
import zlib
from fractions import Fraction

import numpy as np

from engine.api import Colour, Frame, LzcError, SourceInfo, ZoomRequest

GREY = Colour(full=True, matrix=1, primaries=1, transfer=1)


def noise_like(width: int, height: int, index: int = 0, *, low: int = 20, high: int = 236, grey: bool = False, bit_depth: int = 8) -> Frame:
    """Detail down to the single pixel."""
    rng = np.random.default_rng(index + 7)
    half = ((height + 1) // 2, (width + 1) // 2)
    kind = np.uint8 if bit_depth == 8 else np.uint16
    unit = 1 << (bit_depth - 8)
    y = rng.integers(low * unit, high * unit, (height, width)).astype(kind)
    u, v = (np.full(half, 128 * unit, kind) if grey else rng.integers(90 * unit, 166 * unit, half).astype(kind) for _ in range(2))
    return Frame(y, u, v, index, index, bit_depth)


def flat(width: int, height: int, value: int = 100) -> Frame:
    half = ((height + 1) // 2, (width + 1) // 2)
    return Frame(np.full((height, width), value, np.uint8), np.full(half, 128, np.uint8), np.full(half, 128, np.uint8))


class FakeSource:
    """Frames in memory. `reads` counts decoding; a frame in `lost` cannot be read."""

    def __init__(self, *frames: Frame, path: str = "fake.mp4", digest: str = "d1", colour: Colour = GREY) -> None:
        self._frames = frames
        self.info = SourceInfo(path, "video", frames[0].width, frames[0].height, tuple(range(len(frames))), Fraction(1, 25), Fraction(25),
                               frames[0].bit_depth, colour, digest=digest)
        self.reads: list[int] = []
        self.threads: set[str] = set()
        self.closed = 0
        self.lost: set[int] = set()

    def read(self, index: int) -> Frame:
        self.reads.append(index)
        self.threads.add(threading.current_thread().name)
        if index in self.lost:
            raise LzcError(f"frame {index} is damaged")
        if not 0 <= index < len(self._frames):
            raise IndexError(index)
        return self._frames[index]

    def frames(self, start: int = 0, stop: int | None = None):  # type: ignore[no-untyped-def]
        yield from self._frames[start:stop]

    def close(self) -> None:
        self.closed += 1


class FakeDetail:
    """Doubles by repetition, tilts every 2 x 2 group by the slope of its surroundings (needs true context) and adds luma noise
    that belongs to its place. Every group keeps its mean exactly; `strength` 0 leaves out the noise."""

    scale = 2

    def __init__(self, name: str = "fake-model", strength: float = 6.0, halo: int = 4) -> None:
        self.hash, self.strength, self.halo = name, strength, halo
        self.calls: list[tuple[tuple[str, int, int], tuple[int, int], tuple[int, int]]] = []
        self.before = lambda: None

    def synthesise(self, y, u, v, *, origin, key, seed, sample=0, stochastic=True):  # type: ignore[no-untyped-def]
        self.before()
        self.calls.append((key, origin, y.shape))
        assert origin[0] % 2 == 0 and origin[1] % 2 == 0 and u.shape == ((y.shape[0] + 1) // 2, (y.shape[1] + 1) // 2)
        half = (origin[0] // 2, origin[1] // 2)
        place = (*key, seed, sample, self.hash) if stochastic else (*key, self.hash)
        return (self._double(y, origin, place, self.strength), self._double(u, half, place, 0), self._double(v, half, place, 0))

    @staticmethod
    def _double(plane: np.ndarray, origin: tuple[int, int], key: tuple[object, ...], strength: float) -> np.ndarray:
        h, w = plane.shape
        padded = np.pad(plane, 1, mode="edge")
        slope = (padded[1:-1, 2:] - padded[1:-1, :-2]) / 16 + (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 32
        ys, xs = np.mgrid[origin[1]:origin[1] + h, origin[0]:origin[0] + w].astype(np.uint64)
        start = np.uint64(zlib.crc32(repr(key).encode()))
        with np.errstate(over="ignore"):
            bits = (xs * np.uint64(0x9E3779B97F4A7C15) + ys * np.uint64(0xBF58476D1CE4E5B9) + start) * np.uint64(0x94D049BB133111EB)
        noise = ((bits >> np.uint64(40)).astype(np.float64) / 2**24 - 0.5) * 2 * strength
        room = np.minimum(plane, 255 - plane)
        tilt = np.clip(slope + noise, -room, room)
        out = np.repeat(np.repeat(plane.astype(np.float64), 2, 0), 2, 1)
        out[0::2, 0::2] += tilt
        out[1::2, 1::2] -= tilt
        return out.astype(np.float32)


def request(id: int = 1, roi=(0.0, 0.0, 32.0, 32.0), viewport=(128, 128), **more) -> ZoomRequest:  # type: ignore[no-untyped-def]
    return ZoomRequest(id, more.pop("path", "fake.mp4"), more.pop("frame", 0), roi, viewport, **more)


def block_mean(picture: np.ndarray, size: int) -> np.ndarray:
    h, w = picture.shape[0] // size, picture.shape[1] // size
    return picture[:h * size, :w * size].reshape(h, size, w, size, -1).astype(np.float64).mean(axis=(1, 3))
