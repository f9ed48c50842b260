"""Weights are taken from a file only when all of it is right; everything else is one line that says whose weights, where and why."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save

from engine.api import ModelError
from engine.weights import Family, Weights, pick

FAMILY = Family("of a test network", "make them again", 5000, 3, "test", "2")
META = {"task": "test", "version": "2", "width": "12"}


def net() -> torch.nn.Linear:
    return torch.nn.Linear(3, 2)


def state(**more: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"weight": torch.arange(6).view(2, 3).half(), "bias": torch.tensor([0.5, -1]).half(), **more}


def parsed(meta: dict[str, str] | None = None, **more: torch.Tensor) -> Weights:
    return FAMILY.parse(save(state(**more), META | (meta or {})), "there")


def refused(caught: pytest.ExceptionInfo[ModelError]) -> str:
    text = str(caught.value)
    assert "of a test network" in text and "make them again" in text and "\n" not in text
    return text


def test_a_network_is_filled_and_known_by_the_hash_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "w"
    path.write_bytes(save(state(), META))
    file, made = FAMILY.load(path), net()
    file.fill(made)
    assert made.weight.dtype == torch.float32 and made.weight.tolist() == [[0, 1, 2], [3, 4, 5]] and made.bias.tolist() == [0.5, -1]
    assert file.digest == hashlib.sha256(path.read_bytes()).hexdigest() and file.number("width", 12) == 12
    assert np.array_equal(file.arrays()["bias"], np.array([0.5, -1], np.float16))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("name", ["weight", "bias"])
def test_every_number_must_be_finite(name: str, number: float) -> None:
    bad = state()[name].clone()
    bad.view(-1)[-1] = number
    made = net()
    before = made.weight.clone()
    with pytest.raises(ModelError, match="not finite") as caught:
        parsed(**{name: bad}).fill(made)
    assert "there" in refused(caught) and torch.equal(made.weight, before)


@pytest.mark.parametrize("change", [{"bias": torch.zeros(3)}, {"weight": torch.zeros(6)}, {"extra": torch.zeros(1)}])
def test_names_and_shapes_must_be_those_of_the_network(change: dict[str, torch.Tensor]) -> None:
    with pytest.raises(ModelError, match="shapes") as caught:
        parsed(**change).fill(net())
    refused(caught)


def test_a_file_says_whose_it_is() -> None:
    for change in ({"task": "other"}, {"version": "1"}, {"version": ""}):
        with pytest.raises(ModelError, match="not of a test network") as caught:
            parsed(change)
        refused(caught)
    with pytest.raises(ModelError, match="not of a test network"):
        FAMILY.parse(save(state()), "there")
    assert Family("of any", "", 5000).parse(save(state()), "there").meta == {}


def test_limits_hold_before_anything_is_read(tmp_path: Path) -> None:
    with (tmp_path / "w").open("wb") as file:
        file.truncate(5001)
    with pytest.raises(ModelError, match="limit is 5000") as caught:
        FAMILY.load(tmp_path / "w")
    refused(caught)
    with pytest.raises(ModelError, match="4 tensors") as caught:
        parsed(a=torch.zeros(1), b=torch.zeros(1))
    refused(caught)


@pytest.mark.parametrize("text", ["", "0", "13", "-1", "x", "²", "1.5", "9" * 99, " 3"])
def test_numbers_of_the_file_are_small_and_whole(text: str) -> None:
    with pytest.raises(ModelError, match="impossible width") as caught:
        parsed({"width": text}).number("width", 12)
    refused(caught)


def header(text: str) -> bytes:
    return len(text).to_bytes(8, "little") + text.encode()


@pytest.mark.parametrize("data", [b"", b"1234567", bytes(8), (1 << 62).to_bytes(8, "little") + b"{}", header("[" * 900), header("[]"),
                                  header(json.dumps({"a": {"dtype": "F16", "shape": [1 << 40], "data_offsets": [0, 4]}})) + bytes(4),
                                  header(json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}})) + bytes(8),
                                  header(json.dumps({"__metadata__": {"task": 3}}))])
def test_any_bytes_are_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "w").write_bytes(data)
    with pytest.raises(ModelError, match="cannot be read") as caught:
        FAMILY.load(tmp_path / "w")
    assert str(tmp_path) in refused(caught)


def test_what_is_cut_off_or_not_there(tmp_path: Path) -> None:
    whole = save(state(), META)
    for end in range(0, len(whole), 7):
        with pytest.raises(ModelError, match="cannot be read"):
            FAMILY.parse(whole[:end], "there")
    with pytest.raises(ModelError, match="are missing") as caught:
        FAMILY.load(tmp_path / "none")
    refused(caught)
    with pytest.raises(ModelError, match="cannot be read"):
        FAMILY.load(tmp_path)


def test_a_device_is_picked_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert pick("auto", "float32") == pick("cpu", "float32") == ("cpu", "float32")
    assert pick("auto")[1] in ("float32", "bfloat16")
    with pytest.raises(ModelError, match="no CUDA device"):
        pick("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert pick("auto") == pick("cuda") == ("cuda", "bfloat16") and pick("cpu", "float32") == ("cpu", "float32")
