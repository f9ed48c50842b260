"""The codec's two trainers: they learn, they go on from where they stopped, and neither touches what the other learns."""
from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.api import JobResult, Progress
from engine.jobs.runner import run_job
from engine.training import codec, codec_key
from engine.training.codec_data import Clip
from engine.training.codec_ship import key_weights
from tests.engine.lorentzian.clips import scene

SIZE = 64


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    y, u, v = (np.stack([f[k] for f in scene(16, 96, 80)]) for k in range(3))
    return [Clip("scene", y, u, v)]


def state(folder: Path, name: str = "state.pt") -> dict[str, object]:
    loaded: dict[str, object] = torch.load(folder / name, weights_only=True)
    return loaded


def run(trainer: Generator[Progress, None, object]) -> None:
    for _ in trainer:
        pass


def test_key_slices_learn_and_go_on(clips: list[Clip], tmp_path: Path) -> None:
    picture = [np.ascontiguousarray(p[0], np.float32) for p in (clips[0].y, clips[0].u, clips[0].v)]
    run(codec_key.learn(clips, [picture], tmp_path, minutes=5, resume=False, batch=2, size=SIZE, total=3))
    first = state(tmp_path, "key.pt")
    assert first["steps"] == 3 and first["seconds"] > 0  # type: ignore[operator]
    heads = [v for k, v in first["net"].items() if k.startswith("heads") and k.endswith("weight")]  # type: ignore[attr-defined]
    assert len(heads) == 4 and all(bool(h.any()) for h in heads), "every level's head has moved from its zero"
    run(codec_key.learn(clips, [], tmp_path, minutes=5, resume=True, batch=2, size=SIZE, total=4))
    assert state(tmp_path, "key.pt")["steps"] == 4


def test_the_other_slices_learn_beside_key_slices_that_stand_still(clips: list[Clip], tmp_path: Path) -> None:
    run(codec.learn(clips, tmp_path, total=2, minutes=5, batch=1, size=SIZE, lr=1e-3, resume=False))
    got = state(tmp_path)
    names = set(got["net"])  # type: ignore[call-overload]
    assert got["steps"] == 2 and not any(n.startswith(codec.KEY) for n in names)
    assert bool(got["net"]["syn_out.weight"].any())  # type: ignore[index]


def test_networks_of_key_slices_come_from_the_run_or_from_what_ships(clips: list[Clip], tmp_path: Path) -> None:
    shipped = key_weights(tmp_path)
    run(codec_key.learn(clips, [], tmp_path, minutes=5, resume=False, batch=1, size=SIZE, total=1))
    own = key_weights(tmp_path)
    assert own.keys() == shipped.keys() and not torch.equal(own["start.weight"], shipped["start.weight"])


@pytest.fixture
def one_folder(clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run over the clips that ends with a note of what would have been shipped."""
    def shipped(state: Path, data: Path, out: Path, clips: list[Clip]) -> Generator[Progress, None, JobResult]:
        yield Progress(0, 0)
        return JobResult((str(out),), {"keys": torch.load(out / "key.pt", weights_only=True)["steps"] if (out / "key.pt").exists() else 0,
                                       "between": torch.load(state, weights_only=True)["steps"]})
    monkeypatch.setattr(codec, "load", lambda folder: clips)
    monkeypatch.setattr(codec, "ship", shipped)
    return tmp_path


def test_one_command_trains_both_in_turn_and_goes_on(one_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[bool] = []

    def weights(folder: Path) -> dict[str, torch.Tensor]:
        looked.append((folder / "key.pt").exists())
        return key_weights(folder)

    def train(**options: object) -> JobResult:
        return run_job(codec.train(one_folder, one_folder, minutes=5, batch=1, size=SIZE, **options))  # type: ignore[arg-type]
    monkeypatch.setattr(codec, "key_weights", weights)
    assert train(total=2).facts == {"keys": 2, "between": 2} and looked == [True], "those between look at what key slices have learnt"
    assert train(total=4, resume=True, part="key").outputs == (str(one_folder / "key.pt"),)
    assert state(one_folder)["steps"] == 2 and state(one_folder, "key.pt")["steps"] == 4
    assert train(total=4, resume=True, part="between").facts == {"keys": 4, "between": 4}
