"""One command from its words to its exit code; every failure becomes one line."""
from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator, Sequence
from types import FrameType

from engine.api import Cancelled, EngineError
from engine.cli.console import Console, drop_stdout, open_streams
from engine.cli.parser import UsageError, parse
from engine.memory import share_heaps
from engine.startup import lean


def run(argv: Sequence[str] | None = None) -> int:
    """See `engine.cli.main`."""
    open_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    console = Console(json="--json" in words, debug="--debug" in words)
    # torch's threads otherwise spin while they wait for each other: on a machine whose cores are busy (a job beside a zoom is
    # enough) that made a zoom of 4 s take 125 s. Read when torch is first loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if words[:1] not in (["train"], ["models"]):  # those that train need all of torch
        lean()
    share_heaps()
    try:
        with _termination_is_cancellation(), warnings.catch_warnings():
            if not console.debug:
                warnings.simplefilter("ignore")  # they are for the makers of libraries, not for a person at a prompt
            code = _run(words, console)
        return code
    except BrokenPipeError:
        # the reader (`| head`) has seen enough; nothing is wrong with the work
        drop_stdout()
        return 0


def _run(words: list[str], console: Console) -> int:
    try:
        args = parse(words)
        code: int = args.run(args, console)
        return code
    except SystemExit as end:  # argparse: --help, --version
        console.flush()
        return int(end.code or 0)
    except UsageError as wrong:
        return console.fail(str(wrong), 2, usage=wrong.usage)
    except (Cancelled, KeyboardInterrupt) as stop:
        return console.fail(str(stop) or "cancelled", 130)
    except BrokenPipeError:
        raise
    except Exception as fault:
        if console.debug:
            traceback.print_exc()
        return console.fail(_line(fault), 1)


def _line(fault: Exception) -> str:
    from engine.jobs.faults import explain

    known: BaseException = explain(fault) or fault
    text = " ".join(str(known).split())
    if isinstance(known, EngineError):
        return text
    return f"a fault in the program stopped this: {type(fault).__name__}: {text} (run it again with --debug and report what it says)"


@contextlib.contextmanager
def _termination_is_cancellation() -> Iterator[None]:
    """A polite `kill` takes the same way out as Ctrl-C: clean up, say how to go on, exit 130."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
