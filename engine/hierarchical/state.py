"""What the coder of one chunk learns as it goes: contexts, weights, least squares, recent errors."""
from __future__ import annotations

import numpy as np

from engine.hierarchical import walk as W
from engine.hierarchical.model import Model


class State:
    """Starts from a model for each block, and is carried from its coarse levels to its fine ones."""

    def __init__(self, channels: int, model: Model) -> None:
        n, known = W.INPUTS, model.arrays
        self.prob = np.full(W.TABLE, 32768, np.uint16)
        self.count = np.zeros(W.TABLE, np.uint8)
        self.prob[:len(known["prob"])] = known["prob"]
        self.count[:len(known["count"])] = known["count"]
        self.weight = known["weight"].copy()
        self.low_prob, self.low_count = known["low_prob"].copy(), known["low_count"].copy()
        self.net_w = np.ascontiguousarray(known["net_w"].transpose(0, 2, 1))
        self.net_b, self.net_v = known["net_b"], known["net_v"]
        self.ls_a = np.zeros((2, channels, n, n), np.int64)
        self.ls_b = np.zeros((2, channels, n), np.int64)
        self.ls_w = np.zeros((2, channels, n), np.int64)
        self.ls_n = np.zeros((2, channels), np.int64)
        self.err = np.full((channels, W.PREDICTORS), 16 << 4, np.int64)
        self.hist = np.full((channels, 2), 16, np.int64)
