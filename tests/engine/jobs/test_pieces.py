"""Chunks with the frames around them."""
from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.jobs.pieces import AROUND, pieces_after, with_surroundings
from tests.engine.jobs.fakes import Pictures


def numbers(piece) -> tuple[list[int], bool, list[int], list[int]]:
    return [f.index for f in piece.frames], piece.cut, [f.index for f in piece.before], [f.index for f in piece.after]


def test_chunks_from_the_middle_are_those_of_the_whole() -> None:
    whole = [numbers(p) for p in pieces_after(Pictures(20), 0, 32)]
    first, second, third = list(range(9)), list(range(9, 17)), list(range(17, 20))
    assert whole == [(first, True, [], second[:AROUND]), (second, False, first[-AROUND:], third), (third, False, second[-AROUND:], [])]
    later = [numbers(p) for p in pieces_after(Pictures(20), 12, 32)]
    assert later == [(list(range(12, 17)), False, list(range(12 - AROUND, 12)), third), (third, False, second[-AROUND:], [])]
    assert [numbers(p) for p in pieces_after(Pictures(20), 17, 32)] == whole[2:] and not list(pieces_after(Pictures(20), 20, 32))


@given(st.integers(1, 200), st.integers(1, 100))
def test_every_interval_is_filled(frames: int, interval: int) -> None:
    starts = [p.frames[0].index for p in pieces_after(Pictures(frames), 0, interval)]
    assert set(range(0, frames, interval)) <= set(starts)
    sizes = [b - a for a, b in pairwise([*starts, frames])]
    assert all(1 <= n <= (9 if at % interval == 0 else 8) for at, n in zip(starts, sizes, strict=True))
    # within an interval what ends a piece lies at 8, 16, 24 ...: last slices, which are finer
    ends = [at + n for at, n in zip(starts, sizes, strict=True)]
    assert all((end % interval - 1) % 8 == 0 or end % interval == 0 or end == frames for end in ends)


@given(st.lists(st.tuples(st.integers(1, 8), st.booleans()), max_size=12))
def test_what_lies_around_is_of_the_same_scene(plan: list[tuple[int, bool]]) -> None:
    made, at, scene, scenes = [], 0, 0, []
    for size, cut in plan:
        scene += cut
        made.append((list(range(at, at + size)), cut))
        scenes += [scene] * size
        at += size
    pieces = list(with_surroundings(made))  # type: ignore[arg-type]
    assert [(p.frames, p.cut) for p in pieces] == made
    for p in pieces:
        start, stop = p.frames[0], p.frames[-1] + 1
        before = [n for n in range(max(0, start - AROUND), start) if scenes[n] == scenes[start]]
        assert p.before == before
        assert p.after == [n for n in range(stop, len(scenes)) if scenes[n] == scenes[start]][:len(p.after)]
        assert bool(p.after) == (stop < len(scenes) and scenes[stop] == scenes[start])
