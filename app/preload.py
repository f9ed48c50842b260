"""Maps torch's libraries into the process before anything imports it, without holding Python's lock.

`import torch` loads several hundred megabytes of libraries while holding the lock: on any thread, the window would stand still for
as long (a third of a second and more). Called through ctypes, the loader runs with the lock released; the import finds its work done.
"""
from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
import threading
from pathlib import Path

from engine.startup import lean


def map_libraries() -> bool:
    """True when the libraries are in memory. Anything unexpected is no error: the import loads them itself then, only less smoothly."""
    if "torch" in sys.modules or not hasattr(os, "RTLD_LAZY"):
        return False
    try:
        spec = importlib.util.find_spec("torch")
        if spec is None or spec.origin is None:
            return False
        library = Path(spec.origin).parent / "lib" / "libtorch_python.so"  # needs, and so brings, all the others
        load = ctypes.CDLL(None).dlopen
        load.restype, load.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
        return library.is_file() and bool(load(os.fsencode(library), os.RTLD_LAZY | os.RTLD_LOCAL))
    except (OSError, ValueError, AttributeError, ImportError):
        return False


def _work(recording: bool) -> None:
    map_libraries()
    if recording:
        from engine.controller import SystemController

        SystemController.prepare()


class Preload:
    """Does it once, on a thread of its own. `wait()` where torch is about to be imported; never on the GUI thread."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def start(self, recording: bool = False) -> None:
        """`recording`: a `.lzc` will be opened first, so that what decodes it is wanted at once."""
        if self._thread is None:
            lean()
            thread = threading.Thread(target=_work, args=(recording,), name="lorentz-preload")
            thread.start()
            self._thread = thread  # only now: others may join it at any moment

    def wait(self) -> None:
        if self._thread is not None:
            self._thread.join()
