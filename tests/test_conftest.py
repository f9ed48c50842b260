"""The leak check itself must be able to fail: it is run on a small suite that leaks on purpose."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SUITE = """\
import subprocess, sys, threading
stop = threading.Event()


def test_thread():
    threading.Thread(target=stop.wait, daemon=True, name='lost').start()


def test_process():
    global process
    process = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)


def test_clean():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    subprocess.run([sys.executable, '-c', ''], check=True)
"""


def test_leaks_fail_and_name_their_line(tmp_path: Path) -> None:
    text = (ROOT / "tests" / "conftest.py").read_text()
    for old, new in (("GRACE = 5.0", "GRACE = 0.2"), ("__file__).resolve().parent.parent", "__file__).resolve().parent")):
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "conftest.py").write_text(text)
    (tmp_path / "test_one.py").write_text(SUITE)
    done = subprocess.run([sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:pytest-qt", str(tmp_path)],
                          cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    out = done.stdout
    assert "thread 'lost' still runs; started at test_one.py:6 in test_thread" in out
    assert "still runs; started at test_one.py:11 in test_process" in out
    assert "3 passed, 2 errors" in out, out
    assert "ERROR at teardown of test_thread" in out and "ERROR at teardown of test_process" in out
