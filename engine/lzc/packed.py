"""JSON packed small: digests as raw bytes, the rest deflated against a preset dictionary of the words headers use."""
from __future__ import annotations

import json
import re
import zlib
from typing import Any, NoReturn

from engine.api import LzcError
from engine.lzc.limits import Limits

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MAX_DIGESTS = 255

# Part of format version 1: these bytes never change. Most useful words last (deflate codes near matches cheaper).
DICTIONARY = (
    b'"language":"eng","title":"","comment":"","sample_rate":48000,"sample_rate":44100,"channels":2,"layout":"stereo","format":"fltp",'
    b'"extradata":"","bit_rate":,"preprocess":[],"denoise","stabilise","lossless","max_error":,"columns":[],"dtype":"float32","shape":[],'
    b'"repaired":{"lost":[]},"provenance":"https://","seconds":,"bitrate":,"psnr":,"cuts":[],"groups":[],"tiles":[],"tile":512,"halo":,'
    b'"images","audio","aac","opus","pcm_s16le","table","text","data",["data",["audio","packets",1'
    b',"notes":["4:2:2 reduced to 4:2:0","damaged after frame "],"bit_depth":10,"sample_aspect":[1,1],"rotation":90,"colour":[false,1,1,1]'
    b',"colour":[false,5,6,6],"colour":[false,2,2,2],"colour":[true,"has_audio":true,"transfer":,"matrix":,"primaries":'
    b'.mov","name":".mkv","name":".avi","rate":[24000,1001],"rate":[30000,1001],"rate":[60000,1001],"rate":[24,1],"rate":[50,1],"rate":[60,1]'
    b',"time_base":[1,1000],"time_base":[1,90000],"time_base":[1,15360],"time_base":[1001,30000],"time_base":[1,30000]'
    b',"settings":{"bits":,"effort":"high","effort":"fast","effort":"normal","key_interval":32,"quality":'
    b',"width":1920,"height":1080,"width":1280,"height":720,"width":3840,"height":2160,"width":640,"height":360'
    b',"rate":[25,1],"time_base":[1,12800],"rate":[30,1],"time_base":[1,16000]'
    b'{"m":{"codec":{"name":"lorentzian","version":1},"models":{"codec":{"name":"","tables":"@2","weights":"@1","where":""}}'
    b',"settings":{"effort":"normal","key_interval":32,"quality":32},"source":{"digest":"@0","height":360,"kind":"video","name":".mp4"'
    b',"rate":[25,1],"time_base":[1,12800],"width":640}},"s":[["video","lorentzian",4,640,360,8,96],["audio","packets"]]}'
)


def pack_json(value: Any) -> bytes:
    """`value` (JSON-able) as bytes. LzcError for what JSON cannot hold (NaN, bytes, other classes)."""
    digests: list[bytes] = []

    def swap(item: Any) -> Any:
        if isinstance(item, str):
            if _DIGEST.fullmatch(item) and len(digests) < _MAX_DIGESTS:
                digests.append(bytes.fromhex(item))
                return f"@{len(digests) - 1}"
            return "@" + item if item.startswith("@") else item
        if isinstance(item, dict):
            if not all(isinstance(k, str) for k in item):
                raise TypeError("names in an object must be text")
            return {k: swap(item[k]) for k in sorted(item)}
        if isinstance(item, list | tuple):
            return [swap(i) for i in item]
        return item

    try:
        text = json.dumps(swap(value), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise LzcError(f"metadata cannot be written as JSON: {error}") from error
    bodies = []
    for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED):
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -15, 9, strategy, DICTIONARY)
        bodies.append(squeeze.compress(text) + squeeze.flush())
    return bytes([len(digests)]) + b"".join(digests) + min(bodies, key=len)


def inflate(data: bytes, cap: int, dictionary: bytes = b"") -> bytes:
    """Raw deflate with a hard cap on the output. ValueError when over it, cut off, or followed by other bytes."""
    engine = zlib.decompressobj(-15, zdict=dictionary) if dictionary else zlib.decompressobj(-15)
    try:
        out = engine.decompress(data, cap + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(out) > cap:
        raise ValueError(f"more than {cap} bytes when inflated")
    if not engine.eof or engine.unused_data:
        raise ValueError("compressed data cut off or followed by other bytes")
    return out


def unpack_json(data: bytes, limits: Limits | None = None) -> Any:
    """What `pack_json` was given (tuples come back as lists). LzcError when damaged or over a limit."""
    limits = limits or Limits()
    try:
        count = data[0]
        body = 1 + 32 * count
        if len(data) < body:
            raise ValueError("digests cut off")
        text = inflate(data[body:], limits.header_bytes, DICTIONARY).decode("utf-8")
        value = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_float=_finite)
        return _Restore([data[1 + 32 * i:33 + 32 * i].hex() for i in range(count)], limits).walk(value, 0)
    except (ValueError, IndexError, RecursionError) as error:
        raise LzcError(f"metadata is damaged: {error}") from error


class _Restore:
    """Puts digests back and counts what the metadata holds against the limits."""

    def __init__(self, digests: list[str], limits: Limits) -> None:
        self.digests, self.limits = digests, limits
        self.entries = self.items = 0

    def walk(self, item: Any, depth: int) -> Any:
        if depth > 32:
            raise ValueError("nested deeper than 32")
        if isinstance(item, dict):
            self.entries += len(item)
            self.limits.at_most("meta_entries", self.entries)
            for key in item:
                self.limits.at_most("meta_entry_bytes", len(key.encode("utf-8")))
            return {key: self.walk(entry, depth + 1) for key, entry in item.items()}
        if isinstance(item, list):
            self.items += len(item)
            self.limits.at_most("meta_items", self.items)
            return [self.walk(entry, depth + 1) for entry in item]
        if isinstance(item, str):
            self.limits.at_most("meta_entry_bytes", len(item.encode("utf-8")))
            if item.startswith("@@"):
                return item[1:]
            if item.startswith("@"):
                if not (item[1:].isascii() and item[1:].isdigit() and len(item) <= 4):
                    raise ValueError("unknown reference")
                return self.digests[int(item[1:])]
        return item


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name occurs twice in an object")
    return result


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is out of range")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
