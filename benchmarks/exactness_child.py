"""The corpus written, or read and compared with what its writer had, in a process of its own with other arithmetic:
`python -m benchmarks.exactness_child write|read FOLDER SETTING` prints one JSON object."""
from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.api import SourceInfo

from . import corpus

if TYPE_CHECKING:
    from engine.lorentzian.chunk import CodedChunk, Symbols
    from engine.lorentzian.model import CodecModel

QUALITIES = (12, 32, 52)
KEYS = 16  # frames from key to key: short films come to chunks of every kind
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Setting:
    """How numbers are worked out. sums: convolutions as they are, "first" (channels first in memory), "double" (in float64), "batch"
    (four at once), "compiled" (torch.compile). env: of the process, before anything is imported."""

    title: str
    precision: str = "float32"
    threads: int = 1           # of torch, within a slice
    workers: int = 0           # slices at the same time; 0 as the program chooses
    sums: str = ""
    mkldnn: bool = True
    tiles_back: bool = False   # the last tile is read first
    frames_back: bool = False  # frames are asked for one by one, the last first
    device: str = "cpu"
    env: tuple[tuple[str, str], ...] = ()
    only: tuple[int, ...] = QUALITIES
    films: tuple[str, ...] = ()
    written: str = "float32"   # precision of the corpus that is read


@dataclass(frozen=True)
class Found:
    """symbols: compared; wrong: of these; hashes: chunks whose stored hash is another; planes: largest difference from what the writer
    saw before rounding, in grey steps; pixels: after it, in 1/255; shares: of pixels that differ at all after rounding."""

    files: int = 0
    chunks: int = 0
    symbols: int = 0
    wrong: int = 0
    hashes: int = 0
    planes: float = 0.0
    pixels: float = 0.0
    count: int = 0
    changed: int = 0

    def __add__(self, other: Found) -> Found:
        a, b = asdict(self), asdict(other)
        return Found(**{k: max(a[k], b[k]) if k in ("planes", "pixels") else a[k] + b[k] for k in a})


def write(path: Path, film: corpus.Film, quality: int, model: CodecModel) -> Path:
    """`path` as a recording of `film`, and beside it what its writer saw: symbols and pictures."""
    from engine.lorentzian import CodecSettings, VideoStreamWriter
    first = film.frames[0]
    info = SourceInfo(path.name, "video", first.width, first.height, tuple(f.pts for f in film.frames), Fraction(1, 1000), Fraction(25),
                      bit_depth=first.bit_depth, digest="00" * 32)
    out = VideoStreamWriter(path, info, CodecSettings(quality, KEYS), model, resume=False)
    seen: list[list[np.ndarray]] = []

    def look(at: int, frames: Any, pictures: list[list[np.ndarray]], coded: Any) -> list[Any]:
        seen.extend([p.copy() for p in picture] for picture in pictures)
        return []
    out.beside = look
    at = 0
    while at < len(film.frames):
        stop = min([at + 8, len(film.frames), *(c for c in film.cuts if c > at)])
        out.write_chunk(list(film.frames[at:stop]), at in film.cuts)
        at = stop
    out.finish()
    _, kept = read(path, model)
    kept |= {f"seen{n}.{k}": p for n, planes in enumerate(seen) for k, p in enumerate(planes)}
    np.savez(path.with_suffix(".npz"), **kept)  # type: ignore[arg-type]
    return path


def read(path: Path, model: CodecModel, setting: Setting = Setting("")) -> tuple[int, Arrays]:
    """(chunks whose hash is not the stored one, symbols and vectors and decoded planes by name) of a recording."""
    from engine.lorentzian import LzcSource
    from engine.lorentzian.chunkreader import SymbolReader
    from engine.lorentzian.codec import ChunkDecoder
    hashes, out = 0, {}
    with LzcSource(path, model) as source:
        info = source.info
        reader = SymbolReader(info.width, info.height, source.quality, model)
        if setting.tiles_back:
            reader.tiles.reverse()
            reader.states.reverse()
        pixels = ChunkDecoder(info.width, info.height, source.quality, model)
        if setting.tiles_back:
            pixels.tiles.reverse()
        for e in source.entries:
            coded, _ = source.coded(e)
            symbols = _symbols(reader.read, coded, setting)
            hashes += not setting.tiles_back and symbols.hash[:4] != coded.symbols[:4]  # the hash goes by the order of the tiles
            for s in symbols.order:
                out[f"q{e.start + s.time}"] = symbols.q[s.time]
                out[f"mv{e.start + s.time}"] = symbols.fields[s.time].mv
                out[f"mode{e.start + s.time}"] = symbols.fields[s.time].mode
            if not setting.frames_back:
                for time, planes in pixels.decode(symbols).items():
                    out |= {f"seen{e.start + time}.{k}": p for k, p in enumerate(planes)}
        pixels.close()
        if setting.frames_back:
            for n in reversed(range(info.frames)):
                f = source.read(n)
                scale = np.float32(1 / (1 << (f.bit_depth - 8)))
                out |= {f"seen{n}.{k}": p * scale for k, p in enumerate((f.y, f.u, f.v))}
    return hashes, out


