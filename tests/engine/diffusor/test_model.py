"""One place, one result: tiles, sessions, samples; and what a tile must be given."""
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.api import ModelError
from engine.diffusor import DetailModel, load_detail

ROOT = Path(__file__).resolve().parents[3]


def picture(h: int, w: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    c = ((h + 1) // 2, (w + 1) // 2)
    return (rng.integers(0, 256, (h, w)).astype(np.float32), rng.integers(0, 256, c).astype(np.float32),
            rng.integers(0, 256, c).astype(np.float32))


def make(model: DetailModel, planes, origin=(0, 0), **more):
    return model.synthesise(*planes, origin=origin, key=("file", 4, 0), **({"seed": 3} | more))


def test_tiles_agree_with_the_whole_picture(wild, check_tiles):
    check_tiles(wild, 61, 75, 32)


def test_a_halo_too_small_would_show(wild):
    """The halo is needed: with less context, tiles do differ (so the test above can fail)."""
    planes, cut = picture(96, 96), 96 - 48 - (wild.halo - 6)
    whole = make(wild, planes)[0]
    part = make(wild, (planes[0][:, cut:], planes[1][:, cut // 2:], planes[2][:, cut // 2:]), (cut, 0))[0]
    assert np.abs(part[:, 2 * (48 - cut):] - whole[:, 96:]).max() > 1e-3


def test_the_same_call_gives_the_same_pixels(wild):
    a, b = make(wild, picture(20, 22)), make(wild, picture(20, 22))
    assert all(np.array_equal(p, q) for p, q in zip(a, b, strict=True))


def test_another_session_gives_the_same_pixels(wild):
    """A fresh process, with another hash seed and other random numbers drawn before the call."""
    code = ("import sys; sys.path.insert(0, 'tests/engine/diffusor')\n"
            "import conftest, hashlib, torch, numpy as np; from engine.diffusor import DetailModel\n"
            "torch.set_num_threads(1); m = DetailModel(conftest.make_net(), 't', 'cpu'); torch.rand(5); np.random.rand(7)\n"
            "y = np.arange(24 * 24, dtype=np.float32).reshape(24, 24) % 251\n"
            "o = m.synthesise(y, y[::2, ::2], y[1::2, ::2], origin=(2, 4), key=('f', 1, -1), seed=9, sample=2)\n"
            "print(hashlib.sha256(b''.join(p.tobytes() for p in o)).hexdigest())")
    there = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
                           env=os.environ | {"PYTHONHASHSEED": "12", "PYTHONPATH": str(ROOT)}).stdout.strip()
    y = np.arange(24 * 24, dtype=np.float32).reshape(24, 24) % 251
    here = wild.synthesise(y, y[::2, ::2], y[1::2, ::2], origin=(2, 4), key=("f", 1, -1), seed=9, sample=2)
    assert there == hashlib.sha256(b"".join(p.tobytes() for p in here)).hexdigest()


def test_samples_differ_and_the_mean_does_not(wild):
    planes = picture(24, 24)
    one, two = make(wild, planes), make(wild, planes, sample=1)
    other_seed = make(wild, planes, seed=4)
    assert np.abs(one[0] - two[0]).mean() > 0.1 and np.abs(one[0] - other_seed[0]).mean() > 0.1
    means = [make(wild, planes, stochastic=False, seed=s, sample=s) for s in (0, 1)]
    assert np.array_equal(means[0][0], means[1][0]) and np.abs(means[0][0] - one[0]).mean() > 0.1


def test_many_samples_at_once_equal_single_ones(wild):
    planes = picture(16, 18)
    many = wild.samples(*planes, origin=(0, 0), key=("file", 4, 0), seed=3, samples=(None, 0, 5))
    singles = [make(wild, planes, stochastic=False), make(wild, planes), make(wild, planes, sample=5)]
    assert all(np.array_equal(a, b) for m, s in zip(many, singles, strict=True) for a, b in zip(m, s, strict=True))


def test_input_is_left_alone(wild):
    planes = picture(9, 9)
    copies = [p.copy() for p in planes]
    make(wild, planes)
    assert all(np.array_equal(a, b) for a, b in zip(planes, copies, strict=True))


@pytest.mark.parametrize("origin", [(1, 0), (0, 3)])
def test_odd_origins_are_refused(wild, origin):
    with pytest.raises(ValueError, match="even"):
        make(wild, picture(8, 8), origin)


def test_chroma_of_another_size_is_refused(wild):
    y, u, v = picture(8, 8)
    with pytest.raises(ValueError, match="chroma"):
        make(wild, (y, u[:3], v))


def test_interface_constants(wild):
    assert DetailModel.scale == 2 and wild.halo % 2 == 0 and wild.halo > 0


def test_the_default_weights_are_those_of_the_models_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LORENTZ_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match="missing") as caught:
        load_detail()
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)
