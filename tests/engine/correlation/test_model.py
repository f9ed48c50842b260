"""Loading: what is shipped loads, what is not right is refused in one line."""
from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.api import ModelError
from engine.correlation.model import TASK, VERSION, load_correlation
from engine.correlation.net import CorrelationConfig, CorrelationNet

CONFIG = CorrelationConfig(fine=8, width=16, heads=2, blocks=1, patterns=2)


def write(path: Path, change: dict[str, str] | None = None, **tensors: torch.Tensor) -> Path:
    state = {k: v.half().contiguous() for k, v in CorrelationNet(CONFIG).state_dict().items()} | tensors
    save_file(state, str(path), {"task": TASK, "version": VERSION, **CONFIG.as_text(), **(change or {})})
    return path


def test_weights_come_back(tmp_path: Path) -> None:
    model = load_correlation(write(tmp_path / "a.safetensors"), "cpu", "float32")
    assert model.net.config == CONFIG and len(model.hash) == 64


@pytest.mark.parametrize("change", [{"task": "detail"}, {"width": "9999"}, {"heads": "3"}, {"blocks": "-1"}, {"fine": "x"}, {"fine": "16"},
                                    {"patterns": "99"}])
def test_what_does_not_fit_is_refused(tmp_path: Path, change: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="correlation"):
        load_correlation(write(tmp_path / "a.safetensors", change), "cpu")


def test_damage_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="missing"):
        load_correlation(tmp_path / "none.safetensors")
    (tmp_path / "cut.safetensors").write_bytes(write(tmp_path / "a.safetensors").read_bytes()[:200])
    with pytest.raises(ModelError, match="cannot be read"):
        load_correlation(tmp_path / "cut.safetensors")
    bad = write(tmp_path / "b.safetensors", **{"up.bias": torch.full((32,), float("nan")).half()})
    with pytest.raises(ModelError, match="finite"):
        load_correlation(bad)
    with pytest.raises(ModelError, match="shapes"):
        load_correlation(write(tmp_path / "c.safetensors", extra=torch.zeros(1).half()))
