"""What a `.lzc` video holds: its coded chunks, how much of each is whole, time stamps, and in words what is lost."""
from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from engine.api import LzcError, SourceInfo
from engine.lorentzian import packing
from engine.lorentzian.payload import tile_grid
from engine.lorentzian.schedule import USUAL_GRAIN, Grain
from engine.lorentzian.transform import LEVELS, pad_size
from engine.lzc import ChunkKey, LzcReader, Stream, decode_times, source_info

MOST_FRAMES = 1 << 24
HINT = "the recording may have been broken off"


@dataclass(frozen=True)
class Entry:
    """A coded chunk: first frame, count, whether it starts anew, the finest level that it and all it builds on have
    (0 full size; `LEVELS` when not even the coarsest can be decoded), and the number of the key chunk that an anchored one builds on
    instead of the chunk before, and the grain of its steps."""

    start: int
    frames: int
    key: bool
    finest: int
    anchor: int | None = None
    grain: Grain = USUAL_GRAIN
    camera: bool = False  # builds on the camera's picture and on no chunk

    @property
    def begins(self) -> bool:
        """Whether decoding may begin here without any other chunk."""
        return self.key or self.camera

    @property
    def end(self) -> int:
        return self.start + self.frames

    @property
    def whole(self) -> bool:
        return self.finest == 0


def path(entries: list[Entry], number: int) -> list[int]:
    """Numbers of the chunks to decode for chunk `number`, first one that begins without others."""
    out = [number]
    while not entries[out[-1]].begins:
        anchor = entries[out[-1]].anchor
        out.append(out[-1] - 1 if anchor is None else anchor)
    return out[::-1]


def read_contents(file: LzcReader, stream: Stream, path: str, camera: bool = False) -> tuple[SourceInfo, list[Entry], list[str]]:
    """(facts with time stamps, chunks in order, what is lost). LzcError when not one picture is whole.

    camera: whether the file holds a camera's picture. Payloads below the coarsest level are not read: bytes damaged there are found when
    a picture asks for them.
    """
    info = source_info(file.header.meta, path=path, pts=(), levels=LEVELS)
    if (info.width, info.height, info.bit_depth) != (stream.width, stream.height, stream.depth) or info.bit_depth not in (8, 10):
        raise LzcError("the header contradicts itself about the size of the picture", where=path)
    stamps = _stamps(file)
    lost = list(file.losses)
    entries = _entries(file, len(tile_grid(*reversed(pad_size(info.width, info.height)))),
                       len(stamps) if stamps else stream.frames, camera)
    end = max((e.end for e in entries), default=0)
    shown = max((e.end for e in entries if e.whole), default=0)
    if not shown:
        raise LzcError("no picture is whole in this file", where=path, hint=HINT)
    if end > MOST_FRAMES:
        raise LzcError(f"claims to hold {end} frames, the limit is {MOST_FRAMES}", where=path)
    if stamps and len(stamps) < end:
        raise LzcError("fewer time stamps than frames", where=path)
    if shown < max(end, len(stamps), 0 if file.complete else stream.frames):
        lost.append(f"pictures after frame {shown - 1} are lost")
    if not stamps:
        lost.append("the time stamps are lost, the usual rate of the recording stands in for them")
        tick = max(Fraction(1), 1 / (info.rate * info.time_base))
        stamps = tuple(round(n * tick) for n in range(shown))
    lost += [_line(*gap) for gap in _gaps([e for e in entries if e.start < shown])]
    return replace(info, pts=stamps[:shown], notes=(*info.notes, *lost)), entries, lost


def _stamps(file: LzcReader) -> tuple[int, ...]:
    """Empty when missing, damaged or not rising."""
    try:
        stamps = decode_times(file.read(ChunkKey("TIME")), MOST_FRAMES)
    except LzcError:
        return ()
    return stamps if all(a < b for a, b in pairwise(stamps)) else ()


def _entries(file: LzcReader, tiles: int, total: int, camera: bool) -> list[Entry]:
    have = {(k.time, k.level, k.tile) for k in file.keys if k.type == packing.TYPE and k.stream == 0}
    starts = sorted({t for t, _, _ in have})
    out: list[Entry] = []
    keys: dict[int, int] = {}
    for n, start in enumerate(starts):
        finest, frames, key, grain, back, seen = 0, 0, False, USUAL_GRAIN, 0, False
        try:
            for tile in range(tiles):
                there = next(lv for lv in range(LEVELS + 1) if all((start, k, tile) in have for k in range(lv, LEVELS)))
                if tile == 0 or there:
                    data = file.read(ChunkKey(packing.TYPE, 0, LEVELS - 1, start, tile))
                    if tile == 0:
                        head = packing.head(data)
                        frames, key, seen = head.frames, head.key, camera and packing.on_camera(data)
                        grain = packing.grain(data) if key or seen else USUAL_GRAIN
                        back = packing.back(data) if head.anchored and not seen else 0
                    if data and data[0] & packing.TOGETHER:
                        there = 0
                finest = max(finest, there)
        except LzcError:
            finest = LEVELS
            frames = frames or max(1, min(8, (starts[n + 1] if n + 1 < len(starts) else max(total, start + 1)) - start))
        anchor = keys.get(start - back) if back else None
        if back:
            finest = max(finest, LEVELS if anchor is None else out[anchor].finest)
        elif not key and not seen:
            finest = max(finest, out[-1].finest if out and out[-1].end == start else LEVELS)
        if key:
            keys[start] = n
        elif out and not seen:
            grain = Grain(out[-1 if anchor is None else anchor].grain.chroma, frames=frames)
        out.append(Entry(start, frames, key, finest, anchor, grain, seen))
    return out


def _gaps(entries: list[Entry]) -> list[tuple[int, int, int]]:
    """(first frame, end, finest level there) of every run of frames that is not whole."""
    out: list[tuple[int, int, int]] = []
    at = 0
    for e in entries:
        for first, end, finest in ((at, e.start, LEVELS), (e.start, e.end, e.finest)):
            if first < end and finest:
                if out and out[-1][1:] == (first, finest):
                    first = out.pop()[0]
                out.append((first, end, finest))
        at = max(at, e.end)
    return out


def _line(first: int, end: int, finest: int) -> str:
    what = "lost" if finest == LEVELS else f"whole at 1/{1 << finest} of the size only"
    return f"frames {first} to {end - 1} are {what}"
