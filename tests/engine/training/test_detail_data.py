"""Loading footage and making pairs from it."""
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from engine.api import MediaError
from engine.diffusor.noise import field
from engine.training.data import Clip, area_mean, dataset, list_media, load_clip, load_clips
from engine.training.detail_data import Batches, quantise_blocks, unit_noise


def write_clip(path: Path, frames: int, width: int = 64, height: int = 48, trc: int = 1) -> None:
    """A lossless clip whose frame number is its brightness."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.color_trc = trc
        for i in range(frames):
            frame = av.VideoFrame(width, height, "yuv420p")
            for plane, value in zip(frame.planes, (10 + i, 100, 150), strict=True):
                plane.update(np.full(plane.buffer_size, value, np.uint8).tobytes())
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)


def clip(seed: int = 0, frames: int = 3, h: int = 96, w: int = 128) -> Clip:
    rng = np.random.default_rng(seed)
    return Clip("c", *(rng.integers(0, 256, (frames, h // k, w // k), dtype=np.uint8) for k in (1, 2, 2)))


def test_frames_are_spread_over_the_clip(tmp_path):
    write_clip(tmp_path / "a.mkv", 40)
    got = load_clip(tmp_path / "a.mkv", 8, 10_000)
    assert got is not None and 4 <= len(got.y) <= 8 and got.y.shape[1:] == (48, 64) and got.u.shape[1:] == (24, 32)
    numbers = got.y[:, 0, 0].astype(int) - 10
    assert numbers[0] == 0 and numbers[-1] >= 32 and len(set(np.diff(numbers))) == 1
    assert (got.u == 100).all() and (got.v == 150).all() and got.y.dtype == np.uint8


def test_stride_size_and_limit(tmp_path):
    write_clip(tmp_path / "a.mkv", 12)
    got = load_clip(tmp_path / "a.mkv", 3, 32, every=2)
    assert got is not None and got.reduced == 2 and got.y.shape == (3, 24, 32)
    assert (got.y[:, 0, 0] - 10).tolist() == [0, 2, 4]


def test_hdr_is_left_out_unless_asked(tmp_path):
    write_clip(tmp_path / "a.mkv", 2, trc=16)
    assert load_clip(tmp_path / "a.mkv", 2, 100) is None
    assert load_clip(tmp_path / "a.mkv", 2, 100, hdr=True) is not None


def test_a_damaged_file_is_one_clear_line(tmp_path):
    (tmp_path / "bad.mp4").write_bytes(b"no video here" * 50)
    with pytest.raises(MediaError, match=r"bad\.mp4"):
        load_clips([tmp_path / "bad.mp4"], 1, 100)


def test_listing_is_sorted_and_knows_kinds(tmp_path):
    for name in ("b.png", "a.mp4", "c.txt"):
        (tmp_path / name).touch()
    assert [p.name for p in list_media(tmp_path)] == ["a.mp4", "b.png"]
    assert [p.name for p in list_media(tmp_path, videos=False)] == ["b.png"]


def test_only_what_the_manifest_names_is_data(tmp_path):
    for name in ("train/a.png", "val/b.mp4", "val/export.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    names = lambda split: [p.name for p in dataset(tmp_path, split)]  # noqa: E731
    assert names("val") == ["b.mp4", "export.png"]
    (tmp_path / "MANIFEST.csv").write_text("split,path\nval,val/b.mp4\n")
    assert names("val") == ["b.mp4"] and names("train") == ["a.png"] and names("other") == []


def test_area_mean():
    assert area_mean(np.array([[0, 2, 9], [4, 6, 9]], np.uint8), 2).tolist() == [[3.0]]


def test_a_batch_is_a_function_of_seed_and_step():
    a, b = (Batches([clip()], [clip(1, 1)], 32, 6, seed=5) for _ in range(2))
    b.at(0)
    assert all(torch.equal(getattr(a.at(7), n), getattr(b.at(7), n)) for n in ("fine_y", "fine_uv", "y", "uv"))
    assert not torch.equal(a.at(7).fine_y, a.at(8).fine_y)


def test_pairs_have_the_relation_of_the_pyramid(monkeypatch):
    for name in ("BLUR_SHARE", "QUANT_SHARE", "NOISE_SHARE", "WHOLE_SHARE", "GAIN_SHARE"):
        monkeypatch.setattr(f"engine.training.detail_data.{name}", 0.0)
    batch = Batches([clip()], [], 32, 8, seed=0).at(3)
    assert batch.fine_y.shape == (8, 1, 32, 32) and batch.uv.shape == (8, 2, 8, 8)
    assert torch.allclose(torch.nn.functional.avg_pool2d(batch.fine_y, 2), batch.y)
    assert torch.allclose(torch.nn.functional.avg_pool2d(batch.fine_uv, 2), batch.uv)


def test_chroma_follows_luma_through_every_flip_and_turn(monkeypatch):
    """Chroma made from luma stays so in every crop."""
    for name in ("BLUR_SHARE", "GAIN_SHARE"):
        monkeypatch.setattr(f"engine.training.detail_data.{name}", 0.0)
    y = np.random.default_rng(0).integers(0, 256, (1, 96, 96), dtype=np.uint8)
    small = np.ascontiguousarray(y[:, ::2, ::2])
    batches = Batches([Clip("c", y, small, small)], [], 64, 24, seed=2)
    for (by, bu) in zip(batches.at(0).fine_y[:, 0], batches.at(0).fine_uv[:, 0], strict=True):
        found = max(float(np.corrcoef(by[a::2, b::2].ravel(), bu.ravel())[0, 1]) for a in (0, 1) for b in (0, 1))
        assert found > 0.99


def test_no_material_large_enough_is_said():
    with pytest.raises(ValueError, match="as large as a crop"):
        Batches([clip()], [], 512, 1, 0)


def test_quantising_with_a_tiny_step_changes_nothing():
    x = torch.rand(2, 1, 16, 24) * 255
    step = torch.full((1, 1, 1, 1, 1, 1), 1e-3)
    assert torch.allclose(quantise_blocks(x, step), x, atol=1e-2)
    assert (quantise_blocks(x, step * 20_000) - x).abs().mean() > 2


def test_training_noise_is_distributed_like_the_noise_of_places():
    a, b = unit_noise(1, 2, (4, 100, 100)).numpy().ravel(), field(("f", 0, 0), 0, 0, (0, 0), (4, 100, 100)).ravel()
    points = np.linspace(0.01, 0.99, 25)
    assert np.abs(np.quantile(a, points) - np.quantile(b, points)).max() < 0.05
