"""The forms of Compress, Restore and Learn a camera. What the first two ask for depends on what the file holds, which is looked up in the
background."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtWidgets import QLineEdit, QWidget
from shiboken6 import isValid

from app.charts import level_name
from app.dialogs import JobForm, free_name, out_folder
from app.file_dialog import pick_many, pick_of, pick_open, pick_save
from app.path_list import PathList, files_box
from app.words import tr
from engine.api import EngineError

T = TypeVar("T")
RESTORE = [("MP4 video", ".mp4"), ("Matroska video", ".mkv"), ("raw video, bit exact", ".y4m"), ("a folder of PNG pictures", ".png")]
_ARRAY = [("NumPy array", ".npy"), ("raw samples", ".raw")]
_BANDS = [("NumPy array", ".npy"), ("TIFF", ".tif"), ("raw samples", ".raw")]
RESTORE_DATA = {
    "table": [("table", ".csv")], "text": [("text", ".txt")], "audio": [("WAV sound", ".wav"), *_ARRAY],
    "image": [("PNG picture", ".png"), *_ARRAY], "array": _BANDS, "cube": _BANDS}
EAR = "for the ear, by quality"
HOW = {"quality": "for the eye, by quality", "error": "no value further off than", "lossless": "without loss"}
_DATA_HOW = {"image": ("quality", "error", "lossless"), "audio": ("lossless", "quality", "error"), "text": ("lossless",)}
DATA_LEVELS = 4
MANY = ("table", "array", "cube")  # kinds of which effort high says how they come nearer to their source
FILMED = ("video", "images")  # kinds that come from a camera


def look_up(window: Any, form: QWidget, path: str, then: Callable[[str], None]) -> None:
    """What `path` holds, "" when that cannot be told (the job will say why). A form that is gone by then is not told."""
    _ask(window, form, "content", lambda: str(window.controller.content(path)) if path.strip() else "", "", then)


def _ask(window: Any, form: QWidget, name: str, question: Callable[[], T], else_: T, then: Callable[[T], None]) -> None:
    def work() -> T:
        try:
            return question()
        except (EngineError, OSError, ValueError):
            return else_

    window.background.do(name, work, lambda answer: then(answer) if isValid(form) else None)


def camera_row(form: JobForm) -> QLineEdit:
    """For a file that `Learn a camera` wrote; empty for none."""
    row = form.path_row(tr("Camera"), "", pick_of(tr("What was learnt of a camera (*.lza)")))
    row.setPlaceholderText(tr("none learnt"))
    row.setToolTip(tr("A camera that stands still: the file that Jobs ▸ Learn a camera wrote makes its recordings smaller"))
    return row


def ask_compress(window: Any, source: str) -> JobForm:
    exports = window.exports
    form = JobForm(tr("Compress"), tr("Compress"), window)
    src = form.path_row(tr("From"), source, pick_open)
    to = str(free_name(out_folder(Path(source)) / f"{Path(source).stem}.lzc")) if source else ""
    out = form.path_row(tr("To"), to, pick_save(tr("Lorentz recording (*.lzc)")))
    how = form.choice_row(tr("What is kept"), [], tr("Data keeps a bound for every single value, or all of it"))
    error = form.text_row(tr("Largest error"), "1%", tr("0.5: every value at most 0.5 off; 1%: a hundredth of the range of its series"))
    quality = form.quality_row(int(getattr(getattr(window.controller, "settings", None), "quality", 32)))
    effort = form.choice_row(tr("Effort"), [(tr(e), e) for e in ("normal", "fast", "high")], tr("More effort: smaller files, more time"))
    camera = camera_row(form)
    rows = {"how": 2, "error": 3, "quality": 4, "effort": 5, "camera": 6}
    estimate = form.side_button(tr("Estimate the size"), tr("Compress a part of the frames, throw it away, and say how large all will be"),
                                lambda: exports.estimate(src.text(), quality.value(), effort.currentData()))

    sound, filmed, many = [False], [False], [False]

    def arrange() -> None:
        way = how.currentData() or "quality"
        whole = way != "quality" or sound[0]        # written in one go: nothing to go on from, nothing to estimate
        for name, on in (("how", how.count() > 0), ("error", way == "error"), ("quality", way == "quality"),
                         ("effort", not whole or (way == "error" and many[0])), ("camera", filmed[0])):
            form.form.setRowVisible(rows[name], on)
        estimate.setVisible(not whole)
        form.note.setText(tr("If you stop it, what is done so far is kept beside the file, and the same command goes on from there.")
                          if not whole else tr("If you stop it, nothing is written."))

    def found(kind: str) -> None:
        sound[0], filmed[0], many[0] = kind == "audio", kind in FILMED, kind in MANY
        ways = _DATA_HOW.get(kind, ("lossless", "error") if kind in RESTORE_DATA else ())
        before = how.currentData()
        how.clear()
        for way in ways:
            how.addItem(tr(EAR if sound[0] and way == "quality" else HOW[way]), way)
        how.setCurrentIndex(max(0, how.findData(before)))
        arrange()

    def begin() -> None:
        way = how.currentData() or "quality"
        if way == "error" and not error.text().strip():
            raise ValueError(tr("say the largest error, as 0.5 or 1%"))
        exports.compress(src.text(), out.text(), quality.value(), effort.currentData(),
                         max_error=error.text().strip() if way == "error" else None, lossless=way == "lossless",
                         adapted=camera.text().strip() if filmed[0] else None)

    how.activated.connect(lambda _: arrange())
    src.textChanged.connect(lambda text: look_up(window, form, text, found))
    form.on_start = begin
    arrange()
    if source:
        look_up(window, form, source, found)
    exports.show_form(form)
    return form


def ask_restore(window: Any, source: str) -> JobForm:
    exports = window.exports
    form = JobForm(tr("Restore"), tr("Restore"), window)
    src = form.path_row(tr("From"), source, pick_open)
    kind = form.choice_row(tr("Kind"), [(tr(text), end) for text, end in RESTORE], tr("What to write"))
    to = str(free_name(out_folder(Path(source)) / f"{Path(source).stem}.mp4")) if source else ""
    out = form.path_row(tr("To"), to, pick_save(tr("Every file (*)")))
    level = form.choice_row(tr("Size"), [], tr("Stored level to restore"))
    values = form.choice_row(tr("Values"), [], tr("Nearer in the mean; a single one may be up to twice the bound off"))
    info = window.player.info

    def rename() -> None:
        if out.text():
            out.setText(str(free_name(Path(out.text()).with_suffix(kind.currentData()))))

    def found(content: str) -> None:
        data = content in RESTORE_DATA
        before = kind.currentData()
        kind.clear()
        for text, end in RESTORE_DATA.get(content, RESTORE):
            kind.addItem(tr(text), end)
        kind.setCurrentIndex(max(0, kind.findData(before)))
        level.clear()
        count = DATA_LEVELS if data else info.levels if info is not None and info.kind == "lzc" and info.path == src.text() else 3
        for k in range(1 if content == "text" else max(count, 1)):
            level.addItem(level_name(k) if data else tr("full") if k == 0 else f"1/{2 ** k}", str(k))
        form.form.setRowVisible(3, level.count() > 1)
        come_nearer(None)
        if content in MANY:
            _ask(window, form, "nearer", lambda: window.controller.nearer(src.text()), None, come_nearer)
        if kind.currentData() != before:
            rename()

    def come_nearer(decibels: float | None) -> None:
        values.clear()
        values.addItem(tr("within the bound"), False)
        if decibels is not None:
            values.addItem(tr("{db} dB nearer to the source, up to twice the bound off").format(db=f"{decibels:.1f}"), True)
        form.form.setRowVisible(4, values.count() > 1)

    kind.activated.connect(lambda _: rename())
    src.textChanged.connect(lambda text: look_up(window, form, text, found))
    form.on_start = lambda: exports.restore(src.text(), out.text(), int(level.currentData()), bool(values.currentData()))
    found("")
    if source:
        look_up(window, form, source, found)
    exports.show_form(form)
    return form


def ask_adapt(window: Any, paths: list[str]) -> JobForm:
    exports = window.exports
    form = JobForm(tr("Learn a camera"), tr("Learn"), window)
    clips = PathList()
    form.form.addRow(tr("Clips"), files_box(form, clips, lambda: clips.add(pick_many(
        form, tr("Add files"), window.settings.text("folder", str(Path.home()))))))
    to = str(free_name(out_folder(Path(paths[0])) / f"{Path(paths[0]).stem}.lza")) if paths else ""
    out = form.path_row(tr("To"), to, pick_save(tr("What was learnt of a camera (*.lza)")))
    clips.add(paths)
    form.note.setText(tr("Clips of one camera that stands still, the longer the better. A part of them is kept back to find out what it "
                         "saves; where it saves nothing, that is said and nothing is written."))
    form.on_start = lambda: exports.adapt(clips.paths, out.text())
    exports.show_form(form)
    return form
