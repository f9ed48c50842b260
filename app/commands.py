"""What each action does: one method per line of the table in `actions`, all of them short."""
from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QTextEdit, QVBoxLayout

from app import coding_forms, look_form
from app.actions import ACTIONS, MENUS
from app.commands_compare import CompareCommands
from app.commands_mark import MarkCommands
from app.drawing import MEANING, NAMES
from app.file_dialog import choose, media
from app.keymap import spoken
from app.keys_form import KeysForm
from app.palette import Palette
from app.settings_form import ask as ask_settings
from app.told import told
from app.words import tr

MOUSE = (
    ("drag, left picture", "Draw a box and zoom into it"), ("click, left picture", "Centre the zoomed view there"),
    ("Ctrl + drag, left picture", "Move the box"), ("wheel", "Zoom at the cursor"), ("drag, zoomed view", "Move about"),
    ("Shift + drag, zoomed view", "Draw a box and zoom into it"), ("double click", "Twice the magnification at that point"))


class Commands(CompareCommands, MarkCommands):
    """`window` is the MainWindow; methods take the action's checked state where it has one."""

    def __init__(self, window: Any) -> None:
        self.w = window

    def ready(self, needs: str = "source") -> bool:
        """A file of the kind that is needed is open, not only on its way."""
        return not needs or self.w.player.info is not None or (needs in ("any", "lzc") and self.w.data.on)

    def _path(self) -> tuple[str, bool]:
        """What is open, and whether it is a `.lzc`; "" when nothing is."""
        if self.w.data.on:
            return self.w.data.charts.sheet.path, self.w.data.charts.sheet.compressed
        info = self.w.player.info
        return (info.path, info.kind == "lzc") if info is not None else ("", False)

    # -- File -----------------------------------------------------------------------------------------------------

    def open_file(self) -> None:
        self._choose(tr("Open"), QFileDialog.FileMode.ExistingFile, media(), self.w.open_path)

    def open_folder(self) -> None:
        self._choose(tr("Open a folder of pictures"), QFileDialog.FileMode.Directory, "", self.w.open_path)

    def _choose(self, title: str, mode: QFileDialog.FileMode, filters: str, then: Callable[[str], Any]) -> None:
        choose(self.w, title, self.w.settings.text("folder", str(Path.home())), mode, filters, then)

    def close_file(self) -> None:
        self.w.close_source()

    def compress(self) -> None:
        path, packed = self._path()
        self.w.exports.ask_compress("" if packed else path)

    def restore(self) -> None:
        path, packed = self._path()
        self.w.exports.ask_restore(path if packed else "")

    def batch(self) -> None:
        path, _ = self._path()
        self.w.batches.ask([path] if path else [])

    def export_frame(self) -> None:
        self.w.exports.ask_frame(self.w.player.info, self.w.player.index)

    def export_roi(self) -> None:
        self._export_region(False)

    def export_clip(self) -> None:
        self._export_region(True)

    def _export_region(self, clip: bool) -> None:
        w = self.w
        w.player.pause()
        w.exports.ask_roi(w.player.info, w.player.index, w.state.roi, w.state.magnification, w.steering.recorded_only, w.steering.seed,
                          clip)

    def report(self) -> None:
        self.w.report.ask()

    def quit(self) -> None:
        self.w.close()

    # -- View -----------------------------------------------------------------------------------------------------

    def truth(self, on: bool) -> None:
        self.w.zoom_view.show_truth = on
        self.w.zoom_view.update()
        self.w.compare.dress()

    def recorded_only(self, on: bool) -> None:
        self.w.steering.set_recorded_only(on)

    def uncertainty(self, on: bool) -> None:
        self.w.zoom_view.show_heat = on
        self.w.steering.set_samples(8 if on else 1)
        self.w.zoom_view.update()

    def squares(self, on: bool) -> None:
        self.w.squares.set(on)

    def look(self) -> None:
        look_form.ask(self.w)

    def loupe(self, on: bool) -> None:
        self.w.inspector.set_loupe(on)

    def minimap(self, on: bool) -> None:
        self.w.minimap.on = on
        self.w.zoom_view.update()

    def show_measure(self, on: bool) -> None:
        self.w.measure_dock.setVisible(on)

    def zoom_alone(self, on: bool) -> None:
        self.w.frame_view.setVisible(not on)

    def full_screen(self, on: bool) -> None:
        self.w.setWindowState(self.w.windowState() | Qt.WindowState.WindowFullScreen if on
                              else self.w.windowState() & ~Qt.WindowState.WindowFullScreen)

    def show_library(self, on: bool) -> None:
        self.w.library_dock.setVisible(on)

    def show_facts(self, on: bool) -> None:
        self.w.facts_dock.setVisible(on)

    def settings(self) -> None:
        ask_settings(self.w)

    def edit_keys(self) -> None:
        KeysForm(self.w).open()

    def palette(self) -> None:
        pairs = [(tr(f"&{spec.menu}").replace("&", ""), self.w.actions_by_id[spec.id]) for spec in ACTIONS if spec.id != "palette"]
        self.w.command_palette = Palette(pairs, self.w)
        self.w.command_palette.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.w.command_palette.open_over(self.w)

    # -- Play -----------------------------------------------------------------------------------------------------

    def play(self) -> None:
        self.w.player.toggle()

    def shuttle_back(self) -> None:
        self.w.player.shuttle(-1)

    def shuttle_stop(self) -> None:
        self.w.player.pause()

    def shuttle_forward(self) -> None:
        self.w.player.shuttle(1)

    def step_back(self) -> None:
        self.w.player.step(-1)

    def step_forward(self) -> None:
        self.w.player.step(1)

    def jump_back(self) -> None:
        self.w.player.seek(self.w.player.target - self._second())

    def jump_forward(self) -> None:
        self.w.player.seek(self.w.player.target + self._second())

    def _second(self) -> int:
        return max(1, round(float(self.w.player.info.rate)))

    def first(self) -> None:
        self.w.player.seek(0)

    def last(self) -> None:
        self.w.player.seek(self.w.player.info.frames - 1)

    def go_to(self) -> None:
        self.w.transport.frame.setFocus()
        self.w.transport.frame.selectAll()

    def slower(self) -> None:
        self.w.transport.nudge_speed(-1)

    def faster(self) -> None:
        self.w.transport.nudge_speed(1)

    def set_a(self) -> None:
        self.w.player.set_between(self.w.player.index, None)

    def set_b(self) -> None:
        self.w.player.set_between(None, self.w.player.index)

    def clear_ab(self) -> None:
        self.w.player.set_between(None, None)

    def mute(self, on: bool) -> None:
        self.w.sounder.mute(on)

    def louder(self) -> None:
        self.w.sounder.set_level(self.w.sounder.level + 5)

    def softer(self) -> None:
        self.w.sounder.set_level(self.w.sounder.level - 5)

    def loop(self, on: bool) -> None:
        self.w.player.loop = on

    # -- Zoom -----------------------------------------------------------------------------------------------------

    def fit(self) -> None:
        if self.w.data.on:
            self.w.data.fit()
            return
        self.w.steering.move_view(self.w.state.fit)

    def zoom_1(self) -> None:
        self.w.steering.magnify(1)

    def zoom_2(self) -> None:
        self.w.steering.magnify(2)

    def zoom_4(self) -> None:
        self.w.steering.magnify(4)

    def zoom_8(self) -> None:
        self.w.steering.magnify(8)

    def zoom_16(self) -> None:
        self.w.steering.magnify(16)

    def zoom_32(self) -> None:
        self.w.steering.magnify(32)

    def zoom_64(self) -> None:
        self.w.steering.magnify(64)

    def zoom_in(self) -> None:
        self._zoom_by(2)

    def zoom_out(self) -> None:
        self._zoom_by(0.5)

    def _zoom_by(self, factor: float) -> None:
        if self.w.data.on:
            self.w.data.zoom(factor)
        else:
            self.w.steering.magnify(self.w.state.magnification * factor)

    def pan_left(self) -> None:
        self._pan(1, 0)

    def pan_right(self) -> None:
        self._pan(-1, 0)

    def pan_up(self) -> None:
        self._pan(0, 1)

    def pan_down(self) -> None:
        self._pan(0, -1)

    def _pan(self, x: int, y: int) -> None:
        if self.w.data.on:
            self.w.data.pan(-x / 4)
            return
        state = self.w.state
        self.w.steering.move_view(lambda: state.pan(x * state.viewport[0] / 4, y * state.viewport[1] / 4))

    def view_back(self) -> None:
        if self.w.state.back():
            self.w.steering.view_moved()

    def view_forward(self) -> None:
        if self.w.state.forward():
            self.w.steering.view_moved()

    def band_tool(self, on: bool) -> None:
        self.w.zoom_view.band_tool = on
        self.w.zoom_view.setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)

    def type_region(self) -> None:
        self.w.zoom_bar.magnification.setFocus()
        self.w.zoom_bar.magnification.selectAll()

    def finer_level(self) -> None:
        self._lock(-1)

    def coarser_level(self) -> None:
        self._lock(1)

    def free_level(self) -> None:
        self.w.steering.set_level(None)

    def _lock(self, by: int) -> None:
        at = self.w.steering.level
        self.w.steering.set_level((self.w.zoom.level or 0 if at is None else at) + by)

    def next_alternative(self) -> None:
        self.w.steering.set_seed(self.w.steering.seed + 1)

    def previous_alternative(self) -> None:
        self.w.steering.set_seed(max(0, self.w.steering.seed - 1))

    # -- Jobs and Help --------------------------------------------------------------------------------------------

    def show_jobs(self, on: bool) -> None:
        self.w.jobs_dock.setVisible(on)

    def verify(self) -> None:
        self.w.exports.verify(self._path()[0])

    def verify_export(self) -> None:
        self._choose(tr("Choose the .json beside an exported picture or clip"), QFileDialog.FileMode.ExistingFile,
                     tr("Records of exports (*.json)"), self.w.exports.verify_export)

    def learn_camera(self) -> None:
        info = self.w.player.info
        coding_forms.ask_adapt(self.w, [info.path] if info is not None and info.kind in coding_forms.FILMED else [])

    def cancel_job(self) -> None:
        if not self.w.jobs.cancel_running():
            self.w.message_bar.say("info", tr("no job is running"))

    def resume_jobs(self) -> None:
        self.w.exports.go_on()
        self._left_over()

    def forget_jobs(self) -> None:
        self.w.exports.unfinished.take()
        self._left_over()

    def _left_over(self) -> None:
        for name in ("resume_jobs", "forget_jobs"):
            self.w.actions_by_id[name].setEnabled(bool(self.w.exports.unfinished.left))
        self.w.message_bar.dismiss()  # what it said of them is settled

    def clear_jobs(self) -> None:
        self.w.jobs.clear_finished()

    def keys(self) -> None:
        keys = self.w.keymap.of
        groups = [(tr(f"&{menu}").replace("&", ""), [(tr("  or  ").join(map(spoken, keys(s.id))), tr(s.tip)) for s in ACTIONS
                                                         if s.menu == menu and keys(s.id)]) for menu in MENUS]
        groups.append((tr("Mouse"), [(tr(k), tr(v)) for k, v in MOUSE]))
        html = "".join(f"<tr><td colspan=2 style='padding-top:14px'><b>{name}</b></td></tr>" + "".join(
            f"<tr><td style='padding:2px 26px 2px 12px; white-space:nowrap'>{escape(k)}</td><td style='padding:2px'>{escape(tip)}</td></tr>"
            for k, tip in rows) for name, rows in groups if rows)
        self._page(tr("Keys"), f"<table>{html}</table>")

    def show_hint(self) -> None:
        self.w.zoom_view.first_hint = True
        self.w.zoom_view.update()

    def messages(self) -> None:
        lines = [f"<p>{escape(told(line))}</p>" for _, line in self.w.message_bar.history]
        self._page(tr("Messages so far"), "".join(lines) or f"<p>{escape(tr('Nothing has been said yet.'))}</p>")

    def about(self) -> None:
        rows = "".join(f"<tr><td style='padding:2px 26px 2px 0'>{escape(tr(NAMES[k]))}</td>"
                       f"<td style='padding:2px'>{escape(tr(v))}</td></tr>" for k, v in MEANING.items())
        what = tr("Zoom past what the camera recorded, and always know which pixel was recorded and which was made.")
        self._page(tr("About"), f"<h3>Lorentz Zoom</h3><p>{escape(what)}</p><p>{escape(tr('Every pixel on screen is one of four:'))}</p>"
                                f"<table>{rows}</table>")

    def _page(self, title: str, html: str) -> None:
        dialog = QDialog(self.w)
        dialog.setWindowTitle(title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(dialog)
        view = QTextEdit()
        view.setHtml(html)
        view.setReadOnly(True)
        view.setAccessibleName(title)
        view.document().setDocumentMargin(14)
        column.addWidget(view)
        hint = QLabel(tr("Escape closes this page."))
        hint.setProperty("dim", True)
        column.addWidget(hint)
        dialog.resize(760, 600 if title == tr("Keys") else 340)
        dialog.open()
