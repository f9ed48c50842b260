"""The page on which files are chosen: Qt's own, in the colours of the theme and the language of the program."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QToolButton, QWidget

from app import icons
from app.words import tr

OPENS = ("*.lzc *.mp4 *.mkv *.mov *.avi *.webm *.m4v *.mpg *.mpeg *.ts *.mts *.y4m *.wmv *.flv *.gif *.png *.jpg *.jpeg *.bmp *.tif "
            "*.tiff *.tga *.webp *.csv *.tsv *.txt *.npy *.wav *.flac *.hdr *.parquet")
_ICONS = {"backButton": "back", "forwardButton": "forward", "toParentButton": "up", "newFolderButton": "new_folder",
          "listModeButton": "list", "detailModeButton": "details"}
_Mode = QFileDialog.FileMode


def media() -> str:
    """The filter for whatever the program opens."""
    return f"{tr('Video, pictures and recordings')} ({OPENS});;{tr('Every file (*)')}"


def page(parent: QWidget, title: str, at: str, mode: _Mode, filters: str = "", save: bool = False) -> QFileDialog:
    """Starts at `at`: a folder, or a file in one."""
    dialog = QFileDialog(parent, title)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setOption(QFileDialog.Option.HideNameFilterDetails)  # thirty endings are no help
    dialog.setFileMode(mode)
    if save:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    if filters:
        dialog.setNameFilter(filters)
    place = Path(at or Path.home())
    dialog.setDirectory(str(place if place.is_dir() else place.parent))
    if not place.is_dir():
        dialog.selectFile(place.name)
    for name, icon in _ICONS.items():
        button = dialog.findChild(QToolButton, name)
        if button is not None:
            icons.put(button, icon)  # the desktop's are drawn for a light window
    return dialog


def choose(parent: QWidget, title: str, at: str, mode: _Mode, filters: str, then: Callable[[str], object]) -> QFileDialog:
    """Without waiting: `then(path)` is called when something was chosen."""
    dialog = page(parent, title, at, mode, filters)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(then)
    dialog.open()
    return dialog


def _ask(dialog: QFileDialog) -> list[str]:
    chosen = dialog.selectedFiles() if dialog.exec() else []
    dialog.deleteLater()
    return chosen


def pick_open(parent: QWidget, at: str) -> str:
    return next(iter(_ask(page(parent, tr("Choose a file"), at, _Mode.ExistingFile))), "")


def pick_of(filters: str) -> Callable[[QWidget, str], str]:
    """A file that is there, of one kind."""
    def pick(parent: QWidget, at: str) -> str:
        return next(iter(_ask(page(parent, tr("Choose a file"), at, _Mode.ExistingFile, f"{filters};;{tr('Every file (*)')}"))), "")
    return pick


def pick_many(parent: QWidget, title: str, at: str) -> list[str]:
    return _ask(page(parent, title, at, _Mode.ExistingFiles, media()))


def pick_save(filters: str) -> Callable[[QWidget, str], str]:
    def pick(parent: QWidget, at: str) -> str:
        return next(iter(_ask(page(parent, tr("Choose where to"), at, _Mode.AnyFile, filters, True))), "")
    return pick


def pick_folder(parent: QWidget, at: str) -> str:
    dialog = page(parent, tr("Choose a folder"), at, _Mode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return next(iter(_ask(dialog)), "")
