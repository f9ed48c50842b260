"""What restoration from correlated sets gains on unseen clips, what its bits cost, and how long it takes."""
from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.api import Frame

from . import machine
from .partial import cell, record

if TYPE_CHECKING:
    from .run import Options

SIZE = (640, 360)
FRAMES, MEMBERS = 17, 8


def run(options: Options) -> dict[str, Any]:
    """Gains by quality and clip (PSNR of (6Y+U+V)/8), and times on a moving 640x360 film. Without installed weights it says so."""
    from engine.correlation import load_correlation
    from engine.lorentzian import load_codec
    from engine.restoring import load_installed
    from engine.training.correlation_card import HEADER, by_quality
    from engine.training.correlation_eval import measure, val_pairs
    from engine.training.scorecard import table

    if load_installed() is None:
        return {"figures": {}, "markdown": "No weights of the correlation network are installed, so nothing is restored and nothing is "
                "measured here; `docs/correlation.md` says how far training came."}
    model, rows = load_correlation(), []
    for pair in val_pairs(machine.data_dir(), load_codec()):
        if not options.clips or Path(pair.name).stem in options.clips:
            rows.append((pair.name, pair.quality, measure(model, pair)))
    speed, organised = times(model), [organising(c) for c in machine.val_clips(options.clips)]
    text = [f"Network {model.hash[:12]}; the middle 256x256 of the first 16 frames of {len({r[0] for r in rows})} validation clips; gains "
            "over the decoder alone in dB, means of clips; bytes of weights and bits a frame, the container's share included.", "",
            table(HEADER, by_quality(rows)), "", table(["what", "ms"], [[k, f"{v:.1f}"] for k, v in speed.items()]), "",
            f"Processor time of organising a frame beside decoding it, up to {FRAMES} frames of each clip at 640x360, quality 32.",
            "", table(["clip", "decode ms", "organise ms", "share"],
                      [[name, f"{a:.1f}", f"{b:.2f}", f"{100 * b / a:.0f} %"] for name, a, b in organised])]
    return {"figures": {"rows": [[*r[:2], r[2]] for r in rows], "ms": speed, "organise": organised}, "markdown": "\n".join(text)}


def organising(clip: Path) -> tuple[str, float, float]:
    """(clip, milliseconds of processor time of decoding a frame, of organising one); the least of three runs each."""
    from engine.correlation import organise
    from engine.lorentzian import LzcSource

    film = [Frame(y, u, v, n, 40 * n, 8) for n, (y, u, v) in enumerate(cell(clip, FRAMES))]
    after = len(film) - 1  # the first one is decoded beforehand
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.lzc"
        record(path, film, effort="normal")
        decode = []
        for _ in range(3):
            with LzcSource(path) as source:
                source.read(0)
                start = time.process_time()
                shown = [source.read(i).y for i in range(1, after + 1)]
                decode.append(time.process_time() - start)
    windows = [shown[k:k + MEMBERS] for k in range(0, after, MEMBERS)]
    took = []
    for _ in range(4):  # the first one fetches what is compiled
        start = time.process_time()
        for luma in windows:
            organise(luma)
        took.append(time.process_time() - start)
    return clip.stem, 1000 * min(decode) / after, 1000 * min(took) / after


def times(model: Any) -> dict[str, float]:
    """Milliseconds of the wall clock: organising and restoring a frame of 640x360, the writer's choice of weights and bits for it, and a
    512-pixel region of one frame; on all cores where the program does so."""
    from engine.correlation import Recorded, leave, organise, restore
    from engine.lorentzian.workers import map_slices, share_cores

    share_cores()

    w, h = SIZE
    rng = np.random.default_rng(0)
    large = rng.integers(0, 256, (h // 8 + 8, w // 8 + 8)).repeat(8, 0).repeat(8, 1).astype(np.uint8)
    pictures = []
    for t in range(8):
        y = np.ascontiguousarray(large[2 * t:2 * t + h, 4 * t:4 * t + w])
        pictures.append((y, np.ascontiguousarray(y[::2, ::2]), np.ascontiguousarray(y[1::2, 1::2])))
    recorded = Recorded(tuple(pictures), 20.0, (1.0,) * 8)
    truth = [[np.clip(p.astype(int) + rng.integers(-9, 10, p.shape), 0, 255).astype(np.uint8) for p in picture] for picture in pictures]
    weights = np.full((2, model.patterns), 4, np.int8)
    out: dict[str, float] = {}
    for name, work, share in (("organise, a frame of 640x360", lambda: organise([p[0] for p in pictures]), 8),
                              ("restore, a frame of 640x360", lambda: restore(recorded, model, weights, spread=map_slices), 8),
                              ("choose weights and bits, a frame of 640x360", lambda: leave.decide(recorded, model, truth), 8),
                              ("restore 512x360 of one frame, sets of 4",
                               lambda: restore(recorded, model, weights, members=4, only=[3], box=(64, 0, 576, 360),
                                               spread=map_slices), 1)):
        work()
        start = time.perf_counter()
        work()
        out[name] = (time.perf_counter() - start) * 1000 / share
    return out
