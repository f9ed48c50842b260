"""Weights and tables are taken only when every number in them fits; everything else is one clear line."""
from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file as load_np
from safetensors.numpy import save_file as save_np
from safetensors.torch import load_file, save_file

from engine.api import ModelError
from engine.lorentzian.model import LARGEST, hashes, load_codec, save_codec
from tests.engine.lorentzian.clips import lively

WEIGHTS, TABLES = "codec.safetensors", "codec_tables.safetensors"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    save_codec(lively().net, lively().tables, folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "m"))


def test_what_is_saved_is_loaded(folder: Path) -> None:
    got = load_codec(folder, precision="float32")
    assert (got.weights_hash, got.tables_hash) == hashes(folder) and got.weights_hash != got.tables_hash
    for (name, a), b in zip(got.net.state_dict().items(), lively().net.state_dict().values(), strict=True):
        assert torch.equal(a, b.half().float()), name
    for name in ("prob", "count", "weight", "stretch", "squash"):
        assert np.array_equal(getattr(got.tables, name), getattr(lively().tables, name))
    assert not any(p.requires_grad for p in got.net.parameters())


def test_a_model_that_was_replaced_is_loaded_anew(folder: Path) -> None:
    first = load_codec(folder)
    assert load_codec(folder) is first
    with torch.no_grad():
        changed = {k: v * 0.5 for k, v in load_file(str(folder / WEIGHTS)).items()}
    save_file(changed, str(folder / WEIGHTS))
    assert load_codec(folder).weights_hash != first.weights_hash


def cut(p: Path) -> None:
    p.write_bytes(p.read_bytes()[:p.stat().st_size // 2])


def no_file(p: Path) -> None:
    p.unlink()


def empty(p: Path) -> None:
    p.write_bytes(b"")


def noise(p: Path) -> None:
    p.write_bytes(np.random.default_rng(0).bytes(5000))


def too_large(p: Path) -> None:
    with p.open("r+b") as f:
        f.truncate(LARGEST + 1)


def a_folder(p: Path) -> None:
    p.unlink()
    p.mkdir()


@pytest.mark.parametrize("name", [WEIGHTS, TABLES])
@pytest.mark.parametrize("harm", [no_file, cut, empty, noise, too_large, a_folder])
def test_damaged_files_are_refused_in_one_line(folder: Path, name: str, harm: Callable[[Path], None]) -> None:
    harm(folder / name)
    with pytest.raises(ModelError) as caught:
        load_codec(folder)
    assert name in str(caught.value) and "\n" not in str(caught.value) and "LORENTZ_MODELS" in str(caught.value)
    if harm in (no_file, too_large):
        with pytest.raises(ModelError):
            hashes(folder)


def nan(w: dict[str, torch.Tensor]) -> None:
    w["syn_out.weight"][3, 2] = float("nan")


def infinite(w: dict[str, torch.Tensor]) -> None:
    w["trunk_in.bias"][0] = float("inf")


def wrong_shape(w: dict[str, torch.Tensor]) -> None:
    w["trunk_mid.weight"] = w["trunk_mid.weight"][:-1].contiguous()


def one_missing(w: dict[str, torch.Tensor]) -> None:
    del w["ana_out.bias"]


def one_too_many(w: dict[str, torch.Tensor]) -> None:
    w["stranger"] = torch.zeros(3)


@pytest.mark.parametrize("harm", [nan, infinite, wrong_shape, one_missing, one_too_many])
def test_weights_that_do_not_fit_are_refused(folder: Path, harm: Callable[[dict[str, torch.Tensor]], None]) -> None:
    weights = load_file(str(folder / WEIGHTS))
    harm(weights)
    save_file(weights, str(folder / WEIGHTS))
    with pytest.raises(ModelError, match=r"codec\.safetensors"):
        load_codec(folder)


def zero_chance(t: dict[str, np.ndarray]) -> None:
    t["prob"][1, 2, 3] = 0


def sure_chance(t: dict[str, np.ndarray]) -> None:
    t["prob"][0, 0, 0] = 65535


def overconfident(t: dict[str, np.ndarray]) -> None:
    t["count"][0, 0, 7] = 1024


def zero_squash(t: dict[str, np.ndarray]) -> None:
    t["squash"][5] = 0


def other_type(t: dict[str, np.ndarray]) -> None:
    t["weight"] = t["weight"].astype(np.float32)


def short(t: dict[str, np.ndarray]) -> None:
    t["stretch"] = t["stretch"][:-1].copy()


def gone(t: dict[str, np.ndarray]) -> None:
    del t["count"]


@pytest.mark.parametrize("harm", [zero_chance, sure_chance, overconfident, zero_squash, other_type, short, gone])
def test_tables_that_do_not_fit_are_refused(folder: Path, harm: Callable[[dict[str, np.ndarray]], None]) -> None:
    tables = load_np(str(folder / TABLES))
    harm(tables)
    save_np(tables, str(folder / TABLES))
    with pytest.raises(ModelError, match=r"codec_tables\.safetensors"):
        load_codec(folder)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_a_device_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(ModelError, match="CUDA"):
        load_codec(folder, device="cuda")
