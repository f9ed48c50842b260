"""General data beside other coders at the same bound: sensors, cubes, sound, pictures, text. Losses included.

Ours are bytes of whole `.lzc` files (header, index, check sums); the others' are bytes of their bare streams, side facts not counted.
The models that ours needs are shipped with the program; they are counted in a column of their own.
"""
from __future__ import annotations

import io
import lzma
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import data_large, data_levels, data_pictures, data_sensors, data_sound, machine

if TYPE_CHECKING:
    from .run import Options

SHARES = (1e-2, 1e-3)
HELD_BACK = 0.6          # the models learnt from the first part of every sensor file: rows after it are measured


@dataclass
class Row:
    """What one coder made of one set: bytes, largest |error| over the bound (at most 1), seconds to write and to read."""

    bytes: int
    worst: float
    seconds: tuple[float, float] = (0.0, 0.0)
    note: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def lorentz(source: Path, back: Path, max_error: str | None, effort: str = "normal") -> tuple[int, float, float]:
    """(bytes of the file, processor seconds to write it, to read it); `back` is written."""
    size, seconds, _ = by_threads(source, back, max_error, effort)
    return size, *seconds


def by_threads(source: Path, back: Path, max_error: str | None, effort: str = "normal") -> tuple[int, tuple[float, float], list[float]]:
    """(bytes of the file, processor seconds to write it and to read it, how many of these were of the thread that has no help)."""
    from engine.jobs.data import compress_data_job, restore_data_job
    from engine.jobs.runner import run_job

    out = source.with_suffix(".lzc")
    times = [(time.process_time(), time.thread_time())]
    for job in (lambda: compress_data_job(source, out, max_error=max_error, effort=effort), lambda: restore_data_job(out, back)):
        run_job(job())
        times.append((time.process_time(), time.thread_time()))
    whole, own = ([b[i] - a[i] for a, b in pairwise(times)] for i in (0, 1))
    return out.stat().st_size, (whole[0], whole[1]), own


def bare(source: Path) -> int:
    """Bytes of our streams alone in the file beside `source`: what can be set beside the others' bare streams."""
    from engine.lzc import LzcReader

    with LzcReader(source.with_suffix(".lzc")) as reader:
        return sum(entry.length for entry in reader.entries if entry.key.type == "DATA")


# -- sensors -----------------------------------------------------------------------------------------------------


def quantised(x: np.ndarray, bound: np.ndarray) -> np.ndarray:
    return np.rint((x - x.min(1, keepdims=True)) / np.where(bound > 0, 2 * bound, 1)[:, None]).astype(np.int32)


def _steps_back(q: np.ndarray, x: np.ndarray, bound: np.ndarray) -> np.ndarray:
    return q * np.where(bound > 0, 2 * bound, 1)[:, None] + x.min(1, keepdims=True)


def pcodec(x: np.ndarray, bound: np.ndarray) -> tuple[int, np.ndarray]:
    from pcodec import ChunkConfig, DeltaSpec, standalone

    q = quantised(x, bound)
    # its own choice of differences is poor on short columns: the best of what it can do counts
    specs = [DeltaSpec.auto(), DeltaSpec.no_op(), *(DeltaSpec.try_consecutive(order) for order in (1, 2))]
    parts = [min((standalone.simple_compress(row, ChunkConfig(compression_level=12, delta_spec=spec)) for spec in specs), key=len)
             for row in q]
    back = np.stack([standalone.simple_decompress(p) for p in parts])
    return sum(map(len, parts)), _steps_back(back, x, bound)


def flac(x: np.ndarray, bound: np.ndarray) -> tuple[int, np.ndarray]:
    """Each column of steps as one channel of sound (16 bits where they fit)."""
    q = quantised(x, bound)
    return sum(flac_bytes(row[None], 44100) for row in q), _steps_back(q, x, bound)


