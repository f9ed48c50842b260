"""What restoration gains on footage that nothing was learned from: beside the decoder alone, random grouping, and sets of one."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from engine.correlation import CorrelationModel, Recorded, fit, leave, organised, restore
from engine.correlation.organiser import TileSet, places
from engine.lorentzian.model import CodecModel
from engine.lorentzian.schedule import STEP_FACTOR, step
from engine.training.codec_data import SUFFIXES, read_clip
from engine.training.correlation_data import FRAMES, Pair, Planes, code

QUALITIES = (8, 16, 24, 32, 44)
WAYS = ("decoder", "sets", "bits", "random", "one")   # `one`: the same network on sets of one
SIZE = 256
WINDOW = 8


def val_pairs(data: Path, codec: CodecModel, qualities: tuple[int, ...] = QUALITIES, size: int = SIZE) -> Iterator[Pair]:
    """The middle `size` x `size` of the first frames of every validation clip, coded at each quality."""
    for path in sorted(p for p in (data / "val").rglob("*") if p.suffix in SUFFIXES):
        clip = read_clip(path, 1, 0, FRAMES)
        if clip is None:
            continue
        _, h, w = clip.y.shape
        hh, ww = min(size, h), min(size, w)
        y, x = (h - hh) // 4 * 2, (w - ww) // 4 * 2
        source = [np.ascontiguousarray(p) for p in (clip.y[:, y:y + hh, x:x + ww], *(
            p[:, y // 2:(y + hh) // 2, x // 2:(x + ww) // 2] for p in (clip.u, clip.v)))]
        for quality in qualities:
            decoded, kinds, coded = code(source, quality, 8, codec)
            yield Pair(path.name, quality, kinds, decoded, source, coded)


def psnr(planes: list[Planes] | list[tuple[np.ndarray, ...]], source: Planes, start: int) -> list[float]:
    """(6Y+U+V)/8 in dB of pictures (rounded, as they are written) beside frames `start`... of the source."""
    out = []
    for t, picture in enumerate(planes):
        db = [10 * np.log10(255 ** 2 / max(float(np.mean((np.rint(a).clip(0, 255) - p[start + t]) ** 2)), 0.01))
              for a, p in zip(picture, source, strict=True)]
        out.append((6 * db[0] + db[1] + db[2]) / 8)
    return out


def shuffled(height: int, width: int, count: int, members: int, seed: int = 0) -> list[TileSet]:
    """Every window of `count` pictures once, in sets of `members` thrown together: what the organiser is compared with."""
    every = np.array([(t, y, x) for t in range(count) for y in places(height) for x in places(width)], np.int32)
    every = every[np.random.default_rng(seed).permutation(len(every))]
    none = np.eye(members, dtype=np.float32)
    return [TileSet(every[k:k + members], none[:len(every[k:k + members]), :len(every[k:k + members])], 0)
            for k in range(0, len(every), members)]


def windows(pair: Pair) -> Iterator[tuple[int, Recorded]]:
    """(first frame, pictures) of each window of a coded clip."""
    for start in range(0, len(pair.kinds), WINDOW):
        stop = min(start + WINDOW, len(pair.kinds))
        pictures = tuple((pair.decoded[0][t], pair.decoded[1][t], pair.decoded[2][t]) for t in range(start, stop))
        yield start, Recorded(pictures, step(pair.quality), tuple(STEP_FACTOR[k] for k in pair.kinds[start:stop]))


def measure(model: CorrelationModel, pair: Pair, ways: tuple[str, ...] = WAYS) -> dict[str, float]:
    """Mean PSNR in dB of each way, its weights fitted to the window as the writer does, and with "bits" also `bytes` that weights and bits
    take a frame, `tiles_kept` (share)."""
    found: dict[str, list[float]] = {}
    kept, tiles, frames = 0, 0, 0
    said: list[leave.Said] = []
    for start, recorded in windows(pair):
        count = len(recorded.pictures)
        truth = [[p[start + t] for p in pair.source] for t in range(count)]
        plain = [tuple(p.astype(np.float32) for p in picture) for picture in recorded.pictures]
        h, w = recorded.pictures[0][0].shape
        groups = {"sets": organised(recorded), "random": shuffled(h, w, count, 8), "one": shuffled(h, w, count, 1)}
        for way in ways:
            if way == "decoder":
                pictures = plain
            elif way == "bits":
                before = [w for k, w in said if k.any()]
                keep, weights = leave.decide(recorded, model, truth, groups["sets"], before[-1] if before else None)
                said.append((keep, weights))
                kept, tiles, frames = kept + int(keep.sum()), tiles + keep.size, frames + count
                bounded = restore(recorded, model, weights, keep=keep, sets=groups["sets"]) if keep.any() else None
                pictures = plain if bounded is None else [bounded[t].planes for t in range(count)]
            else:
                made = restore(recorded, model, fit(recorded, model, truth, leave.BIT * recorded.step**2, groups[way]), sets=groups[way])
                pictures = [made[t].planes for t in range(count)]
            found.setdefault(way, []).extend(psnr(pictures, pair.source, start))
    out = {way: float(np.mean(db)) for way, db in found.items()}
    if tiles:
        size = sum(len(leave.pack(said[k:k + leave.MOST_WINDOWS])) + 19 for k in range(0, len(said), leave.MOST_WINDOWS)) if kept else 0
        out |= {"bytes": size / frames, "tiles_kept": kept / tiles}
    return out
