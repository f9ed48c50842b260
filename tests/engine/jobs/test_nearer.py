"""Data within a bound, nearer to its source: only when asked for, and as decoded where anything is wrong."""
from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import engine.cli as cli
from engine.api import JobError, ModelError
from engine.correlation.rows import FORMS, task
from engine.hierarchical import block
from engine.hierarchical.near import CHUNK, said_of
from engine.jobs.data import compress_data_job, restore_data_job
from engine.jobs.runner import run_job
from engine.lzc import ChunkKey, LzcReader, LzcWriter
from engine.lzc.layout import KNOWN_TYPES
from engine.resources import models_dir
from tests.engine.correlation.test_rows import write


@pytest.fixture(autouse=True)
def untrained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The networks of series and bands have learned nothing: what is given must do."""
    folder = tmp_path / "models"
    folder.mkdir()
    for path in models_dir().glob("hierarchical_*"):
        shutil.copy(path, folder)
    for kind in FORMS:
        write(folder / f"{task(kind)}.safetensors", kind)
    monkeypatch.setenv("LORENTZ_MODELS", str(folder))
    return folder


def source(kind: str, folder: Path) -> Path:
    rng = np.random.default_rng(1)
    at = np.arange(5000)
    course = np.sin(at / 60) + 0.5 * np.sin(at / 211)
    if kind == "table":
        path = folder / "s.csv"
        rows = [f"2021-03-{1 + i // 1440:02d} {i // 60 % 24:02d}:{i % 60:02d}:00,{20 + 5 * v:.3f},{40 - 9 * v + rng.normal() * 0.02:.3f},"
                f"{'' if i % 3 else round(1000 + 7 * v, 2)}" for i, v in enumerate(course)]
        path.write_text("time,temperature,humidity,pressure\n" + "\n".join(rows) + "\n")
    elif kind == "array":
        path = folder / "x.npy"
        np.save(path, np.stack([course, 3 - 2 * course], 1) + rng.normal(size=(5000, 2)) * 0.005)
    else:
        path = folder / "c.npy"
        y, x = np.mgrid[:40, :50]
        bands = np.stack([np.sin(y / 9 + k / 20) * 3000 + x * (30 + k) for k in range(12)]) + rng.normal(size=(12, 40, 50)) * 15
        np.save(path, bands.astype(np.int32))
    return path


def values(path: Path) -> np.ndarray:
    """float64 `[C, ...]`."""
    if path.suffix == ".npy":
        return np.load(path).astype(float)
    cells = [line.split(",")[1:] for line in path.read_text().splitlines()[1:]]
    return np.array([[float(c) if c else np.nan for c in row] for row in cells]).T


KINDS = ("table", "array", "cube")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.01, 0.05])
def test_asked_for_it_comes_nearer_else_the_bound_holds(kind: str, share: float, tmp_path: Path) -> None:
    given = source(kind, tmp_path)
    out, plain, back, near = tmp_path / "o.lzc", tmp_path / "plain.lzc", tmp_path / f"b{given.suffix}", tmp_path / f"n{given.suffix}"
    facts = run_job(compress_data_job(given, out, max_error=f"{100 * share:g}%", effort="high")).facts
    assert facts["nearer_db"] > 1 and 0 < facts["nearer_bytes"] < 120
    run_job(compress_data_job(given, plain, max_error=f"{100 * share:g}%"))
    assert 0 < out.stat().st_size - plain.stat().st_size < facts["nearer_bytes"] + 45 and said_of(plain) is None
    run_job(restore_data_job(out, back))
    run_job(restore_data_job(plain, near))
    assert back.read_bytes() == near.read_bytes()  # what keeps the bound is what it was
    said = run_job(restore_data_job(out, near, nearer=True)).facts
    assert said["nearer_db"] == pytest.approx(facts["nearer_db"], abs=0.01) and not said["notes"]
    truth, was, now = values(given), values(back), values(near)
    axes = tuple(range(1, truth.ndim)) if kind != "array" else (0,)
    span = np.nanmax(truth, axes, keepdims=True) - np.nanmin(truth, axes, keepdims=True)
    if kind != "table":
        span = np.full_like(span, np.nanmax(truth) - np.nanmin(truth))
    assert (np.isnan(now) == np.isnan(truth)).all()
    off, further = np.nanmax(np.abs(was - truth) / span), np.nanmax(np.abs(now - truth) / span)
    assert off <= share * 1.001 and further <= 2 * share * 1.001
    error = [np.nanmean(((v - truth) / span) ** 2, axes) for v in (was, now)]
    assert (error[1] <= error[0] * (1 + 1e-9)).all() and 10 * np.log10(error[0].mean() / error[1].mean()) > 1


def test_without_loss_or_in_a_hurry_nothing_is_said(tmp_path: Path) -> None:
    given, out = source("array", tmp_path), tmp_path / "o.lzc"
    for options in ({"effort": "high"}, {"max_error": "1%", "effort": "fast"}, {"max_error": "1%"}):
        assert "nearer_db" not in run_job(compress_data_job(given, out, **options)).facts and said_of(out) is None  # type: ignore[arg-type]
        facts = run_job(restore_data_job(out, tmp_path / "n.npy", nearer=True)).facts
        assert facts["notes"] == ["this file holds nothing that would bring its data nearer to its source"]


def again(path: Path, to: Path, change: dict[ChunkKey, bytes | None]) -> Path:
    """The same file with other chunks."""
    with LzcReader(path, known={*KNOWN_TYPES, CHUNK}) as file, LzcWriter(to, file.header) as writer:
        for key in file.keys:
            data = change.get(key, file.read(key))
            if data is not None:
                writer.add(key, data)
        writer.finish()
    return to


@pytest.mark.parametrize("kind", KINDS)
def test_damage_and_other_networks_show_what_was_decoded(kind: str, tmp_path: Path, untrained: Path) -> None:
    given, out, back, near = source(kind, tmp_path), tmp_path / "o.lzc", tmp_path / "b.npy", tmp_path / "n.npy"
    if kind == "table":
        back, near = back.with_suffix(".csv"), near.with_suffix(".csv")
    run_job(compress_data_job(given, out, max_error="2%", effort="high"))
    run_job(restore_data_job(out, back))
    with LzcReader(out, known={*KNOWN_TYPES, CHUNK}) as file:
        [said] = [k for k in file.keys if k.type == CHUNK]
        payload = file.read(said)

    def line(path: Path) -> list[str]:
        notes: list[str] = run_job(restore_data_job(path, near, nearer=True)).facts["notes"]
        assert near.read_bytes() == back.read_bytes()
        return notes

    assert "another network" in line(again(out, tmp_path / "1.lzc", {said: bytes(8) + payload[8:]}))[0]
    assert "holds nothing" in line(again(out, tmp_path / "2.lzc", {said: None}))[0]
    raw = bytearray(out.read_bytes())
    raw[raw.index(payload) + 2] ^= 255  # its check no longer fits
    (tmp_path / "4.lzc").write_bytes(raw)
    assert any("damaged" in n for n in line(tmp_path / "4.lzc"))
    for name in FORMS:
        (untrained / f"{task(name)}.safetensors").write_bytes(b"no weights")
    assert any("shown as decoded" in n for n in line(out))
    with pytest.raises(ModelError, match="cannot be read"):
        run_job(compress_data_job(given, tmp_path / "5.lzc", max_error="2%", effort="high"))
    assert not (tmp_path / "5.lzc").exists()
    for name in FORMS:
        (untrained / f"{task(name)}.safetensors").unlink()
    assert line(out)
    assert said_of(out) is not None and "nearer_db" not in run_job(compress_data_job(given, out, max_error="2%", effort="high")).facts


def test_any_bytes_in_the_chunk_restore_something_within_twice_the_bound(tmp_path: Path) -> None:
    given, out, near = source("array", tmp_path), tmp_path / "o.lzc", tmp_path / "n.npy"
    facts = run_job(compress_data_job(given, out, max_error="2%", effort="high")).facts
    with LzcReader(out, known={*KNOWN_TYPES, CHUNK}) as file:
        [said] = [k for k in file.keys if k.type == CHUNK]
        name = file.read(said)[:10]
    rng = np.random.default_rng(0)
    for n in range(12):
        run_job(restore_data_job(again(out, tmp_path / f"{n}.lzc", {said: name + rng.bytes(n * 3)}), near, nearer=True))
        assert np.abs(np.load(near) - np.load(given)).max() <= 2 * facts["absolute_error"] * 1.001


def test_what_is_said_of_a_channel_that_cannot_be_restored_is_damage(tmp_path: Path) -> None:
    given, out, back, near = tmp_path / "x.npy", tmp_path / "o.lzc", tmp_path / "b.npy", tmp_path / "n.npy"
    at = np.arange(5000)
    np.save(given, np.stack([np.sin(at / 60), np.full(5000, 3.0), np.cos(at / 60)], 1))
    run_job(compress_data_job(given, out, max_error="2%", effort="high"))
    with LzcReader(out, known={*KNOWN_TYPES, CHUNK}) as file:
        [said] = [k for k in file.keys if k.type == CHUNK]
        name = file.read(said)[:10]
    run_job(restore_data_job(out, back))
    facts = run_job(restore_data_job(again(out, tmp_path / "1.lzc", {said: name + bytes(4)}), near, nearer=True)).facts  # every bit is 1
    assert back.read_bytes() == near.read_bytes() and "damaged" in facts["notes"][0] and "nearer_db" not in facts
    run_job(restore_data_job(out, near, nearer=True))
    assert back.read_bytes() != near.read_bytes() and (np.load(near)[:, 1] == 3).all()


@pytest.mark.parametrize("kind", ["array", "table"])
def test_a_file_cut_off_is_not_changed(kind: str, tmp_path: Path) -> None:
    """Weights are for all levels: where the finest are lost, nothing is added."""
    given, out = source(kind, tmp_path), tmp_path / "o.lzc"
    back, near = (tmp_path / f"{name}{given.suffix}" for name in "bn")
    run_job(compress_data_job(given, out, max_error="0.05%", effort="high"))
    with LzcReader(out) as file:
        finest = [k for k in file.keys if k.type == "DATA" and k.level == 0]
    assert finest
    cut = again(out, tmp_path / "cut.lzc", dict.fromkeys(finest))
    run_job(restore_data_job(cut, back))
    run_job(restore_data_job(cut, near, nearer=True))
    assert back.read_bytes() == near.read_bytes()


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given, out, near = source("table", tmp_path), tmp_path / "o.lzc", tmp_path / "n.csv"
    assert cli.main(["compress", str(given), str(out), "--max-error", "2%", "--effort", "high"]) == 0
    assert "dB nearer with restore --nearer" in capsys.readouterr().out
    assert cli.main(["info", str(out)]) == 0 and "dB nearer to the source" in capsys.readouterr().out
    assert cli.main(["restore", str(out), str(near), "--nearer"]) == 0 and "dB nearer" in capsys.readouterr().out
    assert cli.main(["--json", "restore", str(out), str(near), "--nearer"]) == 0
    assert json.loads(capsys.readouterr().out)["nearer_db"] > 1
    assert cli.main(["verify", str(out)]) == 0
    assert cli.main(["restore", str(out), str(near), "--nearer", "--level", "1"]) == 1
    assert "coarser levels are not brought nearer" in capsys.readouterr().err
    assert cli.main(["restore", str(out), str(near), "--nearer", "--no-correlation"]) == 2
    with pytest.raises(JobError, match="coarser levels"):
        run_job(restore_data_job(out, near, level=2, nearer=True))


@pytest.mark.parametrize("height", [1, 24])
@pytest.mark.parametrize("dtype", ["float64", "float32", "int16", "uint8"])
def test_what_the_writer_sees_is_what_a_reader_gets(height: int, dtype: str) -> None:
    rng = np.random.default_rng(2)
    x = np.cumsum(rng.normal(size=(3, height, 600 // height)), 2)
    x = (np.clip(x * 4 + 100, 0, 255)).astype(dtype)
    coded = block.encode([block.Channel(c, 2.0) for c in x], show=True)
    dtypes = [x.dtype] * 3
    for (a, m, d), (b, n, e) in zip(coded.shown, block.decode(coded.side, coded.levels, x.shape[1:], dtypes, [False] * 3)):
        assert np.array_equal(a, b) and np.array_equal(m, n) and d == e
    widths = block.widths(coded.side, x[0].size, dtypes, [False] * 3)
    assert all(3 < w <= 5 for w in widths)
    assert all(np.abs(a.astype(float) - c).max() <= w / 2 for (a, _, _), c, w in zip(coded.shown, x, widths))


def test_every_block_has_its_own(tmp_path: Path) -> None:
    """A long series: what is said of each block is its own chunk, and only the last one names the network."""
    given, out, back, near = tmp_path / "x.npy", tmp_path / "o.lzc", tmp_path / "b.npy", tmp_path / "n.npy"
    at = np.arange(3 << 16)
    np.save(given, np.sin(at / 50) + np.sin(at / 613))
    facts = run_job(compress_data_job(given, out, max_error="3%", effort="high")).facts
    with LzcReader(out, known={*KNOWN_TYPES, CHUNK}) as file:
        keys = sorted((k.time, k.flags) for k in file.keys if k.type == CHUNK)
        sizes = sum(len(file.read(k)) for k in file.keys if k.type == CHUNK)
    assert keys == [(0, 0), (1, 0), (2, 1)] and sizes == facts["nearer_bytes"] + 10
    run_job(restore_data_job(out, back))
    run_job(restore_data_job(out, near, nearer=True))
    truth = np.load(given)
    was, now = ((np.load(p) - truth) ** 2 for p in (back, near))
    assert all(now[a:a + (1 << 16)].sum() < 0.5 * was[a:a + (1 << 16)].sum() for a in range(0, len(at), 1 << 16))


def test_what_does_not_pay_for_its_chunk_is_not_said(tmp_path: Path) -> None:
    given, out = tmp_path / "x.npy", tmp_path / "o.lzc"
    np.save(given, np.sin(np.arange(300) / 40))
    facts = run_job(compress_data_job(given, out, max_error="3%", effort="high")).facts
    assert "nearer_db" not in facts and said_of(out) is None


def test_info_and_a_plain_restore_load_no_network(tmp_path: Path) -> None:
    given, out = source("array", tmp_path), tmp_path / "o.lzc"
    run_job(compress_data_job(given, out, max_error="2%", effort="high"))
    code = (f"import sys, engine.cli as c\nc.main(['info', {str(out)!r}])\nc.main(['restore', {str(out)!r}, {str(tmp_path / 'b.npy')!r}])\n"
            f"c.main(['compress', {str(given)!r}, {str(tmp_path / 'p.lzc')!r}, '--max-error', '2%'])\nassert 'torch' not in sys.modules")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and "dB nearer to the source" in done.stdout, done.stderr
