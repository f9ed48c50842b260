"""Whether what is being worked on is still wanted: asked between the steps of long work, however deep, answered by whoever began it."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


def _always() -> None:
    pass


_check: ContextVar[Callable[[], None]] = ContextVar("check", default=_always)


@contextmanager
def while_wanted(check: Callable[[], None]) -> Iterator[None]:
    """Within, on this thread, `still_wanted` calls `check`, which raises Cancelled where the work is not wanted any more."""
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


def still_wanted() -> None:
    """Called where work may end without losing anything. Raises what the `check` of `while_wanted` does."""
    _check.get()()
