"""The leak check itself must be able to fail: it is run on small suites that leak on purpose."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run_suite(folder: Path, body: str) -> str:
    """Run pytest on one file that has this conftest; its output."""
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text().replace("GRACE = 5.0", "GRACE = 0.2").replace(
        "ROOT = Path(__file__).resolve().parent.parent", "ROOT = Path(__file__).resolve().parent"))
    (folder / "test_one.py").write_text(body)
    result = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:pytest-qt", str(folder)],
                            cwd=folder, capture_output=True, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    return result.stdout + result.stderr


def test_leaked_thread_fails_and_names_its_line(tmp_path: Path) -> None:
    out = run_suite(tmp_path, "import threading\nstop = threading.Event()\n\n"
                              "def test_it():\n    threading.Thread(target=stop.wait, daemon=True, name='lost').start()\n")
    assert "thread 'lost' still runs; started at test_one.py:5 in test_it" in out
    assert "1 error" in out


def test_leaked_process_fails_and_is_ended(tmp_path: Path) -> None:
    out = run_suite(tmp_path, "import subprocess, sys\n\n"
                              "def test_it():\n    global p\n    p = subprocess.Popen([sys.executable, '-c', 'input()'],\n"
                              "                         stdin=subprocess.PIPE)\n")
    assert "still runs; started at test_one.py:5 in test_it" in out


def test_finished_thread_and_process_pass(tmp_path: Path) -> None:
    out = run_suite(tmp_path, "import subprocess, sys, threading\n\n"
                              "def test_it():\n    t = threading.Thread(target=int)\n    t.start()\n    t.join()\n"
                              "    subprocess.run([sys.executable, '-c', ''], check=True)\n")
    assert "1 passed" in out and "error" not in out
