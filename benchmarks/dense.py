"""General data through a dense autoencoder instead of the lifting form: latents and remainder, beside ours and beside the remainder alone.

Values are laid on the grid of the bound first, the same for everybody, so that every way keeps the bound exactly. The dense networks
(`dense_net.py`) are trained here, one for each kind and bound, on what ours learnt from.
"""
from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from . import machine
from .data import HELD_BACK
from .dense_net import LATENTS, Dense, send, train

if TYPE_CHECKING:
    from .run import Options

MINUTES = 1.25                # of processor time for each network
SHARES = (1e-2, 1e-3)         # bounds of series, as shares of each column's range
GREY = (2, 0)                 # bounds of pictures: 2 is 1 % of their range; 0.1 % is under one step, which is without loss
_WINDOW, _BATCH = 512, 32     # of series
_SIDE, _CROPS = 64, 6         # of pictures
Sets = list[tuple[str, np.ndarray]]


def columns(held_back: bool, share: float) -> Sets:
    """(name, int64 `[1, N]`) of every column of every sensor file on its grid."""
    from engine.training.hierarchical_data import on_grid, sensor_files, series_of

    found = []
    for path in sensor_files(machine.data_dir()):
        x = series_of(path)
        cut = int(HELD_BACK * x.shape[1])
        for number, row in enumerate(on_grid(x[:, cut:] if held_back else x[:, :cut], share)):
            found.append((f"{path.stem}" + (f" {number + 1}" if len(x) > 1 else ""), row))
    return found


def pictures(split: str, bound: int) -> Sets:
    """(name, int64 `[3, Y, X]`): colours on their grid, red and blue less green."""
    from engine.hierarchical import pictures as P

    found = []
    for path in sorted((machine.data_dir() / split / "image").glob("cid22*.png")):
        x = P.read_png(path.read_bytes())
        if x is not None and x.dtype == np.uint8 and len(x) == 3:
            q = (x.astype(np.int64) + bound) // (2 * bound + 1)
            found.append((path.stem, np.stack([q[1], q[0] - q[1], q[2] - q[1]])))
    return found


def drawer(sets: Sets, size: int, batch: int, seed: int = 0) -> Callable[[], torch.Tensor]:
    """Batches of pieces of `size` each way, anywhere in the sets; longer ones more often."""
    rng = np.random.default_rng(seed)
    tensors = [torch.from_numpy(x.astype(np.float32)) for _, x in sets if min(x.shape[1:]) >= size]
    weight = np.array([t.numel() for t in tensors], float)

    def draw() -> torch.Tensor:
        parts = []
        for which in rng.choice(len(tensors), batch, p=weight / weight.sum()):
            t = tensors[which]
            at = [int(rng.integers(0, n - size + 1)) for n in t.shape[1:]]
            parts.append(t[(slice(None), *[slice(a, a + size) for a in at])])
        return torch.stack(parts)
    return draw


def alone(x: np.ndarray) -> np.ndarray:
    """What is left of `[C, N]` or `[C, Y, X]` without any network: less the sample before, or less the middle of left, above and both."""
    if x.ndim == 2:
        return np.diff(x, axis=1, prepend=0)
    wide = np.pad(x, ((0, 0), (1, 0), (1, 0)))
    a, b, c = wide[:, 1:, :-1], wide[:, :-1, 1:], wide[:, :-1, :-1]
    return x - np.median(np.stack([a, b, a + b - c]), axis=0).astype(np.int64)


def adaptive(left: np.ndarray) -> float:
    """Bits of what is left `[C, ...]` under counts that adapt, in twelve classes of how large the neighbours before it were."""
    total = 0.0
    for plane in left:
        size = np.abs(plane)
        if plane.ndim == 1:
            wide = np.pad(size, (2, 0))
            near = 2 * (wide[1:-1] + wide[:-2])
        else:
            wide = np.pad(size, ((1, 0), (1, 1)))
            near = wide[1:, :-2] + wide[:-1, 1:-1] + wide[:-1, :-2] + wide[:-1, 2:]
        classes = np.minimum(np.ceil(1.5 * np.log2(near + 1)), 11).astype(int)
        span = int(plane.max() - plane.min()) + 1
        total += sum(_counted(plane[classes == k] - int(plane.min()), span) for k in range(12))
    return total


def _counted(symbols: np.ndarray, span: int, start: float = 0.05) -> float:
    """Bits of symbols 0..span-1, one after the other, each under the counts of those before it, all of which begin at `start`."""
    counts = np.bincount(symbols.ravel())
    counts = counts[counts > 0]
    said = math.lgamma(span * start + symbols.size) - math.lgamma(span * start)
    return (said - sum(math.lgamma(start + n) - math.lgamma(start) for n in counts.tolist())) / math.log(2)


def ours(x: np.ndarray) -> int:
    """Bytes of our streams of the same whole numbers, side facts counted; red and blue as they were."""
    from engine.hierarchical import block

    if x.ndim == 2:
        coded = [block.encode([block.Channel(row[None], digits=0) for row in x])]
    else:
        x = np.stack([x[0], x[1] + x[0], x[2] + x[0]])
        halves = [x[:, :, a:a + 256] for a in range(0, x.shape[2], 256)]
        coded = [block.encode([block.Channel(np.ascontiguousarray(c)) for c in half]) for half in halves]
    return sum(len(c.side) + sum(map(len, c.levels)) for c in coded)


