"""The command line itself: words, exit codes, one line for each failure, quick start. Commands at work are in test_end_to_end.py."""
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import engine.cli as cli
from engine.api import Cancelled, JobError, Progress
from engine.cli.console import Console
from engine.cli.parser import COMMANDS, UsageError, parse
from engine.lzc import Header, LzcWriter, Stream
from tests.engine.jobs.test_adapt import room
from tests.synthetic import film, write_mp4

ROOT = Path(__file__).resolve().parents[2]


def lorentz(*words: object, **options: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "engine.cli", *map(str, words)], cwd=ROOT, capture_output=True, text=True, timeout=100,
                          check=False, **options)


# -- words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "command"), [
    ([], "view"), (["--json"], "view"), (["film.mp4"], "view"), (["view", "film.mp4"], "view"), (["./film"], "view"),
    (["--json", "info", "a.lzc"], "info"), (["info", "a.lzc", "--json"], "info"), (["compress", "a", "b.lzc"], "compress")])
def test_words_find_their_command(words: list[str], command: str) -> None:
    args = parse(words)
    assert args.command == command
    assert args.json == ("--json" in words)


def test_a_file_named_like_nothing_opens_when_it_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no command 'holiday'"):
        parse(["holiday"])
    Path("holiday").mkdir()
    assert str(parse(["holiday"]).input) == "holiday"


@pytest.mark.parametrize("words", [
    "compress", "compress a", "compress a b.lzc --quality 64", "compress a b.lzc --quality -1", "compress a b.lzc --quality x",
    "compress a b.lzc --quality 3 --bitrate 100", "compress a b.lzc --bitrate 0", "compress a b.lzc --bitrate nan",
    "compress a b.lzc --effort turbo", "compress a b.lzc --key-interval 0", "compress a b.lzc --device tpu",
    "restore a.lzc", "restore a.lzc b.mp4 --frames 5", "restore a.lzc b.mp4 --frames 5:5", "restore a.lzc b.mp4 --frames a:b",
    "restore a.lzc b.mp4 --level -1", "zoom", "zoom a b.png", "zoom a b.png --frame 0 --roi 1,2,3 --magnify 2",
    "zoom a b.png --frame 0 --roi 1,2,0,3 --magnify 2", "zoom a b.png --frame 0 --roi 1,2,3,nan --magnify 2",
    "zoom a b.png --frame 0 --roi 1,2,3,4 --magnify 0", "zoom --from-sidecar a.json b.lzc", "zoom --from-sidecar a.json --seed 3",
    "zoom --from-sidecar a.json --sharpen 1",
    "zoom a b.png --frame 0 --roi 1,2,3,4 --magnify 2 --contrast -1",
    "zoom a b.png --frame 0 --roi 1,2,3,4 --magnify 2 --samples 0", "train", "train poetry d", "models", "models card", "models list x",
    "models adapt --out c.lza", "models adapt a.mp4", "models list --out c.lza", "models card codec detail",
    "models card codec --device cpu",
    "batch a b --level 1", "batch a b --nearer",
    *(f"batch a b --restore mp4 {ignored}" for ignored in ("--quality 32", "--max-error 1%", "--effort normal", "--adapted c.lza")),
    "info", "info a b", "frobnicate", "predict a.lzc",
    "predict a.lzc b.mp4 --frames 0", "predict a.lzc b.mp4 --after -1", "view a b", "verify a --nonsense"])
def test_wrong_words_exit_2_and_say_so(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words.split()) == 2
    out, err = capsys.readouterr()
    assert out == "" and "error: " in err and "Traceback" not in err
    assert cli.main([*words.split(), "--json"]) == 2
    out, err = capsys.readouterr()
    assert set(json.loads(out)) == {"error"}


