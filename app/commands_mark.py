"""The commands of the Mark menu, and of the tools that draw."""
from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QDialog

from app.dialogs import JobForm
from app.fields import number
from app.words import tr


class MarkCommands:
    """Part of `Commands`."""

    w: Any

    def bookmark(self) -> None:
        mark = self.w.desk.bookmark()
        self.w.message_bar.say("info", tr("bookmark at frame {n}").format(n=mark.frame))

    def note(self) -> None:
        self.w.desk.tool.take("note")

    def mark_region(self) -> None:
        self.w.desk.tool.take("region")

    def mark_arrow(self) -> None:
        self.w.desk.tool.take("arrow")

    def follow(self, on: bool) -> None:
        if on and not self.w.follow.on:
            self.w.actions_by_id["follow"].setChecked(self.w.follow.start())
        elif not on and self.w.follow.on:
            self.w.follow.stop()

    def edit_note(self) -> None:
        desk = self.w.desk
        if desk.marks.get(desk.chosen) is None:
            self.w.message_bar.say("info", tr("choose a mark in the list first"))
            return
        self.w.marks_dock.show()
        self.w.marks_panel.edit(desk.chosen)

    def extend_mark(self) -> None:
        self.w.desk.extend()

    def remove_mark(self) -> None:
        self.w.desk.remove_chosen()

    def next_mark(self) -> None:
        self.w.desk.jump(1)

    def previous_mark(self) -> None:
        self.w.desk.jump(-1)

    def undo(self) -> None:
        self.w.desk.marks.undo()

    def redo(self) -> None:
        self.w.desk.marks.redo()

    def show_marks(self, on: bool) -> None:
        self.w.marks_dock.setVisible(on)

    def tool_off(self) -> None:
        self.w.desk.tool.take("")

    # -- measuring with the same tools --------------------------------------------------------------------------------------

    def distance(self) -> None:
        self.w.desk.tool.take("distance")

    def angle(self) -> None:
        self.w.desk.tool.take("angle")

    def line_profile(self) -> None:
        self.w.measure_dock.show()
        self.w.desk.tool.take("profile")

    def set_scale(self) -> QDialog:
        form = JobForm(tr("Set the scale"), tr("Set"), self.w)
        length = form.text_row(tr("Length"), "1.0", tr("How long the chosen distance really is"))
        unit = form.text_row(tr("Unit"), "m", tr("What the length is counted in"))
        form.note.setText(tr("From then on distances are given in this unit. It holds for things as far away as the one measured."))
        form.on_start = lambda: self.w.desk.set_scale(number(length.text()), unit.text())
        form.open()
        return form

    def clear_scale(self) -> None:
        self.w.desk.marks.set_scale(None)