def measure(name: str, learn: Sets, held: Sets, step: float, size: int, batch: int, minutes: float) -> dict[str, Any]:
    """Train one network, then bytes of every set."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    channels = held[0][1].shape[0]
    net = Dense(held[0][1].ndim - 1, channels, step)
    steps = train(net, drawer(learn, size, batch), 60 * minutes)
    rows = {}
    for title, x in held:
        latent, left, rest = send(net.eval(), torch.from_numpy(x.astype(np.float32)))
        whole = rest.numpy().astype(np.int64)
        rows[title] = {"samples": int(x.size), "ours": ours(x), "latents": latent / 8, "left": min(left, adaptive(whole)) / 8,
                       "ours of what is left": ours(whole), "alone": adaptive(alone(x)) / 8}
        print(name, title, {k: round(v) for k, v in rows[title].items()}, flush=True)
    return {"steps": steps, "minutes": minutes, "weights": sum(p.numel() for p in net.parameters()), "rows": rows}


def run(options: Options) -> dict[str, Any]:
    """`--clips series,pictures`: some of them; `--minutes`: of training of each network."""
    minutes = options.minutes or MINUTES
    found: dict[str, Any] = {}
    for share in SHARES:
        if not options.clips or "series" in options.clips:
            name = f"series within {share:g} of the range"
            found[name] = measure(name, columns(False, share), columns(True, share), 4 * share, _WINDOW, _BATCH, minutes)
    for bound in GREY:
        if not options.clips or "pictures" in options.clips:
            name = f"pictures within {bound} grey steps" if bound else "pictures without loss"
            found[name] = measure(name, pictures("train", bound), pictures("val", bound), (2 * bound + 1) / 128, _SIDE, _CROPS, minutes)
    return merge({"figures": found}, {"figures": {}})


def merge(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """The new kinds beside what is kept of others."""
    return machine.merged(new, old, markdown)


def trained(kind: str) -> float:
    """Seconds that our own networks of a kind were trained, as their scorecard says."""
    from engine.resources import model_path

    return float(json.loads(model_path(f"hierarchical_{kind}.json").read_text())["seconds"])


def markdown(figures: dict[str, Any]) -> str:
    """One table for each kind and bound, and what they say together."""
    parts = [f"What if the hierarchy of general data were a dense autoencoder? Three levels (kernels of 9 pooled by 4, of 5 by 2, then "
             f"dilated ones of 3), {', '.join(map(str, LATENTS))} latents at a 4th, an 8th and an 8th of the samples (each way, of "
             "pictures), rounded; each level of the decoder takes the one before and its own encoder's latents, and the last one says a "
             "mean and a width for every sample. Trained for latents and remainder together, one network for each table, on what ours "
             f"learnt from (ours: {trained('series'):.0f} s for series and {trained('picture'):.0f} s for pictures by the clock of a "
             "machine with other work, networks, contexts and scoring, by their scorecards). Bytes at the same bound, on data that neither "
             "has seen. Of the dense one they are ideal bits under learned laws without any side facts, the remainder's the better of the "
             "widths it says and of adaptive counts; "
             "ours are streams with side facts. *Our coder on its remainder*: latents, and our whole coder on what the decoder misses. "
             "*No network*: differences to the sample before, or what the middle of left, above and both misses, under the same adaptive "
             "counts. For these three, red and blue are taken less green. Series are coded one column at a time by everybody. As it "
             "ships, our coder does not lay pictures on a grid first, which takes less still than here. In brackets: against ours.", ""]
    for name, entry in figures.items():
        rows = [[title, r["samples"], *_sizes(r)] for title, r in entry["rows"].items()]
        total = {key: sum(r[key] for r in entry["rows"].values()) for key in next(iter(entry["rows"].values()))}
        rows.append(["all", total["samples"], *_sizes(total)])
        best = min(entry["rows"].values(), key=lambda r: (r["latents"] + r["left"]) / r["ours"])
        won = sum(r["latents"] + min(r["left"], r["ours of what is left"]) < r["ours"] for r in entry["rows"].values())
        bare = [title for title, r in entry["rows"].items() if r["alone"] < r["ours"]]
        parts += [f"{name[0].upper()}{name[1:]} ({entry['minutes']:g} minutes of one core, {entry['steps']:,} steps, {entry['weights']:,} "
                  f"weights):", "", machine.table(["set", "samples", "ours", "dense: latents", "dense: latents and remainder",
                                                   "latents, our coder on its remainder", "no network"], rows), "",
                  f"The dense one, either way, is smaller than ours on {won} of {len(entry['rows'])} sets; at its best it takes "
                  f"{(best['latents'] + best['left']) / best['ours']:.2f} times our bytes. No network at all is smaller than ours on "
                  f"{', '.join(bare) or 'none'}, and smaller than the dense one on "
                  f"{sum(r['alone'] < r['latents'] + min(r['left'], r['ours of what is left']) for r in entry['rows'].values())}.", ""]
    return "\n".join(parts)


def _sizes(row: dict[str, Any]) -> list[str]:
    ways = row["latents"] + row["left"], row["latents"] + row["ours of what is left"], row["alone"]
    return [f"{row['ours']:.0f}", f"{row['latents']:.0f}", *(f"{way:.0f} ({100 * (way / row['ours'] - 1):+.0f} %)" for way in ways)]
