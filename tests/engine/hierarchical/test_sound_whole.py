"""Sound without loss: any samples come back, a predictable sound is small, channels help each other, damage is told."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import LzcError
from engine.hierarchical import sound_whole


def there_and_back(x: np.ndarray) -> int:
    packed = sound_whole.encode(x)
    back = sound_whole.decode(packed, *x.shape, x.dtype)
    assert back.dtype == x.dtype and (back == x).all()
    return len(packed)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["uint8", "int16", "int32"]), st.integers(1, 3), st.integers(1, 6000), st.integers(0, 2 ** 31), st.integers(1, 31))
def test_any_samples_come_back(dtype: str, channels: int, n: int, seed: int, size: int) -> None:
    info, rng = np.iinfo(dtype), np.random.default_rng(seed)
    x = rng.integers(-(1 << size), 1 << size, (channels, n)) + np.cumsum(rng.integers(-50, 50, (channels, n)), 1)
    there_and_back(x.clip(info.min, info.max).astype(dtype))


def test_what_follows_costs_little_and_a_second_channel_less() -> None:
    t = np.arange(20000)
    tone = (9000 * np.sin(t / 7) + 4000 * np.sin(t / 3.1)).round().astype(np.int16)
    noise = np.random.default_rng(0).normal(0, 40, len(t)).round().astype(np.int16)
    one, both = there_and_back((tone + noise)[None]), there_and_back(np.stack([tone + noise, tone // 2 + noise]))
    assert one < 0.5 * 2 * len(t) and both < 1.6 * one     # the noise alone is 0.46


def test_damage_is_told() -> None:
    x = (1000 * np.sin(np.arange(9000)[None] / 9)).round().astype(np.int16)
    packed = sound_whole.encode(x)
    for place in (len(packed) // 2, len(packed) - 3):
        bad = packed[:place] + bytes([packed[place] ^ 64]) + packed[place + 1:]
        with pytest.raises(LzcError):
            sound_whole.decode(bad, 1, 9000, x.dtype)


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=400))
def test_hostile_bytes_raise_one_kind_of_error(raw: bytes) -> None:
    with pytest.raises(LzcError):
        sound_whole.decode(raw, 1, 700, np.dtype("int16"))
