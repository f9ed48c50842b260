"""The main job by the command line: compress, look, verify, restore, zoom, and make the zoom again from its sidecar."""
from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from engine import cli
from engine.api import ModelError
from tests.synthetic import film, write_mp4

ROOT = Path(__file__).resolve().parents[1]
Run = Callable[..., dict[str, Any]]


needs_weights = pytest.mark.usefixtures("weights")


@pytest.fixture(scope="session")
def weights() -> None:
    from engine.lorentzian import load_codec

    try:
        load_codec(device="cpu")
    except ModelError as error:
        pytest.skip(f"no codec weights: {error}")


@pytest.fixture(scope="session")
def detail() -> None:
    from engine.diffusor import load_detail

    try:
        load_detail()
    except ModelError as error:
        pytest.skip(f"no detail weights: {error}")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with --json and returns its object; the command must succeed."""
    def call(*words: object, code: int = 0) -> dict[str, Any]:
        assert cli.main([*map(str, words), "--json"]) == code
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        found: dict[str, Any] = json.loads(out)
        return found
    return call


def y4m_planes(path: Path) -> list[tuple[np.ndarray, ...]]:
    data = path.read_bytes()
    head, rest = data.split(b"\n", 1)
    w, h = (int(re.search(rb" %c(\d+)" % letter, head)[1]) for letter in b"WH")  # type: ignore[index]
    cw, ch = -(-w // 2), -(-h // 2)
    size = 6 + w * h + 2 * cw * ch
    assert len(rest) % size == 0 and rest.startswith(b"FRAME\n")
    frames = []
    for at in range(0, len(rest), size):
        flat = np.frombuffer(rest, np.uint8, size - 6, at + 6)
        frames.append((flat[:w * h].reshape(h, w), flat[w * h:w * h + cw * ch].reshape(ch, cw), flat[w * h + cw * ch:].reshape(ch, cw)))
    return frames


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255 ** 2 / max(np.mean((a.astype(float) - b.astype(float)) ** 2), 1e-9)))


def luma(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.reformat(format="yuv420p").to_ndarray()[:frame.height] for frame in container.decode(video=0)]


def the_whole_job(source: Path, folder: Path, run: Run, frames: int, roi: str, size: tuple[int, int]) -> None:
    lzc, raw, picture = folder / "o.lzc", folder / "back.y4m", folder / "spot.png"
    made = run("compress", source, lzc, "--quality", 40, "--effort", "fast")
    assert made["frames"] == frames and made["bytes"] == lzc.stat().st_size and made["quality"] == 40
    told = run("info", lzc)
    light = ("import sys; from engine.cli import main; main(['info', sys.argv[1]])\n"
             "sys.exit(len({'torch', 'numba', 'av'} & set(sys.modules)))")
    assert subprocess.run([sys.executable, "-c", light, str(lzc)], cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode == 0
    assert told["kind"] == "lzc" and told["complete"] and told["bytes"] == made["bytes"]
    assert run("verify", lzc)["ok"] is True
    assert run("restore", lzc, raw)["frames"] == frames
    truth, back = luma(source), y4m_planes(raw)
    assert len(back) == frames
    assert np.mean([psnr(a, b[0]) for a, b in zip(truth, back)]) > 30
    zoomed = run("zoom", lzc, picture, "--frame", frames // 2, "--roi", roi, "--magnify", 4, "--seed", 7, "--mask", folder / "where.png")
    with av.open(str(picture)) as container:
        shown = next(container.decode(video=0))
    assert (shown.width, shown.height) == size
    assert sum(zoomed["provenance"]["pixels"].values()) == size[0] * size[1]
    assert {Path(p).name for p in zoomed["outputs"]} >= {"spot.png", "spot.png.json", "where.png"}
    assert run("zoom", "--from-sidecar", f"{picture}.json")["match"] is True
    plain = run("zoom", lzc, folder / "plain.png", "--frame", frames // 2, "--roi", roi, "--magnify", 4, "--recorded-only")
    assert plain["provenance"]["pixels"]["synthesised"] == 0
    assert not [p.name for p in folder.iterdir() if "part" in p.name or p.name.startswith(".")]


@needs_weights
def test_a_synthetic_film(tmp_path: Path, run: Run) -> None:
    source = write_mp4(tmp_path / "film.mp4", film(20, 96, 64, cut_at=11))
    the_whole_job(source, tmp_path, run, 20, "10,8,32,24", (128, 96))


@needs_weights
def test_a_real_clip(tmp_path: Path, run: Run, val_clip: Callable[[str], Path]) -> None:
    short = tmp_path / "short.mkv"
    with av.open(str(val_clip("webrtc_chrome"))) as container:
        pictures = []
        for frame in container.decode(video=0):
            pictures.append(frame.reformat(320, 180, "rgb24").to_ndarray())
            if len(pictures) == 17:
                break
    write_mp4(short, pictures)
    the_whole_job(short, tmp_path, run, 17, "100,60,40,30", (160, 120))


@needs_weights
@pytest.mark.parametrize("ending", ["mp4", "mkv", "png"])
def test_every_video_ending_holds_what_the_raw_one_holds(ending: str, tmp_path: Path, run: Run) -> None:
    source = write_mp4(tmp_path / "film.mkv", film(12, 64, 48), sound=True)
    run("compress", source, tmp_path / "o.lzc", "--effort", "fast")
    run("restore", tmp_path / "o.lzc", tmp_path / "o.y4m")
    facts = run("restore", tmp_path / "o.lzc", tmp_path / f"o.{ending}")
    raw = y4m_planes(tmp_path / "o.y4m")
    if ending == "png":
        names = sorted(p.name for p in (tmp_path / "o.png").iterdir())
        assert names == [f"frame_{n:06d}.png" for n in range(12)]
        with av.open(str(tmp_path / "o.png" / names[3])) as container:
            assert next(container.decode(video=0)).to_ndarray(format="rgb24").shape == (48, 64, 3)
        return
    back = luma(tmp_path / f"o.{ending}")
    assert len(back) == 12 and all(psnr(a[0], b) > 38 for a, b in zip(raw, back))
    assert facts["sound"] is True
    with av.open(str(tmp_path / f"o.{ending}")) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
        heard = sum(packet.size for packet in container.demux(audio=0))
    with av.open(str(source)) as container:
        # Matroska has no times before zero: the codec's run-in packet may be missing there
        assert abs(heard / sum(packet.size for packet in container.demux(audio=0)) - 1) < 0.1


@needs_weights
def test_a_part_of_it_and_smaller(tmp_path: Path, run: Run) -> None:
    source = write_mp4(tmp_path / "film.mp4", film(20, 100, 60))
    run("compress", source, tmp_path / "o.lzc", "--effort", "fast")
    run("restore", tmp_path / "o.lzc", tmp_path / "all.y4m")
    facts = run("restore", tmp_path / "o.lzc", tmp_path / "some.y4m", "--frames", "5:9")
    assert facts["frames"] == 4
    every, some = y4m_planes(tmp_path / "all.y4m"), y4m_planes(tmp_path / "some.y4m")
    assert all(np.array_equal(a, b) for whole, part in zip(every[5:9], some) for a, b in zip(whole, part))
    facts = run("restore", tmp_path / "o.lzc", tmp_path / "half.y4m", "--level", 1)
    assert (facts["width"], facts["height"], facts["frames"]) == (50, 30, 20)
    small = y4m_planes(tmp_path / "half.y4m")[7][0]
    reduced = every[7][0].reshape(30, 2, 50, 2).mean((1, 3))
    assert psnr(small, reduced) > 28


@needs_weights
def test_a_folder_of_pictures(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for n, picture in enumerate(film(9, 48, 32)):
        with av.open(str(folder / f"p{n}.png"), "w") as out:
            stream = out.add_stream("png", rate=1)
            stream.width, stream.height, stream.pix_fmt = 48, 32, "rgb24"
            for packet in [*stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")), *stream.encode()]:
                out.mux(packet)
    assert run("compress", folder, tmp_path / "o.lzc", "--effort", "fast")["frames"] == 9
    assert run("verify", tmp_path / "o.lzc")["ok"]


@pytest.mark.usefixtures("detail")
def test_zoom_of_ordinary_video_and_pictures(tmp_path: Path, run: Run) -> None:
    source = write_mp4(tmp_path / "film.mp4", film(6, 96, 64))
    facts = run("zoom", source, tmp_path / "a.png", "--frame", 3, "--roi", "8,8,20,10", "--magnify", 3)
    assert facts["size"] == [60, 30] and run("zoom", "--from-sidecar", tmp_path / "a.png.json")["match"]
    facts = run("zoom", tmp_path / "a.png", tmp_path / "b.png", "--frame", 0, "--roi", "0,0,10,10", "--magnify", 2, "--samples", 3)
    assert facts["size"] == [20, 20] and facts["uncertainty"]


def test_a_changed_picture_does_not_match(tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_mp4(tmp_path / "film.mp4", film(3, 64, 48))
    run("zoom", source, tmp_path / "a.png", "--frame", 1, "--roi", "8,8,16,16", "--magnify", 2)
    run("zoom", source, tmp_path / "b.png", "--frame", 2, "--roi", "8,8,16,16", "--magnify", 2)
    (tmp_path / "b.png").replace(tmp_path / "a.png")
    told = run("zoom", "--from-sidecar", tmp_path / "a.png.json", code=1)
    assert told["match"] is False and "no match" in told["error"]
    assert cli.main(["zoom", "--from-sidecar", str(tmp_path / "a.png.json")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.usefixtures("detail")
def test_a_zoomed_clip_and_its_check(tmp_path: Path, run: Run) -> None:
    source = write_mp4(tmp_path / "film.mp4", film(8, 64, 48))
    out = tmp_path / "spot.mp4"
    facts = run("zoom", source, out, "--frames", "2:6", "--roi", "10,8,20,16", "--magnify", 3)
    assert {Path(p).name for p in facts["outputs"]} == {"spot.mp4", "spot.mp4.json", "spot.mask.png", "spot.recorded.mp4"}
    assert [picture.shape for picture in luma(out)] == [(48, 60)] * 4
    assert facts["provenance"]["pixels"]["synthesised"] == 60 * 48
    assert run("zoom", "--from-sidecar", f"{out}.json")["match"] is True
    record = json.loads(Path(f"{out}.json").read_text())
    record["request"]["seed"] = 5
    Path(f"{out}.json").write_text(json.dumps(record))
    told = run("zoom", "--from-sidecar", f"{out}.json", code=1)
    assert "frames differ" in told["error"] and "sidecar was changed" in told["error"]


@needs_weights
def test_bitrate_lands_within_a_tenth(tmp_path: Path, run: Run) -> None:
    source = write_mp4(tmp_path / "film.mp4", film(40, 96, 64))
    low = run("compress", source, tmp_path / "low.lzc", "--quality", 10, "--effort", "fast")["kbps"]
    high = run("compress", source, tmp_path / "high.lzc", "--quality", 50, "--effort", "fast")["kbps"]
    assert low < high
    wanted = (low * high) ** 0.5
    facts = run("compress", source, tmp_path / "o.lzc", "--bitrate", wanted, "--effort", "fast")
    assert abs(8 * (tmp_path / "o.lzc").stat().st_size / 1000 / (40 / 25) / wanted - 1) < 0.1
    assert facts["bitrate"] == pytest.approx(wanted) and "warning" not in facts


@needs_weights
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_compress_goes_on_by_the_same_command(how: signal.Signals, tmp_path: Path, run: Run) -> None:
    source = write_mp4(tmp_path / "film.mp4", film(96, 192, 128))
    out, whole = tmp_path / "o.lzc", tmp_path / "whole.lzc"
    words = ["compress", str(source), str(out), "--quality", "30", "--effort", "fast", "--key-interval", "8"]
    # a program started in the background of a script inherits that Ctrl-C is ignored; at a terminal it is not
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        child = subprocess.Popen([sys.executable, "-m", "engine.cli", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 text=True, start_new_session=True)
    finally:
        signal.signal(signal.SIGINT, before)
    journal = Path(f"{out}.part.json")
    while not journal.exists():
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(0.01)
            break
    os.killpg(child.pid, how)  # as a terminal does with Ctrl-C: to the program and to every process it has started
    said, err = child.communicate(timeout=60)
    if how == signal.SIGKILL:
        assert child.returncode == -signal.SIGKILL
    else:
        assert (child.returncode, said) == (130, ""), err
        assert err.count("\n") == 1 and "the same command goes on from there" in err
    assert not out.exists() and journal.exists()
    again = run(*words)
    assert again["resumed_from"] > 0 and again["frames"] == 96
    assert not journal.exists() and not Path(f"{out}.part").exists()
    run(words[0], words[1], whole, *words[3:])
    assert run("verify", out)["ok"]
    run("restore", out, tmp_path / "a.y4m")
    run("restore", whole, tmp_path / "b.y4m")
    assert (tmp_path / "a.y4m").read_bytes() == (tmp_path / "b.y4m").read_bytes()


def test_without_a_screen_the_viewer_writes_a_picture(tmp_path: Path) -> None:
    source = write_mp4(tmp_path / "film.mp4", film(4, 200, 120))
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run([sys.executable, "-m", "engine.cli", str(source)], cwd=tmp_path, env={**env, "PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert "no display" in done.stderr and f"written: {tmp_path / 'film-zoom.png'}" in done.stdout
    with av.open(str(tmp_path / "film-zoom.png")) as container:
        shown = next(container.decode(video=0))
    assert (shown.width, shown.height) == (200, 120)
