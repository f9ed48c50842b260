"""General data prepared for the screen on a reading thread: an original or what came back, and the second of the two beside it. No Qt."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.envelope import Envelope
from app.words import tr


@dataclass(frozen=True, eq=False)
class Charts:
    """An opened file of general data: `sheet` as the engine gives it, with the envelope of each series. Takes the place of a source."""

    sheet: Any
    envelopes: tuple[Envelope, ...]

    def close(self) -> None:
        """Nothing is held open."""


@dataclass(frozen=True, eq=False)
class Overlay:
    """A second version of the same data. Per series of the first (None where the second lacks it): its envelope, the envelope of
    the difference (second minus first), the largest one, and the bound that was promised (0 without loss; None where none was)."""

    sheet: Any
    envelopes: tuple[Envelope | None, ...]
    errors: tuple[Envelope | None, ...]
    worst: tuple[float, ...]
    bounds: tuple[float | None, ...]


KINDS = ("table", "text", "array", "audio", "cube", "image")
SENSORS = ("time", "temperature", "humidity", "light", "gas", "pressure", "acceleration", "rotation", "magnetic", "position", "electric",
           "wind", "speed", "count", "other", "sound")     # as the stream organiser calls them


def level_name(level: int) -> str:
    if level < 2:
        return tr("without the finest level") if level else tr("all levels")
    return tr("without the {n} finest levels").format(n=level)


def prepare(sheet: Any) -> Charts:
    return Charts(sheet, tuple(Envelope(v) for v in sheet.series))


def bound_of(sheet: Any, low: float, high: float) -> float | None:
    """What a `.lzc` promises for values between `low` and `high`; None for an original, and for a coarser copy, which promises nothing."""
    if not sheet.compressed or sheet.level:
        return None
    if sheet.lossless:
        return 0.0
    if not sheet.max_error:       # sound for the ear promises nothing of single samples
        return None
    return float(sheet.max_error * (high - low) if sheet.relative else sheet.max_error)


def overlay(first: Charts, sheet: Any) -> Overlay:
    """`sheet` over `first`. ValueError with one line when the two are not the same data."""
    one, two = first.sheet, sheet
    if (one.kind, one.rows, one.bands is None) != (two.kind, two.rows, two.bands is None):
        raise ValueError(tr("these two do not belong together: {a} with {n} rows, {b} with {m}").format(
            a=tr(one.kind), n=one.rows, b=tr(two.kind), m=two.rows))
    if one.bands is not None:
        if one.bands.shape != two.bands.shape:
            raise ValueError(tr("these two do not belong together: cubes of different shapes"))
        original = one if not one.compressed else two
        bound, worst = None, 0.0
        for a, b in zip(one.bands, two.bands):
            worst = max(worst, _largest(b.astype(np.float64) - a))
        for coded in (two, one):
            if bound is None:
                span = (float(np.nanmin(original.bands)), float(np.nanmax(original.bands))) if coded.relative else (0.0, 0.0)
                bound = bound_of(coded, *span)
        return Overlay(two, (), (), (worst,), (bound,))
    places = {name: n for n, name in enumerate(two.names)}
    envelopes: list[Envelope | None] = []
    errors: list[Envelope | None] = []
    worst_of: list[float] = []
    bounds: list[float | None] = []
    for n, name in enumerate(one.names):
        at = n if two.names == one.names else places.get(name, -1)
        if at < 0 or len(two.series[at]) != len(one.series[n]):
            envelopes.append(None)
            errors.append(None)
            worst_of.append(float("nan"))
            bounds.append(None)
            continue
        second = Envelope(two.series[at])
        difference = two.series[at].astype(np.float64) - one.series[n]
        original_range = first.envelopes[n] if not one.compressed else second
        own = bound_of(two, original_range.low, original_range.high)
        envelopes.append(second)
        errors.append(Envelope(difference))
        worst_of.append(_largest(difference))
        bounds.append(own if own is not None else bound_of(one, original_range.low, original_range.high))
    if not any(e is not None for e in envelopes) and one.names:
        raise ValueError(tr("these two do not belong together: no column has the same name"))
    return Overlay(two, tuple(envelopes), tuple(errors), tuple(worst_of), tuple(bounds))


def _largest(difference: np.ndarray) -> float:
    size = np.abs(difference)
    return float(np.nanmax(size)) if np.isfinite(size).any() else 0.0


def keeps(worst: float, bound: float) -> bool:
    """Whether a largest error is within a bound, but for the rounding of float64."""
    return worst <= bound * (1 + 1e-9) + 1e-12
