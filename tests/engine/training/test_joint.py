"""Joint training: the error that restoration leaves reaches the synthesis, nothing else of the autoencoder changes, and both load again."""
from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.correlation import load_correlation
from engine.jobs.runner import run_job
from engine.lorentzian.model import CodecModel, load_codec
from engine.training import joint
from engine.training.codec_data import Clip
from engine.training.correlation_data import Pair
from engine.training.joint import Joint
from tests.engine.correlation.fakes import small_model
from tests.engine.lorentzian.clips import lively, scene

FILM = [[p.astype(np.float32) for p in frame] for frame in scene(16, 128, 128)]


@pytest.fixture(autouse=True)
def _one_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joint, "SETS", 1)


def changed(run: Joint) -> tuple[set[str], set[str]]:
    """Names of what learned: of the autoencoder, of the correlation network."""
    def names(net: torch.nn.Module, first: torch.nn.Module) -> set[str]:
        return {n for n, p in net.named_parameters() if not torch.equal(p, dict(first.named_parameters())[n])}

    return names(run.net, lively().net), names(run.restorer, small_model().net)


def test_end_to_end_the_synthesis_learns_and_nothing_else_of_the_autoencoder() -> None:
    run = Joint(lively(), small_model().net, True)
    gained, loss = run.learn(FILM, 20, random.Random(1), 1.0)
    codec, restorer = changed(run)
    assert codec == {n for n, _ in run.net.named_parameters() if n.startswith(joint.SYNTHESIS)} and len(codec) > 6
    assert restorer and np.isfinite([gained, loss]).all() and gained > 0, "weights that are best for them gain on any tiles"


def test_alone_the_autoencoder_stays() -> None:
    run = Joint(lively(), small_model().net, False)
    run.learn(FILM, 20, random.Random(1), 1.0)
    assert not changed(run)[0] and changed(run)[1]


def test_the_same_film_again_and_again_is_left_with_less_error() -> None:
    run = Joint(lively(), small_model().net, True)
    losses = [run.learn(FILM, 20, random.Random(1), 20.0)[1] for _ in range(5)]
    assert losses[-1] < losses[0] - 0.02


def test_a_run_writes_both_networks_and_what_they_gain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pairs(data: Path, codec: CodecModel, qualities: tuple[int, ...]) -> Iterator[Pair]:
        planes = [np.stack([f[k] for f in scene(8, 96, 96)]) for k in range(3)]
        for n, q in enumerate(qualities):
            yield Pair("scene.mp4", q, (0, 4, 3, 4, 2, 4, 3, 1), [p.astype(np.float32) + 3 for p in planes], planes, 1000 + n)

    def cards(device: str, precision: str) -> Any:
        return small_model()
    for name, value in (("val_pairs", pairs), ("load_correlation", cards), ("load_codec", lambda **_: lively())):
        monkeypatch.setattr(joint, name, value)
    y, u, v = (np.stack([f[k] for f in scene(16, 144, 128)]) for k in range(3))
    made = run_job(joint.train(tmp_path, tmp_path / "out", steps=1, clips=[Clip("scene", y, u, v)]))
    assert made.facts["steps"] == 1 and made.facts["as shipped, quality 24"] == 0 and "end to end, quality 8" in made.facts
    found = json.loads((tmp_path / "out" / "joint.json").read_text())["measured"]
    assert set(found) == {"as shipped", "restoration alone", "end to end"}
    assert all(abs(row["decoder"] - 38.6) < 0.2 and np.isfinite(row["restored"]) for by in found.values() for row in by.values())
    assert "| end to end | 44 |" in (tmp_path / "out" / "joint.md").read_text()
    synthesis = load_codec(tmp_path / "out", device="cpu", precision="float32").net.syn_out.weight
    assert synthesis.shape == lively().net.syn_out.weight.shape and not torch.allclose(synthesis, lively().net.syn_out.weight, atol=1e-6)
    assert load_correlation(tmp_path / "out" / "correlation.safetensors", "cpu").net.config == small_model().net.config
