"""Synthesis may add what was not recorded; it may not contradict what was."""
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.diffusor.consistency import base_upsample, group_mean, project
from engine.diffusor.model import DetailModel

sizes = st.tuples(st.integers(1, 13), st.integers(1, 13))


def down(plane: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """2 x 2 area mean where a border of odd size stands for the pixel it lacks."""
    full = np.pad(plane, ((0, 2 * shape[0] - plane.shape[0]), (0, 2 * shape[1] - plane.shape[1])), mode="edge").astype(np.float64)
    return full.reshape(shape[0], 2, shape[1], 2).mean((1, 3))


@st.composite
def pictures(draw):
    """Random planes of every size, in whole or fractional grey steps, often saturated."""
    h, w = draw(sizes)
    kind = draw(st.sampled_from(["whole", "fraction", "saturated", "flat"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def plane(shape):
        if kind == "saturated":
            return rng.choice([0, 1, 2, 253, 254, 255], shape).astype(np.float32)
        if kind == "flat":
            return np.full(shape, rng.choice([0, 0.3, 128, 255]), np.float32)
        x = rng.uniform(0, 255, shape)
        return (np.rint(x) if kind == "whole" else x).astype(np.float32)
    c = ((h + 1) // 2, (w + 1) // 2)
    return plane((h, w)), plane(c), plane(c)


@settings(max_examples=80, deadline=None)
@given(pictures(), st.booleans(), st.integers(0, 5))
def test_output_reduced_again_is_the_input(wild: DetailModel, planes, stochastic, seed):
    y, u, v = planes
    out = wild.synthesise(y, u, v, origin=(0, 0), key=("f", 0, 0), seed=seed, stochastic=stochastic)
    assert out[0].shape == (2 * y.shape[0], 2 * y.shape[1]) and out[1].shape == out[2].shape == y.shape
    for made, given_plane in zip(out, planes, strict=True):
        assert made.dtype == np.float32 and made.min() >= 0 and made.max() <= 255
        assert np.abs(down(made, given_plane.shape) - given_plane).max() < 1e-3
        rounded = np.clip(np.rint(made), 0, 255).astype(np.uint8)
        assert np.abs(down(rounded, given_plane.shape) - given_plane).max() <= 0.5 + 1e-3


@settings(max_examples=100, deadline=None)
@given(hnp.arrays(np.float32, (4, 6), elements=st.floats(-400, 700, width=32)),
       hnp.arrays(np.float32, (2, 3), elements=st.floats(-20, 280, width=32)))
def test_projection_ends_inside_the_range_with_the_right_means(x, recorded):
    out = project(torch.from_numpy(x)[None, None], torch.from_numpy(recorded)[None, None])
    assert out.min() >= 0 and out.max() <= 255
    assert torch.allclose(group_mean(out)[0, 0], torch.from_numpy(recorded).clamp(0, 255), atol=1e-3)


def test_projection_keeps_what_is_already_consistent():
    x = torch.rand(1, 1, 8, 8) * 255
    assert torch.allclose(project(x, group_mean(x)), x, atol=1e-3)


def test_projection_keeps_contrast_beside_white():
    """Overshoot past white next to a dark pixel is cut off, and the dark pixel stays dark."""
    x = torch.tensor([[260.0, 260.0], [260.0, -20.0]])[None, None]
    out = project(x, torch.tensor([[[[190.0]]]]))
    assert out[0, 0, 1, 1] < 2 and out[0, 0, 0, 0] > 252


@pytest.mark.parametrize("value", [0.0, 17.0, 255.0])
def test_the_classical_start_leaves_flat_areas_flat(value):
    assert torch.allclose(base_upsample(torch.full((1, 2, 5, 7), value)), torch.full((1, 2, 10, 14), value), atol=1e-3)


def test_the_classical_start_follows_a_ramp():
    """A slope is continued at half the step (inside, where the border does not matter)."""
    ramp = torch.arange(16, dtype=torch.float32).expand(16, 16)[None, None] * 8
    up = base_upsample(ramp)[0, 0, 16, 8:24]
    assert torch.allclose(up[1:] - up[:-1], torch.full((15,), 4.0), atol=1e-3)


def test_recursion_stays_consistent_over_three_levels(wild: DetailModel):
    y = np.random.default_rng(0).integers(0, 256, (12, 10)).astype(np.float32)
    u, v = y[::2, ::2] / 2, 255 - y[::2, ::2]
    planes = (y, u, v)
    for level in range(3):
        planes = wild.synthesise(*planes, origin=(0, 0), key=("f", 0, -level), seed=1)
    for made, first in zip(planes, (y, u, v), strict=True):
        h, w = first.shape
        assert np.abs(made.reshape(h, 8, w, 8).mean((1, 3)) - first).max() < 5e-3
