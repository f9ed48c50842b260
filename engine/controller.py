"""The one front door of the engine for the command line and the viewer: routes data by kind, holds quality, priority and device.

Thin by intent: every method hands on to the room that does the work, imported when first needed, so that opening the door is quick.
"""
from __future__ import annotations

import contextlib
import mimetypes
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec

from engine.api import EngineError, FrameSource, JobError, Roi, SourceInfo, TileReady, ZoomDone, ZoomFailed
from engine.jobs.checks import PICTURES, check_input, is_lzc
from engine.jobs.process import JobProcess
from engine.jobs.runner import Job
from engine.jobs.thread import JobHandle, JobThread

if TYPE_CHECKING:
    from engine.hierarchical.dataset import DataFile
    from engine.hierarchical.view import Sheet
    from engine.jobs.batch import Existing, What
    from engine.jobs.compress import Keep
    from engine.jobs.report import Finding
    from engine.media import Sound
    from engine.zoom import ZoomEngine

Kind = Literal["lzc", "image", "images", "video", "table", "text", "array", "audio", "cube"]
_DATA = ("table", "text", "array", "audio", "cube")
Priority = Literal["background", "normal"]


def _as_data(kind: str, max_error: str | None, lossless: bool) -> bool:
    return kind in _DATA or (kind == "image" and (lossless or max_error is not None))


@dataclass(frozen=True)
class Settings:
    """What the person chose once for all work: quality 0..63 of new files, how much jobs may press, where networks run."""

    quality: int = 32
    priority: Priority = "background"   # background: jobs give way to the window and to zooms
    device: str = "auto"                # auto, cpu or cuda
    effort: str = "normal"


P = ParamSpec("P")


def _job(make: Callable[P, Job]) -> Callable[P, Job]:
    """A method that makes a job: what is wrong with its words is said here, the work goes where the controller has it done."""
    @wraps(make)
    def made(*words: P.args, **options: P.kwargs) -> Job:
        job = make(*words, **options)
        system: Any = words[0]
        if system._process is None:
            return job
        job.close()  # it has not begun
        found: Job = system._process.run(system._settings, make.__name__, words[1:], options)
        return found
    return made


