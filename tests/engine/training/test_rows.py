"""The trainer of the networks for series and bands: it learns, goes on where it stopped, ships only what gains, and says what it was."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.api import JobError, ModelError
from engine.correlation.rows import load_rows
from engine.jobs.runner import run_job
from engine.training import rows as R
from engine.training import rows_data as D
from engine.training.rows_eval import measure


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(D, "POOL", 12)
    monkeypatch.setattr(D, "LENGTH", 512)
    folder = tmp_path / "data"
    (folder / "train" / "sensor").mkdir(parents=True)
    at, rng = np.arange(1500), np.random.default_rng(0)
    course = np.sin(at / 30) + np.sin(at / 101)
    (folder / "train" / "sensor" / "one.csv").write_text("a,b\n" + "\n".join(
        f"{20 * v:.3f},{5 - 3 * v + n:.3f}" for v, n in zip(course, rng.normal(size=1500) * 0.01)) + "\n")
    cube = folder / "train" / "cube"
    cube.mkdir()
    y, x = np.mgrid[:24, :40]
    bands = np.stack([500 + 300 * np.sin(y / 6 + k / 5) + (4 + k) * x for k in range(16)])
    bands.astype("<u2").transpose(1, 0, 2).tofile(cube / "c.raw")
    (cube / "c.hdr").write_text("ENVI\nsamples = 40\nlines = 24\nbands = 16\ndata type = 12\ninterleave = bil\n")
    (folder / "MANIFEST.csv").write_text("path,source_repo,commit,licence,attribution\ntrain/sensor/one.csv,here,1,CC0,me\n")
    return folder


@pytest.mark.parametrize("kind", ["series", "bands"])
def test_it_learns(kind: str, data: Path) -> None:
    trainer = R.Trainer(data, kind)
    first = np.mean([trainer.step(1.0) for _ in range(4)])
    for _ in range(60):
        trainer.step(1.0)
    sets = D.Sets(data, kind, 1000, R.MEMBERS)  # those of its first turn
    gains = {}
    with torch.no_grad():
        for name, net in (("learned", trainer.net), ("fresh", R.Trainer(data, kind).net)):
            gains[name] = np.mean([R.loss_of(net, *sets.batch(n))[1] for n in range(6)])
    assert np.isfinite(first) and gains["learned"] > gains["fresh"] + 0.02


def test_batches_are_a_function_of_the_step_and_a_run_goes_on(data: Path, tmp_path: Path) -> None:
    a, b = (D.Sets(data, "series", 5, 16).batch(3) for _ in range(2))
    assert a[1] == b[1] and torch.equal(a[0].error, b[0].error)
    whole, half = R.Trainer(data, "series"), R.Trainer(data, "series")
    for _ in range(4):
        whole.step(1.0)
    half.step(1.0)
    half.step(1.0)
    half.save(tmp_path / "s.pt")
    again = R.Trainer(data, "series", seed=1)
    again.load(tmp_path / "s.pt")
    again.step(1.0)
    again.step(1.0)
    assert all(torch.allclose(v, again.net.state_dict()[k], atol=1e-5) for k, v in whole.net.state_dict().items())
    with pytest.raises(ModelError, match="another network"):
        R.Trainer(data, "bands").load(tmp_path / "s.pt")


def test_what_ships_loads_and_has_its_card(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(R, "measure", lambda model, x, share: measure(model, x, share) | {"network": {"dB": 99.0, "bytes": 1}})
    result = run_job(R.train(data, tmp_path / "out", steps=3, run=tmp_path / "run"))
    assert {Path(p).name for p in result.outputs} == {f"correlation_{k}.{e}" for k in ("series", "bands") for e in
                                                      ("safetensors", "json", "md")}
    for kind in ("series", "bands"):
        path = tmp_path / "out" / f"correlation_{kind}.safetensors"
        card = json.loads(path.with_suffix(".json").read_text())
        assert load_rows(kind, path).hash == card["sha256"] and card["steps"] == 3 and path.stat().st_size < 200_000
        assert any("CC0" in line for line in card["sources"]) == (kind == "series")
    run_job(R.train(data, tmp_path / "out", steps=5, run=tmp_path / "run", resume=True))
    assert json.loads((tmp_path / "out" / "correlation_series.json").read_text())["steps"] == 5


def test_what_gains_nothing_does_not_ship(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(R, "measure", lambda model, x, share: measure(model, x, share) | {"network": {"dB": -1.0, "bytes": 1}})
    with pytest.raises(JobError, match="gains nothing"):
        run_job(R.train(data, tmp_path / "out", steps=1, run=tmp_path / "run"))
    assert not (tmp_path / "out").exists()
    (tmp_path / "empty" / "train").mkdir(parents=True)
    with pytest.raises(JobError, match="nothing to learn from"):
        run_job(R.train(tmp_path / "empty", tmp_path / "out", steps=1, run=tmp_path / "run", kinds=("bands",)))


def test_held_back_is_not_learned_from(data: Path) -> None:
    for part in (D.sensors, D.cubes):
        [(_, first)], [(_, rest)] = part(data, False), part(data, True)
        whole = first.shape[-1] + rest.shape[-1]
        assert rest.shape[-1] >= 0.35 * whole and whole == (1500 if part is D.sensors else 40)


def test_ways_are_told_apart() -> None:
    """On a family whose members help each other, sets gain more than sets of one, and keeping the bound costs most of it."""
    from tests.engine.correlation.test_nearer import planted
    from tests.engine.correlation.test_rows import model

    rng = np.random.default_rng(1)
    course = np.cumsum(rng.normal(size=4000))
    x = np.stack([s * course + rng.normal(size=4000) * 0.05 for s in (1, -2, 1.5, 3)])[:, None]
    found = measure(model("series"), x, 0.01)
    assert found["given"]["dB"] > 0 and found["network"]["dB"] > found["one"]["dB"] + 0.3 and found["bytes"] > 0
    assert found["kept"]["dB"] < found["network"]["dB"] and found["network"]["bytes"] < 0.1 * found["bytes"]
    assert measure(model("bands"), planted("bands"), 0.05, ("given",))["given"]["dB"] > 1
