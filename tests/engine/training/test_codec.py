"""The codec's two trainers: they learn, they go on from where they stopped, and neither touches what the other learns."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.training import codec, codec_key
from engine.training.codec_data import Clip
from engine.training.codec_ship import key_weights
from tests.engine.lorentzian.clips import scene

SIZE = 64


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    y, u, v = (np.stack([f[k] for f in scene(16, 96, 80)]) for k in range(3))
    return [Clip("scene", y, u, v)]


def state(folder: Path) -> dict[str, object]:
    loaded: dict[str, object] = torch.load(folder / "state.pt", weights_only=True)
    return loaded


def test_key_slices_learn_and_go_on(clips: list[Clip], tmp_path: Path) -> None:
    picture = [np.ascontiguousarray(p[0], np.float32) for p in (clips[0].y, clips[0].u, clips[0].v)]
    codec_key.learn(clips, [picture], tmp_path, 5, False, batch=2, size=SIZE, total=3)
    first = state(tmp_path)
    assert first["steps"] == 3 and first["seconds"] > 0  # type: ignore[operator]
    heads = [v for k, v in first["net"].items() if k.startswith("heads") and k.endswith("weight")]  # type: ignore[attr-defined]
    assert len(heads) == 4 and all(bool(h.any()) for h in heads), "every level's head has moved from its zero"
    codec_key.learn(clips, [], tmp_path, 5, True, batch=2, size=SIZE, total=4)
    assert state(tmp_path)["steps"] == 4


def test_the_other_slices_learn_beside_key_slices_that_stand_still(clips: list[Clip], tmp_path: Path) -> None:
    for _ in codec.learn(clips, tmp_path, total=2, minutes=5, batch=1, size=SIZE, lr=1e-3, resume=False):
        pass
    got = state(tmp_path)
    names = set(got["net"])  # type: ignore[call-overload]
    assert got["steps"] == 2 and not any(n.startswith(codec.KEY) for n in names)
    assert bool(got["net"]["syn_out.weight"].any())  # type: ignore[index]


def test_networks_of_key_slices_come_from_the_run_or_from_what_ships(clips: list[Clip], tmp_path: Path) -> None:
    shipped = key_weights(tmp_path)
    codec_key.learn(clips, [], tmp_path, 5, False, batch=1, size=SIZE, total=1)
    (tmp_path / "state.pt").rename(tmp_path / "key.pt")
    own = key_weights(tmp_path)
    assert own.keys() == shipped.keys() and not torch.equal(own["start.weight"], shipped["start.weight"])
