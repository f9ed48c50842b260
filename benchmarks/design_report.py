"""Tables of `designs.py`: from curves to BD-rates, and from what training brought so far to what more of it would bring."""
from __future__ import annotations

from typing import Any

import numpy as np

from . import machine
from .design_score import CRFS, FRAMES, SIDE, fit_law, per_doubling
from .rd import Points, bd_rate

NAMES = {
    "random": "A. 3D autoencoder, random weights", "cosine": "B. the same, from a 3D cosine transform",
    "frames": "C. frame by frame, conditional", "shipped": "D. slices, motion, integer mixing (ships)",
}
TENFOLD = 10
Curves = dict[str, Points]


def rates(anchor: Curves, test: Curves) -> dict[str, tuple[float, float]]:
    """(BD-rate, overlap) by clip."""
    return {clip: bd_rate(anchor[clip], test[clip]) for clip in anchor}


def mean_rate(by: dict[str, tuple[float, float]], clips: list[str]) -> float:
    """Percent: mean over `clips` of the logarithm of the ratio of bits, so that one bad clip does not stand for all."""
    ratios = [np.log(1 + by[c][0] / 100) for c in clips]
    return float(np.exp(np.mean(ratios)) - 1) * 100 if ratios else float("nan")


def loss(curves: Curves) -> float:
    """Rate plus squared error over lambda, geometric mean over clips and qualities."""
    return float(np.exp(np.mean([np.log(p["loss"]) for points in curves.values() for p in points])))


def markdown(figures: dict[str, Any]) -> str:
    anchor: Curves = figures["others"]["x264"]
    minutes = figures["minutes"]
    finals = {NAMES[n]: d["snapshots"][-1]["curves"] for n, d in figures["designs"].items()}
    more = {"D with nothing learned (no networks, tables empty)": "nothing learned",
            "D with the tables that ship, no networks": "tables alone",
            f"D as it ships ({figures['ships']['hours']:.1f} h)": "ships"}
    curves = {**finals, **{title: figures["others"][name] for title, name in more.items()}}
    costs = {NAMES[n]: d for n, d in figures["designs"].items()}
    d_curves = finals[NAMES["shipped"]]
    rows = []
    for title, c in curves.items():
        by, own = rates(anchor, c), rates(d_curves, c)
        good, mine = ([k for k, v in r.items() if v[0] == v[0]] for r in (by, own))
        rows.append([title, f"{costs[title]['parameters'] / 1e6:.2f} M" if title in costs else "",
                     f"{costs[title]['kmac']:.1f}" if title in costs else "",
                     _percent(mean_rate(by, good), len(good), len(by)), f"{np.mean([v[1] for v in by.values()]):.2f}",
                     "" if c is d_curves else _percent(mean_rate(own, mine), len(mine), len(own)), loss(c)])
    parts = [
        f"Each of A to D is trained here from its start for {minutes:g} minutes of processor time on one thread, on crops of the same "
        f"training clips, and measured on the middle {SIDE}x{SIDE} of {FRAMES} frames of {len(anchor)} validation clips. BD-rate in "
        "percent bits at equal PSNR (6Y+U+V)/8, mean of the logarithms over clips, against x264 medium on the same crops (a key frame "
        "every 32, its packets without container) and against D at the same minutes. Bits of D are bytes of the real coder; those of "
        "A to C are -log2 p of rounded symbols, which a coder would exceed by about 1 %, plus in C motion written by D's coder from the "
        "tables that ship. A and B know of earlier chunks only the latent of the one before. kMAC: encoder and decoder, no search.", "",
        machine.table(["design", "parameters", "kMAC/px", "against x264", "overlap", "against D", "loss"], rows), "",
        "By clip, against x264:", "", _by_clip(anchor, curves), "",
        "### Over training", "",
        "Processor seconds, updates of weights, BD-rate against x264 (clips that meet it at every point), loss on the same crops (rate "
        "plus squared error over lambda). Ten times the time is an **extrapolation**: a power law a + b t^-c through the ratios of bits; "
        "beside it what it misses of those (root mean square), what a law through the points before foretells of the last, and where the "
        "pace of the last three points would lead without a floor.", "",
        machine.table(["design", "seconds", "updates", "against x264", "loss"], _training(figures, anchor)), "",
        machine.table(["design", f"x{TENFOLD}: against x264", "misses", "last foretold", f"x{TENFOLD} at this pace", f"loss x{TENFOLD}"],
                      _laws(figures, anchor)), "",
    ]
    parts += _real(figures, anchor)
    parts += ["### Points", "", "bit/px / PSNR in dB at each quality (x264: CRF " + ", ".join(map(str, CRFS)) + ").", "",
              _points({"x264 medium": anchor, **curves})]
    return "\n".join(parts)


