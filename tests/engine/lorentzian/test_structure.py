"""How long chunks get: the choice follows the cost, and trying leaves no trace in the stream."""
from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.lorentzian import structure
from engine.lorentzian.codec import ChunkEncoder, CodecSettings
from engine.lorentzian.pipeline import encode_each
from engine.lorentzian.slices import Reference
from engine.lorentzian.structure import Structure
from tests.engine.lorentzian.clips import lively, scene

KEY, ANCHORED, SEEN, DEAR = 100, 200, 300, 9000  # three places in a table of prices, and the price of what is not in it
COARSEST = 0  # what suits the errors of `Fake`, the same in all planes
FRAMES = [[np.zeros((16, 16), np.uint8), np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.uint8)] for _ in range(8)]


class Fake:
    """An encoder whose chunk of n frames costs `price[n]` bytes, all at the same error."""

    def __init__(self, price: dict[int, int]) -> None:
        self.price, self.quality, self.calls, self.state = price, 32, [], 0
        self.anchor: Any = None
        self.sources: dict[int, Any] = {}
        self.camera: Any = None
        self.pw = self.ph = 1 << 11  # large: chunks are coded one after the other

    def encode(self, frames: list[Any], key: bool, anchored: bool = False, grain: Any = None, camera: bool = False) -> tuple[Any, Any]:
        self.calls.append(len(frames))
        self.sources = dict(enumerate(frames))
        self.state += 1
        size = self.price.get(KEY if key and KEY in self.price else ANCHORED if anchored else SEEN if camera else len(frames), DEAR)
        chunk = SimpleNamespace(payloads=((b"x" * size,),), frames=len(frames), key=key, anchored=anchored, camera=camera)
        shown = [[p.astype(np.float32) + 3 for p in f] for f in frames]
        if key:
            self.anchor = (Reference([np.pad(p, (0, 16), mode="edge") for p in shown[-1]]), [])
        return chunk, shown

    def twin(self) -> Fake:
        return copy.copy(self)

    def snapshot(self) -> int:
        return self.state

    def restore(self, kept: int) -> None:
        self.state = kept


def lengths(price: dict[int, int], effort: str, groups: int) -> tuple[list[list[int]], Fake]:
    fake = Fake(price)
    s = Structure(fake, effort, chroma=COARSEST)  # type: ignore[arg-type]
    return [[c.frames for c, _ in s.encode(FRAMES, n == 0)] for n in range(groups)], fake


def test_the_cheapest_length_wins_and_is_kept() -> None:
    got, fake = lengths({8: 9000, 4: 3000, 2: 1000, 1: 3000}, "normal", 12)
    assert all(g == [2] * 4 for g in got), "from the first chunk on"
    assert len(fake.calls) < 12 * 8, "not every chunk is coded twice"


def test_long_chunks_stay_where_they_are_cheaper() -> None:
    got, fake = lengths({8: 1000, 4: 900, 2: 800, 1: 700}, "normal", 12)
    assert all(g == [8] for g in got)
    assert fake.state == 12, "what was tried and dropped leaves the encoder as it was"


