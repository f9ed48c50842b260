"""The trainer: learns, resumes exactly, ships only what is better."""
import json
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from engine.api import JobError, JobResult, ModelError, Progress
from engine.diffusor import load_detail
from engine.diffusor.net import DetailConfig
from engine.training.detail import Trainer, TrainSettings, main, train
from engine.training.detail_loss import energy_score

SMALL = DetailConfig(width=8, blocks=1, noise=2, branch=8)
QUICK = TrainSettings(steps=6, batch=2, crop=32, warmup=2, seed=3, save_seconds=1e9, check_seconds=1e9, fit=0)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Small pictures on a shared machine: more threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Two small pictures to learn from, one to measure on."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for name in ("train/image/a.png", "train/image/b.png", "val/image/c.png"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        grid = np.kron(rng.integers(0, 256, (12, 12, 3)), np.ones((6, 6, 1))).astype(np.uint8)
        with av.open(str(path), "w", format="image2") as out:
            stream = out.add_stream("png")
            stream.width, stream.height, stream.pix_fmt = 72, 72, "rgb24"
            for packet in [*stream.encode(av.VideoFrame.from_ndarray(grid, format="rgb24")), *stream.encode()]:
                out.mux(packet)
    (folder / "MANIFEST.csv").write_text("path,source_repo,commit,licence,attribution\n"
                                         "train/image/a.png,someone/pictures,abc,CC0-1.0,Someone\n")
    return folder


def run(generator) -> tuple[list[Progress], JobResult]:
    steps = []
    while True:
        try:
            steps.append(next(generator))
        except StopIteration as stop:
            return steps, stop.value


def weights(path: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file
    return load_file(path)


def test_it_trains_ships_and_writes_its_scorecard(data, tmp_path):
    out = tmp_path / "detail.safetensors"
    steps, result = run(train(data, out, run_dir=tmp_path / "run", settings=QUICK, config=SMALL))
    assert result.outputs == (str(out),) and result.facts["shipped"] and result.facts["steps"] == 6
    assert [s.done for s in steps] == [0, 1, 2, 3, 4, 5, 6] and steps[-1].total == 6
    model = load_detail(out)
    card = json.loads(out.with_suffix(".json").read_text())
    assert card["sha256"] == model.hash and card["steps"] == 6 and card["psnr_x2"] > 0 and card["bicubic_x4"] > 0
    assert "someone/pictures (CC0-1.0; Someone)" in card["sources"] and card["val_files"] == 1
    page = out.with_suffix(".md").read_text()
    assert "ours, mean" in page and "bicubic" in page and model.hash in page
    assert (tmp_path / "run" / "curve.csv").read_text().count("\n") == 2


def test_a_stopped_run_goes_on_exactly(data, tmp_path):
    run(train(data, tmp_path / "a.safetensors", run_dir=tmp_path / "a", settings=QUICK, config=SMALL))
    broken = train(data, tmp_path / "b.safetensors", run_dir=tmp_path / "b", settings=QUICK, config=SMALL)
    for _ in range(4):
        next(broken)
    broken.close()
    assert not (tmp_path / "b.safetensors").exists()
    steps, _ = run(train(data, tmp_path / "b.safetensors", resume=True, run_dir=tmp_path / "b", settings=QUICK, config=SMALL))
    assert steps[1].done == 4
    a, b = weights(tmp_path / "a" / "last.safetensors"), weights(tmp_path / "b" / "last.safetensors")
    assert a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_worse_weights_are_not_shipped(data, tmp_path):
    out = tmp_path / "detail.safetensors"
    run(train(data, out, run_dir=tmp_path / "a", settings=QUICK, config=SMALL))
    before = out.read_bytes()
    wreck = TrainSettings(**{**QUICK.__dict__, "rate": 3.0, "warmup": 1})
    _, result = run(train(data, out, run_dir=tmp_path / "b", settings=wreck, config=SMALL))
    assert result.outputs == () and not result.facts["shipped"] and out.read_bytes() == before


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    Trainer(SMALL, QUICK).save(tmp_path / "c.safetensors")
    with pytest.raises(ModelError, match="another network"):
        Trainer(DetailConfig(width=16, blocks=1, noise=2, branch=8), QUICK).resume(tmp_path / "c.safetensors")


def test_no_data_is_one_clear_line(tmp_path):
    with pytest.raises(JobError, match="no footage"):
        next(train(tmp_path, tmp_path / "o.safetensors", run_dir=tmp_path / "run"))


def test_rate_warms_up_and_falls():
    trainer = Trainer(SMALL, TrainSettings(steps=100, warmup=10))
    rates = []
    for trainer.step in range(101):
        rates.append(trainer.learning_rate())
    assert rates[0] < rates[5] < rates[9] == max(rates) and rates[100] < 0.05 * rates[9]


def test_the_mean_loss_falls_on_a_simple_picture(data, tmp_path):
    settings = TrainSettings(steps=40, batch=4, crop=32, warmup=5, rate=5e-3, check_seconds=1e9, half=False, fit=0)
    _, result = run(train(data, tmp_path / "o.safetensors", run_dir=tmp_path / "run", settings=settings, config=SMALL))
    untrained = run(train(data, tmp_path / "p.safetensors", run_dir=tmp_path / "r2", settings=TrainSettings(
        steps=1, batch=1, crop=32, rate=0.0, fit=0), config=SMALL))[1]
    assert result.facts["psnr_x2"] > untrained.facts["psnr_x2"]


def test_energy_score_prefers_the_true_spread():
    generator = torch.Generator().manual_seed(0)
    def draw(sigma: float) -> torch.Tensor:
        return torch.randn((8, 1, 64, 64), generator=generator) * sigma
    scores = {s: float(energy_score(draw(5), draw(s), draw(s))) for s in (1.0, 5.0, 12.0)}
    assert scores[5.0] < scores[1.0] and scores[5.0] < scores[12.0]


def test_ship_best_from_the_command_line(data, tmp_path, capsys):
    trainer = Trainer(SMALL, QUICK)
    (tmp_path / "best.safetensors").write_bytes(trainer.weights())
    arguments = [str(data), "--out", str(tmp_path / "o.safetensors"), "--run", str(tmp_path), "--ship-best", "--fit", "0"]
    assert main(arguments) == 0 and "shipped" in capsys.readouterr().err
    assert load_detail(tmp_path / "o.safetensors").net.config == SMALL
