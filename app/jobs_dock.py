"""The list of jobs: what runs, how far it is, how long it will take; pause, cancel, and the line that says what came of it."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.mailbox import Mailbox
from app.told import told
from app.words import tr

OVER = ("done", "failed", "cancelled")


def duration(seconds: float) -> str:
    s = round(seconds)
    return f"{s} s" if s < 90 else f"{s // 60} min {s % 60:02d} s" if s < 5400 else f"{s // 3600} h {s % 3600 // 60:02d} min"


def size_text(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB" if count >= 1000 else f"{count} B"


class JobRow(QFrame):
    """One job; `refresh()` reads the handle, which the job thread changes."""

    def __init__(self, handle: Any, opener: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.handle, self._opener = handle, opener
        self._since: tuple[float, int] | None = None
        self.setObjectName("job")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(5)
        self.title = QLabel(handle.title)
        self.title.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.line = QLabel()
        self.line.setWordWrap(True)
        self.line.setTextFormat(Qt.TextFormat.PlainText)
        self.line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.line.setProperty("dim", True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.bar.setAccessibleName(tr("Progress of {a}").format(a=handle.title))
        self.pause, self.cancel = QPushButton(tr("Pause")), QPushButton(tr("Cancel"))
        self.open, self.folder = QPushButton(tr("Open")), QPushButton(tr("Folder"))
        self.more = QPushButton(tr("Details…"))
        for button, tip in ((self.pause, tr("Pause this job, or let it go on")), (self.cancel, tr("Stop this job")),
                            (self.open, tr("Open what was made in this window")), (self.folder, tr("Show the folder it lies in")),
                            (self.more, tr("What came of each file"))):
            button.setToolTip(tip)
            button.setAccessibleName(f"{button.text()} {handle.title}")
        self.pause.clicked.connect(self._toggle_pause)
        self.cancel.clicked.connect(handle.cancel)
        self.open.clicked.connect(lambda: self._opener(self.handle.result.outputs[0]))
        self.folder.clicked.connect(self._show_folder)
        self.more.setVisible(hasattr(handle, "details"))
        if hasattr(handle, "details"):
            self.more.clicked.connect(handle.details)
        for part in (self.title, self.bar, self.line):
            column.addWidget(part)
        for group in ((self.pause, self.cancel), (self.open, self.folder, self.more)):  # a narrow dock has no room for all in a row
            buttons = QHBoxLayout()
            buttons.setSpacing(6)
            for button in group:
                buttons.addWidget(button)
            buttons.addStretch(1)
            column.addLayout(buttons)
        self.refresh()

    @property
    def state(self) -> str:
        return str(self.handle.state.value)

    @property
    def over(self) -> bool:
        return self.state in OVER

    def _toggle_pause(self) -> None:
        if self.state == "paused":
            self.handle.resume()
        else:
            self.handle.pause()

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self.handle.result.outputs[0]).absolute().parent)))

    def refresh(self) -> None:
        handle, state, progress = self.handle, self.state, self.handle.progress
        if state == "running" and progress.total:
            if self._since is None or progress.done < self._since[1]:
                self._since = (monotonic(), progress.done)
        elif state != "running":
            self._since = None
        self.bar.setRange(0, progress.total if progress.total or self.over or state == "queued" else 0)
        if progress.total:
            self.bar.setValue(progress.done)
        if state == "done":
            self.bar.setRange(0, 1)
            self.bar.setValue(1)
        self.line.setText(self._text(state, progress))
        outputs = handle.result.outputs if state == "done" and handle.result is not None else ()
        self.bar.setVisible(state not in ("failed", "cancelled"))
        self.pause.setVisible(not self.over)
        self.pause.setText(tr("Go on") if state == "paused" else tr("Pause"))
        self.cancel.setVisible(not self.over)
        self.open.setVisible(bool(outputs))
        self.folder.setVisible(bool(outputs))

    def _text(self, state: str, progress: Any) -> str:
        handle = self.handle
        if state == "done":
            return result_line(handle.result)
        if state in ("failed", "cancelled"):
            return told(str(handle.error)) if handle.error is not None else tr(state)
        parts = [tr(state) if state != "running" or not progress.label else told(progress.label)]
        if progress.total:
            parts.append(tr("{a} of {b}").format(a=progress.done, b=progress.total))
        if progress.bytes_out:
            parts.append(size_text(progress.bytes_out))
        if self._since is not None and progress.done > self._since[1] and getattr(handle, "steady", True):
            per = (monotonic() - self._since[0]) / (progress.done - self._since[1])
            if per > 0:
                parts.append(tr("{n:.3g} per s").format(n=1 / per))
                parts.append(tr("{time} left").format(time=duration(per * (progress.total - progress.done))))
        return " · ".join(parts)


def result_line(result: Any) -> str:
    """One line on what a job made."""
    if result is None:
        return tr("done")
    names = ", ".join(Path(p).name for p in result.outputs)
    facts = result.facts
    extra = []
    if isinstance(facts.get("bytes"), int):
        extra.append(size_text(facts["bytes"]))
    if "saved_percent" in facts:
        extra.append(tr("{a} % fewer bits for frames it had not seen").format(a=facts["saved_percent"]))
    if facts.get("pays_after_seconds") is not None:
        extra.append(tr("pays for itself after {time} of recording").format(time=duration(facts["pays_after_seconds"])))
    if "nearer_bytes" in facts:
        extra.append(tr("can be restored {db} dB nearer to the source").format(db=f"{facts['nearer_db']:.1f}"))
    elif "nearer_db" in facts:
        extra.append(tr("{db} dB nearer to the source, up to twice the bound off").format(db=f"{facts['nearer_db']:.1f}"))
    if facts.get("warning"):
        extra.append(told(str(facts["warning"])))
    if facts.get("line"):
        extra.append(told(str(facts["line"])))
    elif "ok" in facts:
        problems = [told(str(p)) for p in facts.get("problems", [])]
        more = tr(" and {n} more").format(n=len(problems) - 2) if len(problems) > 2 else ""
        extra.append(tr("whole: every part decodes as it was written") if facts["ok"] else tr("damaged: ") + "; ".join(problems[:2]) + more)
    return " · ".join([tr("written: {names}").format(names=names)] * bool(names) + extra) or tr("done")


def verdict(state: str, result: Any) -> str:
    """How loudly to say it: `info`, `warn` or `error`. A check that was carried out and found damage is no success."""
    if state == "done":
        facts = result.facts if result is not None else {}
        return "warn" if facts.get("ok") is False or facts.get("match") is False or facts.get("warning") else "info"
    return "warn" if state == "cancelled" else "error"


class JobsPanel(QWidget):
    """Rows, newest first. `ended(level, line)` when a job is over; events may come from any thread through `on_event`."""

    ended = Signal(str, str)
    over = Signal(int)

    def __init__(self, opener: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._opener = opener
        self._box = Mailbox(self._handle, self)
        self._told: set[int] = set()
        self._quiet: set[int] = set()  # parts of something larger, which speaks for them
        self.rows: dict[int, JobRow] = {}
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 4, 8, 8)
        self.empty = QLabel(tr("No jobs yet. File ▸ Compress, Restore and Export start one."))
        self.empty.setWordWrap(True)
        self.empty.setProperty("dim", True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self.empty)
        self._column.addStretch(1)
        inside.setObjectName("panel")
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setObjectName("flat")
        scroll.setWidget(inside)
        outer.addWidget(scroll)
        self.setMinimumSize(215, 150)  # one job with its buttons, also where docks share the height
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Jobs"))

    def on_event(self, handle: Any) -> None:
        """Called on the job thread."""
        self._box.post(handle)

    def add(self, handle: Any, quiet: bool = False) -> JobRow:
        """A row for `handle`. Of a `quiet` one the end is not said."""
        if quiet:
            self._quiet.add(handle.id)
        row = JobRow(handle, self._opener)
        self.rows[handle.id] = row
        self._column.insertWidget(0, row)
        self.empty.hide()
        self._handle(handle)
        return row

    def _handle(self, handle: Any) -> None:
        row = self.rows.get(handle.id)
        if row is None:
            return  # an event that overtook `add`: that one reads the state anyway
        row.refresh()
        if row.over and handle.id not in self._told:
            self._told.add(handle.id)
            line = f"{handle.title}: {row.line.text()}"
            self.over.emit(handle.id)
            if handle.id not in self._quiet:
                self.ended.emit(verdict(row.state, handle.result), line)

    @property
    def running(self) -> list[JobRow]:
        return [row for row in self.rows.values() if not row.over]

    @property
    def live(self) -> int:
        """How many things a person has begun that are not over."""
        return sum(row.handle.id not in self._quiet for row in self.running)

    def cancel_running(self) -> bool:
        """Stops the job that runs now, or the first that waits; False when there is none."""
        live = sorted(self.running, key=lambda row: (row.state != "running", row.handle.id < 0, row.handle.id))
        if live:
            live[0].handle.cancel()
        return bool(live)

    def clear_finished(self) -> None:
        for number, row in list(self.rows.items()):
            if row.over:
                self.drop(number)

    def drop(self, number: int) -> None:
        """Takes the row of this job off the list."""
        row = self.rows.pop(number, None)
        if row is not None:
            self._column.removeWidget(row)
            row.deleteLater()
        self.empty.setVisible(not self.rows)

    def close_box(self) -> None:
        self._box.close()