def flac_bytes(samples: np.ndarray, rate: int) -> int:
    """Bytes of a flac stream of int32 samples `[channels, n]` at the highest effort."""
    import av

    deep = np.abs(samples).max() >= 1 << 15
    box, total = io.BytesIO(), 0
    with av.open(box, "w", format="flac") as out:
        stream = out.add_stream("flac", rate=rate, options={"compression_level": "12"})
        stream.layout = "mono" if len(samples) == 1 else "stereo"
        stream.format = "s32" if deep else "s16"
        raw = (samples.astype(np.int32) << 8) if deep else samples.astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(raw.T.reshape(1, -1)), format=stream.format.name, layout=stream.layout.name)
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
            total += packet.size
    return total + 42      # signature and stream facts; the padding that the muxer adds for tags is not counted


def zfp(x: np.ndarray, bound: np.ndarray) -> tuple[int, np.ndarray]:
    import zfpy

    parts = [zfpy.compress_numpy(row, tolerance=float(b)) for row, b in zip(x, bound)]
    return sum(map(len, parts)), np.stack([zfpy.decompress_numpy(p) for p in parts])


def sz3(x: np.ndarray, bound: np.ndarray) -> tuple[int, np.ndarray]:
    parts = [_sz3(row, float(b)) for row, b in zip(x, bound)]
    return sum(n for n, _ in parts), np.stack([back for _, back in parts])


def _sz3(x: np.ndarray, bound: float) -> tuple[int, np.ndarray]:
    from pysz import sz, szConfig, szErrorBoundMode

    config = szConfig()
    config.errorBoundMode, config.absErrorBound = szErrorBoundMode.ABS, bound
    small, _ = sz.compress(np.ascontiguousarray(x), config)
    back, _ = sz.decompress(small, x.dtype, x.shape)
    return small.nbytes, back


OTHERS: dict[str, Callable[[np.ndarray, np.ndarray], tuple[int, np.ndarray]]] = {
    "SZ3": sz3, "steps + pcodec": pcodec, "steps + FLAC": flac, "zfp": zfp}


def sensors() -> dict[str, Any]:
    """Every sensor file's rows that the models have not seen, at each share of each column's range."""
    from engine.training.hierarchical_data import sensor_files, series_of

    found: dict[str, Any] = {}
    for path in sensor_files(machine.data_dir()):
        whole = series_of(path)
        for part, x in (("held back", whole[:, int(HELD_BACK * whole.shape[1]):]), ("all rows", whole)):
            for share in SHARES:
                bound = share * (x.max(1) - x.min(1))
                rows = {"Lorentz": vars(_ours(x, share, bound))}
                for name, coder in OTHERS.items():
                    begun = time.process_time()
                    size, back = coder(x, bound)
                    rows[name] = vars(Row(size, _worst(x, back, bound), (time.process_time() - begun, 0.0)))
                found[f"{path.stem} | {part} | {share:g}"] = {"columns": len(x), "rows": x.shape[1], "coders": rows}
    return found


def _worst(x: np.ndarray, back: np.ndarray, bound: np.ndarray) -> float:
    error = np.abs(x - back).max(1)
    return float((error / np.where(bound > 0, bound, 1)).max())


def _ours(x: np.ndarray, share: float, bound: np.ndarray) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        source, back = Path(folder) / "x.csv", Path(folder) / "back.csv"
        head = ",".join(f"s{i}" for i in range(len(x)))
        source.write_text(head + "\n" + "".join(",".join(repr(float(v)) for v in row) + "\n" for row in x.T))
        size, wrote, read = lorentz(source, back, f"{share * 100}%")
        y = np.loadtxt(back, delimiter=",", skiprows=1, ndmin=2).T
        return Row(size, _worst(x, y, bound), (wrote, read), extra={"text_bytes": source.stat().st_size, "stream": bare(source)})


# -- cubes, sound, pictures, text ----------------------------------------------------------------------------------


