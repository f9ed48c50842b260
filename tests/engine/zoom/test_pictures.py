import numpy as np
import pytest

from engine.api import EngineError, Frame, LzcError
from engine.zoom import TileCache, render_zoom
from engine.zoom.pictures import Pictures, from_frame, reduced
from tests.engine.zoom.fakes import FakeSource, block_mean, noise_like


class Levelled(FakeSource):
    """Stores three levels, each plainly different from means of the others."""

    def __init__(self, lost_levels: tuple[int, ...] = ()) -> None:
        super().__init__(noise_like(128, 96, grey=True))
        object.__setattr__(self.info, "levels", 3)
        self.lost_levels, self.asked = lost_levels, []

    def read_level(self, index: int, level: int) -> Frame:
        self.asked.append(level)
        if level in self.lost_levels:
            raise LzcError(f"level {level} is damaged")
        shape = (96 >> level, 128 >> level)
        half = (shape[0] // 2, shape[1] // 2)
        return Frame(np.full(shape, 50 + level, np.uint8), np.full(half, 128, np.uint8), np.full(half, 128, np.uint8), index)


def test_reduction_is_the_area_mean_not_rounded() -> None:
    frame = noise_like(64, 48)
    two = reduced(reduced(from_frame(frame, 0)))
    np.testing.assert_allclose(two.y, block_mean(frame.y, 4)[..., 0])
    assert two.level == 2 and (two.width, two.height) == (16, 12) and two.u.shape == (6, 8)


def test_odd_sizes_stay_consistent_between_luma_and_chroma() -> None:
    picture = from_frame(noise_like(37, 21), 0)
    for _ in range(5):
        assert picture.y.shape == (2 * picture.u.shape[0], 2 * picture.u.shape[1])
        picture = reduced(picture)


def test_ten_bits_become_grey_steps() -> None:
    frame = noise_like(8, 8, bit_depth=10)
    y, _, _ = from_frame(frame, 0).region(0, 0, 8, 8)
    np.testing.assert_allclose(y, frame.y / 4)


def test_stored_levels_are_read_and_coarser_ones_made() -> None:
    source = Levelled()
    assert render_zoom(source, 0, (0, 0, 128, 96), 0.5).rgb[0, 0, 0] == 51 and source.asked == [1]
    assert render_zoom(source, 0, (0, 0, 128, 96), 1 / 8).rgb[0, 0, 0] == 52 and source.asked == [1, 2]


def test_a_lost_level_gives_way_to_the_next_coarser_one_and_says_so() -> None:
    made = render_zoom(Levelled(lost_levels=(0,)), 0, (0, 0, 128, 96), 1)
    assert made.rgb[0, 0, 0] == 51 and made.facts["pixels"]["interpolated"] == 128 * 96 and made.facts["recorded_limit"] == 0.5
    assert made.facts["notes"] == ["level 0 of frame 0 is lost; level 1 is shown"]
    with pytest.raises(LzcError, match="level 2 is damaged"):
        render_zoom(Levelled(lost_levels=(0, 1, 2)), 0, (0, 0, 128, 96), 1)


def test_at_hand_prefers_the_wanted_then_the_finer_level() -> None:
    pictures, source = Pictures(TileCache()), FakeSource(noise_like(128, 96))
    assert pictures.at_hand(source.info, 0, 1) is None
    pictures.get(source, 0, 2)
    for wanted, expected in ((2, 2), (1, 1), (0, 0), (5, 2)):
        found = pictures.at_hand(source.info, 0, wanted)
        assert found is not None and found.level == expected
    assert source.reads == [0]


def test_planes_that_do_not_belong_together() -> None:
    frame = noise_like(16, 16)
    with pytest.raises(EngineError, match="do not belong together"):
        from_frame(Frame(frame.y, frame.u[:4], frame.v), 0)


def test_what_is_said_of_one_source_is_not_said_of_another() -> None:
    pictures, damaged, whole = Pictures(TileCache()), Levelled(lost_levels=(0,)), FakeSource(noise_like(128, 96), path="whole.mp4")
    pictures.get(damaged, 0, 0)
    pictures.get(whole, 0, 0)
    assert pictures.take_notes(whole.info) == []
    assert pictures.take_notes(damaged.info) == ["level 0 of frame 0 is lost; level 1 is shown"]
    assert pictures.take_notes(damaged.info) == []
