"""The form for several files: which ones, what is done with them, where to. Files and folders are chosen, or dropped on the list."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from shiboken6 import isValid

from app.batch import Orders
from app.coding_forms import RESTORE, camera_row
from app.dialogs import JobForm
from app.file_dialog import pick_folder, pick_many
from app.jobs_dock import size_text
from app.path_list import PathList, files_box
from app.told import told
from app.words import tr
from app.zoom_bar import coordinate
from engine.api import EngineError

WHAT = {"compress": "compress", "restore": "restore", "frame": "export a frame as picture", "region": "export a region as picture",
        "clip": "export a region as clip"}
EXISTING = {"skip": "leave it", "number": "write beside it, with a number", "replace": "replace it"}
DATA = {"lossless": "without loss", "error": "no value further off than"}


class BatchForm(JobForm):
    """`window` is the MainWindow; `paths` are in the list at the start."""

    def __init__(self, window: Any, paths: list[str], what: str = "compress") -> None:
        super().__init__(tr("Several files"), tr("Start"), window)
        self.w = window
        self.list = PathList()
        self.what = self.choice_row(tr("Do"), [(tr(text), key) for key, text in WHAT.items()], tr("The same with every file"))
        self.what.setCurrentIndex(self.what.findData(what))
        self.form.addRow(tr("Files"), files_box(self, self.list, self._add_files, self._add_folder))
        self.deep = self.tick_row(tr("also what lies in the folders of a folder"), False, tr("However deep"))
        self.folder = self.path_row(tr("Into"), "", pick_folder)
        self.folder.setPlaceholderText(tr("beside each file"))
        self.existing = self.choice_row(tr("If it is there"), [(tr(text), key) for key, text in EXISTING.items()],
                                        tr("What becomes of a file of that name"))
        self._settings()
        self.what.currentIndexChanged.connect(lambda _: self._arrange())
        self.data.currentIndexChanged.connect(lambda _: self._arrange())
        self.deep.toggled.connect(lambda _: self._count())
        self.list.paths_changed.connect(self._count)
        self.on_start = self._begin
        self.list.add(paths)
        self._arrange()

    def _settings(self) -> None:
        """Rows of which only those are shown that belong to what is done."""
        before = self.form.rowCount()
        info, state = self.w.player.info, self.w.state
        self.quality = self.quality_row(int(getattr(getattr(self.w.controller, "settings", None), "quality", 32)))
        self.effort = self.choice_row(tr("Effort"), [(tr(e), e) for e in ("normal", "fast", "high")],
                                      tr("More effort: smaller files, more time"))
        self.camera = camera_row(self)
        self.data = self.choice_row(tr("Tables, sound, cubes"), [(tr(text), key) for key, text in DATA.items()],
                                    tr("Data keeps a bound for every single value, or all of it"))
        self.error = self.text_row(tr("Largest error"), "1%",
                                   tr("0.5: every value at most 0.5 off; 1%: a hundredth of the range of its series"))
        self.kind = self.choice_row(tr("Kind"), [(tr(text), end) for text, end in RESTORE],
                                    tr("Of video and pictures; data becomes what it was made from"))
        self.level = self.choice_row(tr("Size"), [(tr("full") if k == 0 else f"1/{2 ** k}", str(k)) for k in range(3)],
                                     tr("Stored level to restore"))
        values = [(tr("within the bound"), ""), (tr("nearer to the source, where a file says how"), "nearer")]
        self.values = self.choice_row(tr("Values"), values,
                                      tr("Nearer in the mean; a single one may be up to twice the bound off"))
        self.frame = self.number_row(tr("Frame"), 0, 10_000_000, self.w.player.index if info is not None else 0, tr("Counted from 0"))
        roi = state.roi if info is not None else (0.0, 0.0, 320.0, 240.0)
        self.roi = self.text_row(tr("Region"), ", ".join(coordinate(v) for v in roi), tr("x, y, width, height in recorded pixels"))
        self.magnify = self.factor_row(tr("Magnification"), round(state.magnification, 2) if info is not None else 4.0,
                                       tr("Output pixels for each recorded pixel"))
        self.frames = self.number_row(tr("Frames"), 1, 100_000, max(1, round(float(info.rate))) if info is not None else 25,
                                      tr("How many, from that one on"))
        self.only = self.tick_row(tr("recorded pixels only, add no detail"), self.w.steering.recorded_only, tr("Nothing is synthesised"))
        region = ("region", "clip")
        self._of = dict(zip(range(before, self.form.rowCount()), (
            *[("compress",)] * 4, ("error",), *[("restore",)] * 3, ("frame", *region), region, region, ("clip",), region)))

    def _arrange(self) -> None:
        what = str(self.what.currentData())
        shown = {what, "error"} if what == "compress" and self.data.currentData() == "error" else {what}
        for row, kinds in self._of.items():
            self.form.setRowVisible(row, bool(shown & set(kinds)))
        self._count()
        self.adjustSize()

    def _count(self) -> None:
        """How many files that is, found in the background."""
        paths, what, deep = self.list.paths, str(self.what.currentData()), self.deep.isChecked()
        if not paths:
            self._found(0, 0, "")
            return

        def work() -> tuple[int, int, str]:
            try:
                found = self.w.controller.batch_inputs(paths, what, deep)
                return len(found), sum(p.stat().st_size for p in found if p.is_file()), ""
            except (EngineError, OSError) as wrong:
                return 0, 0, str(wrong)

        self.w.background.do("batch count", work, lambda got: self._found(*got) if isValid(self) else None)

    def _found(self, count: int, size: int, wrong: str) -> None:
        text = tr("Choose files or folders, or drop them on the list.") if not self.list.count() else tr(
            "no files of this kind were found") if not count else tr("one file, {size}").format(size=size_text(size)) if count == 1 else tr(
            "{n} files, {size}").format(n=count, size=size_text(size)) + ". " + tr("One that fails does not stop the others.")
        self.note.setText(told(wrong) or text)

    def _add_files(self) -> None:
        self.list.add(pick_many(self, tr("Add files"), self.w.settings.text("folder", str(Path.home()))))

    def _add_folder(self) -> None:
        path = pick_folder(self, self.w.settings.text("folder", str(Path.home())))
        if path:
            self.list.add([path])

    def _begin(self) -> None:
        if not self.list.count():
            raise ValueError(tr("choose some files first"))
        what = str(self.what.currentData())
        orders = Orders(what, str(self.existing.currentData()), self._options(what))
        self.w.batches.begin(orders, self.list.paths, self.folder.text().strip(), self.deep.isChecked())

    def _options(self, what: str) -> dict[str, Any]:
        if what == "compress":
            error = self.error.text().strip() if self.data.currentData() == "error" else None
            if error == "":
                raise ValueError(tr("say the largest error, as 0.5 or 1%"))
            learnt = {"adapted": self.camera.text().strip()} if self.camera.text().strip() else {}
            return {"quality": self.quality.value(), "effort": self.effort.currentData(), "max_error": error, **learnt}
        if what == "restore":
            level, nearer = int(self.level.currentData()), {"nearer": True} if self.values.currentData() else {}
            if level and nearer:
                raise ValueError(told("coarser levels are not brought nearer to the source"))
            return {"ending": self.kind.currentData(), "level": level, **nearer}
        if what == "frame":
            return {"frame": self.frame.value()}
        count = {"count": self.frames.value()} if what == "clip" else {}
        return {"frame": self.frame.value(), "roi": region(self.roi.text()), "magnify": self.magnify.value(),
                "recorded_only": self.only.isChecked(), "seed": self.w.steering.seed, **count}


def region(text: str) -> list[float]:
    """Four numbers, `x, y, width, height`. ValueError with one line otherwise."""
    try:
        x, y, w, h = (float(part) for part in text.replace(";", ",").split(","))
    except ValueError:
        raise ValueError(tr("type the region as x, y, width, height")) from None
    if not (w > 0 and h > 0 and x >= 0 and y >= 0 and max(x, y, w, h) < 1e6):
        raise ValueError(tr("type the region as x, y, width, height"))
    return [x, y, w, h]
