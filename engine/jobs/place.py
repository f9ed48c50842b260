"""The place that a recording's camera looks at, found in the recording itself before it is coded, where its picture pays.

`lorentz models adapt` learns the place from other clips of the camera; see `engine/lorentzian/camera.py` for what a recording does with it.
"""
from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine.api import Frame, FrameSource, Progress

if TYPE_CHECKING:
    from engine.lorentzian.adapted import Adapted
    from engine.lorentzian.camera import Camera
    from engine.lorentzian.codec import CodecSettings, Planes
    from engine.lorentzian.model import CodecModel

MOST_LOOKED_AT, ROOM = 61, 512 << 20  # frames that the picture is made from, and bytes of them
LEAST = 48          # frames of a recording
TRIED, LATER = 41, 9  # frames of the middle that are coded both ways, of which the first are left out: one interval's start is in the rest
WIDTH, HEIGHT = 320, 192  # of what is coded of them, in the middle of the picture
MOVED = 2.5         # change over detail (`structure.change`) of most frames beside the picture, above which nothing is tried
AT_MOST = 24        # quality of what is tried: above it effort fast, which tries, no longer foretells what the picture saves in the end
WORTH = 0.08        # share of the bits that must be saved: the trial is off by as much where all of a picture moves
BEST = 100.0        # dB, of a plane without any error
PER_DB = 0.25       # natural logarithm of the bits over PSNR, as clips at rest have it

Coded = tuple[int, int, float]  # bytes of the beginning, bytes of the rest, PSNR of the rest in dB


def look(sources: Sequence[FrameSource], counts: Sequence[int]) -> Generator[Progress, None, list[Frame]]:
    """Frames spread evenly over the first `counts` of each source, as many as there is room for."""
    info = sources[0].info
    room = ROOM // (3 * info.width * info.height)
    wanted = np.unique(np.linspace(0, sum(counts) - 1, max(3, min(MOST_LOOKED_AT, room, sum(counts)))).round().astype(int))
    taken: list[Frame] = []
    start = 0
    for source, count in zip(sources, counts, strict=True):
        for n in wanted[(wanted >= start) & (wanted < start + count)] - start:
            taken.append(source.read(int(n)))
            yield Progress(len(taken), len(wanted), "looking")
        start += count
    return taken


def find_place(pictures: FrameSource, settings: CodecSettings, model: CodecModel) -> Generator[Progress, None, Adapted | None]:
    """The place, where a recording of it by `settings` is expected to be smaller with its picture; None otherwise.

    The middle of the film is coded with and without, as quickly as can be; what that saves, frame after frame, must pay for the picture.
    The same frames and settings give the same answer.
    """
    from engine.lorentzian.adapted import Adapted, median
    from engine.lorentzian.payload import LARGE
    from engine.lorentzian.structure import change
    from engine.lorentzian.workers import map_slices

    info = pictures.info
    if info.frames < LEAST or info.width * info.height > LARGE:
        return None  # of large pictures regions are read, and would have to read all of this one
    seen = yield from look([pictures], [info.frames])
    place = Adapted(median(seen), {})
    luma = place.picture()[0]
    if float(np.median([change(_planes(f, 0, 0, info.width, info.height)[0], luma) for f in seen[::4]])) > MOVED:
        return None
    del seen, luma
    start = (info.frames - TRIED) // 2
    width, height = min(WIDTH, info.width), min(HEIGHT, info.height)
    x, y = (info.width - width) // 32 * 16, (info.height - height) // 32 * 16
    frames = [_planes(f, x, y, width, height) for f in pictures.frames(start, start + TRIED)]
    part = Adapted([np.ascontiguousarray(p) for p in _cut(place.planes, x, y, width, height)], {})
    yield Progress(0, 1, "looking")
    trial = replace(settings, quality=min(settings.quality, AT_MOST))
    camera = part.camera(trial.quality, info.frames, model)
    without, with_it = map_slices(lambda c: _tried(frames, trial, model, c), [None, camera])
    return place if saved(without, with_it, len(camera.to_bytes()), info.frames) > WORTH else None


def saved(without: Coded, with_it: Coded, picture: int, frames: int) -> float:
    """Share of the bits of a recording of so many `frames` that are saved at equal PSNR, by what its middle took; `picture`: bytes."""
    plain, other = (c[0] + c[1] * (frames - LATER) / (TRIED - LATER) for c in (without, with_it))
    return 1 - (other + picture) / plain * math.exp(PER_DB * (without[2] - with_it[2]))


def _tried(frames: list[Planes], settings: CodecSettings, model: CodecModel, camera: Camera | None) -> Coded:
    size, errors = [0, 0], []
    for at, count, quality in coded(frames, settings, TRIED - LATER, model, camera, eager=True):
        size[at >= LATER] += count
        errors += quality if at >= LATER else []
    return size[0], size[1], float(np.mean(errors))


def coded(frames: list[Planes], settings: CodecSettings, interval: int, model: CodecModel, camera: Camera | None,
          eager: bool = False) -> Iterator[tuple[int, int, list[float]]]:
    """(first frame, bytes, PSNR of each frame) piece by piece, as quickly as can be, with a key interval of so many frames. eager: building
    on the picture or on the last key chunk is not ruled out sooner than at other efforts, and the latter is tried beside starting anew."""
    from engine.lorentzian.codec import ChunkEncoder
    from engine.lorentzian.mctf import REACH, TemporalFilter
    from engine.lorentzian.schedule import runs
    from engine.lorentzian.structure import SEEN, STILL, Structure, coded_bytes

    h, w = frames[0][0].shape
    encoder = ChunkEncoder(w, h, replace(settings, effort="fast"), model)
    encoder.camera = None if camera is None else camera.reference
    encoder.clean = clean = TemporalFilter(REACH["fast"])
    structure = Structure(encoder, "fast", fresh_every=settings.fresh_every, still=STILL if eager else 0.0, seen=SEEN if eager else 0.0)
    try:
        for at, end in runs(len(frames), interval):
            clean.show(frames, at, end)
            begins = at % interval == 0
            structure.effort = "normal" if eager and begins and at and camera is None else "fast"
            made = structure.encode(frames[at:end], begins, at == 0)
            shown = [p for _, pictures in made for p in pictures]
            yield at, coded_bytes(made), [quality_of(a, b) for a, b in zip(frames[at:end], shown, strict=True)]
    finally:
        clean.close()
        encoder.close()


def quality_of(frame: Planes, shown: Planes) -> float:
    """PSNR (6 Y + U + V) / 8 of padded decoded planes, in dB."""
    y, u, v = (min(BEST, 10 * math.log10(255 ** 2 / max(float(np.square(b[:a.shape[0], :a.shape[1]] - a).mean(dtype=np.float64)), 1e-12)))
               for a, b in zip(frame, shown, strict=True))
    return (6 * y + u + v) / 8


def _planes(frame: Frame, x: int, y: int, w: int, h: int) -> Planes:
    """A part of a frame on the 0..255 scale, which does not keep the whole."""
    scale = np.float32(1 / (1 << (frame.bit_depth - 8)))
    return [p.astype(np.float32) * scale for p in _cut([frame.y, frame.u, frame.v], x, y, w, h)]


def _cut(planes: Planes, x: int, y: int, w: int, h: int) -> Planes:
    return [p[y // k:y // k + -(-h // k), x // k:x // k + -(-w // k)] for p, k in zip(planes, (1, 2, 2), strict=True)]
