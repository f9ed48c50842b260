"""Pictures with planted motion, and a small network that does something."""
from __future__ import annotations

import numpy as np
import torch

from engine.correlation.model import CorrelationModel
from engine.correlation.net import CorrelationConfig, CorrelationNet


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth random luma, uint8: unlike itself at any other place."""
    rng = np.random.default_rng(seed)
    rough = rng.uniform(0, 255, (height // 8 + 2, width // 8 + 2))
    fine = rough.repeat(8, 0).repeat(8, 1)
    kernel = np.ones(9) / 9
    for axis in (0, 1):
        fine = np.apply_along_axis(lambda row: np.convolve(row, kernel, "same"), axis, fine)
    return fine[4:4 + height, 4:4 + width].astype(np.uint8)


def weights(model: CorrelationModel) -> np.ndarray:
    """Some of every pattern."""
    return np.random.default_rng(5).integers(-20, 21, (2, model.patterns)).astype(np.int8)


def small_model() -> CorrelationModel:
    torch.manual_seed(3)
    net = CorrelationNet(CorrelationConfig(fine=8, width=16, heads=2, blocks=1, patterns=2))
    for p in net.parameters():  # the zero start would hide every fault
        torch.nn.init.normal_(p, std=0.1)
    return CorrelationModel(net, "ab" * 32, precision="float32")
