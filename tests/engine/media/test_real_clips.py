"""The same promises on real footage, where it is at hand."""
from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.media import FrameExtractor, VideoFileSource
from tests.engine.media.clips import decoded, digest


@pytest.mark.parametrize("name", ["crabs_p2", "webrtc_chrome"])
def test_real_clips_are_frame_exact(val_clip: Callable[[str], Path], name: str) -> None:
    path = val_clip(name)
    stamps, digests = decoded(path)
    with VideoFileSource(path) as source:
        assert list(source.info.pts) == stamps
        rng = random.Random(1)
        for index in [rng.randrange(source.info.frames) for _ in range(6)]:
            assert digest(source.read(index)) == digests[index]
        count = min(source.info.frames, 40)
        assert [digest(f) for f in source.frames(0, count)] == digests[:count]
        assert not any(chunk.cut for chunk in FrameExtractor(source, "scene", stop=count) if chunk.start)
