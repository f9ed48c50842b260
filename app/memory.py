"""Memory that was let go of, given back to the system.

Pictures come and go in megabytes, on several threads; the C library keeps what they leave behind, as pieces between others, and after some
minutes of looking about holds several times what is in use. Asking it to give that back takes some milliseconds and no lock of Python's.
"""
from __future__ import annotations

import ctypes
import sys


def give_back() -> bool:
    """True where the C library could be asked, and gave something back."""
    if sys.platform != "linux":
        return False
    try:
        return bool(ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0)))
    except (OSError, AttributeError):  # not the C library of GNU
        return False
