"""Sound as samples: the right tone at the right time, from files and from stored packets, in any order."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.api import MediaError
from engine.controller import SystemController
from engine.media import Sound, audio_packets
from engine.media.sound import RATE
from tests.engine.media.clips import encode
from tests.engine.media.test_audio import film


def pitch(samples: np.ndarray) -> float:
    """Hz of the strongest tone."""
    wave = samples[:, 0] * np.hanning(len(samples))
    return float(np.argmax(np.abs(np.fft.rfft(wave))) * RATE / len(samples))


def expected(seconds: float) -> float:
    """`film` sweeps 300 + 200 t, times t: the phase's rate is 300 + 400 t."""
    return 300 + 400 * seconds


@pytest.mark.parametrize(("codec", "ending"), [("aac", ".mp4"), ("libopus", ".mkv"), ("pcm_s16le", ".mkv"), ("libmp3lame", ".mp4"),
                                               ("flac", ".mkv")])
@pytest.mark.parametrize("stored", [False, True])
def test_the_tone_sounds_when_it_should(tmp_path: Path, codec: str, ending: str, stored: bool) -> None:
    path = film(tmp_path / f"film{ending}", codec)
    sound = Sound(path, audio_packets(path) if stored else None)
    assert sound.found
    for at in (0.5, 0.7, 1.4, 0.2, 1.0):  # on, on with a gap, far on, back, on
        got = sound.read(int(at * RATE), RATE // 10)
        assert got.shape == (RATE // 10, 2) and pitch(got) == pytest.approx(expected(at + 0.05), abs=14), at
    sound.close()


def test_stretches_join_without_a_seam(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mkv", "pcm_s16le")
    sound, again = Sound(path), Sound(path)
    whole = again.read(RATE // 2, RATE // 2)
    parts = np.concatenate([sound.read(RATE // 2 + i * (RATE // 8), RATE // 8) for i in range(4)])
    assert np.abs(parts.astype(int) - whole).max() <= 1
    sound.close()
    again.close()


def test_beyond_the_end_it_is_silent(tmp_path: Path) -> None:
    sound = Sound(film(tmp_path / "film.mp4", "aac", 1))
    assert not sound.read(5 * RATE, 1000).any() and not sound.read(-2000, 1000).any()
    assert sound.read(RATE // 2, 1000).any()
    sound.close()


def test_what_has_no_sound_says_so(tmp_path: Path) -> None:
    path = encode(tmp_path / "mute.mp4", "libx264", frames=4)
    sound = Sound(path)
    assert not sound.found and not sound.read(0, 100).any()
    sound.close()
    with SystemController() as controller:
        assert controller.sound(path) is None
    with pytest.raises(MediaError):
        Sound(tmp_path / "gone.mp4")
