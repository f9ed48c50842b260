"""TIFF cubes: told from pictures by their first page, read in any layout, written with what says where they lie."""
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from engine import cli
from engine.api import EngineError
from engine.controller import SystemController
from engine.hierarchical import kinds
from engine.jobs.runner import run_job

RNG = np.random.default_rng(0)
SCALE = [(33550, "d", 3, (1.0, 2.0, 0.0), True)]
RGB = RNG.integers(0, 255, (5, 20, 17, 3)).astype("u1")
FORMS: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
    "pages": (RNG.integers(0, 4000, (12, 20, 17)).astype("u2"), {}),
    "one page of floats": (RNG.normal(size=(30, 40)).astype("f4"), {}),
    "samples together": (RNG.integers(0, 255, (20, 17, 9)).astype("u1"), {"planarconfig": "contig", "photometric": "minisblack"}),
    "pages of RGB": (RGB, {"photometric": "rgb"}), "packed pages of RGB": (RGB, {"photometric": "rgb", "compression": "zlib"}),
    "pages of planes": (np.moveaxis(RGB, 3, 1).copy(), {"photometric": "rgb", "planarconfig": "separate"}),
    "pages with alpha": (np.concatenate([RGB, RGB[..., :1]], 3), {"photometric": "rgb", "extrasamples": ["unassalpha"]}),
    "volumes of RGB": (RGB[:4].reshape(2, 2, 20, 17, 3), {"photometric": "rgb"}),
    "planes of one page": (RNG.integers(0, 255, (7, 20, 17)).astype("u2"), {"photometric": "minisblack", "planarconfig": "separate"}),
    "packed": (RNG.integers(-9, 255, (9, 20, 17)).astype("i2"), {"compression": "zlib"}),
    "big, other byte order": (RNG.normal(size=(3, 20, 17)).astype("f8"), {"bigtiff": True, "byteorder": ">", "photometric": "minisblack"})}


@pytest.mark.parametrize("form", FORMS)
def test_any_layout_comes_back(form: str, tmp_path: Path) -> None:
    x, how = FORMS[form]
    source, out, back = tmp_path / "cube", tmp_path / "o.lzc", tmp_path / "back.tif"
    tifffile.imwrite(source, x, extratags=SCALE, description="north field", metadata=None, **how)
    assert kinds.sniff(source) == kinds.CUBE
    with SystemController() as system:
        facts = run_job(system.compress(source, out)).facts
        run_job(system.restore(out, back))
        sheet = system.sheet(out)
    assert facts["kind"] == "cube" and sheet is not None and sheet.bands is not None
    again = tifffile.imread(back)
    assert again.dtype == x.dtype.newbyteorder("=") and (again.reshape(x.shape) == x).all()
    with tifffile.TiffFile(source) as given, tifffile.TiffFile(back) as file:
        a, b = given.pages[0], file.pages[0]
        assert b.tags[33550].value == (1.0, 2.0, 0.0) and b.tags[270].value == "north field"
        assert len(given.pages) == len(file.pages) and a.shape == b.shape
        assert (a.photometric, a.planarconfig, a.extrasamples) == (b.photometric, b.planarconfig, b.extrasamples)


@pytest.mark.parametrize(("form", "bands", "said"), [
    ("pages of RGB", (15, 20, 17), "5 pages of 17 x 20 pixels, RGB"), ("pages of planes", (15, 20, 17), "5 pages of 17 x 20 pixels, RGB"),
    ("pages with alpha", (20, 20, 17), "5 pages of 17 x 20 pixels, RGB with alpha"),
    ("samples together", (9, 20, 17), "9 bands of 17 x 20 pixels"), ("one page of floats", (1, 30, 40), "one band of 40 x 30 pixels")])
def test_every_sample_of_every_page_is_a_band(form: str, bands: tuple[int, ...], said: str, tmp_path: Path,
                                              capsys: pytest.CaptureFixture[str]) -> None:
    x, how = FORMS[form]
    source, out = tmp_path / "cube.tif", tmp_path / "o.lzc"
    tifffile.imwrite(source, x, metadata=None, **how)
    with SystemController() as system:
        run_job(system.compress(source, out, effort="fast"))
        sheet = system.sheet(out)
    assert sheet is not None and sheet.bands is not None and sheet.bands.shape == bands
    if form.startswith("pages of"):
        page = x[2] if form == "pages of planes" else np.moveaxis(x[2], 2, 0)
        assert (sheet.bands[6:9] == page).all()
    assert cli.main(["info", str(source)]) == 0 and f"layout: {said}\n" in capsys.readouterr().out
    assert cli.main(["info", str(out)]) == 0 and f"holds: {said}\n" in capsys.readouterr().out


def test_pictures_stay_pictures_and_damage_is_one_line(tmp_path: Path) -> None:
    picture, cube = tmp_path / "p.tif", tmp_path / "c.tif"
    tifffile.imwrite(picture, RNG.integers(0, 255, (20, 17, 3)).astype("u1"), photometric="rgb")
    assert kinds.sniff(picture) == kinds.IMAGE
    tifffile.imwrite(cube, FORMS["pages"][0])
    whole = cube.read_bytes()
    with SystemController() as system:
        for bad in (whole[:len(whole) // 2], whole[:200] + bytes(300) + whole[500:]):
            cube.write_bytes(bad)
            try:
                run_job(system.compress(cube, tmp_path / "o.lzc", lossless=True))
            except EngineError as fault:
                assert "\n" not in str(fault)
        cube.write_bytes(whole[:len(whole) // 2])
        with pytest.raises(EngineError):
            run_job(system.compress(cube, tmp_path / "o.lzc", lossless=True))


def test_a_value_for_no_data_that_the_type_does_not_hold_is_kept_and_not_remarked_on(tmp_path: Path) -> None:
    source, out, back = tmp_path / "x.tif", tmp_path / "o.lzc", tmp_path / "back.tif"
    x = RNG.integers(0, 255, (5, 30, 40)).astype("u1")
    tifffile.imwrite(source, x, photometric="minisblack", extratags=[(42113, "s", 0, "-9999", True)])
    for words in (["compress", str(source), str(out)], ["restore", str(out), str(back)]):
        ran = subprocess.run([sys.executable, "-m", "engine.cli", "--json", *words], capture_output=True, text=True, check=True)
        assert ran.stderr == ""
    with tifffile.TiffFile(back) as file:
        assert file.pages[0].tags[42113].value == "-9999" and (file.asarray() == x).all()
