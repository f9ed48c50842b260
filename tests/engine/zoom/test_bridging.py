"""A damaged recording plays on, and every frame that stands in for a lost one says so."""
import numpy as np
import pytest

from engine.api import Frame, LzcError, MediaError, Provenance
from engine.diffusor.ahead import AheadModel, AheadNet
from engine.zoom.bridging import LONGEST, BridgedSource
from tests.engine.zoom.fakes import FakeSource


def moving(count: int = 12) -> list[Frame]:
    ys, xs = np.mgrid[0:64, 0:80].astype(float)
    out = []
    for n in range(count):
        y = np.rint(128 + 30 * (np.sin((xs - 2 * n) * 0.2 + ys * 0.1) + np.sin((xs - 2 * n) * 0.07 - ys * 0.2))).astype(np.uint8)
        out.append(Frame(y, np.full((32, 40), 128, np.uint8), np.full((32, 40), 128, np.uint8), n, n))
    return out


class Damaged(FakeSource):
    def __init__(self, frames: list[Frame], lost: set[int]) -> None:
        super().__init__(*frames)
        self.lost = lost

    def frames(self, start: int = 0, stop: int | None = None):  # type: ignore[no-untyped-def]
        for n in range(start, len(self._frames) if stop is None else stop):
            yield self.read(n)


def bridged(lost: set[int], count: int = 12) -> BridgedSource:
    return BridgedSource(Damaged(moving(count), lost), lambda: AheadModel(AheadNet().eval(), "test"))


def test_a_gap_is_filled_from_both_sides_and_marked() -> None:
    source, truth = bridged({4, 5, 6}), moving()
    shown = list(source.frames())
    assert [f.index for f in shown] == list(range(12)) == [f.pts for f in shown]
    assert [f.index for f in shown if f.provenance == Provenance.SYNTHESISED] == [4, 5, 6]
    for n in (4, 5, 6):
        inner = np.s_[12:-12, 16:-16]
        assert np.abs(shown[n].y[inner].astype(int) - truth[n].y[inner]).mean() < 3
        assert np.abs(shown[n].y[inner].astype(int) - truth[3].y[inner]).mean() > 6
    assert all(np.array_equal(shown[n].y, truth[n].y) for n in range(12) if n not in (4, 5, 6))


def test_single_frames_are_the_same_as_in_playing() -> None:
    played = list(bridged({4, 5, 6}).frames())
    assert np.array_equal(bridged({4, 5, 6}).read(5).y, played[5].y)


def test_at_the_ends_motion_goes_on() -> None:
    source = bridged({0, 1, 10, 11})
    shown = [source.read(n) for n in range(12)]
    assert [n for n, f in enumerate(shown) if f.provenance == Provenance.SYNTHESISED] == [0, 1, 10, 11]
    assert [f.index for f in shown] == list(range(12))


def test_long_gaps_stay_gaps() -> None:
    source = bridged(set(range(2, LONGEST + 4)), LONGEST + 8)
    with pytest.raises(LzcError, match="frame 20 is damaged"):
        source.read(20)
    source = bridged(set(range(1, 12)))  # one whole frame has no motion
    with pytest.raises(LzcError):
        source.read(6)


def test_what_is_whole_at_a_coarser_level_is_shown_from_there() -> None:
    class Levelled(Damaged):
        def read_level(self, index: int, level: int) -> Frame:
            if level < 2:
                raise LzcError("damaged")
            return Frame(np.full((16, 20), 50 + index, np.uint8), *(np.full((8, 10), 100, np.uint8),) * 2, index)

    inner = Levelled(moving(), {3})
    inner.info = inner.info.__class__(**{**inner.info.__dict__, "levels": 4})
    shown = BridgedSource(inner).read(3)
    assert shown.provenance == Provenance.INTERPOLATED and shown.y.shape == (64, 80) and (shown.y == 53).all()


def test_other_faults_pass_and_other_questions_are_passed_on() -> None:
    class Gone(Damaged):
        def read(self, index: int) -> Frame:
            raise MediaError("the disk is gone")

    with pytest.raises(MediaError):
        BridgedSource(Gone(moving(), set())).read(1)
    source = bridged(set())
    assert source.closed == 0 and source.info.frames == 12
    source.close()
    assert source.closed == 1
    with pytest.raises(IndexError):
        source.read(99)
