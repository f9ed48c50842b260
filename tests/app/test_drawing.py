"""Around a picture it is dark, and nothing of that dark is painted where the picture comes."""
from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from app import drawing, theme
from app.window import MainWindow
from tests.app.conftest import wait_done


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.array(image.constBits()).reshape(image.height(), image.bytesPerLine() // 4, 4)[:, :image.width(), :3]


@pytest.mark.parametrize("inner", [(10.4, 20.6, 60.3, 30.2), (0, 0, 100, 80), (0, 10.5, 100, 59), (-20, -20, 300, 300), (40, 40, 3, 3),
                                   (0, 0, 0, 0), (80, 60, 60, 60)])
def test_all_but_the_inside_is_painted(qapp: object, inner: tuple[float, float, float, float]) -> None:
    image = QImage(100, 80, QImage.Format.Format_RGB32)
    image.fill(QColor("#ff0000"))
    p = QPainter(image)
    drawing.surround(p, QRect(0, 0, 100, 80), QRectF(*inner))
    p.end()
    red = pixels(image)[..., 2] == 255
    x, y, w, h = inner
    ys, xs = np.mgrid[0:80, 0:100]
    within = (xs >= x) & (xs + 1 <= x + w) & (ys >= y) & (ys + 1 <= y + h)
    assert not (red & ~within).any(), "outside of the picture nothing is left as it was"
    deep = (xs >= x + 3) & (xs + 4 <= x + w) & (ys >= y + 3) & (ys + 4 <= y + h)
    assert red[deep].all(), "under the picture nothing is painted"


@pytest.mark.parametrize("size", [(1024, 700), (1281, 803), (900, 1100)])
def test_no_seam_between_the_picture_and_the_dark(opened: MainWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    """Neither view keeps anything of what was on screen before."""
    opened.resize(*size)
    wait_done(opened, qtbot)
    stage = QColor(theme.STAGE).getRgb()[2::-1]
    for view, area in ((opened.frame_view, opened.frame_view.area()), (opened.zoom_view, QRectF(*opened.state.target))):
        opened.minimap.on = False
        found = QImage(view.size(), QImage.Format.Format_RGB32)
        found.fill(QColor("#ff00ff"))
        view.render(found)
        magenta = (pixels(found) == (255, 0, 255)).all(-1)
        assert not magenta.any(), f"{type(view).__name__}: {np.argwhere(magenta)[:4].tolist()}"
        if area.top() > 40:
            assert (pixels(found)[int(area.top()) - 5, 5:-5] == stage).all()
