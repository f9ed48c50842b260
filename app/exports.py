"""Starts jobs: from a form to the engine's job queue, and what came of it to the message bar."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

from app import coding_forms
from app.dialogs import JobForm, free_name, out_folder
from app.file_dialog import pick_save
from app.jobs_dock import JobsPanel
from app.look_form import said
from app.messages import MessageBar
from app.unfinished import Recipe, Unfinished
from app.words import tr
from app.zoom_bar import coordinate, times
from engine.api import EngineError, Look, Roi, SourceInfo


class Exports:
    """Forms open without blocking; every job goes through `start`."""

    def __init__(self, window: Any) -> None:
        self._window = window
        self.form: JobForm | None = None
        self.unfinished = Unfinished(window.settings)
        self._again: dict[str, Callable[..., Any]] = {"compress": self.compress, "restore": self.restore, "adapt": self.adapt,
                                                        "roi": self._roi_again, "batch": lambda *words: window.batches.again(*words)}

    @property
    def jobs(self) -> JobsPanel:
        panel: JobsPanel = self._window.jobs
        return panel

    @property
    def bar(self) -> MessageBar:
        bar: MessageBar = self._window.message_bar
        return bar

    def start(self, title: str, job: Any, recipe: Recipe | None = None, quiet: bool = False) -> Any:
        """Queues `job` and shows the list. The handle. `recipe`: how to start it again, kept until it is over. `quiet`: a part of
        something that shows the list and says the end."""
        handle = self._window.backend.submit(title, job, self.jobs.on_event)
        if recipe is not None:
            self.unfinished.add(handle.id, recipe)
        self.jobs.add(handle, quiet)
        if not quiet:
            self._window.show_jobs_dock()
        return handle

    def compress(self, source: str, out: str, quality: int, effort: str = "normal", max_error: str | None = None,
                 lossless: bool = False, adapted: str | None = None) -> Any:
        """`max_error` ("0.5", "1%") and `lossless` are for data and pictures; `quality` and `effort` for video and pictures; `adapted` for
        video: a `.lza` file of its camera."""
        named(source, tr("what to compress"))
        data: dict[str, Any] = {"max_error": max_error} if max_error is not None else {"lossless": True} if lossless else {}
        if adapted:
            data["adapted"] = adapted
        job = self._window.controller.compress(source, named(out, tr("where to write")), quality=quality, effort=effort, **data)
        handle = self.start(tr("Compress {a}").format(a=Path(source).name), job,
                            ("compress", [source, out, quality, effort, max_error, lossless, adapted]))
        self._window.data.watch(handle, source, out)
        return handle

    def adapt(self, clips: list[str], out: str) -> Any:
        """Learns the place that one camera looks at; what is found is written for `compress`."""
        if not clips:
            raise ValueError(tr("choose some clips of the camera first"))
        return self.start(tr("Learn the camera of {a}").format(a=Path(clips[0]).name), self._window.controller.adapt(
            clips, named(out, tr("where to write"))), ("adapt", [clips, out]))

    def restore(self, source: str, out: str, level: int = 0, nearer: bool = False) -> Any:
        """nearer: of data within a bound, values nearer to the source, which may be up to twice the bound off."""
        more = {"nearer": True} if nearer else {}
        return self.start(tr("Restore {a}").format(a=Path(source).name), self._window.controller.restore(
            named(source, tr("what to restore")), named(out, tr("where to write")), level=level, **more),
            ("restore", [source, out, level, nearer]))

    def frame(self, source: str, out: str, frame: int) -> Any:
        job = self._window.controller.export_frame(source, named(out, tr("where to write")), frame)
        return self.start(tr("Frame {frame} of {b}").format(frame=frame, b=Path(source).name), job)

    def roi(self, source: str, out: str, frame: int, roi: Roi, magnify: float, recorded_only: bool, seed: int,
            frames: tuple[int, int] | None = None, look: Look | None = None) -> Any:
        options: dict[str, Any] = {"recorded_only": recorded_only, "seed": seed}
        if frames is not None:
            if frames[1] <= frames[0]:
                raise ValueError(tr("the last frame must not lie before the first"))
            options["frames"] = frames
        if look is not None and look != Look():
            options["look"] = look
        what = tr("Clip") if frames is not None else tr("Region")
        title = tr("{what} of {a}").format(what=f"{what} {times(magnify)}", a=Path(source).name)
        return self.start(title, self._window.controller.export_roi(
            source, named(out, tr("where to write")), frame, roi, magnify, **options),
            ("roi", [source, out, frame, list(roi), magnify, recorded_only, seed, list(frames) if frames else None,
                     list(astuple(look)) if "look" in options and look is not None else None]))

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
                   frames: list[int] | None, look: list[float] | None = None) -> None:
        x, y, w, h = roi
        self.roi(source, out, frame, (x, y, w, h), magnify, recorded_only, seed, (frames[0], frames[1]) if frames else None,
                 Look(*look) if look else None)

    def estimate(self, source: str, quality: int, effort: str) -> Any:
        """Tries a part of the frames; the answer comes as a message."""
        return self.start(tr("Size of {a}").format(a=Path(source).name), self._window.controller.estimate(
            named(source, tr("what to compress")), quality=quality, effort=effort))

    def verify(self, source: str) -> Any:
        return self.start(tr("Verify {a}").format(a=Path(source).name), self._window.controller.verify(source))

    def verify_export(self, sidecar: str) -> Any:
        return self.start(tr("Check {a}").format(a=Path(sidecar).name), self._window.controller.verify_export(sidecar))

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
        coding_forms.ask_compress(self._window, source)

    def ask_restore(self, source: str) -> None:
        coding_forms.ask_restore(self._window, source)

    def ask_frame(self, info: SourceInfo, frame: int) -> None:
        form = JobForm(tr("Export frame"), tr("Export"), self._window)
        out = form.path_row(tr("To"), beside(info, f"-frame{frame}", ".png"), pick_save(tr("Picture (*.png)")))
        form.note.setText(tr("Frame {frame} as decoded, {b} × {c}. A record of how it was made is written beside it.").format(
            frame=frame, b=info.width, c=info.height))
        form.on_start = lambda: self.frame(info.path, out.text(), frame)
        self.show_form(form)

    def ask_roi(self, info: SourceInfo, frame: int, roi: Roi, magnify: float, recorded_only: bool, seed: int, clip: bool) -> None:
        form = JobForm(tr("Export region as clip") if clip else tr("Export region as picture"), tr("Export"), self._window)
        out = form.path_row(tr("To"), beside(info, f"-frame{frame}-zoom", ".mp4" if clip else ".png"),
                            pick_save(tr("Video (*.mp4 *.mkv)") if clip else tr("Picture (*.png)")))
        m = form.factor_row(tr("Magnification"), round(magnify, 2), tr("Output pixels for each recorded pixel"))
        only = form.tick_row(tr("recorded pixels only, add no detail"), recorded_only, tr("Nothing is synthesised"))
        look = self._window.steering.look
        seen = form.tick_row(tr("with the look of the view ({a})").format(a=said(look)), False,
                             tr("The record beside it says so; the recorded-only twin stays as it is")) if look != Look() else None
        first = last = None
        if clip:
            end = min(info.frames - 1, frame + max(1, round(float(info.rate))) - 1)
            first = form.number_row(tr("First frame"), 0, info.frames - 1, frame, tr("Counted from 0"))
            last = form.number_row(tr("Last frame"), 0, info.frames - 1, end, tr("Included"))
        region = f"{coordinate(roi[0])},{coordinate(roi[1])}  {coordinate(roi[2])} × {coordinate(roi[3])}"

        def describe() -> None:
            size = f"{round(roi[2] * m.value())} × {round(roi[3] * m.value())}"
            form.note.setText(tr("Region {region} of the recording, seed {seed}: {size} pixels. Beside it: how it was made, which pixels "
                                 "were recorded, and a recorded-only twin.").format(region=region, seed=seed, size=size))

        def begin() -> None:
            frames = (first.value(), last.value() + 1) if first is not None and last is not None else None
            self.roi(info.path, out.text(), first.value() if first is not None else frame, roi, m.value(), only.isChecked(), seed, frames,
                     look if seen is not None and seen.isChecked() else None)

        m.valueChanged.connect(describe)
        describe()
        form.on_start = begin
        self.show_form(form)


def named(path: str, what: str) -> str:
    if not path.strip():
        raise ValueError(tr("say {what}").format(what=what))
    return path


def beside(info: SourceInfo, suffix: str, ending: str) -> str:
    """A free name beside the source (above a folder of pictures, which must not grow)."""
    path = Path(info.path).absolute()
    return str(free_name(out_folder(path) / f"{path.stem if path.suffix else path.name}{suffix}{ending}"))
