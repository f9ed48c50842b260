"""What the tests of this room share; one torch thread, for tests share the machine."""
from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from engine.correlation.model import CorrelationModel
from tests.engine.correlation.fakes import small_model, texture


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def moving() -> list[np.ndarray]:
    """Eight luma planes of 128 x 192 that slide over one large texture, 6 right and 2 down a picture."""
    large = texture(220, 300)
    return [np.ascontiguousarray(large[2 * t:2 * t + 128, 6 * t:6 * t + 192]) for t in range(8)]


@pytest.fixture(scope="session")
def model() -> CorrelationModel:
    return small_model()
