"""Weights are identified by their hash and refused when they cannot be right."""
import hashlib

import pytest
import torch
from safetensors.torch import save

from engine.api import ModelError
from engine.diffusor import load_detail
from engine.diffusor.model import MAX_BYTES, TASK, VERSION
from engine.diffusor.net import DetailConfig, DetailNet

SMALL = DetailConfig(width=8, blocks=1, noise=2, branch=8)
META = SMALL.as_text() | {"task": TASK, "version": VERSION}


def tensors() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {k: v.half() for k, v in DetailNet(SMALL).state_dict().items()}


def refused(path, match):
    with pytest.raises(ModelError, match=match) as caught:
        load_detail(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_good_weights_load_and_carry_their_hash(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(save(tensors(), META))
    model = load_detail(path, device="auto")
    assert model.hash == hashlib.sha256(path.read_bytes()).hexdigest()
    assert model.halo == 2 * (1 + 2 + 2) and model.scale == 2


def test_missing(tmp_path):
    refused(tmp_path / "none.safetensors", "missing")


def test_folder(tmp_path):
    refused(tmp_path, "cannot be read")


@pytest.mark.parametrize("cut", [0, 7, 8, 100, -1])
def test_truncated(tmp_path, cut):
    (tmp_path / "w").write_bytes(save(tensors(), META)[:cut])
    refused(tmp_path / "w", "cannot be read")


def test_too_large(tmp_path):
    with (tmp_path / "w").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    refused(tmp_path / "w", "limit")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_not_finite(tmp_path, bad):
    state = tensors()
    state["mean.weight"][0, 0, 0, 0] = bad
    (tmp_path / "w").write_bytes(save(state, META))
    refused(tmp_path / "w", "not finite")


@pytest.mark.parametrize("change", [{"task": "codec"}, {"version": "2"}, {"task": ""}])
def test_other_network(tmp_path, change):
    (tmp_path / "w").write_bytes(save(tensors(), META | change))
    refused(tmp_path / "w", "not of a detail network")


@pytest.mark.parametrize("change", [{"width": "100000"}, {"width": "0"}, {"blocks": "-1"}, {"noise": "x"}, {"branch": "²"},
                                    {"width": "9" * 99}])
def test_impossible_shape(tmp_path, change):
    (tmp_path / "w").write_bytes(save(tensors(), META | change))
    refused(tmp_path / "w", "impossible")


def test_too_many_parameters(tmp_path):
    (tmp_path / "w").write_bytes(save(tensors(), META | {"width": "256", "blocks": "16"}))
    refused(tmp_path / "w", "parameters")


@pytest.mark.parametrize("config", [SMALL, DetailConfig(), DetailConfig(width=24, blocks=3, noise=5, branch=12)])
def test_the_size_is_known_before_the_network_is_built(config):
    assert config.parameters == sum(p.numel() for p in DetailNet(config).parameters())


def test_wrong_shapes(tmp_path):
    (tmp_path / "w").write_bytes(save(tensors(), META | {"width": "16"}))
    refused(tmp_path / "w", "shapes")
    state = tensors()
    state["extra"] = torch.zeros(1)
    (tmp_path / "w").write_bytes(save(state, META))
    refused(tmp_path / "w", "shapes")


def test_too_many_tensors(tmp_path):
    (tmp_path / "w").write_bytes(save({f"t{i}": torch.zeros(1) for i in range(300)}, META))
    refused(tmp_path / "w", "300 tensors")