def test_frames_and_regions_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(["restore", "a.lzc", "b.mp4", "--frames", "3:9"]).frames == (3, 9)
    assert parse(["restore", "a.lzc", "b.mp4", "--frames", ":9"]).frames == (0, 9)
    assert parse(["restore", "a.lzc", "b.mp4", "--frames", "3:"]).frames == (3, None)
    assert parse(["zoom", "a", "b.png", "--frame", "2", "--roi", "1,2.5,3,4", "--magnify", "1.5"]).roi == (1, 2.5, 3, 4)
    assert parse(["compress", "a", "b.lzc", "--bitrate", "250.5"]).bitrate == 250.5


def test_help_names_every_command_and_each_has_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"\n    {command} " in text for command in COMMANDS)
    for command in COMMANDS:
        assert cli.main([command, "--help"]) == 0
        assert f"usage: lorentz {command}" in capsys.readouterr().out
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("lorentz ")


# -- what becomes of failures --------------------------------------------------------------------------------------


def failing(monkeypatch: pytest.MonkeyPatch, fault: BaseException) -> None:
    def info(args: object, console: object) -> int:
        raise fault

    monkeypatch.setattr("engine.cli.files.info", info)


@pytest.mark.parametrize(("fault", "code", "line"), [
    (JobError("no space", where="out.lzc", hint="free some"), 1, "error: out.lzc: no space (free some)"),
    (Cancelled("cancelled; all is safe"), 130, "cancelled; all is safe"),
    (KeyboardInterrupt(), 130, "cancelled"),
    (OSError(28, "No space left on device", "x/y"), 1, "error: x/y: the disk is full (free some space or choose another folder)"),
    (OSError("no number"), 1, "error: no number"),
    (MemoryError(), 1, "error: not enough memory for this picture size (close other programs or use a smaller source)"),
    (KeyError("odd\nthing"), 1,
     "error: a fault in the program stopped this: KeyError: 'odd\\nthing' (run it again with --debug and report what it says)")])
def test_every_failure_is_one_line_and_a_code(fault: BaseException, code: int, line: str, monkeypatch: pytest.MonkeyPatch,
                                              capsys: pytest.CaptureFixture[str]) -> None:
    failing(monkeypatch, fault)
    assert cli.main(["info", "a"]) == code
    out, err = capsys.readouterr()
    assert (out, err) == ("", line + "\n")
    assert cli.main(["info", "a", "--json"]) == code
    out, err = capsys.readouterr()
    assert json.loads(out) == {"error": line.removeprefix("error: ")}


