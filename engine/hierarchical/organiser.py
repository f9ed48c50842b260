"""The stream organiser: what kind of sensor each column is, on which clock it runs, and where that clock has gaps."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

_TYPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("time", ("time", "date", "timestamp", "epoch", "datetime")),
    ("temperature", ("temp", "temperature", "deg", "thermo", "dewpoint")),
    ("humidity", ("humid", "humidity", "rh", "moisture")),
    ("light", ("light", "lux", "illumin", "solar", "irradiance", "radiation")),
    ("gas", ("co2", "co", "no2", "o3", "nox", "voc", "pm25", "pm10", "gas")),
    ("pressure", ("press", "pressure", "baro", "hpa", "kpa")),
    ("acceleration", ("acc", "accel", "acceleration")),
    ("rotation", ("gyro", "gyr", "angular")),
    ("magnetic", ("mag", "magnet", "compass")),
    ("position", ("lat", "lon", "latitude", "longitude", "alt", "altitude", "gps", "x", "y", "z")),
    ("electric", ("volt", "voltage", "current", "amp", "power", "watt", "kwh", "energy", "load")),
    ("wind", ("wind", "gust")),
    ("speed", ("speed", "velocity", "rpm")),
    ("count", ("count", "counter", "requests", "packets", "occupancy", "number")),
)


def sensor_type(name: str) -> str:
    """From a column's name; "other" when it says nothing. Whole words first, then beginnings."""
    words = "".join(c.lower() if c.isalnum() else " " for c in name).split()
    joined = "".join(words)
    for kind, names in _TYPES:
        if any(w in names for w in words):
            return kind
    for kind, names in _TYPES:
        if any(joined.startswith(n) or joined.endswith(n) for n in names if len(n) > 3):
            return kind
    return "other"


def group(names: Sequence[str]) -> dict[str, list[str]]:
    """Sensor type to the names of its columns, in order."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(sensor_type(name), []).append(name)
    return found


def clock(stamps: np.ndarray, unit: int) -> dict[str, Any]:
    """Of rising int64 stamps in seconds / unit: the usual period in seconds, and gaps as [first row after it, seconds missing]."""
    if len(stamps) < 3:
        return {"period": 0.0, "gaps": [], "gap_count": 0}
    steps = np.diff(stamps)
    usual = float(np.median(steps))
    if usual <= 0:
        return {"period": 0.0, "gaps": [], "gap_count": 0}
    where = np.flatnonzero(steps > 1.5 * usual)
    gaps = [[int(i) + 1, round((float(steps[i]) - usual) / unit, 6)] for i in where[:100]]
    return {"period": usual / unit, "gaps": gaps, "gap_count": len(where), "backwards": int((steps < 0).sum())}