def cubes() -> dict[str, Any]:
    """Band cubes within a share of the range, beside SZ3 over three axes; and without loss beside JPEG 2000 band by band."""
    from engine.hierarchical import arrays, kinds

    found: dict[str, Any] = {}
    for path in sorted((machine.data_dir() / "train" / "cube").glob("*.raw")):
        x = np.ascontiguousarray(arrays.read(path, kinds.CUBE).data)
        for share in SHARES:
            bound = share * (float(x.max()) - float(x.min()))
            size, wrote, read, worst = _cube(x, f"{share * 100}%", bound)
            other, back = _sz3(x.astype(np.float32), bound)
            off = float(np.abs(back.astype(np.float64) - x).max() / bound)
            found[f"{path.stem} | {share:g}"] = {"Lorentz": vars(Row(size, worst, (wrote, read))), "SZ3 3D": vars(Row(other, off))}
        size, wrote, read, worst = _cube(x, None, 1.0)
        found[f"{path.stem} | without loss"] = {"Lorentz": vars(Row(size, worst, (wrote, read))),
                                                "JPEG 2000 per band": vars(Row(sum(jpeg2000(band) for band in x), 0.0))}
    return found


def _cube(x: np.ndarray, max_error: str | None, bound: float) -> tuple[int, float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        source, back = Path(folder) / "x.npy", Path(folder) / "back.npy"
        np.save(source, x)
        size, wrote, read = lorentz(source, back, max_error)
        return size, wrote, read, float(np.abs(np.load(back).astype(np.float64) - x).max() / bound)


def jpeg2000(band: np.ndarray) -> int:
    """Bytes of one uint16 band, reversible."""
    import av

    context = av.CodecContext.create("jpeg2000", "w")
    context.width, context.height, context.pix_fmt = band.shape[1], band.shape[0], "gray16le"
    context.time_base, context.options = Fraction(1, 25), {"pred": "dwt53", "format": "j2k"}
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(band.astype(np.uint16)), format="gray16le")
    return sum(p.size for p in [*context.encode(frame), *context.encode(None)])


