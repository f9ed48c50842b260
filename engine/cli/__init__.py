"""`lorentz ...`: the command line. Starts quickly: nothing heavy is imported before a command needs it.

Exit codes: 0 done, 1 failed (one clear line on stderr), 2 usage, 130 cancelled.
"""
from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code. `argv` without the program's name; None takes it from `sys.argv`."""
    try:
        from engine.cli.program import run  # here, so that Ctrl-C while it loads is a cancellation, too

        return run(argv)
    except KeyboardInterrupt:
        print("cancelled", file=sys.stderr)
        return 130
