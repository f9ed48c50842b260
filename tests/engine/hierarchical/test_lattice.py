"""The order of coding: every sample once, only from samples that are known."""
import pytest

from engine.hierarchical.lattice import LEVELS, plan


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (1, 77), (1, 300), (5, 1), (7, 9), (33, 40), (64, 64)])
def test_every_sample_once_and_only_known_neighbours(shape: tuple[int, int]) -> None:
    height, width = shape
    known: set[tuple[int, int]] = set()
    levels = plan(height, width)
    assert 1 <= len(levels) <= LEVELS
    for steps in levels:
        for step in steps:
            for y in range(step.y0, height, step.dy):
                for x in range(step.x0, width, step.dx):
                    for dy, dx in step.near:
                        inside = 0 <= y + dy < height and 0 <= x + dx < width
                        assert not inside or (y + dy, x + dx) in known, (step, y, x, dy, dx)
                    assert (y, x) not in known
                    known.add((y, x))
    assert len(known) == height * width
