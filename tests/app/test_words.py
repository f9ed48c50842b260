"""The second language is complete: every text that goes through `tr`, every command, and no value lost on the way."""
from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLibraryInfo, QTranslator
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import app
from app import words
from app.actions import ACTIONS, MENUS
from app.batch import ONE, OUTCOMES, TITLES
from app.batch_form import DATA as BATCH_DATA
from app.batch_form import EXISTING, WHAT
from app.charts import KINDS as DATA_KINDS
from app.charts import SENSORS
from app.coding_forms import HOW, RESTORE, RESTORE_DATA
from app.commands import MOUSE
from app.cube_view import MODES
from app.drawing import MEANING, NAMES
from app.facts import _KINDS, _MATRIX
from app.keys_form import KeysForm
from app.language_de import TABLE
from app.language_de_actions import TABLE as ACTION_TABLE
from app.marks import KINDS
from app.readouts import _PARTS
from app.window import MainWindow
from app.zoom_paint import HINT
from tests.app.conftest import wait_done
from tests.app.engine_texts import read_all

FAULTS = {"a fault in the program: {}: {} (the log has the details)", "the sound cannot be opened: {}"}  # told as the engine's are


def texts() -> set[str]:
    found: set[str] = set()
    for path in Path(app.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tr" and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    found |= {s.text for s in ACTIONS} | {s.tip for s in ACTIONS} | {f"&{m}" for m in MENUS} | {t for pair in MOUSE for t in pair}
    found |= set(NAMES.values()) | set(MEANING.values()) | set(KINDS) | set(HINT) | {t for _, t in _PARTS} | {t for t, _ in RESTORE}
    found |= set(_KINDS.values()) | {m for m in _MATRIX.values() if " " in m}
    found |= {"queued", "running", "paused", "done", "failed", "cancelled"}
    found |= set(HOW.values()) | {t for kinds in RESTORE_DATA.values() for t, _ in kinds} | set(DATA_KINDS) | set(SENSORS)
    found |= {t for _, t in MODES} | {*TITLES.values(), *ONE.values(), *OUTCOMES.values()} | {*WHAT.values(), *EXISTING.values()}
    found |= set(BATCH_DATA.values())
    found |= {f"{b} pixels" for b in ("recorded", "interpolated", "made")}
    return found


def test_no_english_sentence_is_put_together_beside_the_table() -> None:
    """Values are put into a text that `tr` has seen; what only joins values has no words of its own."""
    small = re.compile(r"\b(and|are|at|by|cannot|from|in|is|its|not|of|on|or|than|that|the|this|to|was|with|fps)\b")
    known = read_all()[0]
    for path in Path(app.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text())
        seen = {id(part) for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ValueError"
                for part in ast.walk(node)}  # of what is not shown: those for a person are made by `tr`
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and id(node) not in seen:
                text = "".join(v.value if isinstance(v, ast.Constant) else "{}" for v in node.values)
                assert text in known or text in FAULTS or not small.search(re.sub(r"<[^>]*>?", "", text)), (path.name, node.lineno, text)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_text_has_a_german_one() -> None:
    assert len(texts()) > 400 and not texts() - set(TABLE)


def test_values_keep_their_places() -> None:
    assert not {k: v for k, v in TABLE.items() if fields(k) != fields(v)}
    assert all(v.strip() for v in TABLE.values())


def test_menu_keys_do_not_collide_in_either_language() -> None:
    for table in ({}, ACTION_TABLE):
        for menu in MENUS:
            letters = [t[t.index("&") + 1].lower() for s in ACTIONS if s.menu == menu and "&" in (t := table.get(s.text, s.text))]
            doubled = {c for c in letters if letters.count(c) > 1}
            assert len(doubled) <= 3, (menu, doubled)


@pytest.fixture
def german() -> Iterator[None]:
    words.use("de")
    yield
    words.use("en")


def test_a_window_in_german(german: None, make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = make_window((1024, 700))
    assert window.menuBar().actions()[0].text() == "&Datei"
    window.open_path("/clips/clip.mp4")
    wait_done(window, qtbot)
    window.steering.magnify(8)
    wait_done(window, qtbot)
    assert window.zoom_bar.readout.text().startswith("aufgezeichnet bis") or "darüber" in window.zoom_bar.readout.text()
    assert window.width() == 1024, "longer words do not widen the window"
    assert "Bildnummer" in window.transport.frame.toolTip()
    window.open_path("/clips/bad.mp4")
    qtbot.waitUntil(lambda: window.message_bar.level == "error")


def test_keys_are_written_as_the_menus_do(german: None, make_window: Callable[..., MainWindow], qapp: QApplication, qtbot: QtBot) -> None:
    translator = QTranslator(qapp)
    assert translator.load("qtbase_de", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    qapp.installTranslator(translator)
    try:
        window = make_window((1024, 700))
        window.commands.palette()
        assert any("Strg+O" in window.command_palette.list.item(n).text() for n in range(window.command_palette.list.count()))
        window.command_palette.close()
        form = KeysForm(window)
        assert form.list.topLevelItem(0).text(1) == "Strg+O"
        form.close()
        assert window.readouts.labels["device"].text().startswith("CPU, ") and "thread" not in window.readouts.labels["device"].text()
    finally:
        qapp.removeTranslator(translator)


def test_an_unknown_language_is_english() -> None:
    words.use("xx")
    assert words.tr("Open") == "Open"
