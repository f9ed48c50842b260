"""The process that touches untrusted files: `python -m engine.media.child OUT_FD FRAMES_FD MEMORY`.

Requests come on standard input, replies go to OUT_FD (see `wire.py`), pictures into the shared memory behind FRAMES_FD. It limits itself
before it reads the first request and ends when its parent goes away. Only `av` and `numpy` are imported.
"""
from __future__ import annotations

import contextlib
import mmap
import os
import resource
import signal
import sys
import time
from fractions import Fraction
from typing import Any, BinaryIO

from engine.api import EngineError, MediaError
from engine.media import wire

TICK = 0.25
OPEN_FILES = 64


def limit(memory: int, may_write: bool) -> None:
    """Bound this process: address space, no core dumps, few open files, and no file output unless it is there to write one."""
    wanted = {resource.RLIMIT_AS: memory, resource.RLIMIT_CORE: 0, resource.RLIMIT_NOFILE: OPEN_FILES}
    if not may_write:
        wanted[resource.RLIMIT_FSIZE] = 0
    for what, value in wanted.items():
        hard = resource.getrlimit(what)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))


class Child:
    """One conversation: at most one open source."""

    def __init__(self, source: BinaryIO, out: BinaryIO, frames_fd: int, memory: int) -> None:
        self._in, self._out, self._frames_fd, self._memory = source, out, frames_fd, memory
        self._decoder: Any = None
        self._sound: Any = None
        self._map: mmap.mmap | None = None
        self._slot_bytes = 0
        self._ticked = time.monotonic()

    def tick(self) -> None:
        """Say that work goes on, four times a second at most."""
        now = time.monotonic()
        if now - self._ticked > TICK:
            self._ticked = now
            self._send({"tick": 1})

    def _send(self, body: dict[str, Any], blob: bytes = b"") -> None:
        self._out.write(wire.encode(body, blob))
        if blob:
            self._out.write(blob)
        self._out.flush()

    def _read(self, count: int) -> bytes:
        data = self._in.read(count)
        if len(data) < count:
            raise EOFError
        return data

    def serve(self) -> None:
        while True:
            try:
                request, _ = wire.decode(self._read)
            except (EOFError, wire.WireError):
                return
            self._ticked = time.monotonic()
            try:
                body, blob = getattr(self, f"do_{request.pop('do')}")(**request)
            except EngineError as error:
                body, blob = {"error": error.what, "where": error.where, "hint": error.hint}, b""
            except MemoryError:
                body, blob = {"error": "needs more memory than is allowed for one file", "where": "", "hint": ""}, b""
            except BrokenPipeError:
                return
            except Exception as error:  # a fault in our own code or the library's: told to the parent, which names the file
                body, blob = {"error": f"reading failed ({type(error).__name__}: {error})", "where": "", "hint": ""}, b""
            self._send(body, blob)

    def do_open(self, path: str, limits: dict[str, Any], threads: int = 0) -> wire.Message:
        limit(self._memory, may_write=False)
        from engine.media.decoder import FileDecoder
        from engine.media.limits import DecodeLimits
        self._decoder = FileDecoder(path, DecodeLimits(**limits), self.tick, threads)
        return self._facts()

    def do_folder(self, folder: str, names: list[str], limits: dict[str, Any], rate: list[int]) -> wire.Message:
        limit(self._memory, may_write=False)
        from engine.media.folder import FolderDecoder
        from engine.media.limits import DecodeLimits
        files = [os.path.join(folder, name) for name in names]
        self._decoder = FolderDecoder(files, DecodeLimits(**limits), self.tick, Fraction(*rate))
        return self._facts()

    def _facts(self) -> wire.Message:
        import numpy as np
        return self._decoder.facts, np.asarray(self._decoder.pts, "<i8").tobytes()

    def do_map(self, slot_bytes: int, slots: int) -> wire.Message:
        self._map = mmap.mmap(self._frames_fd, slot_bytes * slots)
        self._slot_bytes = slot_bytes
        return {}, b""

    def do_frame(self, index: int, slot: int) -> wire.Message:
        from engine.media.slots import planes_in
        assert self._map is not None
        facts = self._decoder.facts
        self._decoder.fill(index, planes_in(self._map, slot * self._slot_bytes, facts["width"], facts["height"], facts["depth"]))
        return {"index": index}, b""

    def do_audio(self, path: str, max_bytes: int) -> wire.Message:
        limit(self._memory, may_write=False)
        from engine.media.audio_child import extract
        return extract(path, max_bytes, self.tick)

    def do_sound(self, path: str, stored: bool) -> wire.Message:
        limit(self._memory, may_write=False)
        from engine.media.audio import AudioTrack
        from engine.media.sound_child import FileFeed, SoundDecoder, TrackFeed
        if stored:
            with open(path, "rb") as file:
                feed: FileFeed | TrackFeed = TrackFeed(AudioTrack.from_bytes(file.read()))
        else:
            feed = FileFeed(path)
        self._sound = SoundDecoder(feed, self.tick) if feed.found else None
        return {"found": int(feed.found)}, b""

    def do_samples(self, start: int, count: int) -> wire.Message:
        import numpy as np
        if not 0 <= count <= 1 << 22:
            raise MediaError("more sound was asked for than is sent at once")
        samples = np.zeros((count, 2), "<i2") if self._sound is None else self._sound.read(start, count).astype("<i2")
        return {}, samples.tobytes()

    def do_mux(self, video: str, audio: str, out: str, format: str) -> wire.Message:
        limit(self._memory, may_write=True)
        from engine.media.audio_child import mux
        return mux(video, audio, out, format, self.tick), b""


def main() -> None:
    out_fd, frames_fd, memory = (int(x) for x in sys.argv[1:4])
    source = sys.stdin.buffer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    with os.fdopen(out_fd, "wb") as out:
        try:
            Child(source, out, frames_fd, memory).serve()
        except (BrokenPipeError, KeyboardInterrupt, MediaError):
            pass
        finally:
            with contextlib.suppress(OSError):
                out.flush()
    os._exit(0)  # nothing to save, and a damaged library state must not hang the way out


if __name__ == "__main__":
    main()
