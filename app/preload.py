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
from typing import Any

from engine.startup import lean

_WITHOUT_QT = {"engine", "torch", "torchgen", "numba", "llvmlite", "numpy", "av", "safetensors", *sys.stdlib_module_names}


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


def spare_sources() -> bool:
    """Let Qt for Python look into no more sources than it must: to see whether a module speaks of PySide6 it reads the source of each one
    that is imported after it, which for torch and numba are seven hundred files. True when it will.
    """
    feature: Any = sys.modules.get("shibokensupport.feature")
    asked = getattr(feature, "_mod_uses_pyside", None)
    if asked is None or hasattr(asked, "spared"):
        return asked is not None

    def uses(module: Any) -> bool:
        room = str(getattr(module, "__name__", "")).partition(".")[0]
        return room == "app" or (room not in _WITHOUT_QT and bool(asked(module)))

    uses.spared = True  # type: ignore[attr-defined]
    feature._mod_uses_pyside = uses
    return True


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
