"""Blocks that go on from the one to the left or above: what is expected of them, what that saves, and that nobody else need know."""
from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.lorentzian import payload, symbols, turning
from engine.lorentzian.bases import ADJACENT, ADJACENT_OWN, ALONE, ALONG, FOUR, FROM, HAAR, INNER, LEFT, LUMA, WAYS, of_way, rotation
from engine.lorentzian.beside import expected
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.planes import to_blocks
from engine.lorentzian.schedule import slices
from engine.lorentzian.slices import Field
from engine.lorentzian.tables import Tables
from engine.lorentzian.transform import CHANNELS, GROUP, ORDER, _level_of
from tests.engine.lorentzian.clips import decode, lively

LEVEL = np.array([_level_of(*c) for c in ORDER])


def way(kind: int, direction: int) -> int:
    return kind + 2 * direction


def coefficients(y: np.ndarray, kind: int) -> np.ndarray:
    """int64 `[h, w, 96]`: whole numbers near the luma coefficients of a picture in a basis."""
    h, w = y.shape
    grey = torch.full((1, h // 2, w // 2), 128.0)
    x = to_blocks(torch.from_numpy(y)[None].float(), grey, grey, 0)[0]
    out = torch.zeros(CHANNELS, *x.shape[1:])
    out[LUMA] = torch.einsum("oc,chw->ohw", rotation(kind, 8), x[LUMA])
    made: np.ndarray = np.rint(out.permute(1, 2, 0).numpy()).astype(np.int64)
    return made


@pytest.mark.parametrize("kind", [FOUR, HAAR])
@pytest.mark.parametrize("direction", [1, 2])
def test_what_is_the_same_along_a_row_or_column_is_expected_whole(kind: int, direction: int) -> None:
    rng = np.random.default_rng(kind)
    stripes = np.repeat(rng.integers(0, 256, 8).astype(np.float64)[:, None], 16, 1)
    picture = stripes if direction == LEFT else stripes.T
    both = coefficients(picture, kind)
    first, second = (both[0, 0], both[0, 1]) if direction == LEFT else (both[0, 0], both[1, 0])
    state = payload.TileState.blank(2, 2)
    here = (2, 2)
    there = (2, 1) if direction == LEFT else (1, 2)
    state.q[0, there[0], there[1], :96] = first
    for y, x in (here, there):
        state.energy[0, y, x, symbols.BASIS] = way(kind, direction)
    for c in LUMA:
        got = expected.py_func(state.q, state.energy, 0, *here, c, symbols.BASIS, way(kind, direction))
        assert got == second[c], (ORDER[c], got, second[c])
        state.q[0, here[0], here[1], c] = got
    state.energy[0, there[0], there[1], symbols.BASIS] = way(FOUR + HAAR - kind, ALONE)
    assert all(expected.py_func(state.q, state.energy, 0, *here, c, symbols.BASIS, way(kind, direction)) == 0
               for c in LUMA if not INNER[way(kind, direction), c]), "a neighbour in another basis says nothing"


def test_what_is_looked_at_is_coded_before() -> None:
    for w in range(3, WAYS):
        for c in LUMA:
            if ALONG[w, c]:
                there = FROM[w, c]
                assert LEVEL[there] == LEVEL[c] and (there < c if INNER[w, c] else there < CHANNELS), (w, c)
    for kind in (FOUR, HAAR):
        for c in LUMA:
            for side in (0, 1):
                there = ADJACENT[kind, side, c]
                assert GROUP[there] == GROUP[c] and (not ADJACENT_OWN[kind, side, c] or there < c), (kind, c, side)


def test_adjacent_is_what_lies_beside_it_in_the_picture() -> None:
    """A step of a picture by four pixels moves quarters, by one finest pair moves Haar functions of that size."""
    rng = np.random.default_rng(3)
    picture = rng.integers(0, 256, (8, 24)).astype(np.float64)
    for kind, step in ((FOUR, 4), (HAAR, 2)):
        here, moved = coefficients(picture[:, 8:24], kind)[0], coefficients(np.roll(picture, step, 1)[:, 8:24], kind)[0]
        before = coefficients(picture[:, :16], kind)[0]
        for c in LUMA:
            v = ORDER[c][2]
            if (kind == FOUR and v > 1) or (kind == HAAR and v > 3):
                source = here[0] if ADJACENT_OWN[kind, 0, c] else before[0]
                assert abs(moved[0, c] - source[ADJACENT[kind, 0, c]]) <= 1, (kind, ORDER[c])


def lines(width: int, height: int) -> list[np.ndarray]:
    y = np.full((height, width), 225, np.uint8)
    y[5::19] = 60
    y[6::19] = 140
    y[:, 3::37] = 90
    return [y, np.full((height // 2, width // 2), 128, np.uint8), np.full((height // 2, width // 2), 128, np.uint8)]


def cost(page: list[np.ndarray], quality: int) -> tuple[int, float, dict[int, int]]:
    """(bytes, mean squared error of luma, blocks by way)."""
    h, w = page[0].shape
    encoder, ways = ChunkEncoder(w, h, CodecSettings(quality), lively()), {}

    def watch(order: object, state: payload.TileState, fields: object) -> None:
        found = state.energy[0, 1:-1, 1:-1, symbols.BASIS]
        ways.update({n: int((found == n).sum()) for n in range(WAYS)})
    encoder.observer = watch
    chunk, shown = encoder.encode([page], True)
    encoder.close()
    assert np.abs(decode([chunk], w, h, quality, lively())[0][0] - shown[0][0]).max() < 0.01
    return sum(map(len, chunk.payloads[0])), float(np.mean((shown[0][0][:h, :w] - page[0]) ** 2)), ways


def test_lines_go_on_for_nearly_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    page, quality = lines(240, 144), 44
    size, error, ways = cost(page, quality)
    assert sum(ways[n] for n in range(3, WAYS)) > 200, ways
    monkeypatch.setattr(turning, "choose", _alone(turning.choose))
    alone, other, _ = cost(page, quality)
    assert size < 0.7 * alone and error < 1.1 * other, (size, alone, error, other)


def _alone(choose: object) -> object:
    """The same bases, each block for itself."""
    def chosen(*args: object) -> torch.Tensor | None:
        found = choose(*args)  # type: ignore[operator]
        return None if found is None else of_way(found).to(torch.uint8)
    return chosen


def test_a_level_less_needs_nothing_of_it() -> None:
    """Blocks that go on decode to the same symbols when finer levels are never read."""
    rng = np.random.default_rng(8)
    order, whole = slices(1, True), payload.TileState.blank(4, 4)
    q = rng.integers(-3, 4, (4, 4, CHANNELS)).astype(np.int16)
    payload.put(whole, order[0], q, rng.integers(1, WAYS, (4, 4)))
    field = {0: Field.empty(32, 32)}
    data = {lv: payload.write_level(lv, order, whole, field, 30, Tables.untrained()) for lv in (3, 2, 1, 0)}
    some = payload.TileState.blank(4, 4)
    for lv in (3, 2):
        payload.read_level(data[lv], lv, order, some, field, 30, Tables.untrained())
    assert np.array_equal(some.q[0, 1:-1, 1:-1, 3:6], q[..., 3:6])