def _symbols(read: Callable[..., Symbols], coded: CodedChunk, setting: Setting) -> Symbols:
    return read(replace(coded, payloads=coded.payloads[::-1]) if setting.tiles_back else coded, check=True)


def compare(path: Path, model: CodecModel, setting: Setting) -> Found:
    """A recording read in this setting beside what its writer had."""
    hashes, got = read(path, model, setting)
    from engine.lorentzian import LzcSource
    with LzcSource(path, model) as source:
        w, h, bits, entries = source.info.width, source.info.height, source.info.bit_depth, len(source.entries)
    found = Found(1, entries, hashes=hashes)
    with np.load(path.with_suffix(".npz")) as kept:
        for name in kept.files:
            want, have = kept[name], got[name]
            if not name.startswith("seen"):
                found += Found(symbols=want.size, wrong=int((want != have).sum()))
                continue
            half = name[-1] != "0"
            box = np.s_[:(h + 1) // 2, :(w + 1) // 2] if half else np.s_[:h, :w]
            a, b = want[box], have[box]
            apart = np.abs(shown(a, bits) - shown(b, bits))
            found += Found(planes=0.0 if setting.frames_back else float(np.abs(a - b).max()),
                           pixels=float(apart.max()) * 255 / ((1 << bits) - 1), count=a.size, changed=int((apart > 0).sum()))
    return found


def shown(plane: np.ndarray, bits: int) -> np.ndarray:
    """Decoded grey steps as the samples that a person gets."""
    return np.minimum(np.rint(plane * np.float32(1 << (bits - 8))), (1 << bits) - 1)


@contextlib.contextmanager
def arithmetic(setting: Setting) -> Iterator[None]:
    """Everything computed inside is computed this way."""
    import torch

    from engine.lorentzian import codec, workers
    plain, before, many, quick = torch.nn.functional.conv2d, torch.get_num_threads(), workers.WORKERS, codec.Loop.quick
    F: Any = torch.nn.functional

    def conv(x: Any, w: Any, b: Any = None, *more: Any, **named: Any) -> Any:
        if setting.sums == "first":
            return plain(x.contiguous(), w.contiguous(), b, *more, **named)
        if setting.sums == "batch":
            return plain(torch.cat([x] * 4), w, b, *more, **named)[:x.shape[0]]
        return plain(x.double(), w.double(), None if b is None else b.double(), *more, **named).to(x.dtype)
    try:
        torch.set_num_threads(setting.threads)
        workers.WORKERS = setting.workers or many
        if setting.sums in ("first", "batch", "double"):
            F.conv2d = conv
        if setting.sums == "compiled":
            codec.Loop.quick = _compiled(quick)  # type: ignore[method-assign]
        torch._C._set_mkldnn_enabled(setting.mkldnn)
        yield
    finally:
        torch._C._set_mkldnn_enabled(True)
        F.conv2d, codec.Loop.quick, workers.WORKERS = plain, quick, many  # type: ignore[method-assign]
        torch.set_num_threads(before)


def _compiled(quick: Any) -> Any:
    """`Loop.quick` whose networks decode through torch.compile, made once for each quality and type of slice. Slices with blocks in
    bases of their own are decoded as they are: how many there are is in the numbers, so there is no one graph."""
    import torch
    import torch._dynamo.config
    torch._dynamo.config.fail_on_recompile_limit_hit = True  # type: ignore[attr-defined]
    made: dict[tuple[Any, ...], Any] = {}

    def get(loop: Any, *which: Any) -> Any:
        key = (loop.quality, *which)
        if key not in made:
            net = quick(loop, *which)
            net.folded = False  # its loops are compiled already, and no part of a graph
            graph = torch.compile(net.decode, dynamic=False, fullgraph=True)
            net.decode = lambda *given, graph=graph, plain=net.decode: (graph if len(given) == 2 else plain)(*given)
            made[key] = net
        return made[key]
    return get


def main() -> int:
    what, folder, words = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
    setting = Setting(**{**words, "env": ()})
    from engine.lorentzian.model import load_codec
    model = load_codec(device=setting.device, precision=setting.precision)
    if what == "write":
        films = [*corpus.synthetic(), *corpus.bundled(), *corpus.real()]
        names: dict[str, list[int | str]] = {}
        for n, film in enumerate(films):
            for quality in setting.only:
                names[write(folder / f"{n}-{quality}.lzc", film, quality, model).name] = [film.name, quality]
        (folder / "names.json").write_text(json.dumps(names))
        print(json.dumps({"films": [f.name for f in films], "bytes": sum(p.stat().st_size for p in folder.glob("*.lzc"))}))
        return 0
    found, worst = Found(), ("", -1.0)
    with arithmetic(setting):
        for file, (name, quality) in json.loads((folder / "names.json").read_text()).items():
            if quality not in setting.only or (setting.films and name not in setting.films):
                continue
            one = compare(folder / file, model, setting)
            found += one
            worst = max(worst, (f"{name}, quality {quality}", max(one.planes, one.pixels)), key=lambda w: w[1])
    print(json.dumps({**asdict(found), "worst": worst[0]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
