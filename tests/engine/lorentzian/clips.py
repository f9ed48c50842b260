"""Small scenes for the codec, models that do something without being trained, and files made of them."""
from __future__ import annotations

import dataclasses
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from engine.api import Frame, SourceInfo
from engine.jobs.pieces import Piece
from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import ChunkDecoder, CodecSettings
from engine.lorentzian.model import CodecModel
from engine.lorentzian.nets import LorentzianNet
from engine.lorentzian.slices import Field
from engine.lorentzian.stream import VideoStreamWriter
from engine.lorentzian.tables import Tables

Planes = list[np.ndarray]


@lru_cache
def lively(precision: str = "float32") -> CodecModel:
    """A codec whose networks all have an effect (the untrained ones start at none), the same on every run."""
    with torch.random.fork_rng():
        torch.manual_seed(7)
        net = LorentzianNet()
        for p in net.parameters():
            if not p.any():
                torch.nn.init.normal_(p, std=0.01)
    net = net.eval().requires_grad_(False)
    for module in net.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.to(memory_format=torch.channels_last)  # as `load_codec` does
    net.run_in(torch.bfloat16 if precision == "bfloat16" else torch.float32)
    return CodecModel(net, Tables.untrained())


@lru_cache
def scene(frames: int, width: int, height: int, bits: int = 8, seed: int = 0) -> tuple[Planes, ...]:
    """y, u, v of each frame: a texture that moves by fractions of a pixel behind a box that moves the other way, and a little noise."""
    rng = np.random.default_rng(seed)
    big = rng.normal(0, 1, (height + 64, width + 128))
    for axis in (0, 1):
        for _ in range(2):
            big = (np.roll(big, 1, axis) + 2 * big + np.roll(big, -1, axis)) / 4
    big *= 40 / big.std()
    top, kind = (1 << bits) - 1, np.uint8 if bits == 8 else np.uint16
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float64)
    out = []
    for n in range(frames):
        shift = 1.25 * n + 8
        i, f = int(shift), shift % 1
        y = 118 + (1 - f) * big[8:8 + height, i:i + width] + f * big[8:8 + height, i + 1:i + 1 + width]
        box = (np.abs(xx - width * 0.7 + 2 * n) < width / 6) & (np.abs(yy - height / 2) < height / 5)
        y = np.where(box, 180 + 20 * np.sin((xx + 2 * n) / 2), y) + rng.normal(0, 1, y.shape)
        u = np.where(box, 90, 120 + 10 * np.sin(yy / 9))[::2, ::2]
        v = np.where(box, 160, 130 + 8 * np.cos((xx + n) / 11))[::2, ::2]
        out.append([np.ascontiguousarray(np.clip(np.rint(p * top / 255), 0, top).astype(kind)) for p in (y, u, v)])
    return tuple(out)


def film(frames: int, width: int, height: int, bits: int = 8) -> list[Frame]:
    return [Frame(y, u, v, n, 40 * n, bits) for n, (y, u, v) in enumerate(scene(frames, width, height, bits))]


def facts(frames: int, width: int, height: int, bits: int = 8) -> SourceInfo:
    return SourceInfo("clip.mkv", "video", width, height, tuple(range(0, 40 * frames, 40)), Fraction(1, 1000), Fraction(25),
                      bit_depth=bits, digest="ab" * 32)


def write(path: Path, pictures: list[Frame], settings: CodecSettings, model: CodecModel, *, chunk: int = 8,
          cuts: tuple[int, ...] = (), around: int = 4) -> Path:
    """A finished `.lzc` of `pictures`; chunks of `chunk` frames, and a new one wherever a scene begins; `around`: frames of the same scene
    that the writer knows on either side of a chunk."""
    first = pictures[0]
    out = VideoStreamWriter(path, facts(len(pictures), first.width, first.height, first.bit_depth), settings, model)
    for start, stop in chunks(len(pictures), chunk, cuts):
        out.write_chunk(*piece(pictures, start, stop, cuts, around))
    out.finish()
    return path


def piece(pictures: list[Frame], start: int, stop: int, cuts: tuple[int, ...] = (), around: int = 4) -> Piece:
    """Frames start..stop with those around them, as `VideoStreamWriter.write_chunk` takes them."""
    first = max([0, start - around, *(c for c in cuts if c <= start)])
    last = min([len(pictures), stop + around, *(c for c in cuts if c >= stop)])
    return Piece(pictures[start:stop], start in cuts, pictures[first:start], pictures[stop:last])


def chunks(total: int, chunk: int = 8, cuts: tuple[int, ...] = ()) -> list[tuple[int, int]]:
    """(start, stop) of the chunks of a film."""
    out, at = [], 0
    while at < total:
        stop = min([at + chunk, total, *(c for c in cuts if c > at)])
        out.append((at, stop))
        at = stop
    return out


def decode(coded: list, width: int, height: int, quality: int, model: CodecModel, level: int = 0) -> list[Planes]:
    """Padded decoded planes in time order of chunks that follow each other."""
    reader, pixels = SymbolReader(width, height, quality, model), ChunkDecoder(width, height, quality, model)
    out: list[Planes] = []
    for chunk in coded:
        planes = pixels.decode(reader.read(chunk, level), level)
        out += [planes[t] for t in range(chunk.frames)]
    pixels.close()
    return out


def psnr(a: np.ndarray, b: np.ndarray, top: int = 255) -> float:
    error = float(np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2))
    return 99.0 if error == 0 else 10 * float(np.log10(top ** 2 / error))


def same_frame(a: Frame, b: Frame) -> bool:
    return all(np.array_equal(p, q) for p, q in zip((a.y, a.u, a.v), (b.y, b.u, b.v), strict=True))


def same_field(a: Field, b: Field) -> bool:
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(Field))
