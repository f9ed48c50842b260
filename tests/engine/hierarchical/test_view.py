"""General data made ready to be looked at, from originals and from what was compressed."""
from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from engine.api import EngineError, LzcError
from engine.controller import SystemController
from engine.hierarchical.view import read_sheet
from engine.jobs.runner import run_job


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "station.csv"
    lines = ["when,temperature C,humidity %,state"]
    for i in range(600):
        if not 200 <= i < 250:
            state, wet = "on" if i % 9 else "off", "" if i == 77 else i % 50
            lines.append(f"2024-03-01 {i // 60:02d}:{i % 60:02d}:00,{20 + i % 7 * 0.25:.2f},{wet},{state}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_table_has_series_over_a_clock(csv: Path) -> None:
    sheet = read_sheet(csv)
    assert (sheet.kind, sheet.rows, sheet.names, sheet.left_out) == ("table", 550, ("temperature C", "humidity %"), ("state",))
    assert sheet.groups == ("temperature", "humidity") and sheet.dated and sheet.period == 60 and sheet.gaps == 1
    assert sheet.clock is not None and sheet.clock[0] == 1709251200
    assert np.flatnonzero(np.isnan(sheet.series[1])).tolist() == [77] and sheet.series[0][3] == 20.75


def test_what_was_compressed_tells_its_bound_and_keeps_it(csv: Path, tmp_path: Path) -> None:
    out = tmp_path / "station.lzc"
    with SystemController() as system:
        run_job(system.compress(csv, out, max_error="0.3"))
        assert system.content(out) == "table" and system.content(csv) == "table" and system.bits_over_time(out) is None
        first, second = system.sheet(csv), system.sheet(out)
        coarse = system.sheet(out, 2)
    assert first is not None and second is not None and coarse is not None
    assert second.compressed and not second.lossless and (second.max_error, second.relative, second.levels) == (0.3, False, 4)
    assert second.names == first.names and (second.clock == first.clock).all()  # type: ignore[attr-defined]
    assert 0 < np.nanmax(np.abs(second.series[0] - first.series[0])) <= 0.3 + 1e-9
    assert coarse.level == 2 and len(coarse.series[0]) == 550


def test_a_table_without_names_or_clock_and_with_odd_lines(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("".join(f"{i},{i * 2}\n" for i in range(50)))
    sheet = read_sheet(path)
    assert sheet.names == ("column 1", "column 2") and sheet.clock is None and sheet.series[1][7] == 14
    path.write_text("a,b\n" + "".join(f"{i},{i * 2}\n" for i in range(50)) + "1,2,3\n")
    odd = read_sheet(path)
    assert odd.rows == 51 and "do not fit" in odd.notes[0]


def test_sound_arrays_and_cubes(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.arange(200, dtype="<i2").tobytes())
    sound = read_sheet(tmp_path / "a.wav")
    assert sound.kind == "audio" and sound.series[1].tolist()[:3] == [1, 3, 5] and sound.clock is not None and sound.clock[8] == 0.001
    np.save(tmp_path / "c.npy", np.zeros((5, 30, 40), np.float32))
    cube = read_sheet(tmp_path / "c.npy")
    assert cube.bands is not None and cube.bands.shape == (5, 30, 40) and cube.names[4] == "band 5"
    (tmp_path / "k.hdr").write_text("ENVI\nsamples = 4\nlines = 3\nbands = 2\ndata type = 12\ninterleave = bsq\nbyte order = 0\n"
                                    "wavelength units = Nanometers\nwavelength = {400.5, 410}\n")
    (tmp_path / "k.raw").write_bytes(np.arange(24, dtype="<u2").tobytes())
    envi = read_sheet(tmp_path / "k.raw")
    assert envi.names == ("400.5 nm", "410 nm") and envi.bands is not None and envi.bands[1, 0, 0] == 12


@pytest.mark.parametrize(("name", "content"), [("empty.csv", b""), ("gone.csv", None), ("a.npy", b"\x93NUMPY\x01\x00junk"),
                                               ("head.csv", b"a,b,c\n"), ("t.parquet", b"PAR1" + bytes(100)), ("x.lzc", b"no")])
def test_bad_input_is_one_line(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with SystemController() as system:
        try:
            sheet = system.sheet(tmp_path / name)
        except EngineError as fault:
            assert "\n" not in str(fault) and str(fault)
        else:
            assert sheet is None or sheet.kind == "text", "what is no table is shown as the text that it is"


def test_a_picture_within_a_bound_opens_with_the_zoom_tools(tmp_path: Path) -> None:
    from engine.hierarchical.pictures import write_png

    rng = np.random.default_rng(0)
    wide = rng.integers(0, 65535, (1, 33, 21)).astype(np.uint16)
    for name, x in (("eight", rng.integers(0, 255, (3, 40, 62), np.uint8)), ("sixteen", wide),
                    ("clear", rng.integers(0, 255, (4, 16, 16), np.uint8))):
        source, out = tmp_path / f"{name}.png", tmp_path / f"{name}.lzc"
        source.write_bytes(write_png(x))
        with SystemController() as system:
            run_job(system.compress(source, out, lossless=True))
            assert system.sheet(out) is None and system.sheet(source) is None
            first, second = system.open(source), system.open(out)
            a, b = first.read(0), second.read(0)
            assert first.info.frames == second.info.frames == 1 and first.info.bit_depth == second.info.bit_depth
            assert first.info.colour == second.info.colour or name == "sixteen"
            for one, two in ((a.y, b.y), (a.u, b.u), (a.v, b.v)):
                assert (one == two).all(), f"{name}: without loss, the same picture to the last bit"
            first.close()
            second.close()


def test_a_fault_that_says_where_is_not_its_own_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LzcError("damaged", where="here")

    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    monkeypatch.setattr("engine.hierarchical.view._original", fail)
    with pytest.raises(LzcError) as caught:
        read_sheet(tmp_path / "t.csv")
    assert caught.value.__cause__ is None     # whoever looks for the cause of a fault would look for ever
