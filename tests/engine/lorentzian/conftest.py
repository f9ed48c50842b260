"""The shipped codec, where it is there, and one torch thread: tests share the machine."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from engine.lorentzian.model import CodecModel, load_codec, paths


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def shipped() -> CodecModel:
    missing = [p.name for p in paths() if not p.exists()]
    if missing:
        pytest.skip(f"no shipped codec: {', '.join(missing)} missing in models/")
    return load_codec(precision="float32")
