"""The shipped weights do what they are for: better than bicubic, on a drawn picture and on unseen footage."""
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.diffusor import DetailModel, load_detail
from engine.diffusor.model import MAX_PARAMETERS
from engine.training.data import area_mean, dataset, to_uint8
from engine.training.detail_eval import CLASSICAL, Picture, calibration, compare, load_pictures, psnr, recurse, upsample

DATA = Path(os.environ.get("LORENTZ_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data")


@pytest.fixture(scope="module")
def shipped() -> DetailModel:
    return load_detail()


def drawn(size: int = 192) -> np.ndarray:
    """A rendered picture, not a photograph: strokes, discs and a fine grating drawn at four times the size and area-reduced."""
    n = 4 * size
    yy, xx = np.mgrid[0:n, 0:n].astype(np.float32)
    picture = 90 + 40 * xx / n
    rng = np.random.default_rng(7)
    for _ in range(60):  # strokes as in letters
        x0, y0, angle, length = *rng.uniform(0, n, 2), rng.uniform(0, np.pi), rng.uniform(30, 120)
        along = (xx - x0) * np.cos(angle) + (yy - y0) * np.sin(angle)
        across = (yy - y0) * np.cos(angle) - (xx - x0) * np.sin(angle)
        picture[(np.abs(along) < length) & (np.abs(across) < rng.uniform(4, 10))] = rng.uniform(0, 255)
    for _ in range(12):
        x0, y0, r = *rng.uniform(0, n, 2), rng.uniform(15, 60)
        picture[(xx - x0) ** 2 + (yy - y0) ** 2 < r * r] = rng.uniform(0, 255)
    return to_uint8(area_mean(picture, 4))


def test_size_and_halo(shipped):
    assert sum(p.numel() for p in shipped.net.parameters()) <= MAX_PARAMETERS
    assert shipped.halo % 2 == 0 and len(shipped.hash) == 64


def test_tiles_agree_with_the_whole_picture(shipped, check_tiles):
    check_tiles(shipped, 94, 150, 64)


@pytest.mark.parametrize(("factor", "gain"), [(2, 0.5), (4, 0.3)])
def test_a_drawn_picture_comes_out_better_than_bicubic(shipped, factor, gain):
    truth = drawn()
    y = to_uint8(area_mean(truth, factor)).astype(np.float32)
    grey = np.full((y.shape[0] // 2, y.shape[1] // 2), 128, np.float32)
    ours = recurse(shipped, (y, grey, grey), factor.bit_length() - 1, ("drawn", 0), None)[0]
    assert psnr(to_uint8(ours), truth) > psnr(to_uint8(upsample(y, factor, CLASSICAL["bicubic"])), truth) + gain


def test_flat_areas_stay_flat(shipped):
    """Samples keep a faint grain, as the footage has; the mean has none."""
    y, c = np.full((64, 64), 120, np.float32), np.full((32, 32), 128, np.float32)
    mean, sample = shipped.samples(y, c, c, origin=(0, 0), key=("flat", 0, 0), seed=1, samples=(None, 0))
    for plane, grain, value in zip(mean, sample, (120, 128, 128), strict=True):
        assert np.abs(plane - value)[8:-8, 8:-8].max() < 1 and grain.std() < 0.6


def test_uncertain_places_are_edges(shipped):
    """Samples differ more on edges and texture than on flat ground."""
    truth = drawn()
    y = area_mean(truth, 2)
    c = np.full((y.shape[0] // 2, y.shape[1] // 2), 128, np.float32)
    made = shipped.samples(y, c, c, origin=(0, 0), key=("drawn", 0, 0), seed=0, samples=tuple(range(6)))
    spread = np.stack([m[0] for m in made]).std(0)
    busy = np.abs(np.gradient(upsample(y, 2, CLASSICAL["bicubic"]))).sum(0)
    assert spread[busy > np.quantile(busy, 0.9)].mean() > 2 * spread[busy < np.quantile(busy, 0.5)].mean()


@pytest.fixture(scope="module")
def unseen() -> list[Picture]:
    if not dataset(DATA, "val"):
        pytest.skip(f"no held-back footage in {DATA / 'val'}: set LORENTZ_DATA to a folder with val/")
    small = [p for p in dataset(DATA, "val") if p.stat().st_size < 1_400_000]
    return load_pictures(small[:5] + small[-3:], frames=1, size=256)


@pytest.mark.parametrize(("factor", "gain"), [(2, 0.5), (4, 0.4)])
def test_unseen_footage_comes_out_better_than_bicubic(shipped, unseen, factor, gain):
    figures = compare(shipped, unseen, factor, full=False)
    assert figures["ours, mean"]["all"]["psnr"] > figures["bicubic"]["all"]["psnr"] + gain


def test_spread_tells_the_error_on_unseen_footage(shipped, unseen):
    figures = calibration(shipped, unseen)
    assert 0.86 < figures["inside_90"] < 0.94
    assert abs(figures["psnr_mean_of_samples"] - figures["psnr_mean_head"]) < 0.6  # 0.5 is what eight perfect samples would lose


def test_threads_do_not_change_the_picture(shipped):
    y, c = np.random.default_rng(0).uniform(0, 255, (40, 40)).astype(np.float32), np.full((20, 20), 128, np.float32)
    results = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        results.append(shipped.synthesise(y, c, c, origin=(0, 0), key=("f", 0, 0), seed=0)[0])
    torch.set_num_threads(1)
    assert np.abs(results[0] - results[1]).max() < 1e-3
