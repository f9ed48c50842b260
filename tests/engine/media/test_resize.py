"""Area means against the plain definition."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api import Frame
from engine.media import reduce2, resize_area
from engine.media.resize import reduce_frame


def area(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    """Every result pixel as the integral over its rectangle, by brute force."""
    def weights(size: int, length: int) -> np.ndarray:
        out = np.zeros((size, length))
        for i in range(size):
            a, b = i * length / size, (i + 1) * length / size
            for j in range(length):
                out[i, j] = max(0.0, min(b, j + 1) - max(a, j)) * size / length
        return out
    return weights(height, plane.shape[0]) @ plane.astype(float) @ weights(width, plane.shape[1]).T


@given(st.integers(1, 23), st.integers(1, 23), st.integers(1, 30), st.integers(1, 30), st.sampled_from([np.uint8, np.uint16, np.float32]))
def test_resize_is_the_mean_of_the_area(h: int, w: int, height: int, width: int, kind: type) -> None:
    plane = np.random.default_rng(h * 31 + w).integers(0, 250, (h, w)).astype(kind)
    got = resize_area(plane, height, width)
    assert got.shape == (height, width) and got.dtype == kind and got.flags.c_contiguous
    assert np.abs(got.astype(float) - area(plane, height, width)).max() <= (0.501 if kind is not np.float32 else 1e-3)


@given(st.integers(1, 15), st.integers(1, 15), st.sampled_from([np.uint8, np.uint16, np.uint32, np.float32]))
def test_halving(h: int, w: int, kind: type) -> None:
    plane = np.random.default_rng(h * 17 + w).integers(0, 256, (h, w)).astype(kind)
    got = reduce2(plane)
    even = np.pad(plane.astype(float), ((0, h % 2), (0, w % 2)), mode="edge")
    mean = even.reshape((h + 1) // 2, 2, (w + 1) // 2, 2).mean((1, 3))
    assert got.dtype == kind and np.array_equal(got, mean if kind is np.float32 else np.floor(mean + 0.5))


def test_largest_samples_do_not_overflow() -> None:
    assert reduce2(np.full((2, 2), 65535, np.uint16)).item() == 65535 and reduce2(np.full((3, 3), 255, np.uint8)).max() == 255


def test_frames_and_colours() -> None:
    frame = Frame(np.zeros((35, 33), np.uint8), np.zeros((18, 17), np.uint8), np.zeros((18, 17), np.uint8), 4, 9)
    small = reduce_frame(frame, 2)
    assert (small.y.shape, small.u.shape, small.index, small.pts) == ((9, 9), (5, 5), 4, 9)
    assert resize_area(np.zeros((4, 6, 3), np.uint8), 3, 2).shape == (3, 2, 3)
    same = resize_area(frame.y, 35, 33)
    assert same is not frame.y and same.shape == (35, 33)
    with pytest.raises(ValueError, match="cannot resize"):
        resize_area(frame.y, 0, 5)
