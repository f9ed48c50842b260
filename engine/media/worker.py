"""The parent's side of a decoding child: start it, talk to it with a deadline, share pictures with it, end it without a trace.

POSIX only (file descriptors are handed over). The child is started with `subprocess`, never forked from this process's memory, so it is
safe from threads, beside torch and Qt. Nothing is left in the file system: the shared memory has no name.
"""
from __future__ import annotations

import contextlib
import mmap
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.api import MediaError
from engine.media import wire
from engine.media.limits import DecodeLimits
from engine.media.slots import planes_in, slot_bytes

ROOT = str(Path(__file__).resolve().parents[2])


def _shared_memory() -> int:
    """An unnamed file in memory that grows by `ftruncate` and cannot be made smaller behind our back (which would kill us by SIGBUS)."""
    if hasattr(os, "memfd_create"):
        import fcntl
        fd = os.memfd_create("frames", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        return fd
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


class Worker:
    """One child process. Requests are answered in order; `post` and `take` may run several ahead. Not for use from two threads at once."""

    def __init__(self, label: str, limits: DecodeLimits | None = None) -> None:
        self.limits = limits or DecodeLimits()
        self._label = label
        self._map: mmap.mmap | None = None
        self._shape = (0, 0, 8)
        self._slot_bytes = 0
        frames_fd = _shared_memory()
        back, out_fd = os.pipe()
        try:
            path = os.pathsep.join(p for p in (ROOT, os.environ.get("PYTHONPATH", "")) if p)
            env = {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2",
                   "PYTHONFAULTHANDLER": ""}
            command = [sys.executable, "-P", "-m", "engine.media.child", str(out_fd), str(frames_fd), str(self.limits.memory)]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                             pass_fds=(out_fd, frames_fd), env=env, bufsize=0)
        except OSError as error:
            os.close(back)
            os.close(frames_fd)
            raise MediaError(f"the decoding process cannot be started: {error.strerror}", where=label) from None
        finally:
            os.close(out_fd)
        self._back, self._frames_fd = back, frames_fd
        self._end = weakref.finalize(self, _end, self._process, [back, frames_fd])

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, do: str, **request: Any) -> wire.Message:
        """One request, one reply. MediaError with the child's words, or saying how the child ended."""
        self.post(do, **request)
        return self.take()

    def post(self, do: str, **request: Any) -> None:
        assert self._process.stdin is not None
        try:
            data = wire.encode({"do": do, **request})
        except wire.WireError:
            raise MediaError("there are too many files for one clip", where=self._label) from None
        try:
            while data:
                data = data[self._process.stdin.write(data) or 0:]
        except OSError:
            raise self._death() from None

    def take(self) -> wire.Message:
        """The reply to the oldest request not yet taken."""
        while True:
            try:
                body, blob = wire.decode(self._read)
            except EOFError:
                raise self._death() from None
            except wire.WireError:
                self.close()
                raise MediaError("the decoding process talks nonsense", where=self._label, hint="the file is damaged or hostile") from None
            except KeyboardInterrupt:
                self.close()  # half a message read: nothing more can be understood
                raise
            if "tick" in body:
                continue
            if "error" in body:
                raise MediaError(str(body["error"]), where=str(body.get("where") or self._label), hint=str(body.get("hint", "")))
            return body, blob

    def _read(self, count: int) -> bytes:
        poll = select.poll()
        poll.register(self._back, select.POLLIN)
        parts: list[bytes] = []
        deadline = time.monotonic() + self.limits.stall
        while count:
            left = deadline - time.monotonic()
            if left <= 0:
                self.close()
                raise MediaError(f"decoding gave no sign of life for {self.limits.stall:g} s and was ended", where=self._label,
                                 hint="the file is damaged or hostile")
            if not poll.poll(left * 1000):
                continue
            part = os.read(self._back, min(count, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            count -= len(part)
            deadline = time.monotonic() + self.limits.stall
        return b"".join(parts)

    def _death(self) -> MediaError:
        try:
            code: int | None = self._process.wait(2)
        except subprocess.TimeoutExpired:
            code = None
        self.close()
        how = "ended" if code is None or code >= 0 else f"crashed ({signal.Signals(-code).name})"
        return MediaError(f"the decoding process {how}", where=self._label, hint="the file is damaged; nothing else is affected")

    def share(self, width: int, height: int, depth: int, budget: int = 96 << 20, most: int = 8) -> int:
        """Make room for pictures of this size; how many slots there are (1 to `most`, within `budget` bytes where it can)."""
        self._slot_bytes = slot_bytes(width, height, depth)
        self._shape = (width, height, depth)
        slots = max(1, min(most, budget // self._slot_bytes))
        try:
            os.ftruncate(self._frames_fd, self._slot_bytes * slots)
            self._map = mmap.mmap(self._frames_fd, self._slot_bytes * slots, prot=mmap.PROT_READ)
        except OSError as error:
            raise MediaError(f"no memory for pictures of {width}x{height} ({error.strerror})", where=self._label) from None
        self.call("map", slot_bytes=self._slot_bytes, slots=slots)
        return slots

    def planes(self, slot: int) -> tuple[Any, Any, Any]:
        """Copies of the planes in `slot`."""
        assert self._map is not None
        y, u, v = planes_in(self._map, slot * self._slot_bytes, *self._shape)
        return y.copy(), u.copy(), v.copy()

    @contextlib.contextmanager
    def closing(self) -> Iterator[Worker]:
        """`with worker.closing():` ends the child at the end of the block."""
        try:
            yield self
        finally:
            self.close()

    @property
    def alive(self) -> bool:
        return self._end.alive

    def close(self) -> None:
        """End the child and give everything back. May be called again."""
        self._end()
        if self._map is not None:
            self._map.close()
            self._map = None


_ending = threading.Lock()


def _end(process: subprocess.Popen[bytes], fds: list[int]) -> None:
    with _ending:
        process.kill()
        if process.stdin is not None:
            process.stdin.close()
        process.wait()
        while fds:
            os.close(fds.pop())