class SystemController:
    """Use as a context manager or call `close()`: it ends the job thread and every zoom engine that it made.

    apart: jobs are worked on in a process of their own, see `engine.jobs.process`.
    """

    def __init__(self, settings: Settings | None = None, apart: bool = False) -> None:
        self._settings = settings or Settings()
        self._process = JobProcess() if apart else None
        self._jobs: JobThread | None = None
        self._engines: list[ZoomEngine] = []

    def __enter__(self) -> SystemController:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Cancels what runs and waits for it."""
        engines, self._engines = self._engines, []
        for engine in engines:
            engine.close()
        if self._jobs is not None:
            self._jobs.close()
        if self._process is not None:
            self._process.close()

    # -- settings ------------------------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        return self._settings

    def configure(self, **changes: Any) -> Settings:
        """Changes settings for work that starts from now on; returns the new ones. ValueError for what cannot be."""
        new = replace(self._settings, **changes)
        if not 0 <= new.quality <= 63:
            raise ValueError(f"quality {new.quality} is not between 0 and 63")
        for value, known in ((new.priority, ("background", "normal")), (new.device, ("auto", "cpu", "cuda")),
                             (new.effort, ("fast", "normal", "high"))):
            if value not in known:
                raise ValueError(f"{value!r} is none of {', '.join(known)}")
        self._settings = new
        if self._jobs is not None:
            self._jobs.background = new.priority == "background"
        return new

    # -- data by kind --------------------------------------------------------------------------------------------

    def kind(self, path: str | Path) -> Kind:
        """What `path` holds, told by its content first (a `.lzc` under any name), else by its ending. `JobError` when it is not there."""
        given = check_input(path)
        if given.is_dir():
            return "images"
        if is_lzc(given):
            return "lzc"
        from engine.hierarchical.kinds import decline, sniff

        found: Any = sniff(given)
        if found is None:
            decline(given)
        picture = given.suffix.lower() in PICTURES
        media = picture or (mimetypes.guess_type(given.name)[0] or "").startswith(("video/", "image/"))
        if found in ("text", "table") and media:
            found = None        # named like footage but full of letters: its opener says best what is wrong
        return found or ("image" if picture else "video")

    def content(self, path: str | Path) -> Kind:
        """Like `kind`, but of a `.lzc` of general data what lies in it."""
        from engine.opening import data_kind

        kind = self.kind(path)
        inside: Any = data_kind(path) if kind == "lzc" else ""
        return inside or kind

    def nearer(self, path: str | Path) -> float | None:
        """How many dB nearer to its source the data in a `.lzc` can be restored; None where the file says nothing of that."""
        from engine.hierarchical.near import said_of

        return said_of(Path(path)) if self.kind(path) == "lzc" and self.holds_data(path) else None

    def open(self, path: str | Path) -> FrameSource:
        """A source of frames, whatever the kind. `EngineError` with one clear line when it cannot be read."""
        check_input(path)
        from engine.opening import open_source

        return open_source(Path(path))

    def watch(self, path: str | Path) -> FrameSource:
        """As `open`, for looking only: of a recording, frames that are lost are bridged from those that are not, and say so."""
        source = self.open(path)
        if not hasattr(source, "damage"):
            return source
        from engine.zoom.bridging import BridgedSource

        return BridgedSource(source)

    @staticmethod
    def prepare() -> None:
        """Load what `watch` of a recording needs, so that it need not. What is wrong with that is said when a recording is opened."""
        with contextlib.suppress(EngineError, ImportError, OSError):
            from engine.lorentzian import LzcSource, load_codec  # noqa: F401
            from engine.zoom import bridging  # noqa: F401

            load_codec()

    def describe(self, path: str | Path) -> SourceInfo:
        """What is known of the source without decoding it."""
        source = self.open(path)
        try:
            return source.info
        finally:
            source.close()

    def sound(self, path: str | Path) -> Sound | None:
        """The sound of a video or a `.lzc`, ready to be decoded; None where there is none. `EngineError` when it cannot be read."""
        from engine.media import Sound

        kind = self.kind(path)
        if kind in ("image", "images"):
            return None
        if kind == "lzc":
            from engine.jobs.restore import stored_sound

            track = stored_sound(Path(path))
            if track is None:
                return None
            found = Sound(path, track)
        else:
            found = Sound(path)
        if found.found:
            return found
        found.close()
        return None

    def holds_data(self, path: str | Path) -> bool:
        """True for a `.lzc` file of general data (a table, text, an array, sound, a picture within a bound, a cube)."""
        from engine.opening import data_kind

        return is_lzc(Path(path)) and bool(data_kind(path))

    def goes_as_data(self, path: str | Path, max_error: str | None, lossless: bool) -> bool:
        """Whether `compress` takes this for general data: all but video, and a picture only with a bound or without loss."""
        return _as_data(self.kind(path), max_error, lossless)

    def open_data(self, path: str | Path) -> DataFile:
        """General data for reading and plotting. Close it. `EngineError` when it cannot be read."""
        from engine.hierarchical.dataset import DataFile

        return DataFile(check_input(path))

    def sheet(self, path: str | Path, level: int = 0) -> Sheet | None:
        """General data ready to be looked at: series, bands or words; of a `.lzc` also at a coarser `level`. None for what has frames
        (video, pictures, a `.lzc` of either). `EngineError` with one clear line when it cannot be read."""
        if self.content(path) not in _DATA:
            return None
        from engine.hierarchical.view import read_sheet

        return read_sheet(Path(path), level)

    # -- zoom ----------------------------------------------------------------------------------------------------

    def zoom_engine(self, on_event: Callable[[TileReady | ZoomDone | ZoomFailed], None], **options: Any) -> ZoomEngine:
        """A running zoom engine; `on_event` is called on its thread. Closed with this controller."""
        from engine.zoom import ZoomEngine

        engine = ZoomEngine(on_event, **options)
        self._engines.append(engine)
        return engine

    # -- jobs ----------------------------------------------------------------------------------------------------

    @property
    def jobs(self) -> JobThread:
        """The thread that runs `submit`ted jobs one after the other."""
        if self._jobs is None:
            self._jobs = JobThread(background=self._settings.priority == "background")
        return self._jobs

    def submit(self, title: str, job: Job, on_event: Callable[[JobHandle], None] | None = None) -> JobHandle:
        """Queues one of the jobs below; `on_event(handle)` hears of it on the job thread."""
        return self.jobs.submit(title, job, on_event)

    @_job
    def compress(self, source: str | Path, out: str | Path, *, quality: int | None = None, bitrate: float | None = None,
                 effort: str | None = None, key_interval: int = 32, device: str | None = None, keep_partial: Keep = "auto",
                 max_error: str | None = None, lossless: bool = False, adapted: str | Path | None = None) -> Job:
        """Video, and pictures with a quality, go through the Lorentzian codec; all other data, and pictures with `max_error` ("0.5",
        "1%") or `lossless`, through the hierarchical one: sound with a `quality` for the ear, all else without loss if nothing is said."""
        kind = self.kind(source) if Path(source).exists() else "video"      # the job itself says what is missing
        if adapted is not None and kind not in ("video", "images"):
            raise JobError("only video is compressed with what was learnt of a camera", where=str(source), hint="leave --adapted away")
        if _as_data(kind, max_error, lossless):
            from engine.jobs.data import compress_data_job

            if bitrate is not None:
                raise JobError("only video is compressed to a bitrate", where=str(source), hint="use --quality for sound, or --max-error")
            by_ear = kind == "audio" and quality is not None and not lossless and max_error is None
            return compress_data_job(source, out, max_error=None if lossless else max_error, quality=quality if by_ear else None,
                                     effort=effort or self._settings.effort)
        if lossless or max_error is not None:
            raise JobError(f"{'a .lzc file' if kind == 'lzc' else 'video'} has no --max-error and no --lossless", where=str(source),
                           hint="use --quality or --bitrate")
        from engine.jobs.compress import compress_job

        now = self._settings
        return compress_job(source, out, quality=now.quality if quality is None else quality, bitrate=bitrate, effort=effort or now.effort,
                            key_interval=key_interval, device=device or now.device, keep_partial=keep_partial, adapted=adapted)

    @_job
    def adapt(self, clips: Sequence[str | Path], out: str | Path, *, device: str | None = None) -> Job:
        """Learns the place that one camera looks at; see `engine.jobs.adapt`."""
        from engine.jobs.adapt import adapt_job

        return adapt_job(clips, out, device=device or self._settings.device)

    @_job
    def restore(self, source: str | Path, out: str | Path, *, level: int = 0, frames: tuple[int, int | None] = (0, None),
                correlation: bool = True, nearer: bool = False) -> Job:
        """nearer: of data within a bound, see `engine.jobs.data.restore_data_job`."""
        if self.holds_data(source):
            from engine.jobs.data import restore_data_job

            return restore_data_job(source, out, level=level, nearer=nearer)
        if nearer:
            raise JobError("only data within a bound has values nearer to its source", where=str(source),
                           hint="video is restored without being asked; leave --nearer away")
        from engine.jobs.restore import restore_job

        return restore_job(source, out, level=level, frames=frames, correlation=correlation)

    @_job
    def export_frame(self, source: str | Path, out: str | Path, frame: int, **options: Any) -> Job:
        from engine.jobs.export import export_frame_job

        return export_frame_job(source, out, frame, **options)

    @_job
    def export_roi(self, source: str | Path, out: str | Path, frame: int, roi: Roi, magnify: float, **options: Any) -> Job:
        from engine.jobs.export import export_roi_job

        return export_roi_job(source, out, frame, roi, magnify, **options)

    @_job
    def verify_export(self, sidecar: str | Path) -> Job:
        from engine.jobs.export import verify_export_job

        return verify_export_job(sidecar)

    def finding(self, *args: Any, **fields: Any) -> Finding:
        """One thing for a report to show; see `engine.jobs.report.Finding`."""
        from engine.jobs.report import Finding

        return Finding(*args, **fields)

    @_job
    def report(self, source: str | Path, out: str | Path, findings: tuple[Finding, ...], **options: Any) -> Job:
        """A page with pictures, parameters and hashes; see `engine.jobs.report`."""
        from engine.jobs.report import report_job

        return report_job(source, out, findings, **options)

    @_job
    def estimate(self, source: str | Path, **options: Any) -> Job:
        """How large the compressed file will be, from a part of the frames."""
        from engine.jobs.estimate import estimate_job

        return estimate_job(source, **options)

    def bits_over_time(self, path: str | Path) -> tuple[Any, Any] | None:
        """(first frames `[n]`, bytes `[n, levels]`) of a `.lzc`, from its index; None for anything else."""
        if self.content(path) != "lzc":
            return None
        from engine.lzc.spread import bytes_by_level

        return bytes_by_level(path)

    @_job
    def verify(self, source: str | Path) -> Job:
        from engine.jobs.verify import verify_job

        return verify_job(source)

    # -- many files ----------------------------------------------------------------------------------------------

    def batch_inputs(self, paths: Iterable[str | Path], what: What, deep: bool = False) -> list[Path]:
        """The files that `paths` (files and folders) mean; see `engine.jobs.batch`."""
        from engine.jobs.batch import inputs

        return inputs(paths, what, deep)

    def batch_outputs(self, sources: Sequence[str | Path], folder: str | Path | None = None) -> list[Path]:
        """Names for what is made of them, without an ending: beside each, or in `folder`."""
        from engine.jobs.batch import outputs

        return outputs(sources, folder)

    @_job
    def one_of_many(self, what: What, source: str | Path, out: str | Path, existing: Existing, options: dict[str, Any]) -> Job:
        """The work on one of them; nothing is looked at before its first step."""
        from engine.jobs.batch import Task, task_job

        return task_job(self, Task(what, str(source), str(out), existing, options))
