"""Where the shipped files lie: `model_path("codec.safetensors")`, `asset_path("sample.lzc")`.

Same floor as `engine.api`: imports nothing of the project, so every room may use it. `models/` and `assets/` lie beside
`engine/` both in a checkout and in an installed wheel (they are packages with data files), so the place is found from this
file and not by importing a package called `models`, of which the folder a person works in may hold another.

The environment variable `LORENTZ_MODELS` names another folder for weights; nothing falls back to the shipped ones then.
Neither function checks that the file exists: the one who opens it knows best what to say.
"""
from __future__ import annotations

import os
from pathlib import Path

# What is worth looking at in the bundled sample: (frame, region in source pixels, magnification): the car's number plate.
SAMPLE_SPOT: tuple[int, tuple[float, float, float, float], float] = (48, (771.0, 550.0, 112.0, 63.0), 8.0)

_ROOT = Path(__file__).resolve().parent.parent


def models_dir() -> Path:
    """The folder that weights are loaded from: `$LORENTZ_MODELS`, or the shipped `models/`."""
    return Path(os.environ["LORENTZ_MODELS"]) if os.environ.get("LORENTZ_MODELS") else _ROOT / "models"


def model_path(name: str) -> Path:
    """Path of the weights or scorecard called `name`, which need not exist."""
    return models_dir() / name


def asset_path(name: str) -> Path:
    """Path of the shipped asset called `name` (the sample, icons), which need not exist."""
    return _ROOT / "assets" / name
