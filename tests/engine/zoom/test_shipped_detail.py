"""The promises of the zoom with the network that is shipped."""
from collections.abc import Iterator

import numpy as np
import pytest

from engine.api import Frame, ModelError
from engine.opening import open_source
from engine.resources import asset_path
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
    n = 40  # of the mirror image beyond the edge
    planes = [np.pad(p.astype(np.float32), k, mode="symmetric")
              for p, k in ((STRUCTURED.y, n), (STRUCTURED.u, n // 2), (STRUCTURED.v, n // 2))]
    whole = [p[k:-k, k:-k] for p, k in zip(model.synthesise(*planes, origin=(-n, -n), key=("d", 0, 0), seed=0), (2 * n, n, n), strict=True)]
    assert 300 > 2 * TILE
    assert np.abs(y - whole[0]).max() <= 0.5 and np.abs(u - whole[1]).max() <= 0.5


@pytest.fixture(scope="module")
def recorded() -> Frame:
    """The number plate of the bundled sample, 80 x 48 pixels as decoded."""
    source = open_source(asset_path("sample.lzc"))
    try:
        return source.read_region(0, (884, 528, 80, 48))  # type: ignore[attr-defined, no-any-return]
    finally:
        source.close()


DEPTHS = {1: (80, 48), 2: (32, 32), 3: (16, 16), 4: (12, 8), 5: (6, 4), 6: (4, 4)}  # levels beyond the record: recorded pixels looked at
SEEDS = (0, 1, 2**40 + 3)


def made(frame: Frame, model: Synthesiser, seed: int) -> Pyramid:
    return Pyramid(from_frame(frame, 0), model, TileCache(), "digest", 0, seed, 0 if seed else None)


@pytest.mark.parametrize("depth", DEPTHS, ids=lambda d: f"x{2 ** d}")
def test_reduced_again_every_level_is_the_one_before_and_the_record(model: Synthesiser, recorded: Frame, depth: int) -> None:
    """Within half a grey step, luma and colour, for the expected detail and for samples."""
    (w, h), (x, y) = DEPTHS[depth], (24, 16) if depth > 1 else (0, 0)
    for seed in SEEDS:
        pyramid = made(recorded, model, seed)
        box = x, y, x + w, y + h
        fine, before, record = (pyramid.region(-k, *(v << k for v in box)) for k in (depth, depth - 1, 0))
        assert any(np.ptp(p) > 8 for p in record), "something is to be seen here"
        for plane, coarser, known in zip(fine, before, record, strict=True):
            whole = np.clip(np.rint(plane), 0, 255)[..., None]
            assert np.abs(block_mean(whole, 2)[..., 0] - coarser).max() <= 0.5
            assert np.abs(block_mean(whole, 1 << depth)[..., 0] - known).max() <= 0.5


@pytest.mark.parametrize("depth", DEPTHS, ids=lambda d: f"x{2 ** d}")
def test_a_spot_is_the_same_from_every_path_and_in_every_order(model: Synthesiser, recorded: Frame, depth: int) -> None:
    """Across the border of two tiles and away from it, after walks around the place and tile by tile backwards."""
    seed, border = 5, TILE >> depth  # recorded pixels to the first border between tiles
    x, n = (border - 2) // 2 * 2, 4
    spot = tuple(v << depth for v in (x, 0, x + n, 4))
    alone = made(recorded, model, seed).region(-depth, *spot)
    walked = made(recorded, model, seed)
    for dx in (2, -2, 0) if depth > 1 else (0,):
        walked.region(-depth, *(v << depth for v in (max(x + dx, 0), 0, x + dx + n, 4)))
    backwards = made(recorded, model, seed)
    for tile in backwards.cover(-depth, *spot)[::-1]:
        backwards.tile(-depth, *tile)
    assert len(backwards.cover(-depth, *spot)) > 1
    for other in (walked, backwards):
        assert all(np.array_equal(a, b) for a, b in zip(other.region(-depth, *spot), alone, strict=True))


@pytest.mark.parametrize("depth", DEPTHS, ids=lambda d: f"x{2 ** d}")
@pytest.mark.parametrize("value", [0, 90, 254])
def test_flat_areas_stay_flat_across_tiles_at_every_depth(model: Synthesiser, depth: int, value: int) -> None:
    """No seam above one grey step, at borders of tiles and of the picture."""
    side = max((TILE >> depth) // 2 * 2 + 2, 4)
    y = np.rint(made(flat(160, 160, value), model, 0).region(-depth, 0, 0, side << depth, 4 << depth)[0])
    assert y.shape[1] > TILE and max(np.abs(np.diff(y, axis=axis)).max() for axis in (0, 1)) <= 1


def test_flat_areas_have_no_seam(model: Synthesiser) -> None:
    made = render_zoom(FakeSource(flat(160, 160, 90)), 0, (10, 10, 80, 80), 4, detail_model=model).rgb.astype(int)
    columns, rows = made.mean(axis=(0, 2)), made.mean(axis=(1, 2))
    assert np.abs(np.diff(columns)).max() <= 1 and np.abs(np.diff(rows)).max() <= 1
