"""Short films of every kind that a codec may meet: made from numbers, cut from the bundled sample, and cut from real clips."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from engine.api import Frame

from . import machine

Grey = Callable[[int], np.ndarray]  # luma `[H, W]` of frame n on the 0..255 scale
MIDDLE = (144, 80)                  # of real clips, in pixels


@dataclass(frozen=True, eq=False)
class Film:
    """`cuts`: frames at which a scene begins."""

    name: str
    frames: tuple[Frame, ...]
    cuts: tuple[int, ...] = ()


def texture(width: int, height: int, seed: int) -> np.ndarray:
    """Float `[H, W]` with edges, fine grain and slopes, mean 128: what a photograph has, without being one."""
    rng = np.random.default_rng(seed)
    out = np.zeros((height, width))
    for size, weight in ((4, 30.0), (16, 40.0), (64, 40.0)):
        coarse = rng.normal(0, 1, (height // size + 2, width // size + 2))
        out += weight * np.kron(coarse, np.ones((size, size)))[:height, :width]
    for axis in (0, 1):
        out = (np.roll(out, 1, axis) + 2 * out + np.roll(out, -1, axis)) / 4
    return np.asarray(128 + (out - out.mean()) * 45 / max(out.std(), 1e-6) + rng.normal(0, 2, out.shape))


def frame(n: int, luma: np.ndarray, bits: int = 8, grey: bool = False, pts: int | None = None) -> Frame:
    """Frame `n` of this luma; chroma follows it, and is exactly neutral with `grey`."""
    top, kind = (1 << bits) - 1, np.uint8 if bits == 8 else np.uint16
    small = luma[::2, ::2]
    planes = (luma, 118 + 0.15 * (small - 128), 138 - 0.2 * (small - 128))
    y, u, v = (np.ascontiguousarray(np.clip(np.rint(p * top / 255), 0, top).astype(kind)) for p in planes)
    if grey:
        u, v = (np.full_like(p, 1 << (bits - 1)) for p in (u, v))
    return Frame(y, u, v, n, 40 * n if pts is None else pts, bits)


def pan(width: int, height: int, seed: int, speed: float = 1.25, frames: int = 64) -> Grey:
    """A texture that moves by fractions of a pixel; `speed` in pixels a frame."""
    big = texture(int(width + abs(speed) * frames) + 3, height, seed)

    def at(n: int) -> np.ndarray:
        whole, part = divmod(abs(speed) * n, 1)
        x = int(whole)
        return (1 - part) * big[:, x:x + width] + part * big[:, x + 1:x + 1 + width]
    return at


def _noise(width: int, height: int) -> Grey:
    return lambda n: np.random.default_rng(1000 + n).uniform(0, 255, (height, width))


def _still(width: int, height: int) -> Grey:
    """A camera on a stand: sensor noise, and a light that comes and goes."""
    ground = texture(width, height, 5)
    return lambda n: ground + np.random.default_rng(n).normal(0, 1.2, ground.shape) + (n % 16 == 9) * 25.0


def _text(width: int, height: int) -> Grey:
    """Letters of 5 x 7 pixels, black on white, that scroll by two lines a frame."""
    page = np.full((height * 2, width), 255.0)
    rng = np.random.default_rng(3)
    for y in range(2, page.shape[0] - 8, 10):
        for x in range(3, width - 8, 7):
            if rng.random() < 0.85:
                page[y:y + 7, x:x + 5] = np.where(rng.random((7, 5)) < 0.45, 0.0, 255.0)
    return lambda n: page[2 * n % height:2 * n % height + height]


def _screen(width: int, height: int) -> Grey:
    """A page of text that stands still; a letter is added at every third frame."""
    page, blank = _text(width, height)(0), np.full((9, 7), 255.0)

    def at(n: int) -> np.ndarray:
        out = page.copy()
        for k in range(n // 3, 12):  # not written yet
            out[40:49, 10 + 7 * k:17 + 7 * k] = blank
        return out
    return at


def _fast(width: int, height: int) -> Grey:
    """The ground flies past at 13 pixels a frame, a bright disc crosses it the other way."""
    ground = pan(width, height, 7, 13.0, 40)
    yy, xx = np.mgrid[0:height, 0:width]

    def at(n: int) -> np.ndarray:
        disc = (xx - width + 17 * n % (2 * width)) ** 2 + (yy - height / 2 - 20 * np.sin(n)) ** 2 < (height / 4) ** 2
        return np.where(disc, 225 + 20 * np.sin(xx / 2), ground(n))
    return at


def _cut(width: int, height: int, at: int) -> Grey:
    one, two = pan(width, height, 8), pan(width, height, 9, 0.5)
    return lambda n: one(n) if n < at else 255 - two(n)


def _film(name: str, luma: Grey, count: int, bits: int = 8, grey: bool = False, cuts: tuple[int, ...] = ()) -> Film:
    return Film(name, tuple(frame(n, luma(n), bits, grey) for n in range(count)), cuts)


def synthetic() -> Iterator[Film]:
    """Each the smallest that still goes through the part of the codec that it is there for."""
    yield _film("noise", _noise(96, 64), 9)
    yield _film("flat, fading", lambda n: np.full((64, 96), 30.0 + 9 * n), 17)
    yield _film("text, scrolling", _text(160, 96), 17)
    yield _film("screen", _screen(160, 96), 33)
    yield _film("fast motion", _fast(160, 96), 17)
    yield _film("grey", pan(96, 64, 2), 17, grey=True)
    yield _film("still camera", _still(128, 80), 49)
    yield _film("10 bit", pan(96, 64, 4, 0.75), 17, bits=10)
    yield _film("odd size 97 x 51", pan(97, 51, 6), 17)
    yield _film("scene cut", _cut(128, 80, 13), 24, cuts=(13,))
    yield _film("two tiles side by side", pan(1040, 48, 10), 10)
    yield _film("four tiles", pan(768, 768, 11), 2)
    yield _film("one frame", pan(33, 17, 12), 1)


def tiny() -> Iterator[Film]:
    """What a test can afford."""
    yield _film("text", _text(64, 48), 9)
    yield _film("screen", _screen(128, 64), 18)
    yield _film("fast, 10 bit", _fast(80, 48), 9, bits=10)
    yield _film("still", _still(48, 32), 25)
    yield _film("two tiles", pan(1040, 16, 10), 3)
    yield _film("odd, cut, grey", _cut(37, 21, 5), 9, grey=True, cuts=(5,))


def bundled() -> Iterator[Film]:
    """A part of the sample that comes with the program, as its recording decodes."""
    from engine.lorentzian import LzcSource
    from engine.resources import asset_path
    with LzcSource(asset_path("sample.lzc")) as source:
        w, h = source.info.width, source.info.height
        x, y = (w - 192) // 4 * 2, (h - 112) // 4 * 2
        yield Film("bundled sample", tuple(crop(f, n, x, y, 192, 112) for n, f in enumerate(source.frames(0, 17))))


def real(count: int = 17) -> Iterator[Film]:
    """The middle of validation clips, where they are at hand; sizes and times are not theirs."""
    for clip in machine.val_clips():
        yield Film(clip.stem, tuple(middle(clip, count)))


def middle(clip: Path, count: int) -> Iterator[Frame]:
    w, h = MIDDLE
    with av.open(str(clip)) as film:
        for n, picture in enumerate(film.decode(video=0)):
            if n == count:
                return
            a = picture.reformat(format="yuv420p")
            whole = Frame(*(np.frombuffer(p, np.uint8).reshape(p.height, p.line_size)[:, :p.width] for p in a.planes))
            yield crop(whole, n, (whole.width - w) // 4 * 2, (whole.height - h) // 4 * 2, w, h)


def crop(f: Frame, n: int, x: int, y: int, w: int, h: int) -> Frame:
    """A part of `f` at even `x`, `y`, as frame `n`."""
    k = np.s_[y // 2:(y + h + 1) // 2, x // 2:(x + w + 1) // 2]
    return Frame(f.y[y:y + h, x:x + w].copy(), f.u[k].copy(), f.v[k].copy(), n, 40 * n, f.bit_depth)
