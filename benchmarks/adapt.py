"""What adapting to one camera saves: the picture of the place is learnt on the first part of a clip, the last part is coded.

The reference is the same program without it (the codec finds still scenes by itself, and leans on its own key chunks), so this is not a
comparison with other coders. Real file bytes; pictures as the writer sees them, which the reader's tests hold it to.
"""
from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import machine
from .rd import Points, bd_rate

if TYPE_CHECKING:
    from engine.api import Frame, FrameSource
    from engine.lorentzian.adapted import Adapted
    from engine.lzc import ChunkKey

    from .run import Options

QUALITIES = (8, 20, 32, 44)
# clip -> (frames learnt from, frames coded, effort). The film with cuts is there to show what a place that never comes back costs;
# intel_bottle lies in train/, whose footage the networks have seen.
CLIPS: dict[str, tuple[tuple[int, int], tuple[int, int], str]] = {
    "val/video/mvtb_traffic.mp4": ((0, 200), (200, 350), "normal"),
    "val/video/p5_crosswalk.mp4": ((0, 120), (120, 240), "normal"),
    "val/video/caliscope_cam3.mp4": ((0, 28), (28, 57), "normal"),
    "val/video/webrtc_chrome.mp4": ((0, 300), (600, 728), "fast"),
    "train/video/intel_bottle.mp4": ((0, 298), (298, 618), "fast"),
}


def run(options: Options) -> dict[str, Any]:
    """Measure the chosen clips."""
    from engine.opening import open_source

    rows: dict[str, Any] = {}
    for name, (learn, code, effort) in CLIPS.items():
        path = machine.data_dir() / name
        if (options.clips and path.stem not in options.clips) or not path.is_file():
            continue
        begun = machine.describe()
        source = open_source(path)
        try:
            rows[path.stem] = {**measure(source, learn, code, effort), "group": name.split("/")[0], "machine": begun}
        finally:
            source.close()
    if not rows:
        raise FileNotFoundError(f"no clips in {machine.data_dir()}")
    return {"figures": rows, "markdown": markdown(rows)}


def merge(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """The new rows beside what is kept of other clips."""
    return machine.merged(new, old, markdown)


def measure(source: FrameSource, learn: tuple[int, int], code: tuple[int, int], effort: str) -> dict[str, Any]:
    """Curves of one clip without and with its picture."""
    from engine.jobs.place import MOST_LOOKED_AT
    from engine.lorentzian.adapted import Adapted, median

    wanted = np.unique(np.linspace(learn[0], learn[1] - 1, MOST_LOOKED_AT).round().astype(int))
    place = Adapted(median(source.read(int(n)) for n in wanted), {})
    frames = list(source.frames(*code))
    info = replace(source.info, pts=tuple(p - source.info.pts[code[0]] for p in source.info.pts[code[0]:code[1]]), has_audio=False)
    plain: Points = []
    adapted: Points = []
    for quality in QUALITIES:
        plain.append(_file(frames, info, quality, effort, None))
        adapted.append(_file(frames, info, quality, effort, place))
        print(source.info.path, quality, plain[-1], adapted[-1], flush=True)
    return {"learn": learn, "code": code, "effort": effort, "seconds": len(frames) / float(info.rate), "plain": plain, "adapted": adapted}


def _file(frames: list[Frame], info: Any, quality: int, effort: str, place: Adapted | None) -> dict[str, float]:
    from engine.jobs.pieces import with_surroundings
    from engine.jobs.place import quality_of
    from engine.lorentzian import CodecSettings, VideoStreamWriter, load_codec

    model, errors = load_codec(), []
    camera = None if place is None else place.camera(quality, len(frames), model)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "a.lzc"
        writer = VideoStreamWriter(out, info, CodecSettings(quality, effort=effort), model, resume=False, camera=camera)

        def look(_: int, given: list[Frame], shown: list[list[np.ndarray]], __: Any) -> Iterable[tuple[ChunkKey, bytes]]:
            errors.extend(quality_of([p.astype(np.float32) for p in (f.y, f.u, f.v)], s) for f, s in zip(given, shown, strict=True))
            return ()

        writer.beside = look
        for piece in with_surroundings(_chunks(frames)):
            writer.write_chunk(*piece)
        writer.finish()
        size = out.stat().st_size
    picture = 0 if camera is None else len(camera.to_bytes())
    return {"q": quality, "psnr": float(np.mean(errors)), "bytes": size, "picture": picture}


def _chunks(frames: list[Frame]) -> Iterator[tuple[list[Frame], bool]]:
    """Of a camera that stands still there are no cuts, and of the others both ways of coding see the same."""
    from engine.lorentzian.codec import CodecSettings
    from engine.lorentzian.schedule import runs

    for start, stop in runs(len(frames), CodecSettings().key_interval):
        yield frames[start:stop], False


def _rate(points: list[dict[str, float]], without: bool) -> Points:
    return [{"psnr": p["psnr"], "bpp": p["bytes"] - (p["picture"] if without else 0)} for p in points]


def _said(plain: Points, other: Points) -> str:
    rate, overlap = bd_rate(plain, other)
    return "no overlap" if math.isnan(rate) else f"{rate:+.1f} % ({overlap:.2f})"


def markdown(figures: dict[str, Any]) -> str:
    """Tables of BD-rates and of the points."""
    rows, points = [], []
    for name, e in figures.items():
        plain = _rate(e["plain"], False)
        low = range(3)
        rows.append([name, e["group"], f"{e['learn'][0]}-{e['learn'][1] - 1}", f"{e['code'][0]}-{e['code'][1] - 1} ({e['seconds']:.1f} s)",
                     e["effort"], _said(plain, _rate(e["adapted"], False)), _said(plain, _rate(e["adapted"], True)),
                     _said([plain[n] for n in low], _rate([e["adapted"][n] for n in low], False)), e["machine"]["commit"]])
        points += [[name, a["q"], a["bytes"], round(a["psnr"], 2), b["bytes"], b["picture"], round(b["psnr"], 2)]
                   for a, b in zip(e["plain"], e["adapted"], strict=True)]
    return "\n".join([
        "A recording with the picture of its camera (`lorentz models adapt`, `compress --adapted`) beside one of the same frames without. "
        "Bits at equal PSNR (6Y+U+V)/8, in brackets the overlap of the curves: **below zero fewer bits**. The picture is learnt from other "
        "frames than those coded. *Counted*: with the picture as part of this one file. *Without*: what is left once it is there. *Low*: "
        "counted, the lower three qualities only. Colour without any error (the traffic camera has none) counts as 100 dB.", "",
        machine.table(["clip", "footage", "learnt from", "coded", "effort", "counted", "without", "low", "commit"], rows), "",
        machine.table(["clip", "quality", "bytes", "PSNR", "bytes adapted", "of them picture", "PSNR adapted"], points)])
