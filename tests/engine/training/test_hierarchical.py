"""The trainer of the general-data coder: what it ships loads, says what was learnt from, and predicts as the network it came from."""
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.api import JobError
from engine.hierarchical import model
from engine.hierarchical import walk as W
from engine.jobs.runner import run_job
from engine.training import hierarchical as H


def footage(folder: Path) -> Path:
    sensor = folder / "train" / "sensor"
    sensor.mkdir(parents=True)
    rng = np.random.default_rng(0)
    a = np.cumsum(rng.normal(size=700))
    rows = [f"2020-01-01 00:{i // 60:02d}:{i % 60:02d},{v:.2f},{2 * v + rng.normal() * 0.1:.2f}" for i, v in enumerate(a)]
    (sensor / "one.csv").write_text("time,a,b\n" + "\n".join(rows) + "\n")
    (folder / "MANIFEST.csv").write_text("path,source_repo,commit,licence,attribution\ntrain/sensor/one.csv,here,1,CC0,me\n")
    return folder


def test_training_ships_a_model_with_its_card(tmp_path: Path) -> None:
    out = tmp_path / "models"
    out.mkdir()
    result = run_job(H.train(footage(tmp_path / "data"), out=out, steps=6))
    assert {Path(p).name for p in result.outputs} == {f"hierarchical_series.{ending}" for ending in ("safetensors", "json", "md")}
    read = model.read(out / "hierarchical_series.safetensors")
    assert read.digest and read.networked and (read.arrays["prob"] != 32768).any()
    card = json.loads((out / "hierarchical_series.json").read_text())
    assert card["shipped_way"] in H.WAYS and card["data"][0]["licence"] == "CC0" and card["held_back"] == ["one.csv"]
    sizes = result.facts["series"]["held_back_bytes"]
    assert 0 < sizes["contexts trained"] < sizes["untrained"]


def test_without_sensors_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no sensor tables"):
        run_job(H.train(tmp_path))


def test_the_integer_network_says_what_the_float_one_says() -> None:
    torch.manual_seed(0)
    net = H._Net()
    torch.nn.init.normal_(net.last.weight, std=0.3)
    whole = H._integers({0: net})
    w, b, v = np.ascontiguousarray(whole["net_w"].transpose(0, 2, 1)), whole["net_b"], whole["net_v"]
    z, h = np.zeros(W.SEEN, np.int16), np.zeros(W.HIDDEN, np.int32)
    rng = np.random.default_rng(1)
    for _ in range(50):
        u = np.zeros(W.INPUTS, np.int64)
        u[1:] = rng.integers(-300, 300, W.SEEN)
        octave = int(np.abs(u[1:W.BESIDE + 1]).sum()).bit_length()
        x = (u[1:] / 2.0 ** octave).astype(np.float32)
        said = W._network(u, z, h, w, b, v, 0) / 65536 / 2.0 ** octave
        with torch.no_grad():
            assert abs(said - float(net(torch.from_numpy(x)[None])[0])) < 0.02


def test_weights_out_of_shape_are_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save

    from engine.api import ModelError

    arrays = dict(model.fresh().arrays)
    arrays["weight"] = np.zeros((1, 1), np.int32)
    (tmp_path / "m.safetensors").write_bytes(save(arrays))
    with pytest.raises(ModelError, match="not for general data"):
        model.read(tmp_path / "m.safetensors")
