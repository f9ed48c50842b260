"""Fuzzes the container with a mutator that repairs every check: `python -m tests.engine.lzc.fuzz [SECONDS] [SEED]`.

Prints inputs, inputs per second, how many opened, the slowest input and the peak of memory. Any error but
LzcError stops it, with the input saved as `fuzz-failure.lzc`.
"""
from __future__ import annotations

import json
import random
import resource
import sys
import time
import zlib
from binascii import crc_hqx
from pathlib import Path

from engine.api import LzcError
from engine.lzc import ChunkKey, Header, LzcReader, Stream, decode_times, unpack_json
from engine.lzc.index import EndMark, encode_end, encode_index, short_hash
from engine.lzc.layout import PREFIX_SIZE, SIGNATURE, SYNC, encode_chunk, put_varint


def damage(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 5))):
        if not out:
            break
        at, kind = rng.randrange(len(out)), rng.randrange(5)
        if kind == 0:
            out[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            out[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif kind == 2:
            del out[at:at + rng.randrange(1, 4)]
        elif kind == 3:
            out[at:at] = rng.randbytes(rng.randrange(1, 5))
        else:
            put_varint(out, rng.choice((0, 1 << 14, 1 << 31, (1 << 32) - 1, 1 << 40)))
    return bytes(out)


def rechecked(rng: random.Random, chunk: bytes, head: int, salt: int) -> bytes:
    """The chunk with fields and payload mutated and both checks right again."""
    fields, payload = damage(rng, chunk[4:head - 2]), damage(rng, chunk[head:-4])
    body = fields + crc_hqx(fields, salt & 0xFFFF).to_bytes(2, "little") + payload
    return SYNC + body + zlib.crc32(body, salt).to_bytes(4, "little")


def one_input(rng: random.Random) -> bytes:
    header = Header({"a": "0" * 64, "b": [1, 2.5, "@"]}, (Stream("video", "c", 2, 64, 48, 8, 9), Stream("data", size=5)))
    whole = encode_chunk(ChunkKey("HEAD"), header.encode(), 0)
    first = rechecked(rng, whole, 12, 0) if rng.random() < 0.3 else whole
    salt = int.from_bytes(first[-4:], "little")
    keys = [ChunkKey(rng.choice(("VIDC", "NOTE", "DATA", "xtra", "Xtra")), rng.randrange(2), rng.randrange(17), n, rng.randrange(2) * 300)
            for n in range(rng.randrange(5))]
    payloads = [rng.randbytes(rng.randrange(30)) for _ in keys]
    chunks = []
    for key, payload in zip(keys, payloads, strict=True):
        chunk = encode_chunk(key, payload, salt)
        chunks.append(rechecked(rng, chunk, len(chunk) - 4 - len(payload), salt) if rng.random() < 0.3 else chunk)
    rows = [(k, len(p)) for k, p in zip(keys, payloads, strict=True)]
    index = rechecked(rng, encode_chunk(ChunkKey("INDX"), damage(rng, encode_index(rows)), salt), 11, salt)
    body = SIGNATURE + b"\x01\x01" + first + b"".join(chunks) + first + index
    tail, count = len(first) + len(index) + 32, len(chunks)
    if rng.random() < 0.1:
        tail, count = rng.choice((0, tail + 1, 1 << 31)), rng.choice((0, count + 1, 1 << 22, 1 << 31))
    file = body + encode_end(EndMark(tail, count, short_hash([body])))
    return damage(rng, file) if rng.random() < 0.2 else file


def try_one(data: bytes, lenient: bool) -> bool:
    try:
        with LzcReader(data, lenient=lenient) as reader:
            for key in reader.keys:
                try:
                    payload = reader.read(key)
                except LzcError:
                    continue
                for decode in (unpack_json, lambda p: decode_times(p, 1000)):
                    try:
                        decode(payload)
                    except LzcError:
                        continue
        return True
    except LzcError:
        return False


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    start = time.perf_counter()
    inputs = opened = 0
    slowest = 0.0
    while (before := time.perf_counter()) - start < seconds:
        data = one_input(rng)
        try:
            opened += try_one(data, lenient=rng.random() < 0.3 and len(data) > PREFIX_SIZE)
        except BaseException:
            Path("fuzz-failure.lzc").write_bytes(data)
            raise
        inputs += 1
        slowest = max(slowest, time.perf_counter() - before)
    print(json.dumps({"inputs": inputs, "per_second": round(inputs / seconds), "opened": opened, "slowest_ms": round(slowest * 1000, 1),
                      "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "cpu_seconds": round(time.process_time(), 1)}))


if __name__ == "__main__":
    main()
