"""How a tensor `[C, Y, X]` is cut into blocks: memory stays bounded, blocks restore alone, coders run side by side."""
from __future__ import annotations

from collections.abc import Iterator

SERIES = 1 << 16         # samples of a channel in one block of a series
SIDE = 512               # of a block of a picture or cube
FEW = 4                  # channels: pictures, whose blocks are half as wide. What was learnt of a line is fresher in the next one then
FAST_SIDE = 256          # of one in a hurry: smaller, so that all cores have work
BANDS = 1024
VOLUME = 1 << 21         # samples of a block, all channels together

Box = tuple[slice, slice, slice]


def boxes(shape: tuple[int, int, int], fast: bool = False) -> list[Box]:
    """Blocks in the order of their numbers: channel runs, then rows, then columns."""
    channels, height, width = shape
    run = max(1, min(BANDS, channels))
    side_y, side_x = (1, SERIES) if height == 1 else (FAST_SIDE, FAST_SIDE) if fast else (SIDE, SIDE // 2 if channels <= FEW else SIDE)
    while run > 1 and run * min(height, side_y) * min(width, side_x) > VOLUME and side_x > 64:
        if height == 1:
            side_x //= 2
        elif side_y > 64:
            side_y, side_x = side_y // 2, side_x // 2
        else:
            run = (run + 1) // 2
    return [(slice(c, min(c + run, channels)), slice(y, y1), slice(x, x1))
            for c in range(0, channels, run) for y, y1 in _cuts(height, side_y) for x, x1 in _cuts(width, side_x)]


def _cuts(length: int, size: int) -> Iterator[tuple[int, int]]:
    """Runs of `size`; what remains under half of it joins its neighbour."""
    count = max(1, (length + size // 2) // size)
    for i in range(count):
        yield i * size, (i + 1) * size if i + 1 < count else length
