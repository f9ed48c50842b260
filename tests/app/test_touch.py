"""Fingers on the zoomed view, sent the way the system sends them: to the window."""
from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QPointingDevice
from PySide6.QtTest import QTest

from app.window import MainWindow


@pytest.fixture(scope="module")
def device() -> QPointingDevice:
    return QTest.createTouchDevice()


def touch(window: MainWindow, device: QPointingDevice, way: list[tuple[QPoint, ...]]) -> None:
    """The fingers of `way` one after the other: they come down, move, and are lifted at the end."""
    view, before = window.zoom_view, 0
    for spots in way:
        event = QTest.touchEvent(window, device, False)
        for n, at in enumerate(spots):
            (event.press if n >= before else event.move)(n, at, view)
        event.commit()
        before = len(spots)
    event = QTest.touchEvent(window, device, False)
    for n, at in enumerate(way[-1]):
        event.release(n, at, view)
    event.commit()


def pair(middle: QPoint, half: int) -> tuple[QPoint, QPoint]:
    return middle - QPoint(half, 0), middle + QPoint(half, 0)


def test_two_fingers_magnify_about_their_middle(opened: MainWindow, device: QPointingDevice) -> None:
    opened.steering.magnify(8)
    middle = opened.zoom_view.rect().center() + QPoint(40, 10)
    place, before = opened.state.source_at(middle.x(), middle.y()), opened.state.magnification
    touch(opened, device, [pair(middle, half) for half in range(30, 61, 5)])
    assert opened.state.magnification == pytest.approx(2 * before)
    assert opened.state.source_at(middle.x(), middle.y()) == pytest.approx(place)
    opened.actions_by_id["view_back"].trigger()
    assert opened.state.magnification == pytest.approx(before), "a pinch is one step in the history"


def test_two_fingers_move_what_they_hold(opened: MainWindow, device: QPointingDevice) -> None:
    opened.steering.magnify(8)
    middle, way = opened.zoom_view.rect().center(), QPoint(-30, 20)
    place, before = opened.state.source_at(middle.x(), middle.y()), opened.state.magnification
    touch(opened, device, [pair(middle, 30), pair(middle + way / 2, 30), pair(middle + way, 30)])
    assert opened.state.magnification == before
    assert opened.state.source_at((middle + way).x(), (middle + way).y()) == pytest.approx(place)


def test_one_finger_drags_and_draws_as_the_mouse_does(opened: MainWindow, device: QPointingDevice) -> None:
    opened.steering.magnify(8)
    middle, way = opened.zoom_view.rect().center(), QPoint(-40, 20)
    place = opened.state.source_at(middle.x(), middle.y())
    opened.zoom_view.glide.release = lambda _time: None  # type: ignore[method-assign]
    touch(opened, device, [(middle,), (middle + way / 2,), (middle + way,)])
    assert opened.state.source_at((middle + way).x(), (middle + way).y()) == pytest.approx(place)
    opened.actions_by_id["distance"].trigger()
    touch(opened, device, [(middle,), (middle + way,)])
    assert [m.kind for m in opened.desk.marks.all] == ["distance"]


def test_a_second_finger_ends_the_drag_of_the_first(opened: MainWindow, device: QPointingDevice) -> None:
    opened.steering.magnify(8)
    middle, before = opened.zoom_view.rect().center(), opened.state.magnification
    touch(opened, device, [(middle - QPoint(30, 0),), pair(middle, 30), pair(middle, 60)])
    assert opened.state.magnification == pytest.approx(2 * before) and opened.zoom_view._press is None
