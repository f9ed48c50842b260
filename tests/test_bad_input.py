"""Bad input through the real command line: one clear line, exit 1, the input as it was, nothing left behind."""
from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine import cli
from engine.resources import models_dir
from tests.synthetic import film, write_mp4

SPOT = ("--frame", 0, "--roi", "0,0,16,16", "--magnify", 2)
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound little clip."""
    path = tmp_path_factory.mktemp("good") / "good.mp4"
    write_mp4(path, film(18, 64, 48))
    return path


@pytest.fixture(autouse=True, scope="module")
def _weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Weights of this test's own: what is refused must not depend on what is shipped."""
    from engine.lorentzian.model import save_codec, untrained

    folder = tmp_path_factory.mktemp("models")
    model = untrained()
    save_codec(model.net, model.tables, folder)
    for weights in models_dir().glob("hierarchical_*.safetensors"):
        shutil.copy(weights, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LORENTZ_MODELS", str(folder))
        yield


@pytest.fixture(scope="module")
def recording(good: Path, _weights: None) -> Path:
    """The clip as `.lzc`."""
    out = good.with_name("good.lzc")
    assert cli.main(["compress", str(good), str(out), "--quality", "20"]) == 0
    return out


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory, _weights: None) -> Path:
    """A recording that no format brings under a page of memory."""
    folder = tmp_path_factory.mktemp("longer")
    write_mp4(folder / "longer.mp4", film(24, 160, 96))
    assert cli.main(["compress", str(folder / "longer.mp4"), str(folder / "longer.lzc"), "--quality", "40"]) == 0
    return folder / "longer.lzc"


def tree(*folders: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for folder in folders for p in sorted(folder.rglob("*")) if p.is_file()}