def sounds() -> dict[str, Any]:
    """Wav files without loss, beside FLAC: short ones, and 15 seconds each of the Vorbis files as they decode."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        longer = _longer(Path(folder))
        for path in [*sorted((machine.data_dir() / "train" / "audio").glob("*.wav"))[8:], *longer]:
            found[path.stem] = _sound(path)
    return found


def _sound(path: Path) -> dict[str, Any]:
    from engine.hierarchical import arrays, kinds

    tensor = arrays.read(path, kinds.AUDIO)
    samples = np.ascontiguousarray(tensor.data[:, 0, :]).astype(np.int32)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / path.name
        source.write_bytes(path.read_bytes())
        size, wrote, read = lorentz(source, Path(folder) / "back.wav", None)
        stream = bare(source)
        same = (Path(folder) / "back.wav").read_bytes() == path.read_bytes()
    return {"Lorentz": vars(Row(size, 0.0 if same else 1.0, (wrote, read), extra={"stream": stream})),
            "FLAC": vars(Row(flac_bytes(samples, tensor.facts["rate"]), 0.0)), "source": path.stat().st_size}


def _longer(folder: Path) -> list[Path]:
    import wave

    for name, (x, rate, _) in data_sound.recordings().items():
        if name.startswith("librosa"):
            with wave.open(str(folder / f"{name}.wav"), "wb") as file:
                file.setparams((1, 2, rate, len(x), "NONE", ""))
                file.writeframes(x.astype("<i2").tobytes())
    return sorted(folder.glob("*.wav"))


def images() -> dict[str, Any]:
    """Validation pictures without loss beside PNG and WebP, and within 2 grey steps."""
    from engine.hierarchical import pictures

    found: dict[str, Any] = {}
    paths = sorted((machine.data_dir() / "val" / "image").glob("*.png"))
    for path in [*paths[:1], *paths]:      # the first one twice: what is compiled then is not counted
        x = pictures.read_png(path.read_bytes())
        assert x is not None
        with tempfile.TemporaryDirectory() as folder:
            source, back = Path(folder) / path.name, Path(folder) / "back.png"
            source.write_bytes(path.read_bytes())
            size, whole, own = by_threads(source, back, None)
            same = pictures.read_png(back.read_bytes())
            fast, *seconds = lorentz(source, Path(folder) / "fast.png", None, "fast")
            again = pictures.read_png((Path(folder) / "fast.png").read_bytes())
            near, near_whole, near_own = by_threads(source, back, "2")
            y = pictures.read_png(back.read_bytes())
        assert same is not None and y is not None and again is not None and (again == x).all()
        worst = int(np.abs(y.astype(int) - x).max())
        found[path.stem] = {"Lorentz": vars(Row(size, float(np.abs(same.astype(int) - x).max()), whole, extra={"own": own})),
                            "PNG": path.stat().st_size, "WebP": webp(x), "Lorentz within 2": near, "worst": worst,
                            "fast": {"bytes": fast, "seconds": seconds},
                            "within": {"seconds": near_whole, "own": near_own}, "share": _share((3, *x.shape[1:])),
                            "pixels": int(x.shape[1] * x.shape[2])}
    return found


def _share(shape: tuple[int, int, int], workers: int = 2) -> float:
    """Of the work that is done in blocks: how much falls to the busiest of some workers, who take one after the other."""
    from engine.hierarchical.tiles import boxes

    busy = [0] * workers
    for _, y, x in boxes(shape):
        busy[busy.index(min(busy))] += (y.stop - y.start) * (x.stop - x.start)
    return max(busy) / sum(busy)


def webp(x: np.ndarray) -> int:
    """Bytes of a picture without loss at the highest effort."""
    import av

    context = av.CodecContext.create("libwebp", "w")
    context.width, context.height, context.pix_fmt = x.shape[2], x.shape[1], "bgra"
    context.time_base, context.options = Fraction(1, 25), {"lossless": "1", "compression_level": "6", "quality": "100"}
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(x.transpose(1, 2, 0)), format="rgb24").reformat(format="bgra")
    return sum(p.size for p in [*context.encode(frame), *context.encode(None)])


def texts() -> dict[str, Any]:
    """The project's own documents and the sensor tables as they are, without loss, beside zstd and xz."""
    import zstandard

    found: dict[str, Any] = {}
    files = [machine.ROOT / "docs" / "lzc.md", machine.ROOT / "engine" / "controller.py", *sorted(
        (machine.data_dir() / "train" / "sensor").glob("*.csv"))]
    for path in files:
        raw = path.read_bytes()
        with tempfile.TemporaryDirectory() as folder:
            source, back = Path(folder) / path.name, Path(folder) / f"back{'.csv' if path.suffix == '.csv' else '.txt'}"
            source.write_bytes(raw)
            size, wrote, read = lorentz(source, back, None)
            same = back.read_bytes() == raw
        found[path.name] = {"source": len(raw), "Lorentz": vars(Row(size, 0.0 if same else 1.0, (wrote, read))),
                            "zstd -19": len(zstandard.compress(raw, 19)), "xz -9e": len(lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME))}
    return found


PARTS: dict[str, Callable[[], dict[str, Any]]] = {"sensors": sensors, "cubes": cubes, "sounds": sounds, "images": images, "texts": texts,
                                               "curves": data_pictures.curves, "across": data_sensors.measure, "ear": data_sound.measure,
                                               "levels": data_levels.measure, "regimes": data_levels.regimes, "large": data_large.measure}


def run(options: Options) -> dict[str, Any]:
    """Everything; `options.clips` may name some of the parts."""
    from engine.resources import model_path

    chosen = [name for name in PARTS if not options.clips or name in options.clips]
    now = machine.describe()
    figures: dict[str, Any] = {name: PARTS[name]() for name in chosen}
    figures["made"] = {name: [now["date"], now["commit"]] for name in chosen}
    figures["model_bytes"] = {kind: model_path(f"hierarchical_{kind}.safetensors").stat().st_size for kind in ("series", "picture")}
    return {"figures": figures, "markdown": markdown(figures)}


def merge(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """The new parts beside what is kept of others."""
    made = {**old["figures"].get("made", {}), **new["figures"]["made"]}
    figures = {**old["figures"], **new["figures"], "made": made}
    return {"figures": figures, "markdown": markdown(figures)}


def markdown(figures: dict[str, Any]) -> str:
    from .data_page import page

    return page(figures)
