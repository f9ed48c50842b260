"""What each part of the codec is worth: the same clips coded with one part taken away, as bits at equal PSNR.

The networks and tables are those that ship, made for the whole: a part's share would be somewhat smaller after training without it.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import torch

from . import machine
from .rd import bd_rate

if TYPE_CHECKING:
    from .run import Options

CLIPS = ("hhoppe_palmtrees.mp4", "html5rocks_devtools.mp4",
         "mvtb_traffic.mp4", "p5_crosswalk.mp4", "sam2_01_dog.mp4", "udacity_vehicle.mp4", "webrtc_chrome.mp4")
FRAMES, WIDTH, HEIGHT = 24, 480, 352
QUALITIES = (8, 20, 32, 44)
Film = list[list[np.ndarray]]
Patches = list[tuple[str, Any]]


@dataclasses.dataclass(frozen=True)
class Variant:
    """A codec with something changed: `patches` replace names of modules, `net` changes a copy of the networks."""

    name: str
    patches: Callable[[], Patches] = lambda: []
    net: Callable[[Any], None] | None = None
    key_interval: int = 32
    length: int | None = None
    effort: str = "normal"
    fitted: bool = True


def _still(*args: Any) -> np.float32:
    return np.float32(0)  # no vector ever saves anything


def _all_lit(cur: Any, left: Any, right: Any, lit_left: Any, lit_right: Any, *others: Any) -> None:
    from engine.lorentzian.search import search

    search(cur, lit_left, lit_right, *others[:-1])


def _each_for_itself() -> Any:
    from engine.lorentzian import bases, turning

    choose = turning.choose

    def chosen(*args: Any) -> Any:
        ways = choose(*args)
        return None if ways is None else bases.of_way(ways)
    return chosen


def _off(*convolutions: Any) -> None:
    for conv in convolutions:
        torch.nn.init.zeros_(conv.weight)
        torch.nn.init.zeros_(conv.bias)


def _no_level_conditioning(net: Any) -> None:
    _off(*(refine.out for refine in net.refine), *net.key.mean)


def _no_temporal_networks(net: Any) -> None:
    _off(net.trunk_out, net.key.first)


def _no_synthesis(net: Any) -> None:
    _off(net.syn_out, *net.key.heads)


def _no_key_networks(net: Any) -> None:
    _off(net.key.first, *net.key.mean, *net.key.heads)


def _no_networks(net: Any) -> None:
    for change in (_no_level_conditioning, _no_temporal_networks, _no_synthesis):
        change(net)


VARIANTS = (
    Variant("everything"),
    Variant("chunks always of eight frames (no trials)", length=8),
    Variant("no pyramid in time: every slice from the one before", length=1),
    Variant("no alignment: neighbours taken as they lie", lambda: [("engine.lorentzian.likeness.search_scale", _still)]),
    Variant("blocks move one by one: no areas that move as one", lambda: [("engine.lorentzian.areas.SIDES", ())]),
    Variant("blocks always overlap", lambda: [("engine.lorentzian.likeness.straighter", lambda s: 0.0)]),
    Variant("brightness of neighbours taken as it is", lambda: [("engine.lorentzian.light.estimate", lambda *_: (0, 0))]),
    Variant("all blocks as bright as their tile", lambda: [("engine.lorentzian.search.search_lit", _all_lit)]),
    Variant("slices of short chunks as fine as of long ones",
            lambda: [("engine.lorentzian.schedule.LOWER", {}), ("engine.lorentzian.schedule.BETWEEN", {})]),
    Variant("no memory beyond a chunk: a key every 8 frames", key_interval=8),
    Variant("no level conditioning: finer means do not look at coarser levels", net=_no_level_conditioning),
    Variant("no first means from networks: mean of the aligned neighbours", net=_no_temporal_networks),
    Variant("no synthesis", net=_no_synthesis),
    Variant("no networks of key slices", net=_no_key_networks),
    Variant("no networks at all", net=_no_networks),
    Variant("starting tables not fitted: the entropy model learns from nothing", fitted=False),
    Variant("all blocks of key slices in the usual basis", lambda: [("engine.lorentzian.turning.choose", lambda *_: None)]),
    Variant("no block goes on from the one before", lambda: [("engine.lorentzian.turning.choose", _each_for_itself())]),
    Variant("lowest coefficients never transformed once more", lambda: [("engine.lorentzian.rdoq.MODES", ())]),
    Variant("source of key slices not filtered along time",
            lambda: [("engine.lorentzian.mctf.FIRST", 0.0), ("engine.lorentzian.mctf.LAST", 0.0)]),
    Variant("pictures shown as they are decoded: no fitted filters", lambda: [("engine.lorentzian.fitting.fit", lambda *a: a[4])]),
    Variant("colour as coarse in every clip", lambda: [("engine.lorentzian.structure.chroma", lambda *_: 2)]),
    Variant("symbols rounded, bits not weighed", lambda: [("engine.lorentzian.codec.price", lambda *_: 0.0)]),
    Variant("effort fast", effort="fast"),
    Variant("effort high", effort="high"),
)


def film(path: Any) -> Film:
    """The middle of a clip."""
    from engine.training.codec_data import read_clip
    from engine.training.codec_ship import _middle

    clip = read_clip(path, 1, 0, FRAMES)
    assert clip is not None
    clip = _middle(clip)
    return [[clip.y[i], clip.u[i], clip.v[i]] for i in range(len(clip.y))]


def point(frames: Film, quality: int, v: Variant, model: Any) -> dict[str, float]:
    """(bits per pixel with the container's share, PSNR (6Y+U+V)/8) of one film at one quality."""
    from engine.lorentzian.codec import ChunkEncoder, CodecSettings
    from engine.lorentzian.mctf import REACH, TemporalFilter
    from engine.lorentzian.schedule import Grain, runs
    from engine.lorentzian.structure import OVERHEAD, Structure

    h, w = frames[0][0].shape
    encoder = ChunkEncoder(w, h, CodecSettings(quality, v.key_interval, v.effort), model)
    structure = Structure(encoder, v.effort)
    encoder.clean = clean = TemporalFilter(REACH[v.effort])
    size, scores = 0, []
    for k, end in runs(len(frames), v.key_interval):
        part, key = frames[k:end], k % v.key_interval == 0
        clean.show(frames, k, end)
        if v.length is None:
            coded = structure.encode(part, key)
        else:
            n, coded = v.length, []
            if key:
                structure.encode(part, True)  # tells how fine colour is to be
                coded = [encoder.encode(part[:1], True, grain=Grain(structure.chroma))]
            coded += [encoder.encode(part[i:i + n], False) for i in range(len(coded), len(part), n)]
        size += sum(OVERHEAD + sum(len(b) for tile in c.payloads for b in tile) for c, _ in coded)
        shown = [planes for _, got in coded for planes in got]
        for have, got in zip(part, shown, strict=True):
            db = [10 * np.log10(255 ** 2 / max(float(np.mean((np.rint(g[:a.shape[0], :a.shape[1]]) - a) ** 2)), 0.01))
                  for a, g in zip(have, got, strict=True)]
            if (part[0][1] == 128).all():
                db = db[:1] * 3  # no colour: only luma counts
            scores.append((6 * db[0] + db[1] + db[2]) / 8)
    encoder.close()
    return {"q": quality, "bpp": 8 * size / (len(frames) * h * w), "psnr": float(np.mean(scores))}


def run(options: Options) -> dict[str, Any]:
    """Every variant on every clip."""
    import copy

    from engine.lorentzian.model import CodecModel, load_codec
    from engine.lorentzian.tables import Tables

    wanted = options.clips or CLIPS
    films = {p.name: film(p) for p in machine.val_clips(tuple(wanted))}
    if not films:
        raise FileNotFoundError(f"needs clips in {machine.data_dir() / 'val' / 'video'}")
    shipped = load_codec(device="cpu")
    curves: dict[str, dict[str, list[dict[str, float]]]] = {}
    for v in VARIANTS:
        net = copy.deepcopy(shipped.net)
        if v.net is not None:
            v.net(net)
        with ExitStack() as stack:
            for name, value in v.patches():
                stack.enter_context(patch(name, value))
            blank = dataclasses.replace(Tables.untrained(), filters=shipped.tables.filters)
            model = CodecModel(net, shipped.tables if v.fitted else blank)
            curves[v.name] = {name: [point(f, q, v, model) for q in QUALITIES] for name, f in films.items()}
        print(v.name, flush=True)
    base = curves["everything"]
    rows = {name: {clip: bd_rate(base[clip], points)[0] for clip, points in by.items()} for name, by in curves.items() if by is not base}
    return {"figures": rows, "markdown": markdown(rows)}


def markdown(rows: dict[str, dict[str, float]]) -> str:
    clips = sorted(next(iter(rows.values())))
    lines = [f"Percent bits at equal PSNR **without** the part (above zero: the part saves bits); middle {WIDTH}x{HEIGHT} of "
             f"{FRAMES} frames, qualities {', '.join(map(str, QUALITIES))}. Weights and tables are those that ship.", "",
             "| changed | mean | " + " | ".join(c.rsplit(".", 1)[0] for c in clips) + " |", "|---|---:|" + "---:|" * len(clips)]
    for name, by in rows.items():
        lines.append(f"| {name} | {np.mean(list(by.values())):+.1f} % | " + " | ".join(f"{by[c]:+.1f} %" for c in clips) + " |")
    return "\n".join(lines)
