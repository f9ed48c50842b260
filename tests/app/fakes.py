"""A small engine for the viewer's tests: a source with known frames, a zoom engine on a thread, jobs that wait when told to."""
from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from engine.api import (
    Cancelled,
    Colour,
    EngineError,
    Frame,
    FrameSource,
    JobResult,
    MediaError,
    Progress,
    Provenance,
    SourceInfo,
    Stage,
    TileReady,
    ZoomDone,
    ZoomFailed,
    ZoomRequest,
)
from engine.jobs.thread import JobThread

W, H, N = 160, 90, 40


def make_info(path: str = "clip.mp4", kind: str = "video", frames: int = N, size: tuple[int, int] = (W, H), **kw: Any) -> SourceInfo:
    pts = kw.pop("pts", tuple(range(frames)))
    return SourceInfo(path, kind, size[0], size[1], pts, Fraction(1, 25), Fraction(25), **kw)


class FakeSource:
    """Frame `i` has luma 16 + 4 * i everywhere except for a bright square that moves with it."""

    def __init__(self, info: SourceInfo, lost: frozenset[int] = frozenset(), damage: tuple[str, ...] = ()) -> None:
        self.info, self.lost, self.damage = info, lost, list(damage)
        self.reads: list[int] = []
        self.closed = False

    def read(self, index: int) -> Frame:
        if not 0 <= index < self.info.frames:
            raise IndexError(index)
        if index in self.lost:
            raise MediaError("chunk is damaged", where=f"frame {index}")
        self.reads.append(index)
        w, h = self.info.width, self.info.height
        y = np.full((h, w), 16 + 4 * (index % 50), np.uint8)
        x = index % max(1, w - 8)
        y[8:16, x:x + 8] = 235
        c = np.full(((h + 1) // 2, (w + 1) // 2), 128, np.uint8)
        return Frame(y, c, c.copy(), index, self.info.pts[index])

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        for i in range(start, self.info.frames if stop is None else min(stop, self.info.frames)):
            yield self.read(i)

    def close(self) -> None:
        self.closed = True


class FakeEngine:
    """Answers each request with a coarse tile, four recorded ones, and four synthesised ones past ×1. `gate` holds it before
    recorded tiles. Colours: coarse grey 60, recorded 120, synthesised 200."""

    def __init__(self, on_event: Callable[[Any], None]) -> None:
        self.on_event = on_event
        self.gate = threading.Event()
        self.gate.set()
        self.requests: list[ZoomRequest] = []
        self.cancels = 0
        self.fail = ""
        self.offered: list[int] = []
        self.kept: set[str] = set()
        self._todo: deque[ZoomRequest] = deque()
        self._newest: ZoomRequest | None = None
        self._wake = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="fake-zoom")
        self._thread.start()

    def submit(self, view: str, request: ZoomRequest) -> None:
        with self._wake:
            self.requests.append(request)
            self._newest = request
            self._todo.append(request)
            self._wake.notify_all()

    def cancel(self, view: str) -> None:
        with self._wake:
            self.cancels += 1
            self._newest = None

    def offer_frame(self, info: SourceInfo, frame: Frame) -> None:
        self.offered.append(frame.index)

    def keep_only(self, paths: Any) -> None:
        self.kept = set(paths)

    def close(self) -> None:
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        self.gate.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._closed or self._todo)
                if self._closed:
                    return
                request = self._todo.popleft()
            self._serve(request)

    def _serve(self, r: ZoomRequest) -> None:
        if self.fail:
            self.on_event(ZoomFailed(r.id, self.fail))
            return
        w, h = r.viewport
        tiles = 0

        def send(rect: tuple[int, int, int, int], grey: int, kind: Provenance, stage: Stage, level: int) -> None:
            _, _, tw, th = rect
            self.on_event(TileReady(r.id, rect, np.full((th, tw, 3), grey, np.uint8), np.full((th, tw), kind, np.uint8), stage, level))

        send((0, 0, w, h), 60, Provenance.INTERPOLATED, Stage.COARSE, 2)
        self.gate.wait()
        m = w / r.roi[2]
        quarters = [(x, y, (w - x if x else w // 2), (h - y if y else h // 2)) for y in (0, h // 2) for x in (0, w // 2)]
        for rect in quarters:
            # late tiles are sent all the same: the viewer must drop them
            send(rect, 120, Provenance.CODED if m <= 1 else Provenance.INTERPOLATED, Stage.RECORDED, 0)
            tiles += 1
        if m > 1 and not r.recorded_only:
            for rect in quarters:
                send(rect, 200, Provenance.SYNTHESISED, Stage.SYNTHESISED, -1)
                tiles += 1
        self.on_event(ZoomDone(r.id, tiles + 1))


class FakeController:
    """What the viewer uses of the SystemController."""

    def __init__(self) -> None:
        self.sources: dict[str, FakeSource] = {}
        self.opened: list[FakeSource] = []
        self.engines: list[FakeEngine] = []
        self.jobs = JobThread()
        self.settings = SimpleNamespace(quality=32, device="auto")
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.job_gate = threading.Event()
        self.job_gate.set()
        self.job_fault: Exception | None = None
        self.closed = False
        self.sounds: dict[str, Any] = {}
        self.sheets: dict[str, Any] = {}

    def sound(self, path: str) -> Any:
        return self.sounds.get(path)

    def content(self, path: str | Path) -> str:
        path = str(path)
        sheet = self.sheet(path)
        return sheet.kind if sheet is not None else "lzc" if path.endswith(".lzc") else "image" if path.endswith(".png") else "video"

    def nearer(self, path: str | Path) -> float | None:
        return 2.5 if "nearer" in str(path) else None

    def sheet(self, path: str, level: int = 0) -> Any:
        """General data by name; None for everything else."""
        fault = self.sheets.get(Path(path).name)
        if isinstance(fault, Exception):
            raise fault
        return fault(path, level) if callable(fault) else fault

    def watch(self, path: str) -> FrameSource:
        return self.open(path)

    def open(self, path: str) -> FrameSource:
        name = Path(path).name
        if name.startswith("bad"):
            raise MediaError("this is no video", where=path, hint="choose another file")
        source = self.sources.get(name) or FakeSource(make_info(path, "lzc" if name.endswith(".lzc") else "video"))
        self.opened.append(source)
        return source

    def zoom_engine(self, on_event: Callable[[Any], None], **options: Any) -> FakeEngine:
        self.engine_options = options
        self.engines.append(FakeEngine(on_event))
        return self.engines[-1]

    def bits_over_time(self, path: str) -> Any:
        return (np.arange(0, 40, 8), np.array([[300, 100, 30]] * 5)) if path.endswith(".lzc") else None

    def finding(self, *args: Any) -> Any:
        from engine.jobs.report import Finding

        return Finding(*args)

    def batch_inputs(self, paths: Any, what: Any, deep: bool = False) -> Any:
        from engine.jobs.batch import inputs

        return inputs(paths, what, deep)

    def batch_outputs(self, sources: Any, folder: Any = None) -> Any:
        from engine.jobs.batch import outputs

        return outputs(sources, folder)

    def one_of_many(self, what: Any, source: str, out: str, existing: Any, options: dict[str, Any]) -> Any:
        from engine.jobs.batch import Task, task_job

        return task_job(self, Task(what, source, out, existing, options))

    def submit(self, title: str, job: Any, on_event: Any = None) -> Any:
        return self.jobs.submit(title, job, on_event)

    def __getattr__(self, name: str) -> Any:
        if name in ("compress", "restore", "export_frame", "export_roi", "verify", "verify_export", "report", "estimate", "adapt"):
            return lambda *a, **k: self._job(name, a, k)
        raise AttributeError(name)

    def _job(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Generator[Progress, None, JobResult]:
        self.calls.append((name, args, options))
        if any(str(a).endswith("same") for a in args):
            raise EngineError("the output is the input")
        return self._steps(args)

    def _steps(self, args: tuple[Any, ...]) -> Generator[Progress, None, JobResult]:
        for i in range(4):
            self.job_gate.wait()
            if self.job_fault is not None:
                raise self.job_fault
            yield Progress(i, 4, "working", 1000 * i)
        return JobResult((str(args[1]),) if len(args) > 1 else (), {"bytes": 123456})

    def close(self) -> None:
        self.closed = True
        self.job_gate.set()
        for engine in self.engines:
            engine.close()
        self.jobs.close()


def grey(frame: Frame, colour: Colour) -> np.ndarray:
    """Luma as it is, for exact comparisons."""
    return np.ascontiguousarray(np.repeat(frame.y[..., None], 3, 2))


__all__ = ["Cancelled", "FakeController", "FakeEngine", "FakeSource", "grey", "make_info"]
