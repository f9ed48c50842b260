"""Fingers on the zoomed view, sent the way the system sends them: to the window."""
from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.window import MainWindow


@pytest.fixture(scope="module")
def device() -> QPointingDevice:
    return QTest.createTouchDevice()


def touch(window: MainWindow, device: QPointingDevice, way: list[tuple[QPoint, ...]], view: QWidget | None = None) -> None:
    """The fingers of `way` one after the other: they come down, move, and are lifted at the end."""
    view, before = view or window.zoom_view, 0
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


@pytest.mark.parametrize("command", ["band_tool", "mark_arrow", "note", "mark_region"])
def test_a_pinch_draws_nothing(opened: MainWindow, device: QPointingDevice, command: str) -> None:
    opened.steering.magnify(8)
    opened.actions_by_id[command].trigger()
    middle, before = opened.zoom_view.rect().center(), opened.state.magnification
    first = middle - QPoint(30, 0)
    touch(opened, device, [(first - QPoint(40, 30),), (first,), pair(middle, 30), pair(middle, 60)])
    assert opened.state.magnification == pytest.approx(2 * before) and not opened.desk.marks.all
    assert opened.zoom_view._band is None and opened.zoom_view._tool is None and not opened.desk.tool._points
    kept = "" if command == "band_tool" else {"mark_arrow": "arrow", "note": "note", "mark_region": "region"}[command]
    assert opened.desk.tool.kind == kept, "the tool stays in the hand"


def test_two_fingers_on_the_whole_frame_magnify_and_draw_no_box(opened: MainWindow, device: QPointingDevice) -> None:
    opened.steering.magnify(8)
    view, before = opened.frame_view, opened.state.magnification
    at = view.from_source(QRectF(*opened.state.roi)).center().toPoint()
    place = view.to_source(QPointF(at))
    shown = opened.state.centre
    touch(opened, device, [(at - QPoint(60, 40),), (at - QPoint(30, 0),), pair(at, 30), pair(at, 45), pair(at, 60)], view)
    assert opened.state.magnification == pytest.approx(2 * before) and view._band is None
    assert opened.state.centre == pytest.approx(((shown[0] + place.x()) / 2, (shown[1] + place.y()) / 2), abs=1e-6)


def test_two_fingers_move_the_box_on_the_whole_frame(opened: MainWindow, device: QPointingDevice) -> None:
    opened.steering.magnify(16)
    view, (x, y), before = opened.frame_view, opened.state.centre, opened.state.magnification
    k = opened.state.size[0] / view.area().width()
    touch(opened, device, [pair(view.rect().center(), 30), pair(view.rect().center() + QPoint(40, -20), 30)], view)
    assert opened.state.magnification == before
    assert opened.state.centre == pytest.approx((x + 40 * k, y - 20 * k))


def test_one_finger_draws_a_box_on_the_whole_frame(opened: MainWindow, device: QPointingDevice) -> None:
    view, middle = opened.frame_view, opened.frame_view.rect().center()
    touch(opened, device, [(middle,), (middle + QPoint(40, 20),), (middle + QPoint(80, 45),)], view)
    drawn = view.to_source(QPointF(middle + QPoint(40, 22)))
    assert opened.state.roi[2] < 160 and opened.state.centre[0] == pytest.approx(drawn.x(), abs=1)


@pytest.mark.parametrize("name", ["zoom_view", "frame_view"])
def test_a_touch_pad_magnifies_at_the_cursor(opened: MainWindow, device: QPointingDevice, name: str) -> None:
    view: QWidget = getattr(opened, name)
    opened.steering.magnify(8)
    at, before = QPointF(view.rect().center()), opened.state.magnification
    kinds = Qt.NativeGestureType

    def gesture(kind: Qt.NativeGestureType, value: float = 0.0) -> None:
        QApplication.sendEvent(view, QNativeGestureEvent(kind, device, 2, at, at, view.mapToGlobal(at), value, QPointF()))

    gesture(kinds.BeginNativeGesture)
    for _ in range(4):
        gesture(kinds.ZoomNativeGesture, 2 ** 0.25 - 1)
    gesture(kinds.EndNativeGesture)
    assert opened.state.magnification == pytest.approx(2 * before)
    gesture(kinds.ZoomNativeGesture, -3.0)
    assert opened.state.magnification > 0
    opened.close_source()
    gesture(kinds.ZoomNativeGesture, 0.5)  # nothing is there


def test_putting_a_tool_away_in_the_middle_of_its_drag(opened: MainWindow) -> None:
    view = opened.zoom_view
    opened.actions_by_id["mark_arrow"].trigger()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(80, 80))
    opened.actions_by_id["tool_off"].trigger()
    QTest.mouseMove(view, QPoint(120, 90))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(120, 90))
    assert not opened.desk.marks.all
