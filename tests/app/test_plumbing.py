"""Mailbox, throttle and canvas: the small parts that everything hangs on."""
from __future__ import annotations

import threading

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.mailbox import Mailbox
from app.throttle import Throttle
from app.zoom_canvas import UNKNOWN, Tile, ZoomCanvas
from engine.api import Provenance, Stage, TileReady


def test_mail_from_many_threads_arrives_once_in_order_on_this_thread(qtbot: QtBot) -> None:
    got: list[tuple[int, int]] = []
    where: set[int] = set()

    def handle(event: tuple[int, int]) -> None:
        where.add(threading.get_ident())
        got.append(event)

    box = Mailbox(handle)
    threads = [threading.Thread(target=lambda n=n: [box.post((n, i)) for i in range(500)]) for n in range(4)]
    for t in threads:
        t.start()
    qtbot.waitUntil(lambda: len(got) == 2000)
    for t in threads:
        t.join()
    assert where == {threading.get_ident()}
    for n in range(4):
        assert [i for m, i in got if m == n] == list(range(500))


def test_a_closed_box_delivers_nothing(qtbot: QtBot) -> None:
    got: list[int] = []
    box = Mailbox(got.append)
    box.post(1)
    box.close()
    box.post(2)
    other = Mailbox(got.append)
    other.post(3)
    qtbot.waitUntil(lambda: 3 in got)
    assert got == [3]


def test_a_fault_in_a_handler_does_not_stop_the_mail(qtbot: QtBot) -> None:
    got: list[int] = []

    def handle(n: int) -> None:
        got.append(n)
        if n == 1:
            raise RuntimeError("planned")

    box = Mailbox(handle)
    with qtbot.captureExceptions() as faults:
        for n in range(4):
            box.post(n)
        qtbot.waitUntil(lambda: len(got) == 4)
    assert got == [0, 1, 2, 3] and len(faults) == 1


def test_throttle_runs_the_first_at_once_and_the_last_for_certain(qtbot: QtBot) -> None:
    ran: list[int] = []
    throttle = Throttle(30)
    for n in range(10):
        throttle.call(lambda n=n: ran.append(n))
    assert ran == [0]
    qtbot.waitUntil(lambda: len(ran) == 2)
    assert ran == [0, 9]


def test_throttle_forgets_but_keeps_the_pace(qtbot: QtBot) -> None:
    ran: list[str] = []
    throttle = Throttle(30)
    throttle.call(lambda: ran.append("a"))
    throttle.call(lambda: ran.append("b"))
    throttle.forget()
    throttle.call(lambda: ran.append("c"))
    assert ran == ["a"]
    qtbot.waitUntil(lambda: len(ran) == 2)
    assert ran == ["a", "c"]


def tile(rect: tuple[int, int, int, int], grey: int, kind: Provenance, stage: Stage) -> Tile:
    _, _, w, h = rect
    return Tile(TileReady(1, rect, np.full((h, w, 3), grey, np.uint8), np.full((h, w), kind, np.uint8), stage, 0))


def grey_at(canvas: ZoomCanvas, x: int, y: int) -> int:
    return canvas.image.pixelColor(x, y).red()


def add(canvas: ZoomCanvas, t: Tile) -> bool:
    patches = canvas.add(t)
    for patch in patches:
        canvas.bake(patch)
    return bool(patches)


def test_finer_covers_coarser_never_the_other_way(qapp: object) -> None:
    c = ZoomCanvas(0, (0, 0, 8, 4), (64, 8))
    assert add(c, tile((0, 0, 64, 8), 60, Provenance.INTERPOLATED, Stage.COARSE))
    assert add(c, tile((0, 0, 32, 8), 120, Provenance.CODED, Stage.RECORDED))
    assert add(c, tile((0, 0, 64, 8), 90, Provenance.INTERPOLATED, Stage.COARSE)), "the right half may still change"
    assert [grey_at(c, 2, 2), grey_at(c, 50, 2)] == [120, 90]
    assert c.provenance[2, 2] == Provenance.CODED and c.provenance[2, 50] == Provenance.INTERPOLATED
    assert add(c, tile((0, 0, 64, 8), 200, Provenance.SYNTHESISED, Stage.SYNTHESISED))
    assert not add(c, tile((0, 0, 32, 8), 120, Provenance.CODED, Stage.RECORDED))
    assert grey_at(c, 2, 2) == 200


@pytest.mark.parametrize("rect", [(-1, 0, 4, 4), (14, 0, 4, 4), (0, 6, 4, 4)])
def test_a_tile_that_does_not_fit_is_left_out(qapp: object, rect: tuple[int, int, int, int]) -> None:
    c = ZoomCanvas(0, (0, 0, 8, 4), (16, 8))
    assert not add(c, tile(rect, 9, Provenance.CODED, Stage.RECORDED))
    assert (c.provenance == UNKNOWN).all()


def test_shares_and_coverage(qapp: object) -> None:
    c = ZoomCanvas(0, (0, 0, 8, 4), (16, 8))
    assert c.shares()[None] == 1
    add(c, tile((0, 0, 8, 8), 1, Provenance.CODED, Stage.RECORDED))
    add(c, tile((8, 0, 4, 8), 1, Provenance.SYNTHESISED, Stage.SYNTHESISED))
    s = c.shares()
    assert (s[Provenance.CODED], s[Provenance.SYNTHESISED], s[None]) == (0.5, 0.25, 0.25)
    assert c.covered(Stage.RECORDED) == 0.75 and c.covered(Stage.SYNTHESISED) == 0.25
