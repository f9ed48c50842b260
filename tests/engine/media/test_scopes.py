"""Scopes count recorded samples and make up none."""
from __future__ import annotations

import numpy as np
import pytest

from engine.api import Frame
from engine.media import scopes


def frame(depth: int = 8) -> Frame:
    y, x = np.mgrid[0:20, 0:31]
    kind = np.uint8 if depth == 8 else np.uint16
    luma = ((x * 3 + y * 5) << (depth - 8)).astype(kind)
    u = np.full((10, 16), 100 << (depth - 8), kind)
    v = (np.arange(160).reshape(10, 16) << (depth - 8)).astype(kind)
    return Frame(luma, u, v, 0, 0, depth)


@pytest.mark.parametrize("depth", [8, 10])
def test_the_histogram_counts_every_sample_once(depth: int) -> None:
    counts = scopes.histogram(frame(depth), (0, 0, 31, 20))
    assert counts.shape == (3, 256) and counts.sum(1).tolist() == [620, 160, 160] and counts[1, 100] == 160 and counts[0, 0] == 1
    part = scopes.histogram(frame(depth), (2.5, 3, 1.2, 1))
    assert part[0].nonzero()[0].tolist() == [2 * 3 + 15, 3 * 3 + 15], "pixels that are only touched belong to it"


def test_the_waveform_has_a_column_for_each_place() -> None:
    counts = scopes.waveform(frame(), (0, 0, 31, 20), 31)
    assert counts.sum() == 620 and (counts.sum(0) == 20).all()
    assert counts[:, 4].nonzero()[0].tolist() == [12 + 5 * y for y in range(20)]
    assert scopes.waveform(frame(), (0, 0, 31, 20), 256).sum() == 620


def test_a_profile_is_recorded_pixels_only_each_once() -> None:
    f = frame()
    places, values = scopes.profile(f, (2.2, 3.9), (12.4, 8.1))
    assert (values == f.y[places[:, 1], places[:, 0]]).all() and places[0].tolist() == [2, 3] and places[-1].tolist() == [12, 8]
    assert len({tuple(p) for p in places.tolist()}) == len(places) and (np.abs(np.diff(places, axis=0)).max(1) == 1).all()
    assert len(scopes.profile(f, (5.5, 5.5), (5.6, 5.5))[0]) == 1
    assert scopes.profile(f, (-9, 5), (90, 5))[0][:, 0].tolist() == list(range(31)), "outside there is nothing"


def test_a_sample_is_the_pixel_under_the_place() -> None:
    f = frame()
    assert scopes.sample(f, 30.9, 19.9) == scopes.Sample(30, 19, 30 * 3 + 19 * 5, 100, 9 * 16 + 15)
    assert scopes.sample(f, 31, 5) is None and scopes.sample(f, -0.1, 5) is None
