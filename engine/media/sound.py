"""Sound as samples for the speakers: any stretch of a file's audio as 48 kHz stereo, decoded in a child process."""
from __future__ import annotations

import os
import tempfile

import numpy as np

from engine.api import MediaError
from engine.media.audio import AudioTrack
from engine.media.limits import DecodeLimits

RATE = 48000


class Sound:
    """The best audio stream of `path`, or of `track` where the packets are already at hand. `found` is False where there is none that
    can be decoded. Times are those of the source's clock (`SourceInfo.pts`), in samples. Not for use from two threads at once.

    MediaError where the file cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str], track: AudioTrack | None = None, limits: DecodeLimits | None = None) -> None:
        from engine.media.worker import Worker

        self._label = os.path.basename(os.fspath(path))
        if track is None and not os.path.isfile(path):
            raise MediaError("there is no such file", where=os.fspath(path))
        self._worker = Worker(self._label, limits)
        try:
            if track is None:
                facts, _ = self._worker.call("sound", path=os.path.abspath(path), stored=False)
            else:
                with tempfile.NamedTemporaryFile(prefix="lorentz-sound-") as file:
                    file.write(track.to_bytes())
                    file.flush()
                    facts, _ = self._worker.call("sound", path=file.name, stored=True)
        except BaseException:
            self._worker.close()
            raise
        self.found = bool(facts.get("found"))

    def read(self, start: int, count: int) -> np.ndarray:
        """Samples `start <= i < start + count` as `[count, 2]` int16, silence where the file has none. MediaError when the child ended."""
        _, blob = self._worker.call("samples", start=int(start), count=int(count))
        if len(blob) != count * 4:
            raise MediaError("the decoding process sent sound of the wrong length", where=self._label)
        return np.frombuffer(blob, "<i2").reshape(count, 2)

    def close(self) -> None:
        self._worker.close()
