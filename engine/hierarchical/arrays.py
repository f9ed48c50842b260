"""Arrays, sound, pictures and cubes as channels on a lattice `[C, Y, X]`, read from their files and written back."""
from __future__ import annotations

import math
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from engine.api import JobError, MediaError
from engine.hierarchical import grid, kinds, pictures, tif

_ENVI_TYPES = {1: "u1", 2: "i2", 3: "i4", 4: "f4", 5: "f8", 12: "u2", 13: "u4", 14: "i8", 15: "u8"}
_FEW = 32             # a matrix with at most as many columns and far more rows is channels over time


@dataclass
class Tensor:
    """data `[C, Y, X]`, possibly mapped from disk. facts: JSON-able, what `write` needs besides (shape, axes, rate, header)."""

    data: np.ndarray
    kind: str
    facts: dict[str, Any] = field(default_factory=dict)


def read(path: Path, kind: str) -> Tensor:
    """EngineError in one line when the file is not what it seems."""
    if kind == kinds.ARRAY:
        return _read_npy(path)
    if kind == kinds.AUDIO:
        return _read_wav(path)
    if kind in (kinds.CUBE, kinds.IMAGE):
        with path.open("rb") as file:
            if file.read(4) in tif.SIGNATURES:
                return _read_tif(path, kind)
    if kind == kinds.CUBE:
        return _read_envi(path)
    if kind == kinds.IMAGE:
        found = pictures.read_png(path.read_bytes(), str(path)) if path.stat().st_size < 1 << 31 else None
        if found is not None:
            return Tensor(found, kinds.IMAGE, {"shape": list(found.shape), "axes": [0, 1, 2]})
        return _read_other_picture(path)
    raise JobError(f"{kind} is no array", where=str(path))


def _lattice(x: np.ndarray, kind: str) -> Tensor:
    """Any shape as `[C, Y, X]`: few columns are channels, the last axis of a picture is colour, the first axis of a cube is the band."""
    shape = list(x.shape)
    if x.size == 0:
        raise JobError("this array is empty", hint="there is nothing to compress")
    if x.ndim == 0:
        x = x.reshape(1)
    axes = list(range(x.ndim))
    if x.ndim == 1:
        y = x.reshape(1, 1, -1)
    elif x.ndim == 2:
        if x.shape[1] <= _FEW and x.shape[0] >= 8 * x.shape[1]:
            axes, y = [1, 0], x.T[:, None, :]
        elif x.shape[0] <= _FEW and x.shape[1] >= 8 * x.shape[0]:
            y = x[:, None, :]
        else:
            y = x[None]
    elif x.ndim == 3 and x.shape[2] <= 4 < min(x.shape[:2]):
        axes, y = [2, 0, 1], x.transpose(2, 0, 1)
    else:
        y = x.reshape(-1, *x.shape[-2:])
    return Tensor(y, kind, {"shape": shape, "axes": axes})


def _read_npy(path: Path) -> Tensor:
    try:
        x = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as fault:
        raise JobError("this array cannot be read: it is damaged, cut off, or holds objects", where=str(path),
                       hint="save it again with numpy.save") from fault
    if x.dtype.name == "bool":
        tensor = _lattice(x.view(np.uint8), kinds.ARRAY)
        tensor.facts["bool"] = 1
    else:
        _check_type(x.dtype, path)
        tensor = _lattice(x, kinds.ARRAY)
        if x.dtype.str[0] == ">":
            tensor.facts["byte_order"] = ">"
    if x.flags.f_contiguous and not x.flags.c_contiguous:
        tensor.facts["columns_first"] = 1
    return tensor


def _check_type(dtype: np.dtype, path: Path) -> None:
    if dtype.newbyteorder("=").name not in grid.TYPES:
        raise JobError(f"an array of {dtype} cannot be compressed", where=str(path), hint="convert to one of " + ", ".join(grid.TYPES))


