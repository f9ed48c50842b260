"""A clip in chunks of frames: side by side, overlapping, or ended by scene cuts."""
from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.api import Frame, FrameSource
from engine.media.scene import SceneDetector

MODES = ("fixed", "sliding", "scene")


@dataclass(frozen=True, eq=False)
class Chunk:
    """Frames `start ... start + len(frames)` of a source. `cut`: its first frame begins a new scene (true of the first chunk)."""

    start: int
    frames: list[Frame]
    cut: bool


class FrameExtractor:
    """Iterate over a source's frames `start <= index < stop` in chunks of at most `size`.

    fixed: every `step` frames (default `size`; larger steps leave frames out). sliding: the same with overlap (default step half of
    `size`). scene: no overlap, and a chunk also ends where a scene does; `size` may be a function of how many frames of the scene came
    before. The last chunk may be shorter; a sliding window stops when it has reached the last frame. ValueError for sizes and steps
    below 1, and for a step in scene mode."""

    def __init__(self, source: FrameSource, mode: str = "fixed", size: int | Callable[[int], int] = 8, step: int | None = None, *,
                 start: int = 0, stop: int | None = None) -> None:
        if mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}")
        self._size_at = size if callable(size) else lambda _: size
        size = self._size_at(0)
        if size < 1 or (step is not None and step < 1):
            raise ValueError("size and step must be 1 or more")
        if mode == "scene" and step is not None:
            raise ValueError("a step has no meaning where scenes end the chunks")
        self.source, self.mode, self.size = source, mode, size
        self.step = step or (max(1, size // 2) if mode == "sliding" else size)
        self.start = max(0, start)
        self.stop = source.info.frames if stop is None else min(stop, source.info.frames)

    def __iter__(self) -> Iterator[Chunk]:
        return self._scenes() if self.mode == "scene" else self._windows()

    def _windows(self) -> Iterator[Chunk]:
        window: deque[Frame] = deque()
        begin = self.start
        for frame in self.source.frames(self.start, self.stop):
            at = self.start + len(window) if not window and begin == self.start else frame.index
            if at < begin:
                continue  # between windows
            window.append(frame)
            if len(window) == self.size:
                yield Chunk(begin, list(window), begin == self.start)
                begin += self.step
                for _ in range(min(self.step, len(window))):
                    window.popleft()
        done = begin - self.step + self.size if begin > self.start else self.start
        if window and begin + len(window) > done:
            yield Chunk(begin, list(window), begin == self.start)

    def _scenes(self) -> Iterator[Chunk]:
        detector = SceneDetector()
        waiting: deque[Frame] = deque()
        chunk: list[Frame] = []
        begin, cut, scene = self.start, True, self.start

        def seen() -> Iterator[bool]:
            for frame in self.source.frames(self.start, self.stop):
                waiting.append(frame)
                yield from detector.push(frame.y, frame.bit_depth)
            yield from detector.flush()
        for is_cut in seen():
            if chunk and (is_cut or len(chunk) >= self._size_at(begin - scene)):
                yield Chunk(begin, chunk, cut)
                begin, cut, chunk = begin + len(chunk), is_cut, []
                scene = begin if is_cut else scene
            chunk.append(waiting.popleft())
        if chunk:
            yield Chunk(begin, chunk, cut)
