"""Sound by quality: smaller and worse at low qualities, the same on every machine, duller by level, hostile bytes do no harm."""
import hashlib
from pathlib import Path

import numpy as np
import pytest

from engine.api import JobError
from engine.controller import SystemController
from engine.hierarchical import hearing, sound_quality
from engine.hierarchical.dataset import DataFile
from engine.jobs.runner import run_job
from tests.engine.jobs.test_data import wav


def melody(n: int = 30000) -> np.ndarray:
    t = np.arange(n) / 8000
    tones = sum(3000 / k * np.sin(2 * np.pi * 220 * k * t * (1 + 0.02 * np.sin(t))) for k in range(1, 9))
    return (tones * (0.6 + 0.4 * np.sin(5 * t))).round().astype(np.int16)


def test_the_transform_gives_the_samples_back() -> None:
    x = melody(64 * 40).astype(np.float64)
    coefficients = np.rint(hearing.spectrum(x, 64) * hearing.PARTS).astype(np.int64)
    assert coefficients.shape == (41, 64)
    assert np.abs(hearing.samples(coefficients, 64) - x).max() <= 1


def test_whole_numbers_do_not_depend_on_the_order_of_sums() -> None:
    """The product is exact: any order of its sums gives it."""
    c = np.random.default_rng(0).integers(-hearing.LARGEST, hearing.LARGEST, (3, 1024))
    table = hearing.table(1024).astype(np.int64)
    assert ((c @ table.T) == (c[:, ::-1].astype(np.float64) @ hearing.table(1024)[:, ::-1].T)).all()
    digest = hashlib.sha256(hearing.table(256).astype("<i8").tobytes()).hexdigest()
    assert digest[:16] == "9f5de3188f099602"


def test_more_quality_is_larger_and_closer_and_levels_get_duller(tmp_path: Path) -> None:
    source, back = wav(tmp_path / "s", melody()), tmp_path / "b.npy"
    sizes, misses = [], []
    with SystemController() as system:
        for quality in (8, 32, 56):
            out = tmp_path / f"{quality}.lzc"
            facts = run_job(system.compress(source, out, quality=quality)).facts
            assert facts["quality"] == quality and not facts["lossless"] and run_job(system.verify(out)).facts["ok"]
            run_job(system.restore(out, back))
            sizes.append(facts["bytes"])
            misses.append(float(((np.load(back)[:, 0].astype(np.float64) - melody()) ** 2).mean()))
        assert sizes == sorted(sizes) and misses == sorted(misses, reverse=True)
        assert misses[-1] < 1e-3 * (melody().astype(float) ** 2).mean()
        high = []
        for level in range(4):
            run_job(system.restore(out, back, level=level))
            spectrum = np.abs(np.fft.rfft(np.load(back)[:, 0].astype(np.float64))) ** 2
            high.append([float(part.sum()) for part in np.split(spectrum[:15000], [1875, 3750, 7500])])
        run_job(system.restore(out, tmp_path / "b.wav"))
        sheet = system.sheet(out)
        assert sheet is not None and not sheet.lossless and sheet.max_error == 0
    assert (tmp_path / "b.wav").stat().st_size == source.stat().st_size
    for level in (2, 3):            # each level keeps the lower half of the one before; in the highest half there is nothing to begin with
        assert high[level][4 - level] < 0.05 * high[0][4 - level] and high[level][0] > 0.9 * high[0][0]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32"])
def test_any_type_of_samples(dtype: str) -> None:
    unit, silence = sound_quality.scale(np.dtype(dtype), 24 if dtype == "int32" else 16)
    x = np.stack([melody(5000), melody(5000)[::-1]]).astype(np.float64)
    samples = (x * unit + silence).astype(dtype)
    nothing = np.zeros((2, 0))
    parts = sound_quality.encode(samples, nothing, nothing, 8000, 60, unit, silence)
    back = sound_quality.decode(parts, 2, 5000, 8000, unit, silence, np.dtype(dtype))
    assert back.dtype == dtype and np.abs((back.astype(np.float64) - silence) / unit - x).std() < (130 if dtype == "uint8" else 40)


def test_blocks_meet_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_quality, "BLOCK", 8192)
    source, out = wav(tmp_path / "s", melody()), tmp_path / "o.lzc"
    with SystemController() as system:
        run_job(system.compress(source, out, quality=50))
    with DataFile(out) as data:
        assert data.blocks == 4
        miss = np.abs(data.tensor()[0, 0].astype(np.float64) - melody())
    for seam in (8192, 16384, 24576):
        assert miss[seam - 64:seam + 64].mean() < 2 * miss.mean()


def test_hostile_bytes_give_samples_or_one_kind_of_error() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        parts = [rng.integers(0, 256, 300, dtype=np.uint8).tobytes() for _ in range(4)]
        assert sound_quality.decode(parts, 1, 3000, 8000, 1.0, 0, np.dtype("int16")).shape == (1, 3000)


def test_sound_has_no_bound_beside_a_quality(tmp_path: Path) -> None:
    source = wav(tmp_path / "s", melody(2000))
    with SystemController() as system:
        facts = run_job(system.compress(source, tmp_path / "o.lzc", quality=20, lossless=True)).facts
        assert facts["lossless"]
        with pytest.raises(JobError):
            run_job(system.compress(source, tmp_path / "o.lzc", max_error="x"))
