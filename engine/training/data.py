"""Footage into memory: clips and pictures decoded once with PyAV into uint8 4:2:0 arrays, to be cropped from there."""
from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from engine.api import MediaError

VIDEO_ENDINGS = {".mp4", ".mkv", ".webm", ".mov", ".avi", ".264", ".y4m"}
IMAGE_ENDINGS = {".png", ".jpg", ".jpeg"}
_HDR_TRANSFERS = {16, 18}  # H.273: PQ and HLG


@dataclass(frozen=True, eq=False)
class Clip:
    """y `[T, H, W]`, u and v `[T, H/2, W/2]` uint8; H and W even. `reduced`: the factor the frames were reduced by."""

    name: str
    y: np.ndarray
    u: np.ndarray
    v: np.ndarray
    reduced: int = 1

    @property
    def nbytes(self) -> int:
        return self.y.nbytes + self.u.nbytes + self.v.nbytes


def area_mean(plane: np.ndarray, factor: int) -> np.ndarray:
    """Area mean over `factor` x `factor` cells of the last two axes, float32; what does not fill a cell is left out."""
    h, w = plane.shape[-2] // factor, plane.shape[-1] // factor
    if factor == 1:
        return plane.astype(np.float32)
    cut = plane[..., :h * factor, :w * factor].reshape(*plane.shape[:-2], h, factor, w, factor)
    return cut.mean(axis=(-3, -1), dtype=np.float32)


def to_uint8(plane: np.ndarray) -> np.ndarray:
    """Rounded to whole grey steps and clipped."""
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)


def list_media(folder: Path, videos: bool = True, images: bool = True) -> list[Path]:
    """Every video and picture file below `folder`, sorted by path."""
    endings = (VIDEO_ENDINGS if videos else set()) | (IMAGE_ENDINGS if images else set())
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in endings and p.is_file())


def dataset(data_dir: Path, split: str, videos: bool = True, images: bool = True) -> list[Path]:
    """The files of a split: what `MANIFEST.csv` names in it, or every clip and picture below `split/` when it names none there. So an
    export somebody left between the clips is neither learned from nor measured on."""
    found = list_media(data_dir / split, videos, images)
    manifest = data_dir / "MANIFEST.csv"
    if manifest.is_file():
        with manifest.open(newline="", encoding="utf-8") as file:
            named = {row.get("path", "") for row in csv.DictReader(file)}
        listed = [p for p in found if p.relative_to(data_dir).as_posix() in named]
        return listed or found
    return found


def _planes(frame: av.VideoFrame, factor: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    even = frame.reformat(format="yuv420p")
    w, h = even.width // (2 * factor) * 2, even.height // (2 * factor) * 2
    out = []
    for plane, (pw, ph) in zip(even.planes, ((w, h), (w // 2, h // 2), (w // 2, h // 2)), strict=True):
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:ph * factor, :pw * factor]
        out.append(rows.copy() if factor == 1 else to_uint8(area_mean(rows, factor)))
    return out[0], out[1], out[2]


def _decode(path: Path, hdr: bool) -> Iterator[av.VideoFrame]:
    with av.open(str(path)) as container:
        if not container.streams.video:
            return
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            if not hdr and int(frame.color_trc) in _HDR_TRANSFERS:
                return
            yield frame


def load_clip(path: Path, max_frames: int, max_size: int, *, every: int = 0, hdr: bool = False) -> Clip | None:
    """Up to `max_frames` frames of one file, area-reduced by the smallest whole factor that brings the longer side to `max_size`.

    every: temporal stride from the first frame on; 0 spreads the frames over the whole clip (in one pass: the stride doubles and every
    second kept frame goes whenever the limit is reached). None when there is nothing usable (no frame, or HDR while `hdr` is False).
    MediaError when the file cannot be decoded at all.
    """
    stride, factor, index = max(every, 1), 1, 0
    kept: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    try:
        for frame in _decode(path, hdr):
            if not kept:
                factor = max(1, -(-max(frame.width, frame.height) // max_size))
            if index % stride == 0:
                if kept and len(kept) >= max_frames:
                    if every:
                        break
                    kept, stride = kept[::2], stride * 2
                if index % stride == 0:
                    kept.append(_planes(frame, factor))
            index += 1
    except (av.FFmpegError, OSError) as error:
        if not kept:
            raise MediaError(f"cannot be decoded ({error})", where=str(path), hint="leave it out of the training data") from error
    if not kept or min(kept[0][0].shape) < 2:
        return None
    kept = [k for k in kept if k[0].shape == kept[0][0].shape]
    y, u, v = (np.stack([k[i] for k in kept]) for i in range(3))
    return Clip(path.name, y, u, v, factor)


def load_clips(paths: Iterable[Path], max_frames: int, max_size: int, *, every: int = 0, hdr: bool = False) -> list[Clip]:
    """`load_clip` for every path in order; files with nothing usable are left out."""
    clips = (load_clip(Path(p), max_frames, max_size, every=every, hdr=hdr) for p in paths)
    return [c for c in clips if c is not None]
