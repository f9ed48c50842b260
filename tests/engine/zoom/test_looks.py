"""Sharpen, noise, contrast, gamma: tiles agree, exports carry none of it unasked, and say so when asked."""
from pathlib import Path

import numpy as np
import pytest

from engine.api import EngineError, Look
from engine.zoom import render_zoom, verify_sidecar, write_export
from engine.zoom.geometry import Grid
from engine.zoom.looks import applied, check_look, reach
from engine.zoom.pictures import Pictures, TileCache
from engine.zoom.view import View
from tests.engine.zoom.fakes import FakeDetail, FakeSource, noise_like

ALL = Look(contrast=1.4, gamma=1.2, sharpen=0.8, denoise=0.5)
ROI = (20.0, 16.0, 40.0, 30.0)


def source() -> FakeSource:
    return FakeSource(noise_like(150, 130))


@pytest.mark.parametrize("pitch", [1.0, 0.25, 2.0])
def test_tiles_are_cut_from_one_picture(pitch: float) -> None:
    view = View(source(), 0, Grid(20.0, 16.0, pitch, pitch, 48, 40), Pictures(TileCache(1 << 26)), look=ALL)
    whole = view.recorded((0, 0, 48, 40), 0).rgb
    np.testing.assert_array_equal(view.recorded((16, 8, 20, 16), 0).rgb, whole[8:24, 16:36])


@pytest.mark.parametrize("look", [Look(contrast=2.0), Look(gamma=2.0), Look(sharpen=1.0), Look(denoise=1.0)])
def test_each_of_them_does_something_and_leaves_flat_areas_flat(look: Look) -> None:
    rgb = np.random.default_rng(3).uniform(60, 190, (20, 24, 3)).astype(np.float32)
    before = rgb.copy()
    assert np.abs(applied(rgb, look, 1) - rgb).mean() > 1
    np.testing.assert_array_equal(rgb, before)
    assert np.ptp(applied(np.full((9, 9, 3), 100, np.float32), look, 2)) < 1e-3


def test_noise_goes_and_edges_stay() -> None:
    rgb = np.full((40, 40, 3), 60.0, np.float32)
    rgb[:, 20:] = 200
    noisy = rgb + np.random.default_rng(1).normal(0, 4, (40, 40, 1)).astype(np.float32)
    quiet = applied(noisy, Look(denoise=0.6), 1)
    assert np.abs(quiet - rgb).mean() < 0.6 * np.abs(noisy - rgb).mean()
    assert quiet[:, 20].mean() - quiet[:, 19].mean() > 130


def test_the_plain_look_reaches_nowhere() -> None:
    assert reach(Look(), 4) == 0 and reach(ALL, 4) == 12


def test_an_export_has_it_only_when_asked_and_says_so(tmp_path: Path) -> None:
    plain = write_export(source(), tmp_path / "a.png", 0, ROI, 4, detail_model=FakeDetail())
    assert plain.facts["look"] is None and not any(op["op"] == "look" for op in plain.facts["operations"])
    seen = write_export(source(), tmp_path / "b.png", 0, ROI, 4, detail_model=FakeDetail(), look=ALL)
    assert next(op for op in seen.facts["operations"] if op["op"] == "look")["sharpen"] == 0.8
    assert seen.facts["recorded_twin"]["sha256"] == plain.facts["recorded_twin"]["sha256"]
    assert seen.facts["output"]["pixels_sha256"] != plain.facts["output"]["pixels_sha256"]
    report = verify_sidecar(tmp_path / "b.png.json", source=source(), detail_model=FakeDetail())
    assert report.match, report.line


def test_classes_of_pixels_stay() -> None:
    made = [render_zoom(source(), 0, ROI, 4, detail_model=FakeDetail(), look=look) for look in (None, ALL)]
    np.testing.assert_array_equal(made[0].provenance, made[1].provenance)


@pytest.mark.parametrize("wrong", [Look(contrast=9.0), Look(gamma=0.0), Look(sharpen=-1.0), Look(denoise=float("nan"))])
def test_what_cannot_be_is_one_clear_line(wrong: Look) -> None:
    with pytest.raises(EngineError, match="cannot be"):
        check_look(wrong)
