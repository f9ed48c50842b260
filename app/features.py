"""The analyst's instruments, put together: comparison, measurements, marks, loupe, minimap. The window holds the frame they work in."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.background import Background
from app.batch import Batches
from app.compare import Compare
from app.data_desk import DataDesk
from app.follow_desk import FollowDesk
from app.inspect import Inspector
from app.journal import Journal
from app.library import LibraryPanel
from app.mark_desk import MarkDesk
from app.mark_paint import COLOURS
from app.marks_dock import MarksPanel
from app.measure_panel import MeasurePanel
from app.minimap import Minimap
from app.report_desk import ReportDesk
from app.squares import Squares
from app.thumbs import Thumbs
from app.words import tr
from engine.api import SourceInfo


class Features:
    """Makes the parts and hangs them on the window `w` by name, where commands find them."""

    def __init__(self, w: Any) -> None:
        self.w = w
        w.background = Background(lambda line: w.message_bar.say("error", line), w)
        w.compare = Compare(w)
        w.pair.addWidget(w.compare.view, 1)
        w.minimap = Minimap(w)
        w.desk = MarkDesk(w, w.background)
        w.inspector = Inspector(w)
        w.squares = Squares(w, w.background)
        w.measure_panel = MeasurePanel(w, w.inspector, w.background)
        w.measure_dock = w.dock("Measurements", w.measure_panel, "show_measure")
        w.marks_panel = MarksPanel(w.desk)
        w.marks_dock = w.dock("Marks", w.marks_panel, "show_marks")
        w.follow = FollowDesk(w)
        w.data, w.thumbs = DataDesk(w), Thumbs(w)
        w.report, w.journal, w.batches = ReportDesk(w), Journal(), Batches(w)
        w.library = LibraryPanel(w)
        w.library_dock = w.dock("Library", w.library, "show_library", left=True)
        self._connect()

    def _connect(self) -> None:
        w = self.w
        w.compare.said.connect(w.message_bar.say)
        w.desk.said.connect(w.message_bar.say)
        w.follow.said.connect(w.message_bar.say)
        w.follow.changed.connect(lambda: w.actions_by_id["follow"].setChecked(w.follow.on))
        w.desk.profiled.connect(w.measure_panel.set_line)
        w.desk.drawn.connect(self._drawn)
        w.jobs.ended.connect(lambda _level, line: w.journal.note(line))
        w.desk.changed.connect(self.refresh)
        w.desk.tool.changed.connect(self._tool)
        w.player.changed.connect(lambda: w.transport.timeline.set_between(w.player.between))
        self._tool()
        self.refresh()

    def tell_left(self) -> None:
        """What was not finished when the program ended last can be gone on with, or be forgotten."""
        left = len(self.w.exports.unfinished.left)
        for name in ("resume_jobs", "forget_jobs"):
            self.w.actions_by_id[name].setEnabled(bool(left))
        if left:
            self.w.message_bar.say("warn", tr("A job was not finished last time: Jobs ▸ Go on starts it again") if left == 1 else tr(
                "{n} jobs were not finished last time: Jobs ▸ Go on starts them again").format(n=left))

    def open(self, info: SourceInfo | None) -> None:
        self.w.follow.stop()
        self.w.compare.forget()
        self.w.measure_panel.forget()
        self.w.desk.tool.take("")
        self.w.desk.open(info)
        self.w.thumbs.open(info)
        self.w.library.opened(info.path if info is not None else "")
        if info is not None:
            w = self.w
            if w.exports.unfinished.left:
                self.tell_left()  # what the bar said at the start went with the opening of this
            if info.kind == "lzc":
                w.background.do("spread", lambda: w.controller.bits_over_time(info.path), lambda got: self._spread(info, got))
            self.w.journal.start(tr("opened {path}").format(path=info.path) + (f"  SHA-256 {info.digest}" if info.digest else ""))

    def refresh(self) -> None:
        """What depends on the marks: the timeline, and which commands can be done."""
        w, desk = self.w, self.w.desk
        w.transport.timeline.set_marks([(m.frame, m.last, COLOURS[m.kind]) for m in desk.marks.all])
        on, chosen = w.player.info is not None, desk.marks.get(desk.chosen) is not None
        for name, can in (("undo", desk.marks.can_undo), ("redo", desk.marks.can_redo), ("edit_note", chosen), ("extend_mark", chosen),
                          ("remove_mark", chosen), ("clear_scale", desk.marks.scale is not None)):
            w.actions_by_id[name].setEnabled(on and can)

    def _spread(self, info: SourceInfo, got: Any) -> None:
        if got is not None and self.w.player.info is info:
            self.w.facts.spread.show_spread(got[0], got[1], info.frames)

    def _drawn(self, mark: Any) -> None:
        """A note wants its words; for anything else the view must not move under the hand."""
        self.w.journal.note(tr("{kind} at frame {n}").format(kind=tr(mark.kind), n=mark.frame) + f"  {self.w.desk.words(mark)}".rstrip())
        if mark.kind == "note":
            self.w.marks_dock.show()
            self.w.marks_panel.edit(mark.id)

    def _tool(self) -> None:
        kind = self.w.desk.tool.kind
        self.w.actions_by_id["tool_off"].setEnabled(bool(kind))  # the key is nobody's otherwise
        self.w.zoom_view.tool_hint = {
            "": "", "note": tr("click a place"), "region": tr("drag a box"), "arrow": tr("drag an arrow"),
            "distance": tr("drag a distance"), "angle": tr("drag one side, then click the end of the other"),
            "profile": tr("drag a line")}[kind]
        self.w.zoom_view.update()

    def ends(self) -> tuple[Callable[[], None], ...]:
        """What ends each part, in the order in which to do so."""
        w = self.w
        return (w.follow.stop, w.desk.keep, w.compare.close, w.thumbs.close, w.library.close_thread,
                lambda: w.background.close(tuple(k for k in w.background.kinds if k.startswith("keep "))))
