"""Starts jobs: from a form to the engine's job queue, and what came of it to the message bar."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.dialogs import JobForm, free_name, out_folder, pick_open, pick_save
from app.jobs_dock import JobsPanel
from app.messages import MessageBar
from app.unfinished import Recipe, Unfinished
from app.zoom_bar import coordinate, times
from engine.api import EngineError, Roi, SourceInfo

RESTORE = [("MP4 video", ".mp4"), ("Matroska video", ".mkv"), ("raw video, bit exact", ".y4m"), ("a folder of PNG pictures", ".png")]


class Exports:
    """Forms open without blocking; every job goes through `start`."""

    def __init__(self, window: Any) -> None:
        self._window = window
        self.form: JobForm | None = None
        self.unfinished = Unfinished(window.settings)
        self._again: dict[str, Callable[..., Any]] = {"compress": self.compress, "restore": self.restore, "roi": self._roi_again}

    @property
    def jobs(self) -> JobsPanel:
        panel: JobsPanel = self._window.jobs
        return panel

    @property
    def bar(self) -> MessageBar:
        bar: MessageBar = self._window.message_bar
        return bar

    def start(self, title: str, job: Any, recipe: Recipe | None = None) -> Any:
        """Queues `job` and shows the list. The handle. `recipe`: how to start it again, kept until it is over."""
        handle = self._window.backend.submit(title, job, self.jobs.on_event)
        if recipe is not None:
            self.unfinished.add(handle.id, recipe)
        self.jobs.add(handle)
        self._window.show_jobs_dock()
        return handle

    def compress(self, source: str, out: str, quality: int, effort: str = "normal") -> Any:
        named(source, "what to compress")
        job = self._window.controller.compress(source, named(out, "where to write"), quality=quality, effort=effort)
        return self.start(f"Compress {Path(source).name}", job, ("compress", [source, out, quality, effort]))

    def restore(self, source: str, out: str, level: int = 0) -> Any:
        return self.start(f"Restore {Path(source).name}", self._window.controller.restore(
            named(source, "what to restore"), named(out, "where to write"), level=level), ("restore", [source, out, level]))

    def frame(self, source: str, out: str, frame: int) -> Any:
        job = self._window.controller.export_frame(source, named(out, "where to write"), frame)
        return self.start(f"Frame {frame} of {Path(source).name}", job)

    def roi(self, source: str, out: str, frame: int, roi: Roi, magnify: float, recorded_only: bool, seed: int,
            frames: tuple[int, int] | None = None) -> Any:
        options: dict[str, Any] = {"recorded_only": recorded_only, "seed": seed}
        if frames is not None:
            if frames[1] <= frames[0]:
                raise ValueError("the last frame must not lie before the first")
            options["frames"] = frames
        what = "Clip" if frames is not None else "Region"
        return self.start(f"{what} {times(magnify)} of {Path(source).name}", self._window.controller.export_roi(
            source, named(out, "where to write"), frame, roi, magnify, **options),
            ("roi", [source, out, frame, list(roi), magnify, recorded_only, seed, list(frames) if frames else None]))

    def go_on(self) -> int:
        """Starts again what was not finished when the program ended last; how many jobs. One that cannot is said, and forgotten."""
        count = 0
        for kind, words in self.unfinished.take():
            try:
                self._again[kind](*words)
                count += 1
            except (ValueError, TypeError, KeyError, EngineError) as wrong:
                self.bar.say("warn", f"{kind}: {wrong}")
        return count

    def _roi_again(self, source: str, out: str, frame: int, roi: list[float], magnify: float, recorded_only: bool, seed: int,
                   frames: list[int] | None) -> None:
        x, y, w, h = roi
        self.roi(source, out, frame, (x, y, w, h), magnify, recorded_only, seed, (frames[0], frames[1]) if frames else None)

    def estimate(self, source: str, quality: int, effort: str) -> Any:
        """Tries a part of the frames; the answer comes as a message."""
        return self.start(f"Size of {Path(source).name}", self._window.controller.estimate(
            named(source, "what to compress"), quality=quality, effort=effort))

    def verify(self, source: str) -> Any:
        return self.start(f"Verify {Path(source).name}", self._window.controller.verify(source))

    def verify_export(self, sidecar: str) -> Any:
        return self.start(f"Check {Path(sidecar).name}", self._window.controller.verify_export(sidecar))

    # -- forms ----------------------------------------------------------------------------------------------------

    def show_form(self, form: JobForm) -> None:
        if self.form is not None:
            self.form.close()
        self.form = form
        form.finished.connect(lambda _: self._forget(form))
        form.open()

    def _forget(self, form: JobForm) -> None:
        if self.form is form:
            self.form = None

    def ask_compress(self, source: str) -> None:
        form = JobForm("Compress", "Compress", self._window)
        src = form.path_row("From", source, pick_open)
        to = str(free_name(out_folder(Path(source)) / f"{Path(source).stem}.lzc")) if source else ""
        out = form.path_row("To", to, pick_save("Lorentz recording (*.lzc)"))
        quality = form.quality_row(int(getattr(getattr(self._window.controller, "settings", None), "quality", 32)))
        effort = form.choice_row("Effort", [(e, e) for e in ("normal", "fast", "high")], "More effort: smaller files, more time")
        form.note.setText("If you stop it, what is done so far is kept beside the file, and the same command goes on from there.")
        form.side_button("Estimate the size", "Compress a part of the frames, throw it away, and say how large all will be",
                         lambda: self.estimate(src.text(), quality.value(), effort.currentData()))
        form.on_start = lambda: self.compress(src.text(), out.text(), quality.value(), effort.currentData())
        self.show_form(form)

    def ask_restore(self, source: str, levels: int) -> None:
        form = JobForm("Restore", "Restore", self._window)
        src = form.path_row("From", source, pick_open)
        kind = form.choice_row("Kind", RESTORE, "What to write")
        to = str(free_name(out_folder(Path(source)) / f"{Path(source).stem}.mp4")) if source else ""
        out = form.path_row("To", to, pick_save("Video (*.mp4 *.mkv *.y4m *.png)"))
        sizes = [("full", "0")] + [(f"1/{2 ** k}", str(k)) for k in range(1, max(levels, 1))]
        level = form.choice_row("Size", sizes, "Stored level to restore")

        def rename() -> None:
            if out.text():
                out.setText(str(free_name(Path(out.text()).with_suffix(kind.currentData()))))

        kind.activated.connect(rename)
        form.on_start = lambda: self.restore(src.text(), out.text(), int(level.currentData()))
        self.show_form(form)

    def ask_frame(self, info: SourceInfo, frame: int) -> None:
        form = JobForm("Export frame", "Export", self._window)
        out = form.path_row("To", beside(info, f"-frame{frame}", ".png"), pick_save("Picture (*.png)"))
        form.note.setText(f"Frame {frame} as decoded, {info.width} × {info.height}. A record of how it was made is written beside it.")
        form.on_start = lambda: self.frame(info.path, out.text(), frame)
        self.show_form(form)

    def ask_roi(self, info: SourceInfo, frame: int, roi: Roi, magnify: float, recorded_only: bool, seed: int, clip: bool) -> None:
        form = JobForm("Export region as clip" if clip else "Export region as picture", "Export", self._window)
        out = form.path_row("To", beside(info, f"-frame{frame}-zoom", ".mp4" if clip else ".png"),
                            pick_save("Video (*.mp4 *.mkv)" if clip else "Picture (*.png)"))
        m = form.factor_row("Magnification", round(magnify, 2), "Output pixels for each recorded pixel")
        only = form.tick_row("recorded pixels only, add no detail", recorded_only, "Nothing is synthesised")
        first = last = None
        if clip:
            end = min(info.frames - 1, frame + max(1, round(float(info.rate))) - 1)
            first = form.number_row("First frame", 0, info.frames - 1, frame, "Counted from 0")
            last = form.number_row("Last frame", 0, info.frames - 1, end, "Included")
        region = f"{coordinate(roi[0])},{coordinate(roi[1])}  {coordinate(roi[2])} × {coordinate(roi[3])}"

        def describe() -> None:
            size = f"{round(roi[2] * m.value())} × {round(roi[3] * m.value())}"
            form.note.setText(f"Region {region} of the recording, seed {seed}: {size} pixels. "
                              "Beside it: how it was made, which pixels were recorded, and a recorded-only twin.")

        def begin() -> None:
            frames = (first.value(), last.value() + 1) if first is not None and last is not None else None
            self.roi(info.path, out.text(), first.value() if first is not None else frame, roi, m.value(), only.isChecked(), seed, frames)

        m.valueChanged.connect(describe)
        describe()
        form.on_start = begin
        self.show_form(form)


def named(path: str, what: str) -> str:
    if not path.strip():
        raise ValueError(f"say {what}")
    return path


def beside(info: SourceInfo, suffix: str, ending: str) -> str:
    """A free name beside the source (above a folder of pictures, which must not grow)."""
    path = Path(info.path).absolute()
    return str(free_name(out_folder(path) / f"{path.stem if path.suffix else path.name}{suffix}{ending}"))
