"""Several blocks side by side as the chunks of one time: everything that must come first, then level by level, coarse first."""
from __future__ import annotations

from collections.abc import Sequence

from engine.api import LzcError
from engine.hierarchical.lattice import LEVELS
from engine.hierarchical.packing import In, Out

SMALL = 1500          # bytes: below, all levels share one chunk, because each chunk costs 15


def pack(side: bytes, groups: Sequence[Sequence[bytes]], last: bytes = b"") -> dict[int, bytes]:
    """Payload of each level (3 coarsest .. 0). A group with fewer levels has the finest ones. `last` (texts) goes with level 0."""
    parts: dict[int, Out] = {level: Out() for level in range(LEVELS)}
    for level, out in parts.items():
        for group in groups:
            if level < len(group):
                out.blob(group[len(group) - 1 - level])
    parts[0].data += last
    total = len(side) + sum(len(out.data) for out in parts.values())
    first = Out()
    first.whole(total < SMALL)
    first.blob(side)
    if total < SMALL:
        for level in range(LEVELS - 1, -1, -1):
            first.data += parts[level].data
        return {LEVELS - 1: bytes(first.data)}
    first.data += parts[LEVELS - 1].data
    return {LEVELS - 1: bytes(first.data), **{level: bytes(parts[level].data) for level in range(LEVELS - 2, -1, -1)}}


def together(payloads: dict[int, bytes]) -> bool:
    """Whether the coarsest chunk holds all levels."""
    return bool(In(payloads[LEVELS - 1]).whole(1))


class Bundle:
    """Reads what `pack` wrote: first `side`, then, once the caller knows how many levels each group has, `levels`."""

    def __init__(self, payloads: dict[int, bytes]) -> None:
        if LEVELS - 1 not in payloads:
            raise LzcError("the coarsest level of general data is missing")
        self._payloads = payloads
        self._first = In(payloads[LEVELS - 1])
        self._together = bool(self._first.whole(1))
        self.side = self._first.blob()
        self.last: In | None = None

    def levels(self, counts: Sequence[int], finest: int = 0) -> list[list[bytes]]:
        """The parts of each group, coarsest first, down to level `finest` or to the first that is not there."""
        result: list[list[bytes]] = [[] for _ in counts]
        source: In | None = self._first
        for level in range(LEVELS - 1, -1, -1):
            if level < LEVELS - 1 and not self._together:
                source = In(self._payloads[level]) if level in self._payloads else None
            if source is None or (level < finest and any(result)):
                break
            for group, count in zip(result, counts):
                if level < count:
                    group.append(source.blob())
            if level == 0:
                self.last = source
        if any(count and not group for group, count in zip(result, counts)):
            raise LzcError("no level of a part of the general data is there")
        return result
