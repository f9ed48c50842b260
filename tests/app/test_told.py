"""The second language is complete for what the engine says, too: every sentence, whatever is put into it, at each place where one shows."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app import words
from app.batch import Item
from app.batch_summary import cells
from app.facts import FactsPanel
from app.jobs_dock import JobRow, result_line
from app.language_de import TABLE as APP
from app.language_de_engine import SYSTEM, TABLE
from app.language_de_engine_data import TABLE as DATA
from app.language_de_engine_jobs import TABLE as JOBS
from app.language_de_engine_lzc import TABLE as LZC
from app.language_de_engine_media import TABLE as MEDIA
from app.told import phrases, told
from app.window import MainWindow
from engine.api import EngineError, JobError, JobResult, LzcError, Progress
from engine.jobs import faults
from engine.lzc.limits import Limits
from engine.resources import asset_path
from engine.zoom import looks, outputs
from tests.app.engine_texts import ERRORS, read_all

PUT_TOGETHER = {  # templates that are made of others, each of which is listed by itself
    "the weights {} {}": "`refuse` puts it before each of its reasons",
    "the process that did the work {}": "it ended, or was ended by a signal",
    "the {} {} was changed after the export": "the files beside an export: three names",
    "the {} {} does not say where the pixels come from": "the mask",
    "a fault in the program: {} (the log has the details)": "a sentence and its hint, in one",
    "{}: {}": "a chunk of a file and what is wrong with it",
}
FROM_ELSEWHERE = {  # texts that reach these sentences through a variable
    "it is built on a damaged frame", "the sound cannot be opened: {}", "[Errno {}] {}: {}", "[Errno {}] {}",
    "{} stream {} level {} time {} tile {}", "{} stream {} level {} time {} tile {} flags {}", "tile {}",
    "the least that this video takes", "the most that this video takes", "as close as it gets", "zoomed clip", "predicted clip",
    "the process that did the work ended", "the process that did the work was ended by {}", "a fault in the program: {}",
    *(f"the {name} {{}} was changed after the export" for name in ("mask", "recorded-only twin", "uncertainty")),
    "the mask {} does not say where the pixels come from",
}
HANDED_ON = {  # expressions in place of a message that need no sentence of their own
    "error.what": "another error's", "error.hint": "another error's", "self.hint": "of a `Family`, whose hints are found there",
    "self.family.hint": "of a `Family`", "why": "a reason given to `refuse`, found there", "what": "from a table of faults, tested below",
    "hint": "from a table of faults, tested below", "label": "a step's name, found where it is given", "str(body['error'])":
        "an error of the decoding process, which is the engine's own", "str(body.get('hint', ''))": "the same one's",
    "self.packets.stop": "FFmpeg's words, or found where it is set", "_hint(path, error)": "found in that function",
    "unread(path)": "found in that function", "unread(self._path) or self.packets.stop": "both found where they are set",
    "_why_no_signature(prefix)": "found in that function", "message": "another error's, or found where it is set",
    "note": "found where it is noted", "str(error)": "zlib's words",
}
SYSTEMS_WORDS = re.compile(r"strerror|^tr\(|^Path\(")  # the system's, what is German already, the name of a file


@pytest.fixture
def german() -> Iterator[None]:
    words.use("de")
    yield
    words.use("en")


def numbers(line: str) -> list[str]:
    return sorted(re.findall(r"\d+", line))


def test_every_sentence_of_the_engine_has_a_german_one() -> None:
    found, handed = read_all()
    assert len(found) > 500, "the sources are read"
    missing = {text: where for text, where in found.items() if text not in TABLE | APP | PUT_TOGETHER and text.lower() not in SYSTEM}
    assert not missing
    unknown = {what: where for what, where in handed.items()
               if (text := what.split(": ", 1)[1]) not in HANDED_ON and not SYSTEMS_WORDS.search(text)}
    assert not unknown, "an expression that may hide a sentence: write it out, or say in HANDED_ON why it needs none"


def test_nothing_is_kept_that_nobody_says() -> None:
    found, handed = read_all()
    said = set(found) | FROM_ELSEWHERE | {t for pair in (*faults._LINES.values(), *outputs._LINES.values()) for t in pair}
    said |= {field.name.replace("_", " ") for field in fields(Limits)} | set(looks.LIMITS) | {outputs.clear_line(OSError(), Path()).hint}
    assert not set(TABLE) - said
    assert not set(PUT_TOGETHER) - set(found) and not set(HANDED_ON) - {what.split(": ", 1)[1] for what in handed}
    assert len(TABLE) == len(DATA) + len(JOBS) + len(LZC) + len(MEDIA), "a sentence stands in two modules"


def test_tables_of_faults_are_complete() -> None:
    hint = outputs.clear_line(OSError(), Path()).hint
    texts = {t for pair in (*faults._LINES.values(), *outputs._LINES.values()) for t in pair} | {hint} | set(looks.LIMITS)
    texts |= {field.name.replace("_", " ") for field in fields(Limits)} - {"output floor"}
    assert not {t for t in texts if t not in TABLE | APP and t.lower() not in SYSTEM}


def test_every_kind_of_error_is_looked_for() -> None:
    from app import marks
    from engine.jobs import process

    def below(kind: type) -> set[str]:
        return {kind.__name__} | {name for k in kind.__subclasses__() for name in below(k)}

    assert marks and process and below(EngineError) == ERRORS


def test_no_value_is_lost() -> None:
    for template, german in TABLE.items():
        if template.startswith("[Errno"):
            continue
        count = template.count("{}")
        assert german.count("{}") == count, template
        line = template
        for n in range(count):
            line = line.replace("{}", f"9{n}7", 1)
        said = phrases("de").say(line)
        assert said and numbers(said) == numbers(line), template


def broken_files(folder: Path) -> Iterator[tuple[Callable[[], object], str]]:
    """(something that raises, a part of what it should say) with files made in `folder`."""
    from engine.controller import SystemController
    from engine.lzc import LzcReader
    from engine.opening import open_source

    controller = SystemController()

    def run(job: Iterator[object]) -> None:
        for _ in job:
            pass

    text = folder / "holiday (2).mp4"
    text.write_text("nothing but words\n" * 40)
    yield lambda: open_source(str(text)), "lässt sich nicht als Video oder Bilder lesen (ungültige Daten) (sie enthält Text)"
    empty = folder / "empty.mkv"
    empty.touch()
    yield lambda: open_source(str(empty)), "ist leer"
    junk = folder / "junk.lzc"
    junk.write_bytes(bytes(range(40, 90)))
    yield lambda: open_source(str(junk)), "ist keine .lzc-Datei (falsche Kennung)"
    array = folder / "cut.npy"
    array.write_bytes(b"\x93NUMPY\x01\x00junk")
    yield lambda: run(controller.compress(str(array), str(folder / "a.lzc"))), "dieses Feld lässt sich nicht lesen: es ist beschädigt"
    yield lambda: run(controller.compress(str(text), str(folder / "no" / "a.lzc"))), "den Zielordner gibt es nicht (zuerst anlegen"
    yield lambda: run(controller.compress(str(folder / "nowhere.mp4"), str(folder / "a.lzc"))), "gibt es nicht (den Namen prüfen)"
    whole = asset_path("sample.lzc").read_bytes()
    bad = folder / "bad: copy.lzc"
    with LzcReader(asset_path("sample.lzc")) as file:
        entry = max((e for e in file.entries if e.key.type == "VIDC"), key=lambda e: e.length)
    bad.write_bytes(whole[:entry.end - 20] + bytes(8) + whole[entry.end - 12:])

    def read_it() -> None:
        with LzcReader(bad) as file:
            file.read(entry.key)

    yield read_it, f"ein Abschnitt ist beschädigt bei Byte {entry.offset} in VIDC Strom 0 Stufe"


def test_real_errors_say_what_they_said_in_english(tmp_path: Path, german: None) -> None:
    count = 0
    for act, expected in broken_files(tmp_path):
        with pytest.raises(EngineError) as caught:
            act()
        english = str(caught.value)
        said = told(english)
        assert expected in said and caught.value.where in said and numbers(said) == numbers(english), (english, said)
        count += 1
    assert count == 7


@pytest.mark.parametrize(("english", "expected"), [
    (str(JobError("not enough free space: about 4.1 MB needed, 812 B free", where="/media/disk: 2",
                  hint="free some space or choose another folder")),
     "/media/disk: 2: nicht genug Platz: etwa 4.1 MB nötig, 812 B frei (Platz schaffen oder einen anderen Ordner wählen)"),
    (str(JobError("cannot write into this folder", where="/x", hint="permission denied")),
     "/x: in diesen Ordner lässt sich nicht schreiben (keine Erlaubnis)"),
    (str(LzcError("the tiles of a chunk disagree", chunk="tile 3")), "die Kacheln eines Abschnitts widersprechen sich in Kachel 3"),
    ("VIDC stream 0 level 2 time 8 tile 1: cut off, 5 of 9 payload bytes (at byte 77)",
     "VIDC Strom 0 Stufe 2 Zeit 8 Kachel 1: abgeschnitten, 5 von 9 Bytes Inhalt (bei Byte 77)"),
    ("frames 8 to 15: a.lzc: frame 8 is lost: its part of the file is damaged",
     "Bilder 8 bis 15: a.lzc: Bild 8 ist verloren: sein Teil der Datei ist beschädigt"),
    ("4:2:2 reduced to 4:2:0, 12 bit reduced to 10", "4:2:2 auf 4:2:0 verringert, 12 Bit auf 10 verringert"),
    ("no match: the sidecar was changed after the export; the clip was changed after the export",
     "stimmt nicht überein: die Begleitdatei wurde nach dem Export verändert; der Clip wurde nach dem Export verändert"),
    ("beyond the record this view is interpolated, nothing is synthesised: /m/d.st: the weights of a detail network are missing "
     "(restore the models folder)",
     "über die Aufzeichnung hinaus ist diese Ansicht interpoliert, nichts ist synthetisiert: /m/d.st: die Gewichte eines Detailnetzes "
     "fehlen (den Ordner der Modelle wiederherstellen)"),
    ("[Errno 28] No space left on device: '/x/y.part'", "kein Platz mehr auf dem Datenträger: '/x/y.part'"),
    ("31.4 kbit/s is the least that this video takes; 5 was asked for",
     "31.4 kbit/s sind das wenigste, was dieses Video braucht; gewünscht waren 5"),
])
def test_lines_are_taken_apart(german: None, english: str, expected: str) -> None:
    assert told(english) == expected
    assert told(expected) == expected, "what is German already stays"


def test_an_unknown_line_stays_whole(german: None) -> None:
    for line in ("a.mp4: something new went wrong (check the name)", "something new; cannot be read", ""):
        assert told(line) == line


def test_a_line_of_many_pieces_is_not_cut_for_ever(german: None) -> None:
    line = "a (b: c) " * 30 + "d"
    before = phrases("de").say.cache_info().misses
    assert told(line) == line and phrases("de").say.cache_info().misses - before < 2000
    assert told("x: " * 60 + "is a folder") == "x: " * 60 + "ist ein Ordner"
    assert told("x" * 9000) == "x" * 9000


def test_the_language_is_the_one_in_use_when_it_is_shown() -> None:
    assert told("is a folder") == "is a folder"
    words.use("de")
    try:
        assert told("is a folder") == "ist ein Ordner"
    finally:
        words.use("en")
    assert told("is a folder") == "is a folder"


def test_a_german_window_on_a_file_of_text(german: None, real_window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    text = tmp_path / "walk.mp4"
    text.write_text("nothing but words\n" * 40)
    real_window.open_path(str(text))
    qtbot.waitUntil(lambda: real_window.message_bar.level == "error")
    bar = real_window.message_bar
    assert bar.text == "walk.mp4: lässt sich nicht als Video oder Bilder lesen (ungültige Daten) (sie enthält Text)"
    assert bar.history[-1][1].startswith("walk.mp4: cannot be read"), "kept as it came"
    form = real_window.exports
    real_window.commands.messages()
    handle = form.start("x", real_window.controller.compress(str(tmp_path / "gone.mp4"), str(tmp_path / "a.lzc")))
    qtbot.waitUntil(lambda: handle.state.value == "failed")
    qtbot.waitUntil(lambda: "gone.mp4: diese Datei gibt es nicht (den Namen prüfen)" in real_window.jobs.rows[handle.id].line.text())


def test_every_place_that_shows_a_line_tells_it(german: None, qtbot: QtBot) -> None:
    state: Any = SimpleNamespace(value="running")
    handle = SimpleNamespace(id=1, title="t", state=state, progress=Progress(1, 4, "look for the quality (31?)"), error=None, result=None,
                             cancel=lambda: None)
    row = JobRow(handle, lambda path: None)
    qtbot.addWidget(row)
    assert row.line.text().startswith("sucht die Qualität (31?)")
    state.value, handle.error = "failed", JobError("the disk is full", where="/x", hint="free some space")
    row.refresh()
    assert row.line.text() == "/x: der Datenträger ist voll (Platz schaffen)"
    assert "beschädigt: ein Abschnitt ist beschädigt bei Byte 9" in result_line(
        JobResult((), {"ok": False, "problems": ["a chunk is damaged at byte 9"]}))
    assert result_line(JobResult((), {"line": "about 4.1 MB at quality 32 (88 kbit/s), from 8 of 90 frames"})).startswith("etwa 4.1 MB bei")
    panel = FactsPanel()
    qtbot.addWidget(panel)
    panel.show_rows([], ("variable frame rate",), ("frames 8 to 15 are lost",))
    assert "wechselnde Bildrate" in panel.text.text() and "die Bilder 8 bis 15 sind verloren" in panel.text.text()
    assert cells(Item("/a/b.mp4", "", "failed", "/a/b.mp4: this file is empty"))[-1] == "/a/b.mp4: diese Datei ist leer"
