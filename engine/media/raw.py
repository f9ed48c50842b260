"""Raw and picture outputs: YUV4MPEG2 (bit exact) and PNG."""
from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np

from engine.api import Frame, MediaError, SourceInfo
from engine.media.atomic import explain, open_new, whole_file, whole_folder
from engine.media.audio import AudioTrack
from engine.media.colour import to_rgb
from engine.media.packets import is_variable
from engine.media.writer import OnFrame, WriteResult, timed


def y4m_header(frame: Frame, rate: Fraction, aspect: Fraction, full: bool) -> bytes:
    """The stream header; left-sited 4:2:0, chroma of odd sizes rounded up as everywhere."""
    kind = "420mpeg2" if frame.bit_depth == 8 else "420p10 XYSCSS=420P10"
    return (f"YUV4MPEG2 W{frame.width} H{frame.height} F{rate.numerator}:{rate.denominator} Ip A{aspect.numerator}:{aspect.denominator} "
            f"C{kind} XCOLORRANGE={'FULL' if full else 'LIMITED'}\n").encode()


def write_y4m(path: Path, frames: Iterable[Frame], info: SourceInfo, audio: AudioTrack | None, on_frame: OnFrame) -> WriteResult:
    """One raw file: the samples exactly as they are (10 bit as 16-bit little-endian words)."""
    stamps: list[int] = []
    with whole_file(path) as (file, _):
        for item in timed(frames, info, path):
            frame = item.frame
            if not stamps:
                file.write(y4m_header(frame, info.rate, info.sample_aspect, info.colour.full))
            file.write(b"FRAME\n")
            for plane in (frame.y, frame.u, frame.v):
                file.write(np.ascontiguousarray(plane, "u1" if frame.bit_depth == 8 else "<u2").data)
            stamps.append(item.pts)
            on_frame(len(stamps))
    notes = ["sound left out: .y4m holds pictures only"] if audio is not None else []
    if is_variable(stamps, info.time_base):
        notes.append(f"time stamps left out: .y4m has one rate, {float(info.rate):g} frames per second")
    return WriteResult((str(path),), len(stamps), tuple(notes))


def png_bytes(rgb: np.ndarray) -> bytes:
    """`rgb` `[H, W, 3]` uint8 as a PNG file."""
    encoder = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = rgb.shape[1], rgb.shape[0], "rgb24"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"compression_level": "5", "pred": "mixed"}
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
    return b"".join(bytes(p) for p in [*encoder.encode(picture), *encoder.encode(None)])


def write_png(path: Path, frames: Iterable[Frame], info: SourceInfo, audio: AudioTrack | None, on_frame: OnFrame) -> WriteResult:
    """A folder `path` of `frame_000000.png`, `frame_000001.png`, ... numbered by frame index; RGB of 8 bits."""
    names: list[str] = []
    number, deep = -1, False
    with whole_folder(path, "frame_*.png") as folder:
        for item in timed(frames, info, path):
            number = item.frame.index if item.frame.index > number else number + 1
            deep = deep or item.frame.bit_depth > 8
            name = f"frame_{number:06d}.png"
            try:
                with open_new(folder / name) as file:
                    file.write(png_bytes(to_rgb(item.frame, info.colour)))
            except av.error.FFmpegError as error:
                raise explain(error, path) from None
            names.append(name)
            on_frame(len(names))
    if not names:
        raise MediaError("there are no frames to write", where=str(path))
    notes = ["sound left out: pictures have none"] if audio is not None else []
    if deep:
        notes.append("10 bit shown as 8 bit")
    return WriteResult(tuple(str(path / n) for n in names), len(names), tuple(notes))
