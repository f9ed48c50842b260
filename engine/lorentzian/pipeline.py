"""Short chunks coded side by side: only the key slice of one looks at the one before, so it is coded while the rest of that is."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from engine.lorentzian.chunk import CodedChunk
from engine.lorentzian.codec import ChunkEncoder, Planes
from engine.lorentzian.workers import map_slices

LARGE = 1 << 20  # pixels above which they are coded one after the other: two at once take too much memory


def encode_each(encoder: ChunkEncoder, parts: Sequence[list[Planes]]) -> list[tuple[CodedChunk, list[Planes]]]:
    """`encoder.encode` of chunks that follow each other and begin nothing."""
    if len(parts) < 2 or encoder.pw * encoder.ph > LARGE:
        return [encoder.encode(part, False) for part in parts]
    now, then = encoder, encoder.twin()
    chunk, made = now.begun(parts[0]), []
    for following in (*parts[1:], None):
        work: list[Callable[[], Any]] = [partial(now.rest, chunk)]
        if following is not None:
            then.restore(now.following(chunk))
            work.append(partial(then.begun, following))
        coded, *ahead = map_slices(lambda w: w(), work)
        made.append(coded)
        if ahead:
            for st, before in zip(then.states, now.states, strict=True):
                st.filters = before.filters
            chunk, now, then = ahead[0], then, now
    if now is not encoder:
        encoder.restore(now.snapshot())
    return made
