"""Chunks of frames with the frames around them, as the recorder wants them: one chunk is read ahead."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from engine.api import Frame, FrameSource

AROUND = 6  # frames handed on with each chunk, on either side: what the writer looks at with effort high


class Piece(NamedTuple):
    """1 to 9 `frames`, before which there is a scene `cut` or none, and up to 6 frames `before` and `after` them, of the same scene."""

    frames: list[Frame]
    cut: bool
    before: list[Frame]
    after: list[Frame]


def with_surroundings(chunks: Iterable[tuple[list[Frame], bool]]) -> Iterator[Piece]:
    """Chunks that follow each other, each (frames, cut), with what lies around them; one chunk is held back."""
    held: tuple[list[Frame], bool] | None = None
    before: list[Frame] = []
    for frames, cut in chunks:
        if held is not None:
            yield Piece(*held, before, [] if cut else frames[:AROUND])
            before = [] if cut else [*before, *held[0]][-AROUND:]
        held = frames, cut
    if held is not None:
        yield Piece(*held, before, [])


def pieces_after(pictures: FrameSource, start: int, key_interval: int) -> Iterator[Piece]:
    """Frames as they are coded together, cut at scene changes, from frame `start` on. Cut from frame 0 each time, so that a resumed
    file has the same chunks as one made in one go."""
    from engine.lorentzian.schedule import pieces
    from engine.media import FrameExtractor

    at = 0
    for piece in with_surroundings((list(c.frames), c.cut) for c in FrameExtractor(pictures, "scene", lambda at: pieces(at, key_interval))):
        end = at + len(piece.frames)
        if end > start:
            skip = max(0, start - at)
            yield Piece(piece.frames[skip:], piece.cut and skip == 0, [*piece.before, *piece.frames[:skip]][-AROUND:], piece.after)
        at = end
