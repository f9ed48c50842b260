"""Pictures with a loss: `lorentz compress PICTURE --quality` (one picture through the video codec) beside JPEG and WebP, PSNR over RGB."""
from __future__ import annotations

import io
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from . import machine
from .rd import bd_rate

QUALITIES = (12, 24, 36, 48, 60)
_JPEG = (2, 4, 8, 14, 24)
_WEBP = (20, 45, 70, 88, 97)
_AVIF = (52, 44, 34, 24, 14)
OTHERS = ("JPEG", "WebP", "AVIF")


def curves() -> dict[str, Any]:
    """Points (bits per pixel, PSNR) of every coder on every validation picture."""
    from engine.hierarchical import pictures

    found: dict[str, Any] = {}
    for path in sorted((machine.data_dir() / "val" / "image").glob("*.png")):
        x = pictures.read_png(path.read_bytes())
        assert x is not None
        rgb = np.ascontiguousarray(x.transpose(1, 2, 0))
        found[path.stem] = {"lorentz": [_ours(path, rgb, q) for q in QUALITIES], "JPEG": [_jpeg(rgb, q) for q in _JPEG],
                            "WebP": [_webp(rgb, q) for q in _WEBP], "AVIF": [_avif(rgb, q) for q in _AVIF]}
    return found


def _point(size: int, back: np.ndarray, rgb: np.ndarray) -> dict[str, float]:
    error = float(((back.astype(np.float64) - rgb) ** 2).mean())
    return {"bpp": 8 * size / (rgb.shape[0] * rgb.shape[1]), "psnr": 10 * np.log10(255 ** 2 / error)}


def _ours(path: Path, rgb: np.ndarray, quality: int) -> dict[str, float]:
    from engine.controller import SystemController
    from engine.hierarchical import pictures
    from engine.jobs.runner import run_job

    with tempfile.TemporaryDirectory() as folder, SystemController() as system:
        out, back = Path(folder) / "o.lzc", Path(folder) / "b.png"
        run_job(system.compress(path, out, quality=quality))
        made = run_job(system.restore(out, back)).outputs[0]
        file = next(iter(sorted(Path(made).glob("*.png")))) if Path(made).is_dir() else Path(made)
        x = pictures.read_png(file.read_bytes())
        assert x is not None
        return _point(out.stat().st_size, x.transpose(1, 2, 0), rgb)


def _jpeg(rgb: np.ndarray, scale: int) -> dict[str, float]:
    import av

    context = av.CodecContext.create("mjpeg", "w")
    context.width, context.height, context.pix_fmt = rgb.shape[1], rgb.shape[0], "yuvj420p"
    context.time_base, context.options = Fraction(1, 25), {"huffman": "optimal", "qmin": str(scale), "qmax": str(scale)}
    context.flags |= 2                      # a fixed scale of quantisation
    context.global_quality = scale * 118    # FF_QP2LAMBDA
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuvj420p")
    return _decoded([*context.encode(frame), *context.encode(None)], "mjpeg", rgb)


def _webp(rgb: np.ndarray, quality: int) -> dict[str, float]:
    import av

    context = av.CodecContext.create("libwebp", "w")
    context.width, context.height, context.pix_fmt = rgb.shape[1], rgb.shape[0], "yuv420p"
    context.time_base, context.options = Fraction(1, 25), {"quality": str(quality), "compression_level": "6"}
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p")
    return _decoded([*context.encode(frame), *context.encode(None)], "webp", rgb)


def _avif(rgb: np.ndarray, crf: int) -> dict[str, float]:
    import av

    context = av.CodecContext.create("libsvtav1", "w")
    context.width, context.height, context.pix_fmt = rgb.shape[1], rgb.shape[0], "yuv420p"
    context.time_base, context.options = Fraction(1, 25), {"crf": str(crf), "preset": "4", "svtav1-params": "tune=1:avif=1"}
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p", dst_colorspace="ITU601")
    frame.pts = 0
    packets = [*context.encode(frame), *context.encode(None)]
    reader = av.CodecContext.create("libdav1d", "r")
    data = b"".join(bytes(p) for p in packets)
    back = [*reader.decode(av.Packet(data)), *reader.decode(None)][0]
    return _point(len(data), back.reformat(format="rgb24", src_colorspace="ITU601").to_ndarray(), rgb)


def _decoded(packets: list[Any], codec: str, rgb: np.ndarray) -> dict[str, float]:
    import av

    data = b"".join(bytes(p) for p in packets)
    with av.open(io.BytesIO(data), format="mjpeg" if codec == "mjpeg" else "webp_pipe") as box:
        back = next(box.decode(video=0)).to_ndarray(format="rgb24")
    return _point(len(data), back, rgb)


def page(found: dict[str, Any]) -> list[str]:
    """Markdown: BD-rates per picture and their mean."""
    rows = []
    for name, coders in found.items():
        rows.append([name, *(bd_rate(coders[other], coders["lorentz"])[0] for other in OTHERS)])
    good = [[r[i] for r in rows if r[i] == r[i]] for i in range(1, len(OTHERS) + 1)]
    rows.append(["mean", *(float(np.mean(g)) if g else float("nan") for g in good)])
    shown = [[name, *(f"{v:+.1f} %" if v == v else "no overlap" for v in values)] for name, *values in rows]
    return ["Pictures with a loss (`--quality`; this is one picture through the video codec, not the hierarchical coder): BD-rate over RGB "
            "PSNR, **below zero ours needs fewer bits**. Ours: whole files. AVIF: the bare stream of SVT-AV1 (preset 4, one key frame, "
            "4:2:0, 8 bits), which no header of a file is added to.", "",
            machine.table(["picture", *(f"against {other}" for other in OTHERS)], shown), ""]