def _percent(value: float, good: int, of: int) -> str:
    return "no overlap" if value != value else f"{value:+.1f} %" + (f" ({good} of {of})" if good < of else "")


def _by_clip(anchor: Curves, curves: dict[str, Curves]) -> str:
    rows = []
    for title, c in curves.items():
        by = rates(anchor, c)
        rows.append([title, *(f"{by[k][0]:+.0f} % ({by[k][1]:.2f})" if by[k][0] == by[k][0] else "no overlap" for k in sorted(anchor))])
    return machine.table(["BD-rate (overlap)", *(k.rsplit(".", 1)[0] for k in sorted(anchor))], rows)


def history(design: dict[str, Any], anchor: Curves) -> tuple[list[float], list[float], list[float], list[str]]:
    """(seconds, ratios of bits to x264's, losses) at every point, and the clips on which all points meet x264."""
    each = [rates(anchor, s["curves"]) for s in design["snapshots"]]
    clips = [k for k in anchor if all(by[k][0] == by[k][0] for by in each)]
    return ([s["seconds"] for s in design["snapshots"]], [1 + mean_rate(by, clips) / 100 for by in each],
            [loss(s["curves"]) for s in design["snapshots"]], clips)


def _training(figures: dict[str, Any], anchor: Curves) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for name, d in figures["designs"].items():
        seconds, ratios, losses, clips = history(d, anchor)
        for t, r, value, s in zip(seconds, ratios, losses, d["snapshots"], strict=True):
            rows.append([NAMES[name], round(t), s["steps"], _percent((r - 1) * 100, len(clips), len(anchor)), value])
    return rows


def _laws(figures: dict[str, Any], anchor: Curves) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for name, d in figures["designs"].items():
        t, r, losses, _ = history(d, anchor)
        far = TENFOLD * t[-1]
        loss_far = fit_law(t, losses).at(far) if len(t) > 2 else float("nan")
        if len(t) < 4 or any(v != v for v in r):
            rows.append([NAMES[name], "-", "-", "-", "-", loss_far])
            continue
        law, short, (slope, start) = fit_law(t, r), fit_law(t[:-1], r[:-1]), per_doubling(t, r)
        rows.append([NAMES[name], f"{(law.at(far) - 1) * 100:+.0f} %", f"{law.miss * 100:.1f} %",
                     f"{(short.at(t[-1]) - 1) * 100:+.0f} % (was {(r[-1] - 1) * 100:+.0f} %)",
                     f"{(np.exp(start + slope * np.log2(far)) - 1) * 100:+.0f} %", loss_far])
    return rows


def _real(figures: dict[str, Any], anchor: Curves) -> list[str]:
    """The training of what ships, at the points that the repository's history holds."""
    ships = figures["ships"]
    points = [*figures["earlier"], {"commit": "now", **ships, "curves": figures["others"]["ships"]}]
    clips = list(anchor)
    rows = [[p["commit"], p["hours"], p["steps_key_slices"], p["steps"], f"{mean_rate(rates(anchor, p['curves']), clips):+.1f} %"]
            for p in points]
    t, r, _, _ = history(figures["designs"]["shipped"], anchor)
    real = [(p["hours"] * 3600, 1 + mean_rate(rates(anchor, p["curves"]), clips) / 100) for p in points]
    bare = 1 + mean_rate(rates(anchor, figures["others"]["tables alone"]), clips) / 100
    end = figures["ships"]["hours"] * 3600
    guess = fit_law(t, r).at(end) if len(t) > 3 else float("nan")
    law = fit_law([x for x, _ in real], [y for _, y in real]) if len(real) > 2 else None
    text = (f"Against x264 the tables alone, without networks, stand at {(bare - 1) * 100:+.1f} %, all of it at "
            f"{(real[-1][1] - 1) * 100:+.1f} %.")
    if guess == guess:
        text += f" The law through the {figures['minutes']:g} minutes above foretold {(guess - 1) * 100:+.1f} % for these hours."
    if law is not None:
        text += (f" A law through the rows of this table alone gives {(law.at(TENFOLD * end) - 1) * 100:+.1f} % for ten times as long; "
                 "their hours lie too near each other for more than that.")
    return ["### The training of what ships", "",
            "Networks as the repository's history holds them, with the coder and the tables of today, on the same crops; hours and updates "
            "are those of their scorecards.", "",
            machine.table(["commit", "hours", "updates, key slices", "updates, between", "against x264"], rows), "", text, ""]


def _points(curves: dict[str, Curves]) -> str:
    rows = []
    for title, by in curves.items():
        n = len(next(iter(by.values())))
        bpp, db = ([float(np.mean([c[k][key] for c in by.values()])) for k in range(n)] for key in ("bpp", "psnr"))
        rows.append([title, "; ".join(f"{a:.4f} / {b:.2f}" for a, b in zip(bpp, db, strict=True))])
    return machine.table(["mean over clips", "points"], rows)
