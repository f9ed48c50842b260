"""The rules of the house that no linter knows."""
from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(p for folder in ("engine", "app", "assets", "benchmarks") for p in (ROOT / folder).rglob("*.py"))
WEIGHTS = sorted((ROOT / "models").glob("*.safetensors"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_sources_are_found() -> None:
    assert len(SOURCES) > 50 and any(p.name == "api.py" for p in SOURCES)


def test_modules_are_short() -> None:
    """One idea for each module: what grows past 400 lines wants to be split."""
    assert not {name(p): n for p in SOURCES if (n := len(p.read_text().splitlines())) > 400}


def test_modules_begin_with_what_they_are_for() -> None:
    assert not [name(p) for p in SOURCES if (text := p.read_text()).strip() and not ast.get_docstring(ast.parse(text))]


def test_modules_are_finished() -> None:
    words = re.compile(r"NotImplementedError|\bTODO\b|\bFIXME\b|\bXXX\b|\bplaceholder\b")
    assert not {name(p): found for p in SOURCES if (found := words.findall(p.read_text()))}


def test_no_failure_passes_unseen() -> None:
    silent = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                broad = node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))
                if broad and all(isinstance(s, ast.Pass) for s in node.body):
                    silent.append(f"{name(path)}:{node.lineno}")
    assert not silent


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_engine_runs_without_a_screen() -> None:
    """Every module of the engine is imported with Qt forbidden, and none of them asks for the viewer."""
    modules = [".".join(p.relative_to(ROOT).with_suffix("").parts) for p in SOURCES if p.parts[len(ROOT.parts)] == "engine"]
    modules = [m.removesuffix(".__init__") for m in modules if not m.endswith("__main__")]
    code = (f"import sys, importlib\nfor n in ('PySide6', 'shiboken6', 'pyqtgraph', 'app'): sys.modules[n] = None\n"
            f"for m in {modules!r}: importlib.import_module(m)\nprint('all')")
    assert run_python(code) == "all"


def test_front_door_opens_quickly() -> None:
    """The shared language and the controller come without torch and PyAV: the window must not wait for them."""
    code = ("import sys, engine.api, engine.controller, engine.cli\n"
            "print([m for m in ('torch', 'av', 'numba', 'scipy', 'PySide6') if m in sys.modules])")
    assert run_python(code) == "[]"


def test_viewer_starts_without_torch() -> None:
    code = "import sys, app.main\nprint([m for m in ('torch', 'av', 'numba', 'scipy') if m in sys.modules])"
    assert run_python(code) == "[]"


def test_weights_have_a_scorecard() -> None:
    """Every shipped model says what it was trained on and how well it does."""
    for path in WEIGHTS:
        cards = [p for p in (path.with_suffix(".json"), path.with_suffix(".card.json")) if p.is_file()]
        assert cards, f"{name(path)} has no scorecard"
        assert json.loads(cards[0].read_text()), f"the scorecard of {name(path)} is empty"


def test_weights_are_shipped_and_small() -> None:
    assert WEIGHTS, "no weights in models/"
    assert sum(p.stat().st_size for p in WEIGHTS) < 60e6


def test_sample_is_shipped_and_small() -> None:
    sample = ROOT / "assets" / "sample.lzc"
    assert sample.is_file() and 50_000 < sample.stat().st_size < 4_000_000


def test_nothing_large_is_tracked() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    sizes = {f: (ROOT / f).stat().st_size for f in tracked.stdout.split("\0") if f and (ROOT / f).is_file()}
    assert not {f: s for f, s in sizes.items() if s > 40e6}
    assert not [f for f in sizes if f.endswith((".pt", ".pth", ".ckpt", ".mp4", ".mkv", ".y4m"))
                and not f.startswith(("tests/", "models/wip/"))]  # a training state waits there for the next run


def test_documents_name_what_exists() -> None:
    """Commands in the README are in the Makefile, and the files it names are there."""
    readme = (ROOT / "README.md").read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"setup", "run", "test", "lint", "bench"} <= targets
    assert set(re.findall(r"(?<![\w-])make ([a-z]+)\b", readme)) & targets and not \
        {t for t in re.findall(r"`make ([a-z]+)", readme)} - targets
    named = re.findall(r"(?:`|\()((?:docs|benchmarks|models|assets|scripts)/[\w./-]+)", readme)
    assert named and not [n for n in named if not (ROOT / n).exists()]


def test_commands_of_the_readme_are_known() -> None:
    from engine.cli.parser import COMMANDS

    used = set(re.findall(r"`lorentz ([a-z]+)", (ROOT / "README.md").read_text()))
    assert used and not used - set(COMMANDS)


def test_what_benchmarks_take_from_the_engine_is_there() -> None:
    """They run for hours and seldom; a name that has moved is to be missed here."""
    missing = []
    for path in sorted((ROOT / "benchmarks").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("engine"):
                module = importlib.import_module(node.module or "")
                for a in node.names:
                    inside = hasattr(module, "__path__") and importlib.util.find_spec(f"{node.module}.{a.name}")
                    if not (hasattr(module, a.name) or inside):
                        missing.append(f"{path.name}: {node.module}.{a.name}")
    assert not missing