def test_the_first_chunk_of_a_stream_is_tried_and_its_anchor_is_that_of_the_winner() -> None:
    frames = [list(f) for f in scene(8, 64, 48)]
    for length in (8, 2):
        encoder = ChunkEncoder(64, 48, CodecSettings(30), lively())
        encoder.fits = False  # what is shown is what others look at
        s = Structure(encoder, "normal")
        s._costs = lambda _, options, best=length: [float(n != best) for n, _ in options]  # type: ignore[method-assign]
        got = s.encode(frames, True)
        assert [c.frames for c, _ in got] == [length] * (8 // length) and [c.key for c, _ in got] == [True] + [False] * (8 // length - 1)
        assert encoder.anchor is not None and encoder.anchor[0] is not None
        assert all(np.array_equal(a, b) for a, b in zip(encoder.anchor[0].planes, got[0][1][-1], strict=True))
        encoder.close()


def test_lengths_tried_side_by_side_leave_what_one_after_the_other_does(monkeypatch: pytest.MonkeyPatch) -> None:
    frames, made = [list(f) for f in scene(24, 64, 48)], {}
    for together in (True, False):
        if not together:
            monkeypatch.setattr(structure, "map_slices", lambda work, items: [work(i) for i in items])
        encoder = ChunkEncoder(64, 48, CodecSettings(30), lively())
        s = Structure(encoder, "high")
        made[together] = [(c.payloads, c.symbols) for n in range(0, 24, 8) for c, _ in s.encode(frames[n:n + 8], n == 0)]
        encoder.close()
    assert made[True] == made[False]


@pytest.mark.parametrize("length", [1, 2, 4])
def test_chunks_coded_side_by_side_are_what_they_are_one_after_the_other(length: int) -> None:
    frames, made = [list(f) for f in scene(24, 64, 48)], []
    for together in (True, False):
        encoder = ChunkEncoder(64, 48, CodecSettings(30), lively())
        encoder.encode(frames[:8], True)
        parts = [frames[n:n + length] for n in range(8, 16, length)]
        coded = encode_each(encoder, parts) if together else [encoder.encode(p, False) for p in parts]
        coded.append(encoder.encode(frames[16:], False))
        made.append([(c, [p.tobytes() for f in shown for p in f]) for c, shown in coded])
        encoder.close()
    assert made[0] == made[1] and len(made[0]) == 8 // length + 1
    assert any(c.payloads[0][0] for c, _ in made[0]), "there are filters, which one hands to the next"


def test_a_twin_goes_its_own_way() -> None:
    frames = [list(f) for f in scene(24, 64, 48)]
    one = ChunkEncoder(64, 48, CodecSettings(30, effort="fast"), lively())
    one.encode(frames[:8], True)
    other = one.twin()
    first = one.encode(frames[8:16], False)[0]
    assert other.encode(frames[8:16], False)[0] == first, "the same state"
    one.encode(frames[:8], False)
    assert one.encode(frames[16:], False)[0] != other.encode(frames[16:], False)[0], "not any more"
    one.close()


def test_shorter_chunks_that_save_nothing_are_not_taken() -> None:
    assert all(g == [8] for g in lengths({8: 1250, 4: 600, 2: 275, 1: 113}, "normal", 6)[0]), "the container's bytes count"


def test_fast_never_tries_and_high_tries_all() -> None:
    cheap_one = {8: 9000, 4: 9000, 2: 9000, 1: 100}
    assert lengths(cheap_one, "fast", 5)[1].calls == [8] * 5
    assert lengths(cheap_one, "high", 2)[0][1] == [1] * 8


def intervals(price: dict[int, int], effort: str = "normal", every: int = 3, change: int = 0, count: int = 8) -> tuple[str, Fake]:
    """k where an interval starts anew, a where it builds on the last key chunk; one chunk each. Pictures change, and change back, by so
    many times their detail."""
    fake = Fake(price)
    s = Structure(fake, effort, fresh_every=every, chroma=COARSEST)  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    detail = rng.integers(0, 40, (48, 48))  # ten in the mean
    kinds = ""
    for n in range(count):
        luma = (detail + n % 2 * change * 10).astype(np.uint8)
        (chunk, _), = s.encode([[luma, luma[::2, ::2], luma[::2, ::2]]] * 8, True, n == 0)
        kinds += "k" if chunk.key else "a"
    return kinds, fake


def test_a_still_scene_starts_anew_only_now_and_then() -> None:
    assert intervals({KEY: 9000, ANCHORED: 1000})[0] == "kaakaaka"
    assert intervals({KEY: 9000, ANCHORED: 1000}, every=1)[0] == "k" * 8
    assert intervals({KEY: 9000, ANCHORED: 1000}, "fast")[0] == "kaakaaka"


def test_starting_anew_is_tried_until_it_is_clearly_dearer() -> None:
    assert intervals({KEY: 1000, ANCHORED: 9000})[0] == "k" * 8
    clear, close = (len(intervals({KEY: 9000, ANCHORED: n}, every=8)[1].calls) for n in (1000, 8000))
    assert (clear, close) == (9, 15)


def test_a_scene_that_moves_is_not_tried() -> None:
    cheap = {KEY: 9000, ANCHORED: 1000}
    kinds, fake = intervals(cheap, change=5, every=100)
    assert kinds == "k" * 8 and len(fake.calls) == 8
    assert intervals(cheap, change=2, every=100)[0] == "k" + "a" * 7, "where something moves before what stands still it is"
    assert intervals(cheap, "fast", change=2, every=100)[0] == "k" * 8


@pytest.mark.parametrize(("price", "effort", "key"), [
    ({KEY: 9000, 8: 1000}, "normal", False), ({KEY: 1000, 8: 9000}, "normal", True), ({KEY: 1000, 8: 1000}, "normal", True),
    ({KEY: 9000, 8: 1000}, "fast", True)])
def test_a_cut_is_one_unless_going_on_is_clearly_cheaper(price: dict[int, int], effort: str, key: bool) -> None:
    price = {**price, 2: 9000}
    fake = Fake(price)
    s = Structure(fake, effort, chroma=COARSEST, age=9)  # type: ignore[arg-type]
    s.encode(FRAMES, True)
    anchor, before = fake.anchor, s.state()
    (chunk, _), = s.cut(FRAMES)
    assert chunk.key == key
    assert len(fake.calls) == 2 or effort != "fast", "fast does not try"
    assert fake.state == 2, "what was tried and dropped leaves the encoder as it was"
    assert (fake.anchor is anchor) != key
    if key:
        resumed = Structure(Fake(price), effort, chroma=COARSEST)  # type: ignore[arg-type]
        resumed.take_up(before)
        resumed.encode(FRAMES, True)
        assert s.state() == resumed.state()


def test_what_was_tried_beside_an_anchored_chunk_leaves_no_trace() -> None:
    frames = [list(f) for f in scene(24, 64, 48)]
    encoder = ChunkEncoder(64, 48, CodecSettings(30), lively())
    encoder.encode(frames[:8], True)
    encoder.encode(frames[8:16], False)
    want = encoder.encode(frames[16:], False, anchored=True)[0]
    kept, after = encoder.anchor, encoder.snapshot()
    encoder.encode(frames[16:], True)
    encoder.restore(after)
    encoder.anchor = kept
    got = encoder.encode(frames[16:], False, anchored=True)[0]
    encoder.close()
    assert got.payloads == want.payloads and got.symbols == want.symbols


@pytest.mark.parametrize("tried", [2, 4])
def test_going_back_gives_the_same_bytes(tried: int) -> None:
    frames = [list(f) for f in scene(16, 64, 48)]
    encoder = ChunkEncoder(64, 48, CodecSettings(30), lively())
    encoder.encode(frames[:8], True)
    before = encoder.snapshot()
    want = encoder.encode(frames[8:], False)[0]
    encoder.restore(before)
    for k in range(8, 16, tried):
        encoder.encode(frames[k:k + tried], False)
    encoder.restore(before)
    got = encoder.encode(frames[8:], False)[0]
    encoder.close()
    assert got.payloads == want.payloads and got.symbols == want.symbols


def on_a_camera(price: dict[int, int], seen: int, effort: str = "normal", count: int = 10) -> tuple[str, Fake]:
    """How intervals begin (c on the camera's picture, k key, a anchored); every pixel of that picture is `seen` grey steps off."""
    fake = Fake(price)
    picture = Reference([np.full((48, 64), 100 + seen, np.float32)])
    fake.camera = lambda level: picture
    rng = np.random.default_rng(0)
    y = (100 + rng.choice([-8, 8], (48, 64))).astype(np.uint8)
    frames = [[y, np.zeros((24, 32), np.uint8), np.zeros((24, 32), np.uint8)] for _ in range(8)]
    s = Structure(fake, effort, chroma=COARSEST, fresh_every=3)  # type: ignore[arg-type]
    made = [s.encode(frames, True, n == 0)[0][0] for n in range(count)]
    return "".join("c" if c.camera else "k" if c.key else "a" for c in made), fake


def test_any_interval_may_begin_on_the_picture_of_the_camera() -> None:
    cheap = {KEY: 9000, ANCHORED: 8000, SEEN: 1000}
    kinds, fake = on_a_camera(cheap, 10)
    assert kinds == "c" * 10, "the first too, and none need be fresh"
    assert fake.state == 10, "what was tried and dropped leaves the encoder as it was"
    close = on_a_camera({**cheap, SEEN: 8999}, 10)
    assert close[0] == kinds and len(fake.calls) < len(close[1].calls) - 6, "where it is clearly cheaper it is rarely tried again"
    assert on_a_camera(cheap, 10, "fast")[0] == "c" * 10


def test_it_does_not_where_another_start_is_better_or_the_place_has_changed() -> None:
    assert "c" not in on_a_camera({KEY: 1000, ANCHORED: 900, SEEN: 8000}, 10)[0]
    assert "c" not in on_a_camera({KEY: 9000, ANCHORED: 900, SEEN: 1000}, 10 * 4)[0], "too far off to be tried"
    assert on_a_camera({KEY: 9000, ANCHORED: 8000, SEEN: 1000}, 20)[0][0] == "c" != on_a_camera({SEEN: 1000}, 20, "fast")[0][0]
    assert on_a_camera({KEY: 1000, ANCHORED: 900, SEEN: 8000}, 4)[0] == "c" * 10, "hardly changed: nothing is tried beside it"


def test_of_a_large_picture_two_ways_on_the_place_are_not_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = {KEY: 9000, ANCHORED: 8000, SEEN: 1000}
    both = on_a_camera(cheap, 4, count=1)
    monkeypatch.setattr(structure, "LARGE", 0)
    one = on_a_camera(cheap, 4, count=1)
    assert one[0] == both[0] == "c" and len(one[1].calls) < len(both[1].calls)


def test_errors_that_last_weigh_more_than_the_bits_of_the_first_chunk() -> None:
    fake = Fake({})
    s = Structure(fake, "normal")  # type: ignore[arg-type]
    options = [(8, [fake.encode(FRAMES, False)])]
    short, long, error = (s._costs(FRAMES, options, (lasting,))[0] for lasting in (1.0, 2.0, 1e9))  # type: ignore[arg-type]
    assert short - error == pytest.approx(2 * (long - error))
    assert s._costs(FRAMES, options * 2, (1.0, 2.0)) == [short, long]  # type: ignore[arg-type]


def page(seed: int, count: int = 8) -> list[list[np.ndarray]]:
    """Frames of a screen that shows one page of text."""
    y = np.random.default_rng(seed).choice([20, 230], (48, 64)).astype(np.uint8)
    return [[y, np.zeros((24, 32), np.uint8), np.zeros((24, 32), np.uint8)] for _ in range(count)]


def on_a_screen(price: dict[int, int], effort: str = "normal") -> tuple[Structure, Fake]:
    """A screen whose last key chunk showed page 0."""
    fake = Fake(price)
    s = Structure(fake, effort, chroma=COARSEST)  # type: ignore[arg-type]
    s.encode(page(0), True)
    return s, fake


def test_another_page_that_stays_has_settled() -> None:
    s, _ = on_a_screen({KEY: 4000, 8: 100})
    assert s.settled(page(1), page(1, 4)) and not s.settled(page(1), page(1, 4)), "said once"
    assert not s.settled(page(0), page(0, 4)), "the last key chunk shows it"
    assert not s.settled(page(1), []) and not s.settled(page(1), page(2, 4)), "nothing says that it stays"
    assert not s.settled(page(1, 4) + page(2, 4), page(2, 4)), "it has just come"
    assert not s.settled(page(1, 3), page(1, 4)), "too few frames to be tried"
    assert s.settled(page(1), page(1, 4)), "it is back"
    s.encode(page(0), True)
    assert s.settled(page(1), page(1, 4)), "and the interval is another"
    assert not on_a_screen({KEY: 4000, 8: 100}, "fast")[0].settled(page(1), page(1, 4))


def test_a_page_that_stays_is_worth_a_key_chunk_that_one_that_goes_is_not() -> None:
    def begins(after: list[Any], left: int) -> bool:
        s, fake = on_a_screen({KEY: 4000, 8: 1500})
        made, state = s.cut(page(1), after, left)[0][0], fake.state
        assert state == 2, "what was tried and dropped leaves the encoder as it was"
        return bool(made.key)

    s, _ = on_a_screen({KEY: 4000, 8: 1500})
    assert s.settled(page(1), page(1, 4)) and not s.cut(page(1), page(1, 4), 24)[0][0].key
    assert not s.settled(page(1), page(1, 4)), "once it was tried and left, it is not tried again"
    assert begins(page(1, 4), 8), "one is due soon"
    assert not begins([], 8) and not begins(page(2, 4), 8)
    assert not begins(page(1, 4), 24), "the one that is due comes late"
