"""What each action does: one method per line of the table in `actions`, all of them short."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QPlainTextEdit, QVBoxLayout

from app.actions import ACTIONS, MENUS
from app.palette import Palette

_MEDIA = ("Video, pictures and recordings (*.lzc *.mp4 *.mkv *.mov *.avi *.webm *.m4v *.mpg *.mpeg *.ts *.mts *.y4m *.wmv *.flv *.gif "
          "*.png *.jpg *.jpeg *.bmp *.tif *.tiff *.webp);;Every file (*)")


class Commands:
    """`window` is the MainWindow; methods take the action's checked state where it has one."""

    def __init__(self, window: Any) -> None:
        self.w = window

    # -- File -----------------------------------------------------------------------------------------------------

    def open_file(self) -> None:
        self._choose("Open", QFileDialog.FileMode.ExistingFile, _MEDIA)

    def open_folder(self) -> None:
        self._choose("Open a folder of pictures", QFileDialog.FileMode.Directory, "")

    def _choose(self, title: str, mode: QFileDialog.FileMode, filters: str) -> None:
        dialog = QFileDialog(self.w, title, self.w.settings.text("folder", str(Path.home())), filters)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.w.open_path)
        dialog.open()

    def close_file(self) -> None:
        self.w.close_source()

    def compress(self) -> None:
        info = self.w.player.info
        self.w.exports.ask_compress(info.path if info is not None and info.kind != "lzc" else "")

    def restore(self) -> None:
        info = self.w.player.info
        lzc = info if info is not None and info.kind == "lzc" else None
        self.w.exports.ask_restore(lzc.path if lzc else "", lzc.levels if lzc else 3)

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

    def quit(self) -> None:
        self.w.close()

    # -- View -----------------------------------------------------------------------------------------------------

    def truth(self, on: bool) -> None:
        self.w.zoom_view.show_truth = on
        self.w.zoom_view.update()

    def recorded_only(self, on: bool) -> None:
        self.w.steering.set_recorded_only(on)

    def zoom_alone(self, on: bool) -> None:
        self.w.frame_view.setVisible(not on)

    def full_screen(self, on: bool) -> None:
        self.w.setWindowState(self.w.windowState() | Qt.WindowState.WindowFullScreen if on
                              else self.w.windowState() & ~Qt.WindowState.WindowFullScreen)

    def show_facts(self, on: bool) -> None:
        self.w.facts_dock.setVisible(on)

    def palette(self) -> None:
        pairs = [(spec.menu, self.w.actions_by_id[spec.id]) for spec in ACTIONS if spec.id != "palette"]
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

    def loop(self, on: bool) -> None:
        self.w.player.loop = on

    # -- Zoom -----------------------------------------------------------------------------------------------------

    def fit(self) -> None:
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
        self.w.steering.magnify(self.w.state.magnification * 2)

    def zoom_out(self) -> None:
        self.w.steering.magnify(self.w.state.magnification / 2)

    def pan_left(self) -> None:
        self._pan(1, 0)

    def pan_right(self) -> None:
        self._pan(-1, 0)

    def pan_up(self) -> None:
        self._pan(0, 1)

    def pan_down(self) -> None:
        self._pan(0, -1)

    def _pan(self, x: int, y: int) -> None:
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

    def next_alternative(self) -> None:
        self.w.steering.set_seed(self.w.steering.seed + 1)

    def previous_alternative(self) -> None:
        self.w.steering.set_seed(max(0, self.w.steering.seed - 1))

    # -- Jobs and Help --------------------------------------------------------------------------------------------

    def show_jobs(self, on: bool) -> None:
        self.w.jobs_dock.setVisible(on)

    def verify(self) -> None:
        self.w.exports.verify(self.w.player.info.path)

    def cancel_job(self) -> None:
        if not self.w.jobs.cancel_running():
            self.w.message_bar.say("info", "no job is running")

    def clear_jobs(self) -> None:
        self.w.jobs.clear_finished()

    def keys(self) -> None:
        lines = []
        for menu in MENUS:
            lines.append(menu.upper())
            for spec in ACTIONS:
                if spec.menu == menu and spec.keys:
                    lines.append(f"  {'  or  '.join(spec.keys):<24}{spec.tip}")
            lines.append("")
        lines += ["MOUSE", *(f"  {k:<24}{v}" for k, v in (
            ("drag, left picture", "draw a box and zoom into it"), ("click, left picture", "centre the zoomed view there"),
            ("Ctrl+drag, left picture", "move the box"), ("wheel", "zoom at the cursor"), ("drag, zoomed view", "move about"),
            ("Shift+drag, zoomed view", "draw a box and zoom into it"), ("double click", "×2 at that point")))]
        self._page("Keys", "\n".join(lines))

    def show_hint(self) -> None:
        self.w.zoom_view.first_hint = True
        self.w.zoom_view.update()

    def messages(self) -> None:
        self._page("Messages so far", "\n".join(line for _, line in self.w.message_bar.history) or "Nothing has been said yet.")

    def about(self) -> None:
        self._page("About", "Lorentz Zoom\n\nZoom past what the camera recorded,\n"
                   "and always know which pixel was recorded and which was made.\n\n"
                   "coded         decoder output of recorded data\nrestored      changed by the correlation network\n"
                   "interpolated  resampled between recorded pixels\nsynthesised   made by the detail network: not recorded")

    def _page(self, title: str, text: str) -> None:
        dialog = QDialog(self.w)
        dialog.setWindowTitle(title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(dialog)
        view = QPlainTextEdit(text)
        view.setReadOnly(True)
        view.setAccessibleName(title)
        view.setStyleSheet("font-family: monospace;")
        column.addWidget(view)
        hint = QLabel("Escape closes this page.")
        hint.setProperty("dim", True)
        column.addWidget(hint)
        dialog.resize(760, min(620, 120 + 20 * text.count("\n") + 60))
        dialog.open()
