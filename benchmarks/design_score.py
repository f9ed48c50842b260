"""How `designs.py` measures: every design on the same crops, x264 beside them, and laws through what training brought."""
from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from scipy.optimize import nnls

from engine.lorentzian import rangecoder as rc
from engine.lorentzian import vectors
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.model import CodecModel
from engine.lorentzian.planes import inverse
from engine.lorentzian.schedule import lagrangian, runs
from engine.lorentzian.slices import Reference, to_coefficients
from engine.lorentzian.structure import OVERHEAD, Structure
from engine.lorentzian.tables import RATE, Tables
from engine.training.codec_data import read_clip
from engine.training.codec_loop import CHROMA_WEIGHT

from .design_nets import CHUNK, ChunkNet, FrameNet, from_pixels, to_pixels
from .design_train import predicted
from .rd import Points

SIDE, FRAMES = 256, 24
QUALITIES = (8, 20, 32, 44, 56)
CRFS = (18, 23, 28, 33, 38, 43)
Film = list[list[np.ndarray]]
Code = Callable[[Film, int], tuple[float, Film]]  # film, quality -> (bits, decoded)


def film(path: Path) -> Film:
    """The middle `SIDE` x `SIDE` of the first frames of a clip."""
    clip = read_clip(path, 1, 0, FRAMES)
    assert clip is not None and len(clip.y) == FRAMES, path
    h, w = clip.y.shape[1:]
    y, x = (h - SIDE) // 4 * 2, (w - SIDE) // 4 * 2
    return [[p[k, y // d:(y + SIDE) // d, x // d:(x + SIDE) // d].copy() for p, d in ((clip.y, 1), (clip.u, 2), (clip.v, 2))]
            for k in range(FRAMES)]


def score(have: Film, got: Film, bits: float, quality: int) -> dict[str, float]:
    """bit/px, PSNR (6Y+U+V)/8, and what trainers minimise: squared error over lambda, plus rate."""
    pixels, db, error = len(have) * have[0][0].size, [], 0.0
    for a, b in zip(have, got, strict=True):
        e = [float(np.mean((np.clip(np.rint(q), 0, 255) - p) ** 2)) for p, q in zip(a, b, strict=True)]
        y, u, v = (10 * np.log10(255 ** 2 / max(k, 0.01)) for k in e)
        db.append((6 * y + u + v) / 8)
        error += (e[0] + CHROMA_WEIGHT * (e[1] + e[2]) / 4) / len(have)
    return {"q": quality, "bpp": bits / pixels, "psnr": float(np.mean(db)), "loss": error / lagrangian(quality) + bits / pixels}


def x264(frames: Film, crf: int) -> tuple[float, Film]:
    """Medium, tuned for PSNR, a key frame every 32; bits are those of its packets, without container and headers."""
    h, w = frames[0][0].shape
    file, size = io.BytesIO(), 0
    with av.open(file, "w", format="matroska") as c:
        s = c.add_stream("libx264", rate=25, options={"crf": str(crf), "preset": "medium", "tune": "psnr",
                                                      "x264-params": "keyint=32:min-keyint=32:scenecut=0"})
        s.width, s.height, s.pix_fmt = w, h, "yuv420p"
        for f in frames:
            for packet in s.encode(av.VideoFrame.from_ndarray(np.concatenate([p.reshape(-1) for p in f]).reshape(-1, w), format="yuv420p")):
                size += packet.size
                c.mux(packet)
        for packet in s.encode():
            size += packet.size
            c.mux(packet)
    file.seek(0)
    out = []
    with av.open(file) as c:
        for picture in c.decode(video=0):
            flat = picture.to_ndarray(format="yuv420p").reshape(-1)
            y, u, v = np.split(flat, [h * w, h * w * 5 // 4])
            out.append([y.reshape(h, w), u.reshape(h // 2, w // 2), v.reshape(h // 2, w // 2)])
    return 8.0 * size, out


def chunks(net: ChunkNet) -> Code:
    def code(frames: Film, quality: int) -> tuple[float, Film]:
        out: Film = []
        bits, before = 0.0, None
        for k in range(0, len(frames), CHUNK):
            x = to_pixels([[np.stack([f[p] for f in frames[k:k + CHUNK]]) for p in range(3)]])
            got, b, before = net(x, before, torch.tensor([quality]))
            bits += float(b)
            y, u, v = (p[0].numpy() for p in from_pixels(got))
            out += [[y[t], u[t], v[t]] for t in range(CHUNK)]
        return bits, out
    return _still(net, code)


def frame_by_frame(net: FrameNet, tables: Tables) -> Code:
    """Motion is written by the project's own coder, from `tables`."""
    def code(frames: Film, quality: int) -> tuple[float, Film]:
        out: Film = []
        bits, before, reference = 0.0, None, None
        start, coder = tables.start(quality), rc.writer(1 << 20)
        for f in frames:
            if reference is not None:
                planes, field = predicted(reference, [p.astype(np.float32) for p in f], quality)
                before = to_coefficients(planes)
                h, w = field.split.shape
                vectors.code_field(*coder, 1, False, np.zeros((2, h, w, 2), np.int16), False, np.zeros((h, w), np.int8), field.merge,
                                   field.split, field.mode, field.mv, *start, RATE, tables.stretch, tables.squash)
            got, b = net(to_coefficients([p[None].astype(np.float32) for p in f]), before, torch.tensor([quality]))
            bits += float(b)
            out.append([np.ascontiguousarray(p[0].clamp(0, 255).numpy()) for p in inverse(got)])
            reference = Reference(out[-1])
        return bits + rc.bits(coder[0]), out
    return _still(net, code)


def _still(net: torch.nn.Module, code: Code) -> Code:
    """`code` without noise and gradients."""
    net.eval()

    def quiet(frames: Film, quality: int) -> tuple[float, Film]:
        with torch.no_grad():
            return code(frames, quality)
    return quiet


def codec(model: CodecModel) -> Code:
    """The coder that ships: real bytes, with the container's share."""
    def code(frames: Film, quality: int) -> tuple[float, Film]:
        h, w = frames[0][0].shape
        encoder = ChunkEncoder(w, h, CodecSettings(quality, 32), model)
        structure = Structure(encoder, "normal")
        size, out = 0, []
        for start, stop in runs(len(frames), 32):
            coded = structure.encode(frames[start:stop], start == 0)
            size += sum(OVERHEAD + sum(len(b) for tile in c.payloads for b in tile) for c, _ in coded)
            out += [[np.array(p[:a.shape[0], :a.shape[1]]) for p, a in zip(planes, frames[0])] for _, got in coded for planes in got]
        encoder.close()
        return 8.0 * size, out
    return code


def curve(code: Code, frames: Film, qualities: tuple[int, ...] = QUALITIES) -> Points:
    points = []
    for q in qualities:
        bits, got = code(frames, q)
        points.append(score(frames, got, bits, min(q, 63)))
    return points


@dataclass(frozen=True)
class Law:
    """value = floor + scale * time ** -power; `miss`: root mean square of what it leaves, as a share of the values."""

    floor: float
    scale: float
    power: float
    miss: float

    def at(self, time: float) -> float:
        return self.floor + self.scale * time ** -self.power


def fit_law(times: Any, values: Any) -> Law:
    """The power law nearest to positive `values` in relative error; floor and scale are not below zero."""
    t, v = np.asarray(times, float), np.asarray(values, float)
    best: Law | None = None
    for power in np.geomspace(0.02, 3, 400):
        x, rest = nnls(np.stack([1 / v, t ** -power / v], 1), np.ones_like(v))
        if best is None or rest / len(v) ** 0.5 < best.miss:
            best = Law(float(x[0]), float(x[1]), float(power), float(rest / len(v) ** 0.5))
    assert best is not None
    return best


def per_doubling(times: Any, values: Any) -> tuple[float, float]:
    """(slope, start) of log value over log2 of time through the last three points: what goes on at this pace, without a floor."""
    slope, start = np.polyfit(np.log2(np.asarray(times, float)[-3:]), np.log(np.asarray(values, float)[-3:]), 1)
    return float(slope), float(start)
