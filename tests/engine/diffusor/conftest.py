"""Networks made in the test, with weights large enough to push values past black and white."""
from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from engine.diffusor.model import DetailModel
from engine.diffusor.net import DetailConfig, DetailNet


def make_net(strength: float = 0.3, config: DetailConfig | None = None) -> DetailNet:
    torch.manual_seed(0)
    net = DetailNet(config or DetailConfig(width=16, blocks=2, noise=4, branch=16))
    torch.nn.init.normal_(net.mean.weight, std=strength)
    torch.nn.init.normal_(net.detail.weight, std=strength)
    return net.eval().requires_grad_(False)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Small pictures on a shared machine: more threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def wild() -> DetailModel:
    """A network that contradicts its input as much as it can."""
    return DetailModel(make_net(), "test", "cpu")


def _check_tiles(model: DetailModel, h: int, w: int, tile: int) -> None:
    """Tiles made one by one, with their halo, equal the picture made at once."""
    rng = np.random.default_rng(0)
    planes = [rng.integers(0, 256, s).astype(np.float32) for s in ((h, w), *[((h + 1) // 2, (w + 1) // 2)] * 2)]

    def make(part: list[np.ndarray], origin: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return model.synthesise(*part, origin=origin, key=("file", 4, 0), seed=3)
    whole = make(planes, (0, 0))
    for y0 in range(0, h, tile):
        for x0 in range(0, w, tile):
            y1, x1 = min(y0 + tile, h), min(x0 + tile, w)
            top, left = max(y0 - model.halo, 0), max(x0 - model.halo, 0)
            bottom, right = min(y1 + model.halo, h), min(x1 + model.halo, w)
            c = slice(top // 2, (bottom + 1) // 2), slice(left // 2, (right + 1) // 2)
            made = make([planes[0][top:bottom, left:right], planes[1][c], planes[2][c]], (left, top))
            for part, full, f in zip(made, whole, (2, 1, 1), strict=True):
                a = part[f * (y0 - top):f * (y1 - top), f * (x0 - left):f * (x1 - left)]
                assert np.abs(a - full[f * y0:f * y1, f * x0:f * x1]).max() < 1e-3


@pytest.fixture(scope="session")
def check_tiles() -> Callable[[DetailModel, int, int, int], None]:
    return _check_tiles
