"""Encoder and decoder stay in step: the decoder makes the very pictures that the encoder predicted from."""
from __future__ import annotations

import numpy as np
import pytest

from engine.lorentzian.chunk import CodedChunk
from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import ChunkDecoder, ChunkEncoder, CodecSettings
from engine.lorentzian.model import CodecModel
from tests.engine.lorentzian.clips import Planes, decode, lively, psnr, scene


def encode(film: list[Planes], plan: list[tuple[int, bool]], settings: CodecSettings,
           model: CodecModel) -> tuple[list[CodedChunk], list[Planes]]:
    """Chunks of (frames, key) one after the other."""
    h, w = film[0][0].shape
    encoder = ChunkEncoder(w, h, settings, model)
    coded, shown, at = [], [], 0
    for count, key in plan:
        chunk, planes = encoder.encode(film[at:at + count], key)
        coded.append(chunk)
        shown += planes
        at += count
    encoder.close()
    return coded, shown


def equal(a: list[Planes], b: list[Planes]) -> bool:
    return len(a) == len(b) and all(np.array_equal(p, q) for x, y in zip(a, b, strict=True) for p, q in zip(x, y, strict=True))


@pytest.mark.parametrize("count", range(1, 9))
def test_every_length_of_a_chunk(count: int) -> None:
    film = list(scene(3 * count, 48, 32))
    coded, shown = encode(film, [(count, True), (count, False), (count, False)], CodecSettings(36), lively())
    assert equal(decode(coded, 48, 32, 36, lively()), shown)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 1), (16, 16), (17, 33), (50, 34), (15, 64)])
@pytest.mark.parametrize("quality", [10, 50])
def test_every_size(width: int, height: int, quality: int) -> None:
    film = list(scene(7, width, height))
    coded, shown = encode(film, [(4, True), (3, False)], CodecSettings(quality), lively())
    assert equal(decode(coded, width, height, quality, lively()), shown)
    assert all(p.dtype == np.float32 and p.shape[0] % 8 == 0 and p.shape[1] % 8 == 0 for p in shown[0])


@pytest.mark.parametrize("effort", ["fast", "normal", "high"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_every_effort_and_precision(effort: str, precision: str) -> None:
    film = list(scene(11, 64, 48))
    coded, shown = encode(film, [(8, True), (3, False)], CodecSettings(40, effort=effort), lively(precision))
    assert equal(decode(coded, 64, 48, 40, lively(precision)), shown)


def test_tiles_meet_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    """Motion and prediction run across tile borders; only the entropy coder stops there."""
    film = list(scene(8, 96, 64))
    monkeypatch.setattr("engine.lorentzian.codec.price", lambda *_: 0.0)  # what bits cost is known tile by tile, what was rounded is not
    monkeypatch.setattr("engine.lorentzian.rdoq.MODES", ())
    monkeypatch.setattr("engine.lorentzian.fitting.fit", lambda *a: a[4])  # filters belong to a tile
    one, shown_one = encode(film, [(8, True)], CodecSettings(36, effort="fast"), lively())
    monkeypatch.setattr("engine.lorentzian.payload.TILE", 32)
    many, shown_many = encode(film, [(8, True)], CodecSettings(36, effort="fast"), lively())
    assert (len(one[0].payloads), len(many[0].payloads)) == (1, 6)
    assert equal(decode(many, 96, 64, 36, lively()), shown_many)
    assert np.array_equal(shown_one[0][0], shown_many[0][0]), "a picture without motion does not know of tiles"
    assert abs(psnr(shown_one[5][0], film[5][0]) - psnr(shown_many[5][0], film[5][0])) < 0.5


def test_a_key_chunk_forgets_what_was_before() -> None:
    """A key chunk decodes alone, and the same with any past."""
    film = list(scene(16, 48, 48))
    coded, shown = encode(film, [(8, True), (8, True)], CodecSettings(36), lively())
    assert equal(decode(coded[1:], 48, 48, 36, lively()), shown[8:])
    alone, _ = encode(film[8:], [(8, True)], CodecSettings(36), lively())
    assert alone[0] == coded[1]


def test_the_last_chunk_matters_to_the_next() -> None:
    film = list(scene(16, 48, 48))
    coded, shown = encode(film, [(8, True), (8, False)], CodecSettings(36), lively())
    assert not equal(decode(coded[1:], 48, 48, 36, lively()), shown[8:])
    anew, _ = encode(film, [(8, True), (8, True)], CodecSettings(36), lively())
    size = [sum(len(part) for tile in c.payloads for part in tile) for c in (coded[1], anew[1])]
    assert size[0] < size[1], "what is known already costs less"


@pytest.mark.parametrize("level", [0, 2])
def test_a_chunk_may_begin_before_the_one_before_is_finished(level: int) -> None:
    film = list(scene(24, 48, 48))
    coded, _ = encode(film, [(8, True), (8, False), (8, False)], CodecSettings(36), lively())
    want = decode(coded, 48, 48, 36, lively(), level)
    reader, decoder = SymbolReader(48, 48, 36, lively()), ChunkDecoder(48, 48, 36, lively())
    begun = [decoder.begin(reader.read(c, level), level) for c in coded]
    got = [decoder.finish(b) for b in reversed(begun)][::-1]
    assert equal([planes[t] for planes in got for t in sorted(planes)], want)
    decoder.close()


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_coarser_level_shows_the_picture_reduced(level: int) -> None:
    film = list(scene(16, 96, 64))
    coded, shown = encode(film, [(8, True), (8, False)], CodecSettings(40), lively())
    small = decode(coded, 96, 64, 40, lively(), level)
    k = 1 << level
    ratios = [psnr(seen[0], full[0].reshape(64 // k, k, 96 // k, k).mean((1, 3))) for full, seen in zip(shown, small, strict=True)]
    assert ratios[0] > 33, "a new start has no drift: only the kind of reduction differs"
    assert min(ratios) > 21.5 and np.mean(ratios) > 24.5, "two chunks of drift over sharp texture in motion"


def test_bytes_and_quality_rise_together(shipped: CodecModel) -> None:
    film = list(scene(16, 96, 64))
    sizes, ratios = [], []
    for quality in (0, 12, 24, 36, 48, 63):
        coded, shown = encode(film, [(8, True), (8, False)], CodecSettings(quality), shipped)
        sizes.append(sum(len(part) for c in coded for tile in c.payloads for part in tile))
        ratios.append(np.mean([psnr(np.clip(np.rint(s[0]), 0, 255), f[0]) for s, f in zip(shown, film, strict=True)]))
        assert equal(decode(coded, 96, 64, quality, shipped), shown)
    assert sizes == sorted(set(sizes)) and ratios == sorted(set(ratios)), (sizes, ratios)
    assert sizes[-1] > 10 * sizes[0] and ratios[-1] > 44 and ratios[0] > 18, (sizes, ratios)


def test_a_still_costs_next_to_nothing_after_its_first_picture(shipped: CodecModel) -> None:
    film = [scene(1, 96, 64)[0]] * 16
    coded, shown = encode(film, [(8, True), (8, False)], CodecSettings(36), shipped)
    first, second = (sum(len(part) for tile in c.payloads for part in tile) for c in coded)
    assert second < first / 8
    assert psnr(shown[-1][0], film[0][0]) > psnr(shown[0][0], film[0][0]) - 1