def _read_wav(path: Path) -> Tensor:
    with path.open("rb") as file:
        if file.read(4) == b"fLaC":
            return _read_flac(path)
        file.seek(0)
        size = path.stat().st_size
        form, start, length = _wav_chunks(file, size, path)
        file.seek(0)
        head = file.read(start)
        file.seek(start + length)
        tail = file.read(1 << 20)
    code, channels, rate, _, frame, bits = struct.unpack("<HHIIHH", form[:16])
    if code == 0xFFFE and len(form) >= 26:
        code = struct.unpack_from("<H", form, 24)[0]
    if not channels or channels > 256 or frame != channels * (bits // 8) or (code, bits) not in (
            (1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64)):
        raise JobError(f"sound of format {code} with {bits} bits is not plain PCM", where=str(path), hint="convert it to PCM wav or flac")
    count = length // frame
    if not count:
        raise JobError("there is no sound in this file", where=str(path), hint="the recording may have been broken off")
    if len(tail) >= 1 << 20 or len(head) > 1 << 20:
        raise JobError("this wav file carries more beside its sound than can be kept", where=str(path))
    raw = np.memmap(path, np.uint8, "r", start, (count, channels, bits // 8))
    if bits == 24:
        wide = np.zeros((count, channels, 4), np.uint8)
        wide[:, :, 1:] = raw
        x = wide.view("<i4")[:, :, 0] >> 8
    else:
        x = raw.view({(1, 8): "u1", (1, 16): "<i2", (1, 32): "<i4", (3, 32): "<f4", (3, 64): "<f8"}[code, bits])[:, :, 0]
    odd = bytes(np.memmap(path, np.uint8, "r", start + count * frame, (length - count * frame,))) if length > count * frame else b""
    facts = {"rate": rate, "bits": bits, "float": code == 3, "head": head.hex(), "tail": (odd + tail).hex()}
    return Tensor(x.T[:, None, :], kinds.AUDIO, facts)


def _wav_chunks(file: BinaryIO, size: int, path: Path) -> tuple[bytes, int, int]:
    """(fmt chunk, where the samples start, their bytes)."""
    at, form = 12, b""
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"fmt ":
            form = file.read(min(length, 64))
        elif name == b"data":
            if len(form) < 16:
                break
            return form, at + 8, min(length, size - at - 8)     # a recorder that was cut off leaves a wrong length
        at += 8 + length + (length & 1)
    raise JobError("this wav file is damaged: it has no sound in it", where=str(path), hint="the copy may have been broken off")


def _read_flac(path: Path) -> Tensor:
    from engine.hierarchical.sound import decode_flac

    samples, rate, bits = decode_flac(path)
    return Tensor(samples[:, None, :], kinds.AUDIO, {"rate": rate, "bits": bits, "float": False})


def _read_tif(path: Path, kind: str) -> Tensor:
    x, facts = tif.read(path, kind == kinds.IMAGE)
    _check_type(x.dtype, path)
    return Tensor(x, kind, facts)


def _read_envi(path: Path) -> Tensor:
    header = path if path.read_bytes()[:4] == b"ENVI" else kinds.header_of(path)
    assert header is not None
    text = header.read_text(encoding="latin-1")
    raw = path
    if header == path:
        for ending in (".raw", ".img", ".dat", ".bil", ".bsq", ".bip", ""):
            raw = path.with_suffix(ending)
            if raw != path and raw.is_file():
                break
        else:
            raise JobError("the samples of this cube are missing", where=str(path), hint="put NAME.raw beside NAME.hdr")
    facts = {k.strip().lower(): v.strip() for k, v in re.findall(r"^([^=;\n]+)=\s*(\{[^}]*\}|[^\n]*)", text, re.M)}
    try:
        bands, lines, samples = (int(facts[k]) for k in ("bands", "lines", "samples"))
        dtype = np.dtype(("<" if facts.get("byte order", "0") == "0" else ">") + _ENVI_TYPES[int(facts["data type"])])
        offset, interleave = int(facts.get("header offset", "0")), facts.get("interleave", "bsq").lower()
        shape, axes = {"bsq": ((bands, lines, samples), (0, 1, 2)), "bil": ((lines, bands, samples), (1, 0, 2)),
                       "bip": ((lines, samples, bands), (2, 0, 1))}[interleave]
        if min(shape) < 1 or offset < 0:
            raise ValueError
    except (KeyError, ValueError):
        raise JobError("this cube's header does not say what is in it", where=str(header),
                       hint="bands, lines, samples and data type are needed") from None
    needed = offset + math.prod(shape) * dtype.itemsize
    if raw.stat().st_size < needed:
        raise JobError(f"this cube is cut off: {raw.stat().st_size} of {needed} bytes are there", where=str(raw), hint="copy it again")
    x = np.memmap(raw, dtype, "r", offset, shape)
    return Tensor(x.transpose(axes), kinds.CUBE, {"shape": list(shape), "axes": list(axes), "header": text, "byte_order": dtype.str[0]})


def _read_other_picture(path: Path) -> Tensor:
    """Pictures that are neither plain PNG nor TIFF: decoded by PyAV to RGB or grey, 8 or 16 bits."""
    from engine.hierarchical.sound import decode_picture

    x = decode_picture(path)
    return Tensor(np.ascontiguousarray(x.transpose(2, 0, 1)), kinds.IMAGE, {"shape": list(x.shape), "axes": [2, 0, 1]})


def layout(lattice: Sequence[int], facts: dict[str, Any]) -> str:
    """What a cube `[C, Y, X]` consists of, in words."""
    bands, height, width = lattice
    pages, samples = tif.pages_of(facts)
    if pages:
        return f"{pages} pages of {width} x {height} pixels, {samples}"
    return f"{bands} bands of {width} x {height} pixels" if bands > 1 else f"one band of {width} x {height} pixels"


def write(tensor: Tensor, file: BinaryIO, ending: str) -> None:
    """Writes `[C, Y, X]` as .npy, .wav, .png, .tif or .raw. MediaError when the kind of data does not go into such a file."""
    x, facts = tensor.data, tensor.facts
    if ending == ".wav" and tensor.kind == kinds.AUDIO:
        _write_wav(x[:, 0, :], facts, file)
    elif ending == ".png" and x.shape[0] <= 4 and x.dtype.name in ("uint8", "uint16"):
        file.write(pictures.write_png(np.ascontiguousarray(x)))
    elif ending in (".tif", ".tiff") and tensor.kind != kinds.AUDIO:
        if tensor.kind == kinds.IMAGE and "photometric" not in facts:      # it was no tif
            facts = tif.facts_of_picture(x.shape)
        tif.write(_natural(x, facts), facts, file)
    elif ending == ".npy":
        y = _natural(x, facts)
        if tensor.kind == kinds.ARRAY:
            kind = y.dtype.newbyteorder(">") if facts.get("byte_order") == ">" else y.dtype
            y = y.astype(kind, order="F" if "columns_first" in facts else "K", copy=False)
        np.save(file, y, allow_pickle=False)
    elif ending in (".raw", ".img", ".dat"):
        y = _natural(x, facts)
        file.write(np.ascontiguousarray(y.astype(y.dtype.newbyteorder(facts.get("byte_order", "<")))).tobytes())
    else:
        raise MediaError(f"{tensor.kind} of {x.dtype} does not go into a {ending} file", hint=f"use one of {', '.join(endings(tensor))}")


def header_beside(facts: dict[str, Any], target: Path) -> tuple[Path, bytes] | None:
    """The header of a cube that goes into the raw file `target`, and its name; None where it had none. JobError when another is there."""
    if "header" not in facts or target.suffix.lower() not in (".raw", ".img", ".dat"):
        return None
    # only samples are written
    text = re.sub(r"^(\s*header offset\s*=).*$", r"\1 0", str(facts["header"]), flags=re.M | re.I).encode("latin-1", "replace")
    path = target.with_suffix(".hdr")
    if path.exists() and not (path.is_file() and path.read_bytes() == text):
        raise JobError("the header of this cube would replace another file", where=str(path), hint="choose another name")
    return path, text


def endings(tensor: Tensor) -> list[str]:
    return ([".wav"] if tensor.kind == kinds.AUDIO else []) + (
        [".png"] if tensor.data.shape[0] <= 4 and tensor.data.dtype.name in ("uint8", "uint16") else []) + (
        [".tif"] if tensor.kind != kinds.AUDIO else []) + [".npy", ".raw"]


def _natural(x: np.ndarray, facts: dict[str, Any]) -> np.ndarray:
    """From `[C, Y, X]` to the shape the file had."""
    shape, axes = facts.get("shape"), facts.get("axes")
    if "bool" in facts:         # the number that stands for True
        x = x >= (facts["bool"] + 1) // 2
    if shape is None or axes is None:
        return np.ascontiguousarray(x[:, 0, :].T)
    if axes == [1, 0]:
        return np.ascontiguousarray(x[:, 0, :].T).reshape(shape)
    if len(axes) == len(shape) > 2:
        return np.ascontiguousarray(x.reshape([shape[a] for a in axes]).transpose(np.argsort(axes)))
    return np.ascontiguousarray(x).reshape(shape)


def _write_wav(x: np.ndarray, facts: dict[str, Any], file: BinaryIO) -> None:
    bits = int(facts["bits"])
    if bits == 24:
        body = np.ascontiguousarray(x.T.astype("<i4"))[:, :, None].view(np.uint8)[:, :, :3].tobytes()
    else:
        y = x.T
        body = np.ascontiguousarray(y.astype(y.dtype.newbyteorder("<"))).tobytes()
    if "head" in facts:
        file.write(bytes.fromhex(facts["head"]) + body + bytes.fromhex(facts["tail"]))
        return
    channels, rate = x.shape[0], int(facts["rate"])
    form = struct.pack("<HHIIHH", 3 if facts.get("float") else 1, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    file.write(b"RIFF" + struct.pack("<I", 36 + len(body)) + b"WAVEfmt " + struct.pack("<I", 16) + form + b"data"
               + struct.pack("<I", len(body)) + body)
