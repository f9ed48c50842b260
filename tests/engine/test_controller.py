import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.api import JobError, JobResult, Progress
from engine.controller import Settings, SystemController
from engine.jobs.runner import Job
from engine.jobs.thread import JobState

ROOT = Path(__file__).resolve().parents[2]


def test_kind_by_content_first_then_by_ending(tmp_path: Path) -> None:
    (tmp_path / "disguised.mp4").write_bytes(b"\x89LZC\r\n\x1a\n rest")
    (tmp_path / "cut.lzc").write_bytes(b"x")
    (tmp_path / "a.PNG").write_bytes(b"x")
    (tmp_path / "b.mkv").write_bytes(b"x")
    with SystemController() as system:
        kinds = {name: system.kind(tmp_path / name) for name in ("disguised.mp4", "cut.lzc", "a.PNG", "b.mkv")}
        assert kinds == {"disguised.mp4": "lzc", "cut.lzc": "lzc", "a.PNG": "image", "b.mkv": "video"}
        assert system.kind(tmp_path) == "images"
        with pytest.raises(JobError, match="no such file"):
            system.kind(tmp_path / "none")


def test_settings_hold_and_refuse_what_cannot_be() -> None:
    with SystemController(Settings(quality=20)) as system:
        assert system.configure(priority="normal", device="cpu") == Settings(20, "normal", "cpu") == system.settings
        for wrong in ({"quality": 64}, {"priority": "urgent"}, {"device": "tpu"}, {"effort": "turbo"}):
            with pytest.raises(ValueError, match=r"between|none of"):
                system.configure(**wrong)
        assert system.settings == Settings(20, "normal", "cpu")


def test_jobs_take_their_defaults_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    import engine.jobs.compress

    asked: list[dict[str, object]] = []
    monkeypatch.setattr(engine.jobs.compress, "compress_job", lambda source, out, **options: asked.append(options))
    with SystemController(Settings(quality=20, device="cpu", effort="fast")) as system:
        system.compress("a", "b")
        system.compress("a", "b", quality=0, effort="high", device="cuda")
    assert [(o["quality"], o["effort"], o["device"]) for o in asked] == [(20, "fast", "cpu"), (0, "high", "cuda")]


@pytest.mark.skipif(sys.platform != "linux", reason="niceness belongs to a thread on Linux only")
def test_background_jobs_give_way() -> None:
    def job(found: list[int]) -> Job:
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        yield Progress(0, 1)
        return JobResult(())

    mine = os.getpriority(os.PRIO_PROCESS, 0)
    quiet: list[int] = []
    normal: list[int] = []
    with SystemController() as system:
        assert system.submit("quiet", job(quiet)).wait(20) and system.jobs.wait_until_idle(20)
        system.configure(priority="normal")
        assert system.submit("normal", job(normal)).wait(20)
    assert quiet[0] > mine or mine >= 5
    assert normal == [mine]


def test_closing_ends_jobs_and_zoom_engines() -> None:
    def endless() -> Job:
        while True:
            yield Progress(0, 1)

    with SystemController() as system:
        handle = system.submit("endless", endless())
        system.zoom_engine(lambda event: None)
    assert handle.state is JobState.CANCELLED
    system.close()


def test_the_door_opens_without_heavy_libraries() -> None:
    code = ("import sys, engine.controller as c; c.SystemController().jobs\n"
            "print(sorted({'torch', 'av', 'numba', 'PySide6'} & set(sys.modules)))")
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