def test_debug_shows_where_it_happened(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    failing(monkeypatch, JobError("no space"))
    assert cli.main(["info", "a", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_missing_file_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for words in (["info"], ["verify"], ["view"], ["compress", str(tmp_path / "o.lzc")], ["restore", str(tmp_path / "o.mp4")],
                  ["repair", str(tmp_path / "o.lzc")]):
        assert cli.main([words[0], str(tmp_path / "none.mp4"), *words[1:]]) == 1
        out, err = capsys.readouterr()
        assert out == "" and err.count("\n") == 1 and "none.mp4: no such file" in err
    assert list(tmp_path.iterdir()) == []


def test_sigterm_is_a_cancellation_and_the_handler_is_put_back(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def info(args: object, console: object) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        return 0

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("engine.cli.files.info", info)
    assert cli.main(["info", "a"]) == 130
    assert capsys.readouterr().err == "cancelled\n"
    assert signal.getsignal(signal.SIGTERM) is before


# -- the real program ------------------------------------------------------------------------------------------------


def test_info_names_every_number_of_a_stream(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with LzcWriter(tmp_path / "a.lzc", Header(streams=(Stream("data"), Stream("video", "other", 2, 64, 48, 10, 5)))) as writer:
        writer.finish()
    assert cli.main(["info", str(tmp_path / "a.lzc")]) == 0
    said = capsys.readouterr().out.splitlines()
    second = said[said.index("streams:"):said.index("chunks: -")]
    assert "trailer: -" in said and second[second.index("  1:") + 1:][:7] == [
        "    kind: video", "    codec: other", "    levels: 2", "    width: 64", "    height: 48", "    depth: 10", "    frames: 5"]


def test_no_heavy_library_for_help_info_and_usage(tmp_path: Path) -> None:
    probe = ("import sys; from engine.cli import main; code = main(sys.argv[1:]); "
             "print('heavy:', sorted({'torch', 'numba', 'PySide6', 'rich', 'av'} & set(sys.modules)), file=sys.stderr)")
    for words in (["--help"], ["info", str(tmp_path / "none.lzc")], ["compress"], ["models", "list"]):
        run = subprocess.run([sys.executable, "-c", probe, *words], cwd=ROOT, capture_output=True, text=True, check=False)
        assert "heavy: []" in run.stderr, (words, run.stderr)


def test_a_reader_that_leaves_early_is_no_fault() -> None:
    # `head` closes the pipe before the program writes: a shell pipe does it for real
    run = subprocess.run(["bash", "-c", f"{sys.executable} -m engine.cli --help | head -c 0; echo ${{PIPESTATUS[0]}}"], cwd=ROOT,
                         capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "0" and run.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full (Linux)")
def test_a_full_standard_output_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        run = subprocess.run([sys.executable, "-m", "engine.cli", "models", "list"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE,
                             text=True, check=False)
    assert run.returncode == 1
    assert run.stderr == "error: standard output: cannot write the result: No space left on device\n"


def test_usage_error_of_the_real_program() -> None:
    run = lorentz("compress", "only-one.mp4")
    assert (run.returncode, run.stdout) == (2, "") and "error: the following arguments are required: OUT.lzc" in run.stderr


# -- console ---------------------------------------------------------------------------------------------------------


def test_json_holds_whatever_facts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    import fractions

    import numpy as np
    Console(json=True).result({"n": np.int64(3), "x": np.float32(0.5), "path": Path("a"), "r": fractions.Fraction(1, 3), "s": {"b", "a"}})
    assert json.loads(capsys.readouterr().out) == {"n": 3, "x": 0.5, "path": "a", "r": "1/3", "s": ["a", "b"]}


def test_no_bar_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Console().progress("work") as show:
        show(Progress(1, 2))
    assert capsys.readouterr() == ("", "")


def test_a_bar_on_a_terminal() -> None:
    import pty
    code = ("from engine.api import Progress; from engine.cli.console import Console\n"
            "with Console().progress('work') as show:\n    [show(Progress(n, 4, '[weird] label')) for n in range(5)]")
    ours, theirs = pty.openpty()
    try:
        run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stderr=theirs, stdout=subprocess.PIPE, check=True,
                             env={**os.environ, "TERM": "xterm"})
        shown = os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert run.stdout == b"" and "[weird] label" in shown and "4/4" in shown


# -- models ----------------------------------------------------------------------------------------------------------


def test_models_list_and_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LORENTZ_MODELS", str(tmp_path))
    assert cli.main(["models", "list"]) == 0
    assert "no weights" in capsys.readouterr().out
    (tmp_path / "codec.safetensors").write_bytes(b"abc")
    (tmp_path / "codec.json").write_text('{"title": "The codec", "psnr": 40.5}')
    (tmp_path / "bare.safetensors").write_bytes(b"")
    assert cli.main(["models", "list", "--json"]) == 0
    found = {m["name"]: m for m in json.loads(capsys.readouterr().out)["models"]}
    assert found["codec"]["title"] == "The codec" and found["codec"]["bytes"] == 3 and not found["bare"]["scorecard"]
    assert found["codec"]["sha256"].startswith("ba7816bf")
    assert cli.main(["models", "card", "codec", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["card"]["psnr"] == 40.5
    assert cli.main(["models", "card", "codec"]) == 0
    assert "The codec" in capsys.readouterr().out
    for name, word in (("bare", "no scorecard"), ("none", "no weights called")):
        assert cli.main(["models", "card", name]) == 1
        assert word in capsys.readouterr().err


def test_models_adapt_and_compress_adapted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from engine.jobs import adapt

    clip = write_mp4(tmp_path / "c.mp4", room(56))
    monkeypatch.setattr(adapt, "QUALITIES", (8, 16))
    assert cli.main(["models", "adapt", str(clip), "--out", str(tmp_path / "c.lza")]) == 0
    said = capsys.readouterr().out
    assert "learnt from 42 frames of 96x64" in said and "fewer bits" in said and "compress IN --adapted" in said
    assert cli.main(["compress", str(clip), str(tmp_path / "c.lzc"), "--adapted", str(tmp_path / "c.lza"), "--effort", "fast"]) == 0
    assert f"a picture of the place, from {tmp_path}" in capsys.readouterr().err.replace("\n", " ")
    assert cli.main(["info", str(tmp_path / "c.lzc"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["chunks"]["MODL"]["count"] == 1 and len(facts["meta"]["codec"]["camera"]) == 16
    assert cli.main(["verify", str(tmp_path / "c.lzc")]) == 0
    (tmp_path / "c.lza").write_bytes(b"nothing")
    capsys.readouterr()
    assert cli.main(["compress", str(clip), str(tmp_path / "d.lzc"), "--adapted", str(tmp_path / "c.lza")]) == 1
    assert capsys.readouterr().err.count("\n") == 1 and not (tmp_path / "d.lzc").exists()


# -- view where no window can open -----------------------------------------------------------------------------------


def test_why_no_window(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from engine.cli import view

    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert "no display" in view.no_window()
    for display in (":98765", "nonsense", "unix:4711.0", "localhost:5999"):
        monkeypatch.setenv("DISPLAY", display)
        assert "no display" in view.no_window()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert view.no_window() == ""
    # a display that takes connections, and a Qt that cannot use it
    monkeypatch.setattr("app.main.display_available", lambda: True)
    monkeypatch.setenv("QT_QPA_PLATFORM", "nonsense")
    assert "Qt cannot open a window" in view.no_window()


# -- train -----------------------------------------------------------------------------------------------------------


def test_train_hands_its_words_to_the_trainer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import types
    from collections.abc import Iterator

    from engine.api import JobResult
    from engine.cli import models

    asked: list[object] = []

    def train(data: Path, out: Path, *, total: int = 5, minutes: float = 60, resume: bool = False) -> Iterator[Progress]:
        asked.extend((data, out, total, minutes, resume))
        yield Progress(1, 1)
        return JobResult((str(out),), {"psnr": 40.0})

    monkeypatch.setattr(models, "import_module", lambda name: types.SimpleNamespace(train=train))
    words = ["train", "codec", str(tmp_path), "--steps", "7", "--minutes", "2.5", "--resume"]
    assert cli.main(words) == 2 and "needs --out" in capsys.readouterr().err
    assert cli.main([*words, "--out", str(tmp_path / "w.safetensors"), "--json"]) == 0
    assert asked == [tmp_path, tmp_path / "w.safetensors", 7, 2.5, True]
    assert json.loads(capsys.readouterr().out) == {"network": "codec", "outputs": [str(tmp_path / "w.safetensors")], "psnr": 40.0}
    assert cli.main([*words, "--out", "x", "--device", "cpu"]) == 2 and "no --device" in capsys.readouterr().err
    assert cli.main(["train", "codec", str(tmp_path / "none"), "--out", "x"]) == 1 and "no such folder" in capsys.readouterr().err


def test_a_repair_says_what_was_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from engine.lzc import ChunkKey, Header, LzcWriter

    bad, fixed = tmp_path / "bad.lzc", tmp_path / "fixed.lzc"
    with LzcWriter(bad, Header({}, ())) as writer:
        for time in range(3):
            writer.add(ChunkKey("DATA", time=time), bytes([time]) * 500)
        writer.finish(None)
    bad.write_bytes(bad.read_bytes().replace(b"\1" * 500, b"\1" * 499 + b"\0"))
    assert cli.main(["repair", str(bad), str(fixed)]) == 0
    written, *lost = capsys.readouterr().out.splitlines()
    assert written == f"{fixed}: written" and len(lost) == 1 and "time 1" in lost[0]


def test_each_note_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    from engine.cli.work import _notes

    _notes({"notes": ["a part is lost", "16 bit"], "damage": ["a part is lost"]}, Console())
    assert capsys.readouterr().err == "note: a part is lost\nnote: 16 bit\n"


def test_what_data_has_not_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, packed = tmp_path / "t.csv", tmp_path / "t.lzc"
    table.write_text("a,b\n" + "1,2\n" * 9)
    assert cli.main(["compress", str(table), str(packed), "--quality", "5"]) == 1 and not packed.exists()
    assert "t.csv: only video, pictures and sound have a quality" in capsys.readouterr().err
    assert cli.main(["compress", str(table), str(packed)]) == 0
    assert cli.main(["restore", str(packed), str(tmp_path / "b.csv"), "--frames", "1:2"]) == 1 and not (tmp_path / "b.csv").exists()
    assert "t.lzc: general data has no frames" in capsys.readouterr().err
    assert cli.main(["restore", str(packed), str(tmp_path / "b.csv"), "--no-correlation"]) == 1 and not (tmp_path / "b.csv").exists()
    assert "t.lzc: only video is restored by correlation (leave --no-correlation away)" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "said"), [
    ("--key-interval 32", "only video has --key-interval (leave it away)"), ("--keep-partial auto", "only video has --keep-partial"),
    ("--lossless --key-interval 8 --keep-partial never", "only video has --key-interval and --keep-partial (leave them away)")])
def test_what_only_video_has_is_refused_of_data(words: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, picture, packed = tmp_path / "t.csv", tmp_path / "p.pgm", tmp_path / "t.lzc"
    table.write_text("a,b\n" + "1,2\n" * 9)
    picture.write_bytes(b"P5\n4 4\n255\n" + bytes(range(16)))
    for given in (table, *((picture,) if "--lossless" in words else ())):
        assert cli.main(["compress", str(given), str(packed), *words.split()]) == 1 and not packed.exists()
        assert f"{given.name}: {said}" in capsys.readouterr().err


# -- streams and names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", ["<&-", "2>&-", ">&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_fault(closed: str, tmp_path: Path) -> None:
    write_mp4(tmp_path / "a.mp4", film(3, 32, 32))
    run = subprocess.run(["bash", "-c", f"{sys.executable} -m engine.cli info '{tmp_path / 'a.mp4'}' {closed}"], cwd=ROOT,
                         capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "") and (run.stdout == "") == (">&-" in closed.split())


@pytest.mark.parametrize("encoding", ["utf-8:strict", "utf-8:surrogateescape", "ascii", "latin-1"])
def test_any_name_can_be_said(encoding: str, tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xe2\x82\xac\xff.csv")
    Path(path).write_text("a,b\n1,2\n")
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    for words in (["--json", "info", path], ["info", path], ["info", path + "x"]):
        run = subprocess.run([sys.executable, "-m", "engine.cli", *words], cwd=ROOT, capture_output=True, env=env, check=False)
        assert run.returncode == (words[-1] != path) and b"Traceback" not in run.stderr and b"fault" not in run.stderr
        assert b"\xff" not in run.stdout
        if "--json" in words:
            assert json.loads(run.stdout.decode())["path"] == path


def test_ctrl_c_while_the_program_loads_is_a_cancellation() -> None:
    code = ("import sys, types\n"
            "class Late(types.ModuleType):\n    def __getattr__(self, name): raise KeyboardInterrupt\n"
            "sys.modules['engine.api'] = Late('engine.api')\n"
            "from engine.cli import main\nsys.exit(main(['--help']))")
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (130, "", "cancelled\n")
