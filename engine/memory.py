"""Memory that was let go of, given back to the system.

Pictures come and go in megabytes, on several threads. The C library keeps what they leave behind as pieces between others, in a heap for
every thread, and after some minutes of looking about holds several times what is in use. So large pieces come from the system and go back
to it by themselves, threads share two heaps, and now and then the library is asked for the rest, which takes some milliseconds and no lock
of Python's.
"""
from __future__ import annotations

import ctypes
import sys

LARGE = 4 << 20  # bytes from which on a piece is one of the system's; it comes empty, page by page: for smaller ones that costs too much
HEAPS = 2
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # names of the C library of GNU, as numbers


def share_heaps() -> bool:
    """For the whole process, before its threads begin. True where the C library knows of it."""
    return _ask(_ARENA_MAX, HEAPS)


def large_pieces_apart() -> bool:
    """For the whole process, when there is time: while a file is opened, pieces that come empty cost a sixth of a second. True likewise."""
    return _ask(_MMAP_THRESHOLD, LARGE)


def _ask(what: int, value: int) -> bool:
    if sys.platform != "linux":
        return False
    try:
        return bool(ctypes.CDLL(None).mallopt(what, value))
    except (OSError, AttributeError):  # not the C library of GNU
        return False


def give_back() -> bool:
    """True where the C library could be asked, and gave something back."""
    if sys.platform != "linux":
        return False
    try:
        return bool(ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0)))
    except (OSError, AttributeError):
        return False
