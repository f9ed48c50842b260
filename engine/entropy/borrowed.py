"""Arrays whose references are not counted, for compiled loops.

A compiled function counts a reference for every array that it hands on, inlined or not, with an instruction that locks the memory: in a
coder that hands its tables on for every decision, that was half of its time. The caller of a loop holds all of them anyway.
"""
from __future__ import annotations

from typing import Any

from numba import config
from numba.core.extending import intrinsic


@intrinsic
def _borrowed(typing: Any, array: Any) -> Any:
    """The same array for compiled code, uncounted. For what the caller holds until the function returns, and never to be returned."""
    def make(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        from numba.core import cgutils

        same = context.make_array(array)(context, builder, args[0])
        same.meminfo = cgutils.get_null_value(same.meminfo.type)
        same.parent = cgutils.get_null_value(same.parent.type)
        return same._getvalue()
    return array(array), make


def _itself(array: Any) -> Any:
    return array


borrowed = _itself if config.DISABLE_JIT else _borrowed  # loops as plain Python have nothing to save
