"""Compile restoration's loops once, at installation, so that the first use does not wait: `python -m engine.correlation.warm`."""
from __future__ import annotations

import numpy as np

from engine.correlation import leave
from engine.correlation.given import GIVEN
from engine.correlation.model import CorrelationModel
from engine.correlation.net import CorrelationNet
from engine.correlation.restorer import Planes, Recorded, restore, tiles

SIDE = 80


def warm() -> None:
    """Weigh, pack, unpack and restore a tiny window."""
    rng, model = np.random.default_rng(0), CorrelationModel(CorrelationNet(), "0" * 64)

    def picture() -> Planes:
        y, u, v = (rng.integers(0, 256, (n, n)).astype(np.float32) for n in (SIDE, SIDE // 2, SIDE // 2))
        return y, u, v

    pictures = tuple(picture() for _ in range(2))
    recorded, truth = Recorded(pictures, 10.0, (1.0, 2.0)), [[p.astype(np.uint8) for p in picture()] for _ in range(2)]
    for learned in (True, False):
        leave.decide(recorded, model, truth, learned=learned)
    weights = np.zeros((2, model.patterns), np.int8)
    weights[:, :GIVEN] = 1
    keep = np.ones((2, *tiles(SIDE, SIDE)), bool)
    leave.unpack(leave.pack([(keep, weights)]), SIDE, SIDE, model.patterns)
    leave.helps(recorded, restore(recorded, model, weights, keep=keep), truth)


if __name__ == "__main__":
    warm()
