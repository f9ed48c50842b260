"""What a part costs beside the whole: a 512 x 512 region of a 4K recording, half size beside full size, shuttling; in processor time
and bytes of payload, which other load on the machine changes little."""
from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from engine.api import Frame, SourceInfo

from . import machine

if TYPE_CHECKING:
    from engine.lorentzian import LzcSource

    from .run import Options

WIDTH, HEIGHT, SIZE = 3840, 2160, 512
FRAMES = (12, 30)               # in the second and in the last chunk of a key interval
PLACES = ((1664, 824), (1536, 768), (0, 0), (966, 620), (422, 1476))  # the second lies on the edges of tiles


def cell(clip: Path, count: int) -> list[list[np.ndarray]]:
    """The first frames of a clip at 640x360."""
    out = []
    with av.open(str(clip)) as film:
        for frame in film.decode(video=0):
            a = frame.reformat(640, 360, format="yuv420p").to_ndarray(format="yuv420p")
            c = a[360:].reshape(2, 180, 320)
            out.append([a[:360].copy(), c[0].copy(), c[1].copy()])
            if len(out) == count:
                break
    return out


def mosaic(clips: list[Path], count: int) -> list[Frame]:
    """A 4K film of six by six clips: the detail and the movement of real footage in every part."""
    films = [cell(c, count + 24) for c in clips]
    out = []
    for n in range(count):
        planes = [np.empty((HEIGHT >> s, WIDTH >> s), np.uint8) for s in (0, 1, 1)]
        for k in range(36):
            film = films[(k * 5 + k // 12) % len(films)]
            for plane, part in zip(planes, film[min(n + k // 12 * 12, len(film) - 1)], strict=True):
                h, w = part.shape
                plane[k // 6 * h:(k // 6 + 1) * h, k % 6 * w:(k % 6 + 1) * w] = part
        out.append(Frame(planes[0], planes[1], planes[2], n, 40 * n, 8))
    return out


def record(path: Path, frames: list[Frame], effort: str = "fast") -> None:
    from engine.jobs.pieces import with_surroundings
    from engine.lorentzian import CodecSettings, VideoStreamWriter, load_codec
    from engine.lorentzian.schedule import runs

    first = frames[0]
    info = SourceInfo(path.name, "video", first.width, first.height, tuple(f.pts for f in frames), Fraction(1, 1000), Fraction(25),
                      digest="00" * 32)
    out = VideoStreamWriter(path, info, CodecSettings(32, effort=effort), load_codec())
    for piece in with_surroundings((frames[a:b], False) for a, b in runs(len(frames), CodecSettings().key_interval)):
        out.write_chunk(*piece)
    out.finish()


def cost(path: Path, work: Callable[[LzcSource], Any]) -> tuple[Any, float, int]:
    """(what `work` gives, seconds of processor time, bytes of video read) in a source that remembers nothing."""
    from engine.lorentzian import LzcSource

    with LzcSource(path) as source:
        read, count = source._file.read, [0]

        def counted(key: Any) -> bytes:
            data = read(key)
            count[0] += len(data) if key.type == "VIDC" else 0
            return data
        source._file.read = counted  # type: ignore[method-assign]
        start = time.process_time()
        return work(source), time.process_time() - start, count[0]


def apart(whole: Frame, part: Frame, x: int, y: int) -> int:
    """Largest difference in grey steps between a region and the crop of the whole."""
    worst = 0
    for a, b, k in ((whole.y, part.y, 1), (whole.u, part.u, 2), (whole.v, part.v, 2)):
        crop = a[y // k:y // k + b.shape[0], x // k:x // k + b.shape[1]].astype(int)
        worst = max(worst, int(np.abs(crop - b).max()))
    return worst


def regions(path: Path) -> list[dict[str, Any]]:
    """Regions of a 4K recording beside whole frames: as a jump costs them, and by the same way with the whole picture as the region."""
    from engine.lorentzian.cells import Box

    cost(path, lambda s: s.read_region(1, (0, 0, 64, 64)))  # compiled loops and networks are loaded
    out = []
    for index in FRAMES:
        whole, seconds, size = cost(path, lambda s, n=index: s.read(n))  # type: ignore[misc]

        def all_of_it(s: LzcSource, n: int = index) -> None:
            s.read_region(n, (0, 0, 64, 64))  # makes the decoder of regions
            entry = next(k for k, e in enumerate(s.entries) if e.start <= n < e.end)
            decoder = s._regions[0]
            decoder.read(entry, n - s.entries[entry].start, Box(0, 0, *decoder.shape))
        _, least, _ = cost(path, all_of_it)
        for x, y in PLACES:
            part, took, got = cost(path, lambda s, n=index, x=x, y=y: s.read_region(n, (x, y, SIZE, SIZE)))  # type: ignore[misc]
            out.append({"frame": index, "x": x, "y": y, "time": took / seconds, "time_least": took / least, "bytes": got / size,
                        "apart": apart(whole, part, x, y), "seconds": took, "whole_seconds": seconds})
    return out


def speeds(path: Path) -> dict[str, float]:
    """Milliseconds of processor time for each frame shown: full size, half size, shuttling at eight times the speed (both sizes)."""
    def steady(frames: Callable[[LzcSource], Any]) -> float:
        def work(source: LzcSource) -> float:
            it = iter(frames(source))
            for _ in range(3):
                next(it)
            start, n = time.process_time(), 0
            for _ in it:
                n += 1
            return 1000 * (time.process_time() - start) / max(n, 1)
        return min(float(cost(path, work)[0]) for _ in range(2))
    return {"full": steady(lambda s: s.frames()), "half": steady(lambda s: s.frames_at(1)),
            "shuttle": steady(lambda s: s.shuttle(0, 8)), "shuttle_half": steady(lambda s: s.shuttle(0, 8, 1))}


def run(options: Options) -> dict[str, Any]:
    clips = machine.val_clips()
    if not clips:
        raise RuntimeError(f"no footage in {machine.data_dir()}: set LORENTZ_DATA")
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        for clip in machine.val_clips(("p5_crosswalk", "mvtb_traffic", "sam2_05_juggle")):
            path = Path(name) / f"{clip.stem}.lzc"
            record(path, [Frame(y, u, v, n, 40 * n, 8) for n, (y, u, v) in enumerate(cell(clip, 64))], "normal")
            figures[clip.stem] = speeds(path)
        path = Path(name) / "mosaic.lzc"
        record(path, mosaic(clips, 33))
        figures["regions"] = regions(path)
    return {"figures": figures, "markdown": markdown(figures)}


def markdown(figures: dict[str, Any]) -> str:
    parts = figures["regions"]
    rows = [[f"frame {r['frame']} at {r['x']}, {r['y']}", round(r["time"], 3), round(r["time_least"], 3), round(r["bytes"], 3), r["apart"]]
            for r in parts]
    rows.append(["mean", *(round(statistics.mean(r[k] for r in parts), 3) for k in ("time", "time_least", "bytes")),
                 max(r["apart"] for r in parts)])
    text = (f"A {SIZE} x {SIZE} region of a {WIDTH} x {HEIGHT} mosaic of real clips (quality 32, a key every 32 frames), in a source that "
            "remembers nothing, as a part of what the whole frame costs: processor time beside `read` (which decodes the chunk of eight), "
            "beside the whole picture decoded from nothing but the slices it depends on, and bytes of payload beside `read`; last the "
            "largest difference from the crop in grey steps. Goals: 1/6 = 0.167 and 1.")
    speed = [[k, round(v["full"], 1), round(v["half"], 1), round(v["half"] / v["full"], 2), round(v["shuttle"], 1),
              round(v["shuttle_half"], 1)] for k, v in figures.items() if k != "regions"]
    more = ("Processor time in ms for each frame shown at 640x360 (two cores give 2000 ms a second), steady: all frames at full and at "
            "half size (goal: 0.4 of full), and every eighth frame by shuttling (goal: 25 shown a second, so 80 at most on two cores when "
            "both can be used).")
    return (f"{text}\n\n{machine.table(['region', 'time', 'time, least', 'bytes', 'difference'], rows)}\n\n{more}\n\n"
            + machine.table(["clip", "full ms", "half ms", "half / full", "shuttle x8 ms", "shuttle x8 half size ms"], speed))
