"""The tiny language between a source and its decoding child: one JSON object and one run of bytes per message.

The child is not trusted (it has just parsed a hostile file), so nothing it says is unpickled or evaluated and every length is bounded.
A message is `<II` (length of the JSON, length of the bytes), then both.
"""
from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

HEAD = struct.Struct("<II")
MAX_JSON = 8 << 20
MAX_BLOB = 0xFFFFFFFF

Message = tuple[dict[str, Any], bytes]


class WireError(Exception):
    """What came through the pipe is not a message."""


def encode(body: dict[str, Any], blob: bytes = b"") -> bytes:
    """One message as bytes, without the blob (send that after it: it may be large)."""
    text = json.dumps(body, separators=(",", ":")).encode()
    if len(text) > MAX_JSON or len(blob) > MAX_BLOB:
        raise WireError("message too long")
    return HEAD.pack(len(text), len(blob)) + text


def decode(read: Callable[[int], bytes], max_blob: int = MAX_BLOB) -> Message:
    """The next message; `read(n)` returns exactly n bytes or raises EOFError."""
    n_text, n_blob = HEAD.unpack(read(HEAD.size))
    if n_text > MAX_JSON or n_blob > max_blob:
        raise WireError("message too long")
    try:
        body = json.loads(read(n_text))
    except ValueError as error:
        raise WireError("not a message") from error
    if not isinstance(body, dict):
        raise WireError("not a message")
    return body, read(n_blob) if n_blob else b""
