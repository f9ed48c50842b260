"""The promises of the zoom with the network that is shipped."""
from collections.abc import Iterator

import numpy as np
import pytest

from engine.api import ModelError
from engine.zoom import TileCache, render_zoom
from engine.zoom.pictures import from_frame
from engine.zoom.tiles import TILE, Pyramid, Synthesiser
from tests.engine.zoom.fakes import FakeSource, block_mean, flat, noise_like

STRUCTURED = noise_like(180, 150, grey=True)
STRUCTURED.y[:] = np.clip(np.cumsum(np.cumsum(STRUCTURED.y.astype(float) - 128, 0), 1) / 40 % 256, 0, 255)  # edges at all angles


@pytest.fixture(scope="module")
def model() -> Iterator[Synthesiser]:
    import torch

    from engine.diffusor import load_detail

    try:
        loaded = load_detail()
    except ModelError as error:
        pytest.skip(f"no shipped weights: {error}")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small tiles on a busy machine: threads would wait for one another
    yield loaded
    torch.set_num_threads(threads)


@pytest.mark.parametrize("magnify", [2, 4])
def test_consistent_with_the_record(model: Synthesiser, magnify: int) -> None:
    made = render_zoom(FakeSource(STRUCTURED), 0, (20, 20, 80, 60), magnify, detail_model=model)
    luma = block_mean(made.rgb, magnify) @ [0.2126, 0.7152, 0.0722]
    grey = np.all(np.ptp(made.rgb.astype(int), axis=2) == 0)
    clipped = (block_mean(np.any((made.rgb == 0) | (made.rgb == 255), axis=2)[..., None], magnify)[..., 0] > 0) & ~grey
    assert np.abs(luma - STRUCTURED.y[20:80, 20:100])[~clipped].max() <= 0.5


def test_the_same_from_another_region(model: Synthesiser) -> None:
    whole = render_zoom(FakeSource(STRUCTURED), 0, (10, 10, 110, 80), 4, detail_model=model).rgb
    part = render_zoom(FakeSource(STRUCTURED), 0, (61, 43, 40, 30), 4, detail_model=model, cache=TileCache(1 << 22)).rgb
    np.testing.assert_array_equal(part, whole[132:252, 204:364])


def test_tiles_meet_without_a_seam(model: Synthesiser) -> None:
    """Limited context is enough: what a tile shows is what the network says when it sees the whole picture."""
    base = from_frame(STRUCTURED, 0)
    y, u, _ = Pyramid(base, model, TileCache(), "d", 0, 0, 0).region(-1, 0, 0, 360, 300)
    planes = [p.astype(np.float32) for p in (STRUCTURED.y, STRUCTURED.u, STRUCTURED.v)]
    whole = model.synthesise(*planes, origin=(0, 0), key=("d", 0, 0), seed=0)
    assert 300 > 2 * TILE
    assert np.abs(y - whole[0]).max() <= 0.5 and np.abs(u - whole[1]).max() <= 0.5


def test_flat_areas_have_no_seam(model: Synthesiser) -> None:
    made = render_zoom(FakeSource(flat(160, 160, 90)), 0, (10, 10, 80, 80), 4, detail_model=model).rgb.astype(int)
    columns, rows = made.mean(axis=(0, 2)), made.mean(axis=(1, 2))
    assert np.abs(np.diff(columns)).max() <= 1 and np.abs(np.diff(rows)).max() <= 1
