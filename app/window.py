"""The main window: puts the parts together and keeps them in step. The parts do the work."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import drops, ending, frame_desk, icons, layout, patience
from app.actions import ACTIONS
from app.backend import Backend
from app.commands import Commands
from app.compare import Compare
from app.data_desk import DataDesk
from app.exports import Exports
from app.facts import FactsPanel
from app.features import Features
from app.follow_desk import FollowDesk
from app.frame_view import FrameView
from app.jobs_dock import JobsPanel
from app.keymap import Keymap
from app.mailbox import Mailbox
from app.mark_desk import MarkDesk
from app.menus import HoldKey, RecentMenu, make_actions, make_menus
from app.messages import MessageBar
from app.patience import Patience
from app.player import Place, Player
from app.reader import DataOpened, FrameReader, Opened, OpenFailed
from app.readouts import Readouts
from app.settings import Settings
from app.settings_form import apply_kept
from app.steering import Steering
from app.told import told
from app.transport import TransportBar
from app.volume import Sounder, VolumeControl
from app.welcome import Welcome
from app.words import tr
from app.zoom_bar import ZoomBar
from app.zoom_client import ZoomClient
from app.zoom_state import ZoomState
from app.zoom_view import ZoomView


class MainWindow(QMainWindow):
    follow: FollowDesk  # these are hung on by `Features`
    desk: MarkDesk
    data: DataDesk
    compare: Compare

    def __init__(self, backend: Backend, settings: Settings | None = None, sample: Path | None = None) -> None:
        super().__init__()
        self.backend, self.settings = backend, settings or Settings()
        self.controller = backend.controller
        self.state = ZoomState()
        self.command_palette: Any = None
        self.closed = self._ready = False
        self.last_dock: QDockWidget | None = None
        self.opening = -1  # the generation of what is being opened
        self._wrong = ""  # the line that refused what was typed
        self._rested_at: tuple[Any, ...] = ()
        self._stood: Place | None = None  # what was open before it
        self.box = Mailbox(self._handle, self)
        self.reader = FrameReader(backend.open, backend.to_rgb, self.box.post, lambda info, frame: self.zoom.offer(info, frame))
        self.player = Player(self.reader, self)
        self.sounder = Sounder(backend, self.player, self.settings, self)
        self.commands = Commands(self)
        self.exports = Exports(self)
        self.keymap = Keymap(self.settings)
        self.actions_by_id = make_actions(self, self.commands, self.keymap)
        self._make_parts(sample)
        self.zoom = ZoomClient(backend, self.zoom_view, self)
        self.steering = Steering(self.state, self.player, self.reader, self.zoom, self.frame_view, self.zoom_view, self)
        self.features = Features(self)
        self._then: Callable[[], None] | None = None  # is called when what is on its way is open
        self.recent_menu = RecentMenu(self.settings, self.open_path, lambda: self.welcome.show_recent([]), self)
        make_menus(self.menuBar(), self.actions_by_id, self.recent_menu)
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setProperty("dim", True)
        self.title.setContentsMargins(0, 6, 14, 0)
        self.title.setAccessibleName(tr("Open file"))
        self.menuBar().setCornerWidget(self.title)
        self.readouts = Readouts(self.statusBar(), self.player, self.state, backend.device())
        self._connect()
        self.setWindowTitle("Lorentz Zoom")
        self.setWindowIcon(icons.program_icon())
        self.setAcceptDrops(True)
        self.setMinimumSize(760, 480)
        layout.restore(self)
        self._ready = True
        self._show_source(False)
        apply_kept(self)
        self.features.tell_left()
        self._hold = HoldKey(self.actions_by_id["recorded_only"], self)
        QApplication.instance().installEventFilter(self._hold)  # type: ignore[union-attr]

    # -- making ---------------------------------------------------------------------------------------------------

    def _make_parts(self, sample: Path | None) -> None:
        self.welcome = Welcome(self.actions_by_id, sample)
        self.frame_view, self.zoom_view = FrameView(self.state), ZoomView(self.state)
        self.zoom_bar = ZoomBar(self.state, self.actions_by_id, lambda m: self.steering.magnify(m), lambda roi: self.steering.exact(roi))
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.zoom_bar)
        self.pair = QHBoxLayout()  # the zoomed view, and beside it the other side of a comparison
        self.pair.setSpacing(4)
        self.pair.addWidget(self.zoom_view, 1)
        column.addLayout(self.pair, 1)
        self.splitter = layout.Beside(lambda: self.zoom_bar.rows.full)
        self.splitter.setHandleWidth(5)
        self.splitter.addWidget(self.frame_view)
        self.splitter.addWidget(right)
        self.splitter.setSizes([560, 720])
        self.splitter.setStretchFactor(0, 4)
        self.splitter.setStretchFactor(1, 5)
        self.transport = TransportBar(self.player, self.actions_by_id)
        self.volume = VolumeControl(self.sounder, self.actions_by_id["mute"])
        self.transport.add(self.volume)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(self.splitter)
        self.message_bar = MessageBar(self.stack)
        self.patience = Patience(self.message_bar, self)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.stack, 1)
        column.addWidget(self.transport)
        self.setCentralWidget(centre)
        self.jobs, self.facts = JobsPanel(self.open_path), FactsPanel()
        self.jobs_dock, self.facts_dock = self.dock("Jobs", self.jobs, "show_jobs"), self.dock("File facts", self.facts, "show_facts")

    def dock(self, title: str, inside: QWidget, action: str, left: bool = False) -> QDockWidget:
        """A dock on the right (or `left`), hidden at first; `action` shows and hides it."""
        dock = QDockWidget(tr(title), self)
        dock.setObjectName(title)
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable | QDockWidget.DockWidgetFeature.DockWidgetClosable)
        dock.setWidget(inside)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea if left else Qt.DockWidgetArea.RightDockWidgetArea, dock)
        dock.hide()
        dock.visibilityChanged.connect(lambda _on: self.actions_by_id[action].setChecked(not dock.isHidden()))
        dock.visibilityChanged.connect(lambda _on: QTimer.singleShot(0, self, lambda: layout.make_room(self, dock)))
        return dock

    def _connect(self) -> None:
        self.player.shown.connect(lambda: frame_desk.shown(self))
        self.player.glimpsed.connect(lambda: frame_desk.glimpsed(self))
        self.player.changed.connect(self._player_changed)
        self.player.lost.connect(lambda index, line: frame_desk.lost(self, index, line))
        self.sounder.said.connect(lambda line: self.message_bar.say("warn", line))
        self.actions_by_id["mute"].setChecked(self.sounder.muted)
        self.zoom.changed.connect(self.refresh)
        self.zoom.failed.connect(lambda line: self.message_bar.say("warn", line))
        self.jobs.ended.connect(self.message_bar.say)
        self.jobs.over.connect(self.exports.unfinished.over)
        self.welcome.chosen.connect(self.open_path)
        for part in (self.transport, self.zoom_bar):
            part.refused.connect(self._refused)
            part.done.connect(self._taken)
        self.zoom_bar.preset.connect(lambda name: self.actions_by_id[name].trigger())
        for v in (self.zoom_view, self.frame_view, self.compare.view):
            v.hovered.connect(self._refresh_cursor)
        self.zoom_view.hint_closed.connect(lambda: self.settings.set_flag("hint_read", True))
        self.steering.moved.connect(self.refresh)
        self.message_bar.covers.connect(self.zoom_view.set_covered)

    def _refused(self, line: str) -> None:
        self.message_bar.say("warn", line)
        self._wrong = line

    def _taken(self) -> None:
        """What was typed was right, or was given up: what was said of the try before is settled."""
        if self._wrong and self.message_bar.text == self._wrong:
            self.message_bar.dismiss()
        self._wrong = ""
        self.zoom_view.setFocus()

    # -- opening and closing --------------------------------------------------------------------------------------

    def open_path(self, path: str, then: Callable[[], None] | None = None) -> None:
        """Opens in the background; what comes of it arrives as a message or a picture. `then` is called when it is open."""
        self._stood = self.player.place() or self._stood
        self._then = then
        self.player.reset(None)
        self.zoom.stop()
        self.setCursor(Qt.CursorShape.BusyCursor)
        self.opening = self.reader.open(str(Path(path).absolute()))
        self.patience.wait(tr("opening {name} …").format(name=Path(path).name), patience.OPENING_MS)

    def close_source(self) -> None:
        self.opening = -1
        self._stood = None
        self._then = None
        self.patience.over()
        self.features.open(None)
        self.player.reset(None)
        self.zoom.stop()
        self.zoom_view.clear()
        self.frame_view.set_picture(None)
        self.facts.show_source(None, ())
        self.sounder.open(None)
        self.data.close()
        self.reader.forget()
        self.let_go()
        self._name("")
        self._show_source(False)

    def let_go(self) -> None:
        """What is not looked at any more takes no memory."""
        info, side = self.player.info, self.compare.side
        self.zoom.keep_only({i.path for i in (info, side.info if side is not None else None) if i is not None})

    def _handle(self, event: Any) -> None:
        if isinstance(event, (Opened, DataOpened, OpenFailed)):
            if event.generation != self.opening:
                return
            self.opening = -1
            self.unsetCursor()
            self.patience.over()
            if isinstance(event, Opened):
                self._opened(event)
            elif isinstance(event, DataOpened):
                self._data_opened(event)
            else:
                self._not_opened(event)
        else:
            self.player.handle(event)

    def _not_opened(self, event: OpenFailed) -> None:
        """What was on screen before comes back, where it was. Another file may have been opened in between, that nobody waits for now."""
        stood, self._stood, self._then = self._stood, None, None
        if stood is not None and event.standing == stood.info.path:
            self.player.come_back(stood)
        elif stood is not None and event.path != stood.info.path:
            self.open_path(stood.info.path, lambda: self._back_at(stood, event.message))
            self._stood = stood
        elif not self.data.on:
            self.close_source()
        self.message_bar.say("error", event.message)

    def _back_at(self, place: Place, line: str) -> None:
        self.player.come_back(place)
        self.message_bar.say("error", line)

    def _data_opened(self, event: DataOpened) -> None:
        self.close_source()
        self._remember(event.path)
        self._name(Path(event.path).name)
        self.data.show(event.charts)
        self._show_source(True)

    def _remember(self, path: str) -> None:
        self.message_bar.dismiss()
        self.settings.add_recent(path)
        self.settings.set_text("folder", str(Path(path).parent))

    def _opened(self, event: Opened) -> None:
        info, self._stood = event.info, None
        self._remember(event.path)
        self.data.close()
        self.zoom_view.clear()
        self.frame_view.set_picture(None)
        self.frame_view.caption = ""
        self.steering.seed, self.steering.level = 0, None
        self.state.open(info.width, info.height)
        self.transport.timeline.open(info)
        self.transport.timeline.set_keys(event.keys)
        self.facts.show_source(info, event.damage)
        rate = f"{float(info.rate):.3f}".rstrip("0").rstrip(".")
        rate = "    " + tr("{a} fps").format(a=rate) if info.frames > 1 else ""
        self._name(f"{Path(info.path).name}    {info.width} × {info.height}{rate}")
        self.features.open(info)
        self.sounder.open(info)
        self.volume.show_source(info)
        self.player.reset(info)
        self.let_go()
        self._show_source(True)
        if info.kind == "lzc":
            self.patience.wait(tr("reading {name} … (the first recording after an installation can take a minute: its decoder is being "
                                  "prepared)").format(name=Path(info.path).name), patience.READING_MS, humble=True)
        if event.damage:
            more = tr(" and {n} more").format(n=len(event.damage) - 1) if len(event.damage) > 1 else ""
            self.message_bar.say("warn", tr(
                "{a} is damaged: {b}{more}. What is whole is shown; File facts lists what is lost.").format(
                    a=Path(info.path).name, b=told(event.damage[0]), more=more))
        elif info.notes:
            self.message_bar.say("info", "; ".join(map(told, info.notes)))
        if not self.settings.flag("hint_read"):
            self.zoom_view.first_hint = True
        self.zoom_view.setFocus()
        then, self._then = self._then, None
        if then is not None:
            then()

    def _name(self, text: str) -> None:
        self.setWindowTitle(f"{text} — Lorentz Zoom" if text else "Lorentz Zoom")
        self.title.setAccessibleDescription(text)
        layout.show_name(self)

    def _show_source(self, on: bool) -> None:
        data = self.data.charts
        if data is None:
            self.stack.setCurrentIndex(1 if on else 0)
        self.transport.setVisible(on and data is None)
        self.welcome.show_recent(self.settings.recent())
        info = self.player.info
        for spec in ACTIONS:
            if spec.needs == "lzc":
                self.actions_by_id[spec.id].setEnabled(on and info is not None and info.kind == "lzc")
            elif spec.needs:
                self.actions_by_id[spec.id].setEnabled(on and (info is not None or (spec.needs == "any" and data is not None)))
        if data is not None:
            self.actions_by_id["verify"].setEnabled(data.sheet.compressed)
        self.features.refresh()
        self.refresh()
        self._refresh_cursor()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        layout.make_room(self)
        layout.show_name(self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if drops.files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = drops.files(event.mimeData())
        if paths:
            event.acceptProposedAction()
            drops.drop(self, paths)

    # -- frames and views -----------------------------------------------------------------------------------------

    def _player_changed(self) -> None:
        if self.player.playing:
            self.zoom.stop()
        self.refresh()

    # -- readouts -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        if not self._ready:
            return
        open_ = self.player.info is not None
        self.zoom_bar.show_state(self.zoom.limit, self.steering.recorded_only, self.zoom.made, self.steering.seed, open_)
        for name, can in (("view_back", self.state.can_back), ("view_forward", self.state.can_forward)):
            self.actions_by_id[name].setEnabled(open_ and can)
        self.readouts.show(self.zoom, self.steering.seed, self.steering.level is not None)
        if open_:
            self._refresh_cursor()  # the pixel under it may be another one by now, and of another class

    def resting(self) -> bool:
        """True where nothing was moved since this was asked last, and nothing moves by itself."""
        at = (self.state.roi, self.state.target, self.player.target, self.opening)
        same, self._rested_at = at == self._rested_at, at
        return same and not self.player.playing and self.zoom.done and self.opening < 0

    def _refresh_cursor(self) -> None:
        self.readouts.show_cursor(*self.compare.under(), self.frame_view, self.compare.paint.kinds())

    def show_jobs_dock(self) -> None:
        self.jobs_dock.show()

    # -- layout, the end -------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.closed:
            if not ending.may_close(self):
                event.ignore()
                return
            self.shut_down()
        event.accept()

    def shut_down(self) -> None:
        """Cancel, disconnect, wait: in this order, once."""
        if not self.closed:
            self.closed = True
            ending.shut_down(self)
