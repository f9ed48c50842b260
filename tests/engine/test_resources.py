"""The shipped files are found beside the engine, and `LORENTZ_MODELS` replaces the folder of weights altogether."""
from __future__ import annotations

from pathlib import Path

import pytest

import engine
from engine.resources import asset_path, model_path, models_dir


def test_shipped_folders_lie_beside_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LORENTZ_MODELS", raising=False)
    home = Path(engine.__file__).resolve().parent.parent
    assert models_dir() == home / "models" and (models_dir() / "__init__.py").is_file()
    assert asset_path("sample.lzc") == home / "assets" / "sample.lzc" and asset_path("__init__.py").is_file()


def test_other_folder_of_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LORENTZ_MODELS", str(tmp_path))
    assert model_path("codec.safetensors") == tmp_path / "codec.safetensors"


def test_empty_variable_means_the_shipped_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LORENTZ_MODELS", "")
    assert model_path("a").parent.name == "models"
