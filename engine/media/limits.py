"""How much of the machine an untrusted file may use while it is opened and decoded."""
from __future__ import annotations

from dataclasses import dataclass

from engine.api import MediaError

MAX_SIDE = 16384
MAX_PIXELS = 1 << 28


@dataclass(frozen=True)
class DecodeLimits:
    """Bounds on the decoding child process.

    memory: address space in bytes (RLIMIT_AS). stall: seconds without a sign of life before the child is ended.
    max_packets: most packets of one stream. max_side, max_pixels: picture size.
    """

    memory: int = 8 << 30
    stall: float = 60.0
    max_packets: int = 20_000_000
    max_side: int = MAX_SIDE
    max_pixels: int = MAX_PIXELS

    def check_size(self, width: int, height: int, where: str = "") -> None:
        """MediaError for a picture without pixels or beyond the limits."""
        if width < 1 or height < 1:
            raise MediaError(f"a picture of {width}x{height} pixels has nothing to show", where=where)
        if width > self.max_side or height > self.max_side or width * height > self.max_pixels:
            raise MediaError(f"a picture of {width}x{height} pixels is too large", where=where,
                             hint=f"the limit is {self.max_side} pixels a side and {self.max_pixels} in all")
