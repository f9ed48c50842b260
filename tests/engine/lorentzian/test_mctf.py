"""Temporal filtering of what key slices are coded from: takes noise away, leaves what moves and what comes and goes, and saves bits."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import Frame
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.mctf import REACH, TemporalFilter, match
from engine.lorentzian.structure import Structure, coded_bytes
from tests.engine.lorentzian.clips import lively, psnr, write

Planes = list[np.ndarray]


def texture(height: int, width: int, seed: int = 1) -> np.ndarray:
    """Smooth detail, float64 on the 0..255 scale, 64 pixels larger than asked on each axis."""
    field = np.random.default_rng(seed).normal(0, 1, (height + 64, width + 64))
    for axis in (0, 1):
        for _ in range(3):
            field = (np.roll(field, 1, axis) + 2 * field + np.roll(field, -1, axis)) / 4
    return np.asarray(128 + 30 * field / field.std())


def shots(frames: int, shift: float, noise: float = 3.0, height: int = 64, width: int = 96) -> tuple[list[Planes], list[np.ndarray]]:
    """(frames as a noisy camera sees them, luma as it is) of a texture that moves by `shift` pixels a frame."""
    rng, page = np.random.default_rng(5), texture(height, width)
    seen, true = [], []
    for n in range(frames):
        whole, part = int(n * shift), n * shift % 1
        y = (1 - part) * page[8:8 + height, 8 + whole:8 + whole + width] + part * page[8:8 + height, 9 + whole:9 + whole + width]
        u = np.full((height // 2, width // 2), 120.0)
        noisy = [np.clip(np.rint(p + rng.normal(0, noise, p.shape)), 0, 255).astype(np.uint8) for p in (y, u, u)]
        seen.append(noisy)
        true.append(y)
    return seen, true


def filtered(window: list[Planes], at: int, anew: bool = True, quality: int = 20, reach: int = 4) -> Planes:
    clean = TemporalFilter(reach)
    clean.show(window)
    return clean(window[at], anew, quality)


@pytest.mark.parametrize("shift", [0, 0.25, 1.5, 3.0])
def test_noise_goes_also_where_the_picture_moves(shift: float) -> None:
    window, true = shots(9, shift)
    made = filtered(window, 4)
    assert psnr(made[0], true[4]) > psnr(window[4][0], true[4]) + 4
    assert psnr(made[1], np.full_like(made[1], 120)) > psnr(window[4][1], np.full_like(made[1], 120)) + 4
    assert psnr(filtered(window, 4, anew=False)[0], true[4]) > psnr(window[4][0], true[4]) + 2.5
    assert psnr(filtered(window, 4, reach=1)[0], true[4]) < psnr(made[0], true[4]) - 1, "more frames, less noise"


def test_what_only_one_frame_shows_is_left() -> None:
    window, _ = shots(9, 0, noise=1.0)
    window[4] = [p.copy() for p in window[4]]
    window[4][0][24:40, 40:56] = 250  # a flash
    made = filtered(window, 4)
    assert np.abs(made[0][24:40, 40:56] - 250).max() < 5
    assert np.abs(filtered(window, 3)[0][24:40, 40:56] - window[3][0][24:40, 40:56]).max() < 6, "nor does it show before"


@pytest.mark.parametrize("kind", [0, 1])
def test_others_keep_the_error_of_what_they_show_too(kind: int) -> None:
    window, _ = shots(9, 1.0, noise=1.0)
    window[4] = [p.copy() for p in window[4]]
    window[4][0][24:40, 40:56] = np.random.default_rng(2).integers(0, 256, (16, 16))  # is there for one frame
    clean = TemporalFilter(4)
    clean.show(window)
    kept = clean.kept(window[4], kind, 20)
    assert kept is not None and kept.shape == (8, 12) and kept.dtype == np.float32 and 0 <= kept.min() <= kept.max() <= 1
    assert kept[3:5, 5:7].max() < 0.2 and np.median(kept) > 0.8
    finer = clean.kept(window[4], kind, 50)
    assert finer is not None and finer.mean() < kept.mean() - 0.2, "noise is more than so small an error"
    assert clean.kept([p.copy() for p in window[4]], kind, 20) is None, "of no window"


def test_two_ways_of_coding_a_frame_never_look_around_it_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    window, _ = shots(5, 1.0)
    clean, real = TemporalFilter(4), TemporalFilter._side

    def side(self: TemporalFilter, at: int, sign: int, reach: int) -> Any:
        assert self._lock.locked(), "what is found lies in lists that both would add to"
        return real(self, at, sign, reach)

    monkeypatch.setattr(TemporalFilter, "_side", side)
    clean.show(window)
    assert clean.kept(window[2], 1, 20) is not None and clean(window[2], False, 20) is not window[2]


def test_at_the_finest_quality_next_to_nothing_happens() -> None:
    window, _ = shots(9, 0)
    assert np.abs(filtered(window, 4, quality=63)[0] - window[4][0]).mean() < 0.5 * np.abs(filtered(window, 4, quality=20)[0]
                                                                                          - window[4][0]).mean()
    static = [window[0]] * 9
    assert all(np.abs(a - b).max() < 1e-4 for a, b in zip(filtered(static, 4), window[0], strict=True))


def test_frames_of_no_window_stay_as_they_are() -> None:
    window, _ = shots(3, 0)
    clean = TemporalFilter(4)
    assert clean(window[0], True, 20) is window[0]
    clean.show(window[:1])
    assert clean(window[0], True, 20) is window[0], "nothing around it"
    clean.show(window[1:])
    assert clean(window[0], True, 20) is window[0] and clean(window[1], True, 20) is not window[1]
    none = TemporalFilter(0)
    none.show(window)
    assert none(window[0], True, 20) is window[0]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 37), st.integers(1, 37), st.integers(1, 5), st.integers(0, 63), st.booleans(), st.integers(0, 1 << 30))
def test_any_size_gives_pixels_between_those_it_is_made_of(h: int, w: int, frames: int, quality: int, anew: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    window = [[rng.integers(0, 256, s).astype(np.float32) for s in ((h, w), ((h + 1) // 2, (w + 1) // 2), ((h + 1) // 2, (w + 1) // 2))]
              for _ in range(frames)]
    for at in range(frames):
        made = filtered(window, at, anew, quality)
        assert [p.shape for p in made] == [p.shape for p in window[at]]
        # six taps may go beyond what they interpolate, by a quarter of the range at most
        assert all(np.isfinite(p).all() and p.min() > -64 and p.max() < 320 for p in made)


def test_motion_is_found_to_a_quarter_pixel() -> None:
    page = texture(64, 96)
    cur, ref = (np.ascontiguousarray(p, np.float32) for p in (page[16:80, 16:112], page[12:76, 21:117]))
    vec, err, grain = np.zeros((8, 12, 2), np.int32), np.zeros((8, 12), np.float32), np.zeros((8, 12), np.float32)
    match(cur, ref, np.float32(0.5), vec, err, grain)
    inner = vec[1:-1, 1:-1].reshape(-1, 2)
    assert (inner == (16, -20)).all(1).mean() > 0.9 and np.median(err) < 0.01


def test_grain_is_told_from_what_does_not_match() -> None:
    page = texture(64, 96)[:64, :96]
    rng, found = np.random.default_rng(0), {}
    for name, other in {"noise": page + rng.normal(0, 4, page.shape), "darker": page - 4, "another": texture(64, 96, 2)[:64, :96]}.items():
        vec, err, grain = np.zeros((8, 12, 2), np.int32), np.zeros((8, 12), np.float32), np.zeros((8, 12), np.float32)
        match(np.ascontiguousarray(page, np.float32), np.ascontiguousarray(other, np.float32), np.float32(0.5), vec, err, grain)
        found[name] = float(np.median(grain))
    assert found["noise"] > 0.7 > 0.3 > found["another"] and found["darker"] < 0.15, found


def test_fewer_bits_for_the_same_noisy_picture() -> None:
    window, _ = shots(16, 0.25, noise=4.0)
    costs = {}
    for clean in (None, TemporalFilter(4)):
        encoder = ChunkEncoder(96, 64, CodecSettings(24), lively())
        encoder.clean = clean
        structure, size, scores = Structure(encoder, "fast"), 0, []
        for at in (0, 8):
            if clean is not None:
                clean.show(window)
            coded = structure.encode(window[at:at + 8], at == 0)
            size += coded_bytes(coded)
            scores += [psnr(a[0], b[0][:64, :96]) for a, b in zip(window[at:at + 8], [p for _, part in coded for p in part], strict=True)]
        encoder.close()
        costs[clean is not None] = size, float(np.mean(scores))
    (plain, before), (less, after) = costs[False], costs[True]
    # a decibel is worth about a fifth of the bits
    assert np.log(less / plain) + 0.22 * (before - after) < -0.03, costs


def test_the_writer_looks_at_the_frames_around(tmp_path: Path) -> None:
    seen, _ = shots(16, 0.25)
    frames = [Frame(*planes, n, 40 * n, 8) for n, planes in enumerate(seen)]
    quick = CodecSettings(24, effort="fast")
    assert REACH["fast"] > 0
    alone = write(tmp_path / "alone.lzc", frames, quick, lively(), around=0).read_bytes()
    known = write(tmp_path / "known.lzc", frames, quick, lively()).read_bytes()
    more = write(tmp_path / "more.lzc", frames, quick, lively(), around=8).read_bytes()
    assert alone != known == more
    cut = write(tmp_path / "cut.lzc", frames, quick, lively(), cuts=(8,), around=8).read_bytes()
    assert cut == write(tmp_path / "uncut.lzc", frames, quick, lively(), cuts=(8,), around=0).read_bytes(), "a cut is not looked across"


@pytest.mark.parametrize("length", [1, 2, 4, 8])
def test_looking_ahead_changes_nothing(length: int) -> None:
    """What was looked for on other threads, and what is kept from one window to the next, is what would be found on the spot."""
    window, _ = shots(20, 1.5)
    ahead = TemporalFilter(4)
    for start in (0, 8, 16):
        first, shown = max(0, start - 4), window[max(0, start - 4):start + 12]
        ahead.show(shown)
        ahead.look_ahead(start - first, length)
        for at in range(start + length - 1, min(start + 8, len(window)), length):
            plain = TemporalFilter(4)
            plain.show(shown)
            for got, want in zip(ahead(window[at], False, 24, length), plain(window[at], False, 24, length), strict=True):
                assert np.array_equal(got, want)
    ahead.close()