def refused(capsys: pytest.CaptureFixture[str], words: list[object], *expected: str, folders: tuple[Path, ...]) -> str:
    """Runs the command in this process: exit 1, one line on stderr that holds `expected`, every file as it was."""
    before = tree(*folders)
    code = cli.main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert (code, out) == (1, ""), err
    assert err.count("\n") == 1 and err.startswith("error: ") and "Traceback" not in err and "fault in the program" not in err, err
    assert any(word in err for word in expected), err
    assert tree(*folders) == before
    assert cli.main([*map(str, words), "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["error"] and err.count("\n") == 1
    assert tree(*folders) == before
    return err


# -- inputs ----------------------------------------------------------------------------------------------------------


def test_empty_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    for words in (["compress", empty, tmp_path / "o.lzc"], ["info", empty], ["verify", empty], ["restore", empty, tmp_path / "o.mp4"],
                  ["repair", empty, tmp_path / "o.lzc"], ["zoom", empty, tmp_path / "o.png", *SPOT]):
        refused(capsys, words, "empty", folders=(tmp_path,))


def test_text_file_renamed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("This is a shopping list.\n" * 50)
    refused(capsys, ["compress", text, tmp_path / "o.lzc"], "notes.mp4", folders=(tmp_path,))
    refused(capsys, ["info", text], "notes.mp4", folders=(tmp_path,))
    lzc = tmp_path / "notes.lzc"
    lzc.write_text("This is a shopping list.\n" * 50)
    for words in (["info", lzc], ["verify", lzc], ["restore", lzc, tmp_path / "o.mp4"], ["repair", lzc, tmp_path / "o.lzc"]):
        refused(capsys, words, "notes.lzc", folders=(tmp_path,))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_truncated_mp4(share: float, good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # the table of frames of an mp4 lies at its end: without it nothing can be found
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(good.read_bytes()[:int(good.stat().st_size * share)])
    refused(capsys, ["compress", cut, tmp_path / "o.lzc"], "cut.mp4", folders=(tmp_path,))


def test_truncated_mkv_keeps_what_is_there(tmp_path: Path, recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, cut = tmp_path / "whole.mkv", tmp_path / "cut.mkv"
    write_mp4(whole, film(24, 64, 48))
    cut.write_bytes(whole.read_bytes()[:int(whole.stat().st_size * 0.6)])
    assert cli.main(["compress", str(cut), str(tmp_path / "o.lzc"), "--json"]) == 0
    out, err = capsys.readouterr()
    assert 0 < json.loads(out)["frames"] < 24
    assert "Traceback" not in err


def test_video_without_frames(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none.y4m").write_bytes(b"YUV4MPEG2 W64 H48 F25:1 Ip A1:1 C420mpeg2\n")
    refused(capsys, ["compress", tmp_path / "none.y4m", tmp_path / "o.lzc"], "none.y4m", folders=(tmp_path,))


def test_sound_without_video(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import wave
    with wave.open(str(tmp_path / "song.wav"), "wb") as song:
        song.setnchannels(1)
        song.setsampwidth(2)
        song.setframerate(8000)
        song.writeframes(bytes(16000))
    # sound alone is general data: it is taken, but not with what only pictures have
    assert cli.main(["compress", str(tmp_path / "song.wav"), str(tmp_path / "song.lzc")]) == 0
    capsys.readouterr()
    refused(capsys, ["restore", tmp_path / "song.lzc", tmp_path / "o.mp4"], "unknown ending '.mp4'", folders=(tmp_path,))


def test_one_pixel(tmp_path: Path, recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = tmp_path / "one.y4m"
    one.write_bytes(b"YUV4MPEG2 W1 H1 F25:1 Ip A1:1 C420mpeg2\n" + b"".join(b"FRAME\n" + bytes([v, 128, 128]) for v in (30, 60, 90)))
    out = tmp_path / "o.lzc"
    assert cli.main(["compress", str(one), str(out), "--quality", "50"]) == 0
    assert cli.main(["verify", str(out)]) == 0
    assert cli.main(["restore", str(out), str(tmp_path / "back.y4m")]) == 0
    values = [int(frame[0]) for frame in (tmp_path / "back.y4m").read_bytes().split(b"FRAME\n")[1:]]
    assert np.abs(np.array(values) - [30, 60, 90]).max() < 12
    capsys.readouterr()


def test_frame_too_wide(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wide = tmp_path / "wide.y4m"
    size = 16385 * 2 + 2 * 8193
    wide.write_bytes(b"YUV4MPEG2 W16385 H2 F25:1 Ip A1:1 C420mpeg2\n" + b"FRAME\n" + bytes(size))
    err = refused(capsys, ["compress", wide, tmp_path / "o.lzc"], "16384", folders=(tmp_path,))
    assert "16385" in err


def test_folder_without_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    refused(capsys, ["compress", tmp_path / "empty", tmp_path / "o.lzc"], "no pictures", folders=(tmp_path,))


# -- weights ---------------------------------------------------------------------------------------------------------


def test_missing_weights(good: Path, recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                         capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "nothing").mkdir()
    (tmp_path / "out").mkdir()
    monkeypatch.setenv("LORENTZ_MODELS", str(tmp_path / "nothing"))
    for words in (["compress", good, tmp_path / "out" / "o.lzc"], ["restore", recording, tmp_path / "out" / "o.mp4"],
                  ["verify", recording]):
        refused(capsys, words, "weights", "model", folders=(tmp_path, good.parent))


def test_wrong_weights(recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file made with other weights: the same chunks under a header that names them."""
    from engine.lzc import Header, LzcReader, LzcWriter
    from engine.lzc.layout import STRUCTURE_TYPES

    other = tmp_path / "other.lzc"
    with LzcReader(recording) as reader:
        models = {role: {**binding, "weights": "5" * 64} for role, binding in reader.header.meta["models"].items()}
        header = Header({**reader.header.meta, "models": models}, reader.header.streams)
        with LzcWriter(other, header) as writer:
            for entry in reader.entries:
                if entry.key.type not in STRUCTURE_TYPES:
                    writer.add(entry.key, reader.read(entry.key))
            writer.finish(dict(reader.trailer))
    for words in (["restore", other, tmp_path / "o.mp4"], ["verify", other],
                  ["zoom", other, tmp_path / "o.png", *SPOT]):
        refused(capsys, words, "weights", "model", folders=(tmp_path,))
    assert cli.main(["info", str(other)]) == 0
    capsys.readouterr()


def test_damaged_weights(good: Path, recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                         capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(models_dir(), tmp_path / "models")
    for weights in (tmp_path / "models").glob("*.safetensors"):
        weights.write_bytes(weights.read_bytes()[:1000])
    (tmp_path / "out").mkdir()
    monkeypatch.setenv("LORENTZ_MODELS", str(tmp_path / "models"))
    refused(capsys, ["compress", good, tmp_path / "out" / "o.lzc"], "weights", "damaged", "safetensors",
            folders=(tmp_path / "out", good.parent))


# -- disks and folders -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A small file system of its own; skips where that needs rights that the test does not have."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"cannot mount a small tmpfs here ({done.stderr.strip() or 'no rights'})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def noise(path: Path) -> Path:
    rng = np.random.default_rng(1)
    write_mp4(path, [rng.integers(0, 255, (96, 128, 3), dtype=np.uint8) for _ in range(16)])
    return path


def test_full_disk_while_compressing(tmp_path: Path, recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = noise(tmp_path / "noise.mkv")
    with mounted(tmp_path / "disk", "size=32k") as disk:
        shutil.copy(recording, disk / "old.lzc")
        with (disk / "ballast").open("wb") as ballast:
            ballast.write(bytes(max(0, shutil.disk_usage(disk).free - 8192)))
        refused(capsys, ["compress", film, disk / "o.lzc", "--quality", 63], "disk is full", "not enough free space", folders=(tmp_path,))
        # and once more with the first look persuaded that there is room: the write itself fails
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("engine.jobs.compress.check_space", lambda folder, needed: None)
            refused(capsys, ["compress", film, disk / "o.lzc", "--quality", 63], "disk is full", folders=(tmp_path,))
            refused(capsys, ["compress", film, disk / "old.lzc", "--quality", 63], "disk is full", folders=(tmp_path,))


@pytest.mark.parametrize("ending", ["y4m", "mp4", "mkv", "png"])
def test_full_disk_while_restoring(ending: str, tmp_path: Path, longer: Path, capsys: pytest.CaptureFixture[str],
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.jobs.restore.check_space", lambda folder, needed: None)
    with mounted(tmp_path / "disk", "size=4k") as disk:
        refused(capsys, ["restore", longer, disk / f"o.{ending}"], "disk is full", folders=(tmp_path,))
        assert list(disk.iterdir()) == []


def test_full_disk_said_by_the_system_call(good: Path, recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                           capsys: pytest.CaptureFixture[str]) -> None:
    """The same without a mount: the system refuses to make bytes durable."""
    import errno

    def fsync(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    for words in (["compress", good, tmp_path / "o.lzc"], ["restore", recording, tmp_path / "o.y4m"],
                  ["zoom", good, tmp_path / "o.png", "--frame", 0, "--roi", "0,0,16,16", "--magnify", 1],
                  ["repair", recording, tmp_path / "r.lzc"]):
        refused(capsys, words, "disk is full", "No space left", folders=(tmp_path, good.parent))
        assert list(tmp_path.iterdir()) == []


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    folder.mkdir(exist_ok=True)
    if os.geteuid() != 0:
        folder.chmod(0o555)
        try:
            yield folder
        finally:
            folder.chmod(0o755)
        return
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=16k", "tmpfs", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"root may write everywhere and cannot mount here ({done.stderr.strip() or 'no rights'})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_read_only_folder(good: Path, recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with read_only(tmp_path / "ro") as folder:
        for words in (["compress", good, folder / "o.lzc"], ["restore", recording, folder / "o.mp4"],
                      ["restore", recording, folder / "o.png"], ["zoom", good, folder / "o.png", *SPOT],
                      ["repair", recording, folder / "r.lzc"]):
            refused(capsys, words, "cannot write into this folder", folders=(tmp_path, good.parent))


def test_missing_output_folder(good: Path, recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["compress", good, tmp_path / "no" / "o.lzc"], ["restore", recording, tmp_path / "no" / "o.mp4"],
                  ["zoom", good, tmp_path / "no" / "o.png", *SPOT]):
        refused(capsys, words, "output folder does not exist", folders=(tmp_path, good.parent))


def test_output_equals_input(good: Path, recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film_, lzc = tmp_path / "a.lzc", tmp_path / "b.y4m"
    shutil.copy(good, film_)       # a video under the name that its own output would have
    shutil.copy(recording, lzc)
    (tmp_path / "soft.lzc").symlink_to(film_)
    (tmp_path / "hard.lzc").hardlink_to(film_)
    (tmp_path / "soft.y4m").symlink_to(lzc)
    for name in ("a.lzc", "soft.lzc", "hard.lzc"):
        refused(capsys, ["compress", film_, tmp_path / name], "output is the input", folders=(tmp_path,))
    for name in ("b.y4m", "soft.y4m"):
        refused(capsys, ["restore", lzc, tmp_path / name], "output is the input", folders=(tmp_path,))
    refused(capsys, ["repair", recording, recording], "output is the input", folders=(good.parent,))
    assert (tmp_path / "soft.lzc").is_symlink()


def test_zoom_that_cannot_be(good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for frame, roi, magnify, word in ((99, "0,0,16,16", 2, "no frame 99"), (0, "60,0,16,16", 2, "leaves the frame"),
                                      (0, "0,0,16,16", 1e6, "too large")):
        refused(capsys, ["zoom", good, tmp_path / "o.png", "--frame", frame, "--roi", roi, "--magnify", magnify], word, folders=(tmp_path,))
    refused(capsys, ["zoom", good, tmp_path / "o.jpg", *SPOT], "unknown ending", folders=(tmp_path,))


def test_restore_that_cannot_be(recording: Path, good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, ["restore", recording, tmp_path / "o.avi"], "unknown ending", folders=(tmp_path,))
    refused(capsys, ["restore", recording, tmp_path / "o.mp4", "--level", 9], "no level 9", folders=(tmp_path,))
    refused(capsys, ["restore", recording, tmp_path / "o.mp4", "--frames", "18:20"], "no frame 18", folders=(tmp_path,))
    refused(capsys, ["restore", good, tmp_path / "o.mp4"], "not a .lzc file", folders=(tmp_path,))


def test_damaged_recording_says_so_and_its_repair_plays(recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.lzc"
    data = bytearray(recording.read_bytes())
    data[len(data) // 2] ^= 0x55
    bad.write_bytes(data)
    refused(capsys, ["verify", bad], "bad.lzc", folders=(tmp_path,))
    assert cli.main(["repair", str(bad), str(tmp_path / "fixed.lzc")]) == 0
    assert cli.main(["info", str(tmp_path / "fixed.lzc"), "--json"]) == 0
    capsys.readouterr()
    assert bad.read_bytes() == bytes(data)


# -- the program as others start it --------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["empty", "text", "missing"])
def test_as_a_program_of_its_own(case: str, tmp_path: Path) -> None:
    source = tmp_path / f"{case}.mp4"
    if case != "missing":
        source.write_text("words " * 500 if case == "text" else "")
    run = subprocess.run([sys.executable, "-m", "engine.cli", "compress", str(source), str(tmp_path / "o.lzc")], cwd=ROOT,
                         capture_output=True, text=True, timeout=100, check=False)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.count("\n") == 1 and source.name in run.stderr and "Traceback" not in run.stderr
    assert [p.name for p in tmp_path.iterdir()] == ([source.name] if case != "missing" else [])
