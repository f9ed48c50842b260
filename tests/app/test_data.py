"""General data in the viewer: opened as plots, a second version laid over, the bound told; forms that ask what the data needs."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.charts import bound_of, keeps, overlay, prepare
from app.envelope import Envelope
from app.window import MainWindow
from engine.api import JobError
from engine.hierarchical.view import Sheet
from tests.app.fakes import FakeController

N = 5000


def table(path: str = "/data/station.csv", compressed: bool = False, shift: float = 0.0, level: int = 0,
          names: tuple[str, ...] = ("t", "h")) -> Sheet:
    t = np.sin(np.arange(N) / 300) * 10 + shift
    h = np.arange(N, dtype=np.float64) % 97
    h[100:140] = np.nan
    return Sheet(path, "table", compressed, N, names=names, groups=("temperature", "other"), series=(t, h), clock=np.arange(N) * 60.0,
                 clock_name="time", period=60.0, lossless=not compressed, max_error=0.01 if compressed else 0.0, relative=True,
                 levels=4 if compressed else 1, level=level)


def cube(path: str = "/data/corn.raw", compressed: bool = False) -> Sheet:
    x = np.arange(6 * 20 * 30, dtype=np.uint16).reshape(6, 20, 30)
    return Sheet(path, "cube", compressed, 20, names=tuple(f"{400 + 10 * k} nm" for k in range(6)), bands=x + np.uint16(compressed),
                 lossless=not compressed, max_error=2.0 * compressed, levels=4 if compressed else 1)


@pytest.fixture
def controller() -> FakeController:
    made = FakeController()
    made.sheets.update({
        "station.csv": table(), "station.lzc": lambda path, level: table(path, True, 0.15 if not level else 3.0, level),
        "corn.raw": cube(), "corn.lzc": cube("/data/corn.lzc", True), "other.csv": table("/data/other.csv", names=("a", "b")),
        "words.txt": Sheet("/data/words.txt", "text", False, 11, words="hello\nworld"),
        "ragged.csv": JobError("line 3 has 2 cells, the lines before it have 3", where="ragged.csv")})
    return made


def show(window: MainWindow, qtbot: QtBot, name: str) -> Any:
    window.open_path(f"/data/{name}")
    qtbot.waitUntil(lambda: window.data.on and window.data.charts.sheet.path.endswith(name))
    return window.data.page


@pytest.mark.parametrize("count", [3, 700, 6000])
def test_an_envelope_loses_no_peak(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    values[count // 2] = 50.0
    whole = Envelope(values)
    for a, b in ((0, count), (count // 3, count)):
        places, drawn = whole.draw(a, b, 200)
        assert len(places) == len(drawn) and len(drawn) <= max(2 * 200 + 16, count if count <= 200 else 0)
        assert drawn.max() == 50.0 and drawn.min() <= values[a:b].min() and (np.diff(places) >= 0).all()
    assert (whole.low, whole.high) == (values.min(), 50.0)


def test_an_envelope_keeps_gaps_and_whole_numbers() -> None:
    gaps = np.arange(8000, dtype=np.float64)
    gaps[2000:4000] = np.nan
    assert 0.2 < np.isnan(Envelope(gaps).draw(0, 8000, 300)[1]).mean() < 0.3
    assert Envelope(np.array([3, -9, 5], np.int16)).low == -9


def test_names_are_no_markup(window: MainWindow, qtbot: QtBot, controller: FakeController) -> None:
    controller.sheets["odd.csv"] = table("/data/odd.csv", names=("sensor <b>a</b>", "h"))
    controller.sheets["<i>two.csv"] = table("/data/<i>two.csv", names=("sensor <b>a</b>", "h"))
    page = show(window, qtbot, "odd.csv")
    title = page.series.rows[0].plot.titleLabel
    assert title.item.toPlainText() == "sensor <b>a</b>"
    window.data.compare("/data/<i>two.csv")
    qtbot.waitUntil(lambda: page.overlay is not None)
    assert "&lt;i&gt;two.csv" in page.over.text() and "<i>two.csv" in page.over.accessibleName()
    plain = Qt.TextFormat.PlainText
    window.exports.verify("/clips/<b>bold & co.lzc")
    row = next(iter(window.jobs.rows.values()))
    labels = (page.head, row.title, row.line, window.title, window.readouts.labels["cursor"])
    assert "<b>bold & co" in row.title.text() and all(label.textFormat() == plain for label in labels)
    qtbot.waitUntil(lambda: not window.jobs.running)


def test_opens_as_plots(window: MainWindow, qtbot: QtBot) -> None:
    page = show(window, qtbot, "station.csv")
    assert window.stack.currentWidget() is page and page.view is page.series and not window.transport.isVisible()
    assert "5" in page.head.text() and list(page.series.rows) == [0, 1]
    assert page.series.rows[0].first.yData.max() == pytest.approx(10, abs=0.01)
    assert np.isnan(page.series.rows[1].first.yData).any(), "a gap is no line"
    assert not window.actions_by_id["play"].isEnabled() and window.actions_by_id["compare_file"].isEnabled()
    assert "station.csv" in window.facts.text.text() and "temperature" in page.series.list.item(0).text()


def test_the_range_of_time_is_zoomed_by_the_commands_of_the_zoom_menu(window: MainWindow, qtbot: QtBot) -> None:
    page = show(window, qtbot, "station.csv")
    plot = page.series.rows[0].plot
    low, high = plot.viewRange()[0]
    window.actions_by_id["zoom_in"].trigger()
    assert plot.viewRange()[0][1] - plot.viewRange()[0][0] == pytest.approx((high - low) / 2)
    assert page.series.rows[1].plot.viewRange()[0] == pytest.approx(plot.viewRange()[0])
    before = plot.viewRange()[0][0]
    window.actions_by_id["pan_right"].trigger()
    assert plot.viewRange()[0][0] > before
    window.actions_by_id["fit"].trigger()
    assert plot.viewRange()[0] == pytest.approx([low, high])


def test_the_compressed_version_is_laid_over_with_its_bound(window: MainWindow, qtbot: QtBot) -> None:
    page = show(window, qtbot, "station.csv")
    window.data.compare("/data/station.lzc")
    qtbot.waitUntil(lambda: page.overlay is not None)
    text, good = page.series.verdict()
    assert good and "0.15" in text and "0.2" in text, text
    assert page.series.error is not None and page.series.rows[0].second.isVisible() and page.series.rows[0].band.isVisible()
    assert "station.lzc" in page.over.text() and "1 %" in page.over.text()
    page.series.list.setCurrentRow(1)
    assert "0.15" not in page.over.text() and page.series.verdict() == ("h: at most 0 apart, 0.96 allowed", True)
    assert "→" in page.series.words_at(5)
    window.actions_by_id["compare_off"].trigger()
    assert page.overlay is None and page.series.error is None


def test_a_broken_promise_is_said() -> None:
    first = prepare(table())
    over = overlay(first, table("/x.lzc", True, 5.0))
    assert over.worst[0] == pytest.approx(5) and over.bounds[0] is not None and not keeps(over.worst[0], over.bounds[0])
    assert bound_of(table("/x.lzc", True, level=2), 0, 1) is None, "a coarser copy promises nothing"
    turned = overlay(prepare(table("/x.lzc", True, 0.1)), table())
    assert turned.bounds[0] == pytest.approx(0.2, rel=0.01), "the bound is of the original's range, whichever was opened first"


def test_a_coarser_level_can_be_laid_over(window: MainWindow, qtbot: QtBot) -> None:
    page = show(window, qtbot, "station.lzc")
    assert page.level.count() == 4 and "1 %" in page.over.text() and page.series.rows[0].band.isVisible()
    assert window.actions_by_id["verify"].isEnabled()
    page.level.setCurrentIndex(2)
    page.level.activated.emit(2)
    qtbot.waitUntil(lambda: page.overlay is not None)
    assert page.overlay.sheet.level == 2 and page.overlay.bounds[0] == pytest.approx(0.2, rel=0.01)


@pytest.mark.parametrize(("name", "word"), [("other.csv", "same name"), ("corn.raw", "cube"), ("clip.mp4", "pictures"),
                                            ("ragged.csv", "line 3"), ("words.txt", "text")])
def test_what_does_not_belong_over_it_is_one_line(window: MainWindow, qtbot: QtBot, name: str, word: str) -> None:
    page = show(window, qtbot, "station.csv")
    window.data.compare(f"/data/{name}")
    qtbot.waitUntil(lambda: window.message_bar.level == "error")
    assert word in window.message_bar.text and "\n" not in window.message_bar.text and page.overlay is None


def test_a_cube_has_bands_and_spectra(window: MainWindow, qtbot: QtBot) -> None:
    page = show(window, qtbot, "corn.raw")
    view = page.cube
    qtbot.waitUntil(lambda: view.picture is not None)
    assert page.view is view and view.slider.maximum() == 5 and view.picture.shape == (20, 30)
    assert view.name.text() == "430 nm"
    view.slider.setValue(0)
    assert view.name.text() == "400 nm"
    view.choose(7, 3)
    line = next(i for i in view.spectra.getPlotItem().items if hasattr(i, "yData"))
    assert line.yData.tolist() == [97 + 600 * k for k in range(6)] and line.xData[0] == 400
    window.data.compare("/data/corn.lzc")
    qtbot.waitUntil(lambda: page.overlay is not None)
    assert page.cube.verdict() == ("at most 1 apart, 2 allowed", True)
    view.mode.setCurrentIndex(2)
    qtbot.waitUntil(lambda: view.picture.min() == 255)


def test_text_is_read_only(window: MainWindow, qtbot: QtBot) -> None:
    page = show(window, qtbot, "words.txt")
    assert page.view is page.words and page.words.isReadOnly() and page.words.toPlainText() == "hello\nworld"


def test_footage_and_data_take_turns(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, "station.csv")
    window.open_path("/clips/clip.mp4")
    qtbot.waitUntil(lambda: window.player.picture is not None)
    assert not window.data.on and window.stack.currentIndex() == 1 and window.transport.isVisible()
    show(window, qtbot, "station.csv")
    assert window.player.info is None
    window.open_path("/data/ragged.csv")
    qtbot.waitUntil(lambda: window.message_bar.level == "error")
    assert window.data.on and window.data.charts.sheet.path.endswith("station.csv") and "line 3" in window.message_bar.text
    show(window, qtbot, "corn.raw")
    window.actions_by_id["close_file"].trigger()
    assert window.stack.currentIndex() == 0


def test_data_is_no_side_b_of_a_picture(opened: MainWindow, qtbot: QtBot) -> None:
    opened.compare.open("/data/station.csv")
    qtbot.waitUntil(lambda: opened.message_bar.level == "error")
    assert "station.csv" in opened.message_bar.text


def test_both_themes(window: MainWindow, qtbot: QtBot) -> None:
    from app.settings_form import restyle

    page = show(window, qtbot, "station.csv")
    window.data.compare("/data/station.lzc")
    qtbot.waitUntil(lambda: page.overlay is not None)
    restyle("light")
    window.data.restyled()
    assert page.overlay is not None and page.series.error is not None
    restyle("dark")


def test_compressing_data_asks_for_its_error(window: MainWindow, qtbot: QtBot, controller: FakeController, tmp_path: Path) -> None:
    page = show(window, qtbot, "station.csv")
    window.actions_by_id["compress"].trigger()
    form = window.exports.form
    assert form is not None
    rows = [form.form.isRowVisible(n) for n in range(6)]
    qtbot.waitUntil(lambda: [form.form.isRowVisible(n) for n in range(6)] != rows)
    assert [form.form.isRowVisible(n) for n in range(2, 6)] == [True, False, False, False]
    how = form.form.itemAt(2, form.form.ItemRole.FieldRole).widget()
    how.setCurrentIndex(how.findData("error"))
    how.activated.emit(how.currentIndex())
    assert form.form.isRowVisible(3)
    form.start.click()
    _, args, options = next(c for c in controller.calls if c[0] == "compress")
    assert args[0] == "/data/station.csv" and options["max_error"] == "1%" and "lossless" not in options
    assert page is window.data.page


def test_what_was_compressed_is_laid_over_when_it_is_done(window: MainWindow, qtbot: QtBot, controller: FakeController,
                                                          tmp_path: Path) -> None:
    source, out = tmp_path / "mine.csv", tmp_path / "mine.lzc"
    source.touch()
    out.touch()
    controller.sheets.update({"mine.csv": table(str(source)), "mine.lzc": table(str(out), True, 0.1)})
    window.open_path(str(source))
    qtbot.waitUntil(lambda: window.data.on)
    handle = window.exports.compress(str(source), str(out), 32, max_error="1%")
    qtbot.waitUntil(lambda: handle.state.value == "done")
    qtbot.waitUntil(lambda: window.data.page.overlay is not None)
    assert window.data.page.overlay.sheet.path == str(out)


def test_restoring_data_offers_its_own_files(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, "station.lzc")
    window.actions_by_id["restore"].trigger()
    form = window.exports.form
    assert form is not None
    kind = form.form.itemAt(1, form.form.ItemRole.FieldRole).widget()
    qtbot.waitUntil(lambda: kind.currentData() == ".csv")
    level = form.form.itemAt(3, form.form.ItemRole.FieldRole).widget()
    assert level.count() == 4
