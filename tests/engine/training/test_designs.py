"""What `benchmarks/designs.py` says of its designs at their start, of its bits, and of its laws."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.design_nets import ChunkNet, FrameNet, Point, cosine3d, from_pixels, laplace_bits, to_pixels
from benchmarks.design_report import NAMES, markdown, mean_rate
from benchmarks.design_score import Law, chunks, fit_law, per_doubling, score, x264
from benchmarks.design_train import Chunks, Frames, kept_at, spans, train
from engine.training.codec_data import Clip


def clip(frames: int = 16, side: int = 160) -> Clip:
    rng = np.random.default_rng(1)
    big = np.kron(rng.integers(40, 200, (side // 8, side // 8 + 4)), np.ones((8, 8)))
    y = np.stack([big[:, k:k + side] for k in range(frames)]).astype(np.uint8)
    return Clip("made", y, y[:, ::2, ::2] // 2 + 64, 255 - y[:, ::2, ::2] // 2)


def film(frames: int = 16, side: int = 64) -> list[list[np.ndarray]]:
    c = clip(frames)
    return [[c.y[k, :side, :side], c.u[k, :side // 2, :side // 2], c.v[k, :side // 2, :side // 2]] for k in range(frames)]


def test_pixels_come_back_from_tensors() -> None:
    frames = film(8)
    planes = [np.stack([f[p] for f in frames]) for p in range(3)]
    for a, b in zip(planes, from_pixels(to_pixels([planes])), strict=True):
        np.testing.assert_allclose(b[0].numpy(), a)


def test_the_cosine_start_is_orthonormal_and_gives_everything_back() -> None:
    matrix, time = cosine3d()
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(768), atol=1e-5)
    constant = to_pixels([[np.full((8, 8, 8), 200.0), np.full((8, 4, 4), 128.0), np.full((8, 4, 4), 128.0)]])[0, :, 0, 0].numpy()
    spectrum = np.abs(matrix @ constant)
    assert spectrum[0] > 100 and spectrum[1:].max() < 1e-2 and time[0] == 0  # luma that stands still is one number
    net, p = ChunkNet(True).eval(), Point(torch.tensor([5, 60]), True)
    x = 40 * torch.randn(2, 768, 4, 6)
    with torch.no_grad():
        assert float((net.synthesise(net.analyse(x, p), p) - x).abs().max()) < 1e-3
        assert float((ChunkNet(False).eval().synthesise(x, p) - x).abs().max()) > 10  # random weights do not


def test_frame_by_frame_starts_as_coding_of_the_difference() -> None:
    net = FrameNet().eval()
    x = 1000 + 30 * torch.randn(1, 96, 4, 4)
    with torch.no_grad():
        same, cheap = net(x, x, torch.tensor([40]))
        _, dear = net(x, x + 20 * torch.randn_like(x), torch.tensor([40]))
    assert torch.equal(same, x) and 0 < float(cheap) < float(dear)


@pytest.mark.parametrize("scale", [0.1, 0.7, 12.0])
def test_bits_are_those_of_a_distribution(scale: float) -> None:
    log = torch.tensor(scale).log()
    p = 2.0 ** -laplace_bits(torch.arange(-400, 401).float(), log)
    assert float(p.sum()) == pytest.approx(1, abs=1e-4) and float(p.max()) <= 1


def test_finer_qualities_take_more_bits_and_are_better() -> None:
    frames, code = film(), chunks(ChunkNet(True))
    low, high = (score(frames, got, bits, q) for q in (10, 50) for bits, got in [code(frames, q)])
    assert 0 < low["bpp"] < high["bpp"] and low["psnr"] + 3 < high["psnr"]


def test_the_other_coder_is_counted_without_its_container() -> None:
    frames = [film()[0]] * 16
    bits, got = x264(frames, 30)
    assert len(got) == 16 and 0 < bits < 8 * 6000 and score(frames, got, bits, 30)["psnr"] > 25


def test_a_planted_law_is_found() -> None:
    t = np.array([45.0, 90, 180, 360, 720])
    law = fit_law(t, 1.3 + 9 * t ** -0.6)
    assert law.at(7200) == pytest.approx(Law(1.3, 9, 0.6, 0).at(7200), rel=0.01) and law.miss < 1e-3
    assert fit_law(t, np.full(5, 2.0)).at(7200) == pytest.approx(2, rel=0.01)
    slope, start = per_doubling(t, 3 * 0.9 ** np.log2(t))
    assert slope == pytest.approx(np.log(0.9)) and start == pytest.approx(np.log(3))


def test_means_are_of_ratios() -> None:
    assert mean_rate({"a": (100.0, 1.0), "b": (-50.0, 1.0)}, ["a", "b"]) == pytest.approx(0, abs=1e-9)


def test_the_report_says_what_was_measured() -> None:
    def by(ratio: float) -> dict[str, list[dict[str, float]]]:
        return {"a.mp4": [{"q": q, "bpp": ratio * 0.02 * 2 ** (q / 8), "psnr": 30 + q / 4, "loss": ratio} for q in (8, 20, 32, 44)]}
    seconds = (45.0, 90.0, 180.0, 360.0)
    figures = {"minutes": 6.0, "others": {"x264": by(1), "nothing learned": by(1.5), "tables alone": by(1.2), "ships": by(0.9)},
               "ships": {"hours": 8.0, "steps": 1, "steps_key_slices": 2},
               "earlier": [{"commit": "abc", "hours": 4.0, "steps": 1, "steps_key_slices": 2, "curves": by(0.95)}],
               "designs": {n: {"parameters": 1e6, "kmac": 9.0, "snapshots": [
                   {"seconds": t, "steps": 7, "curves": by(1 + 8 / t)} for t in seconds]} for n in NAMES}}
    text = markdown(figures)
    for row in ("| 360 | 7 | +2.2 % | 1.022 |", "| +0 % | 0.0 % | +2 % (was +2 %) |", "| abc | 4 | 2 | 1 | -5.0 % |"):
        assert row in text, text
    assert "it at -10.0 %" in text and "nan" not in text
    for d in figures["designs"].values():  # type: ignore[attr-defined]
        d["snapshots"] = d["snapshots"][:1]
    short = markdown(figures)
    assert "foretold" not in short.split("### The training of what ships")[1] and "nan" not in short


def test_training_keeps_points_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("LEAST", 0.2), ("SIZE", 64), ("BATCH", 1), ("SETTLE", 1)):
        monkeypatch.setattr(f"benchmarks.design_train.{name}", value)
    begun: list[str] = []

    def cosine() -> Chunks:
        begun.append("cosine")
        return Chunks(True, [clip()])
    make = {"cosine": cosine, "frames": lambda: Frames([clip()])}
    assert spans(0.01) == pytest.approx([0.3, 0.6])
    train(make, tmp_path, 0.005)
    train(make, tmp_path, 0.01)
    assert begun == ["cosine"] * 2
    at = [torch.load(kept_at(tmp_path / "cosine", s), weights_only=True) for s in (0.3, 0.6)]
    assert at[0]["steps"] < at[1]["steps"] and all(torch.isfinite(v).all() for v in at[1]["kept"]["net"].values())
    train(make, tmp_path, 0.01)
    assert begun == ["cosine"] * 2  # nothing was left to do
