"""Pictures and flac as general data: any path, and the very numbers of the file or one clear line."""
from pathlib import Path

import numpy as np
import pytest

from engine.hierarchical import arrays, kinds
from tests.engine.media.clips import encode


@pytest.mark.parametrize("name", ["a.jpg", "take 1:2.jpg", "a.flac"])
def test_a_path_from_where_the_program_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if name.endswith(".jpg"):
        encode(tmp_path / "made.jpg", "mjpeg", fmt="yuvj420p", frames=1, container="image2").rename(tmp_path / name)
        assert arrays.read(Path(name), kinds.IMAGE).data.shape == (3, 48, 64)
    else:
        _flac(tmp_path / name)
        assert arrays.read(Path(name), kinds.AUDIO).data.shape == (1, 1, 5000)


def _flac(path: Path) -> None:
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream("flac", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.arange(5000, dtype=np.int16)[None], format="s16", layout="mono")
        frame.sample_rate = 8000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
