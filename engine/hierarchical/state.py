"""What the coder of one chunk learns as it goes: contexts, weights, least squares, recent errors."""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.hierarchical import walk as W


@dataclass
class State:
    """Fresh for each chunk, carried from its coarse levels to its fine ones."""

    channels: int
    prob: np.ndarray = field(default_factory=lambda: np.full(W.TABLE, 32768, np.uint16))
    count: np.ndarray = field(default_factory=lambda: np.zeros(W.TABLE, np.uint8))
    weight: np.ndarray = field(default_factory=lambda: np.full((W.ROWS, W.CONTEXTS), 65536 * 3 // 10, np.int32))
    low_prob: np.ndarray = field(default_factory=lambda: np.full(4096, 32768, np.uint16))
    low_count: np.ndarray = field(default_factory=lambda: np.zeros(4096, np.uint8))
    ls_a: np.ndarray = field(init=False)
    ls_b: np.ndarray = field(init=False)
    ls_w: np.ndarray = field(init=False)
    ls_n: np.ndarray = field(init=False)
    err: np.ndarray = field(init=False)
    hist: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        c, n = self.channels, W.INPUTS
        self.ls_a = np.zeros((2, c, n, n), np.int64)
        self.ls_b = np.zeros((2, c, n), np.int64)
        self.ls_w = np.zeros((2, c, n), np.int64)
        self.ls_n = np.zeros(c, np.int64)
        self.err = np.full((c, W.PREDICTORS), 16 << 4, np.int64)
        self.hist = np.full((c, 2), 16, np.int64)
