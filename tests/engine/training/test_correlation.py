"""The trainer of the correlation network: it learns, goes on where it stood, and ships only what gains."""
from __future__ import annotations

import gc
import json
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.api import JobError, ModelError
from engine.correlation import load_correlation
from engine.correlation.net import CorrelationConfig
from engine.jobs.runner import run_job
from engine.training import correlation
from engine.training.correlation_data import Pair, Sets, load_pairs, save_pairs
from engine.training.correlation_eval import measure, shuffled
from tests.engine.correlation.fakes import small_model, texture


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correlation, "CONFIG", CorrelationConfig(fine=8, width=8, heads=2, blocks=1, patterns=2))
    monkeypatch.setattr("engine.training.correlation.TILES", 8)


@pytest.fixture(scope="module")
def pair() -> Pair:
    """A still picture that the "decoder" shows too bright, by what a network can learn to take away."""
    planes = [np.stack([texture(h, h, k)] * 16) for k, h in enumerate((96, 48, 48))]
    decoded = [np.minimum(p.astype(int) + 9, 255).astype(np.uint8) for p in planes]
    return Pair("still.mp4/1@0", 8, (0, 3, 4, 2, 4, 3, 4, 1) * 2, decoded, planes)


def gains(way: float) -> Any:
    found = {"decoder": 30.0, "sets": 30.0 + way, "bits": 30.1, "random": 30.0, "one": 30.0, "tiles_kept": 1.0, "bytes": 2.5}
    return lambda model, pair: found


def test_batches_are_a_function_of_the_step(pair: Pair) -> None:
    a, b = Sets([pair], 8, seed=3), Sets([pair], 8, seed=3)
    for n in (0, 5):
        x, y = a.batch(n), b.batch(n)
        assert x.members == y.members and len(x.cells) % x.members == 0 and torch.equal(x.cells, y.cells)
        assert torch.equal(x.hand, y.hand) and torch.equal(x.factor, y.factor)
        assert not torch.equal(x.cells, a.batch(n + 20).cells)
    assert all(Sets([pair], 8, most=1).batch(n).members == 1 for n in range(2))


def test_it_learns_what_is_there_to_learn(pair: Pair) -> None:
    torch.set_num_threads(1)
    trainer = correlation.Trainer([pair])
    history = [trainer.step(3.0) for _ in range(120)]
    assert np.mean(history[-20:]) > np.mean(history[:10]) + 2  # decibels


def test_the_best_weights_are_found() -> None:
    torch.manual_seed(0)
    patterns = torch.randn(4, 2000)
    error = 0.5 * patterns[0] - 2 * patterns[3] + 0.01 * torch.randn(2000)
    torch.testing.assert_close(correlation.best(patterns, error), torch.tensor([0.5, 0, 0, -2.0]), atol=0.01, rtol=0)


def test_a_run_goes_on_and_ships_with_its_card(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correlation, "measure", gains(0.2))
    out, run = tmp_path / "correlation.safetensors", tmp_path / "run"
    options: dict[str, Any] = {"out": out, "run": run, "pairs": [pair], "unseen": [pair]}
    run_job(correlation.train(tmp_path, steps=2, **options))
    first = out.read_bytes()
    done = run_job(correlation.train(tmp_path, steps=4, resume=True, **options))
    assert done.facts["steps"] == 4 and done.facts["gain at quality 8"] == 0.2 and out.read_bytes() != first
    card = json.loads(out.with_suffix(".json").read_text())
    assert card["steps"] == 4 and card["sha256"] == load_correlation(out, "cpu").hash == done.facts["sha256"]
    assert "+0.200" in out.with_suffix(".md").read_text()


def test_crops_are_coded_anew_every_so_many_steps_and_a_run_goes_on_with_the_last(
        pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []
    known: list[weakref.ref[Pair]] = []

    def coded(clips: Any, model: Any, seed: int) -> list[Pair]:
        gc.collect()
        assert all(p() is None for p in known), "several GB are let go of before others are coded"
        fresh = replace(pair)
        seeds.append(seed)
        known.append(weakref.ref(fresh))
        return [fresh]
    for name, value in (("measure", gains(0.2)), ("make_pairs", coded), ("load", lambda folder: []), ("FRESH", 2),
                        ("load_codec", lambda device: None)):
        monkeypatch.setattr(correlation, name, value)
    options: dict[str, Any] = {"out": tmp_path / "c.safetensors", "run": tmp_path / "run", "unseen": [pair]}
    run_job(correlation.train(tmp_path, steps=5, **options))
    assert seeds == [0, 1, 2] and [p.name for p in (tmp_path / "run").glob("pairs-*")] == ["pairs-2.pkl"]
    run_job(correlation.train(tmp_path, steps=7, resume=True, **options))
    assert seeds == [0, 1, 2, 3]
    assert json.loads((tmp_path / "c.json").read_text())["crops"] == 4


def test_what_loses_is_not_shipped(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correlation, "measure", gains(-0.01))
    with pytest.raises(JobError, match="loses at quality 8"):
        run_job(correlation.train(tmp_path, out=tmp_path / "c.safetensors", run=tmp_path / "run", steps=1, pairs=[pair], unseen=[pair]))
    assert not (tmp_path / "c.safetensors").exists() and (tmp_path / "run" / "last.pt").exists()


def test_a_checkpoint_of_another_network_is_named(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    correlation.Trainer([pair]).save(tmp_path / "last.pt")
    monkeypatch.setattr(correlation, "CONFIG", CorrelationConfig(fine=8, width=16, heads=2, blocks=1, patterns=2))
    with pytest.raises(ModelError, match="another network"):
        correlation.Trainer([pair]).load(tmp_path / "last.pt")


def test_pairs_are_kept(pair: Pair, tmp_path: Path) -> None:
    save_pairs(tmp_path / "p", [pair])
    back = load_pairs(tmp_path / "p")[0]
    assert (back.name, back.quality, back.kinds) == (pair.name, pair.quality, pair.kinds)
    assert np.array_equal(back.decoded[0], pair.decoded[0]) and np.array_equal(back.source[2], pair.source[2])


def test_every_way_is_measured(pair: Pair) -> None:
    found = measure(small_model(), pair)
    assert set(found) == {"decoder", "sets", "bits", "random", "one", "bytes", "tiles_kept"} and found["bits"] >= found["decoder"]
    groups = shuffled(96, 96, 3, 8)
    assert sum(len(g.members) for g in groups) == 3 * 4 and len({tuple(m) for g in groups for m in g.members}) == 12
