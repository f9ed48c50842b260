"""Motion is found where there is any, and pictures move along it."""
import numpy as np
import torch

from engine.diffusor.flow import carried_on, motion_between, moved


def scene(shift_x: float = 0.0, shift_y: float = 0.0, size: int = 96) -> torch.Tensor:
    """A smooth texture, moved: content at p was at p - shift."""
    ys, xs = np.mgrid[0:size, 0:size].astype(np.float64)
    x, y = xs - shift_x, ys - shift_y
    waves = sum(np.sin(x * a + y * b + a * 40) for a, b in ((0.21, 0.05), (0.07, 0.23), (0.15, -0.17), (0.4, 0.31)))
    return torch.from_numpy(128 + 25 * waves).float()[None, None]


def inner(x: torch.Tensor) -> torch.Tensor:
    return x[..., 20:-20, 20:-20]


def test_a_shift_is_found_to_a_fraction_of_a_pixel():
    motion = motion_between(scene(3.25, -2.5), scene())
    assert (inner(motion[:, 0]) + 3.25).abs().mean() < 0.1 and (inner(motion[:, 1]) - 2.5).abs().mean() < 0.1


def test_what_stands_still_has_no_motion():
    assert motion_between(scene(), scene()).abs().max() < 1e-3
    flat = torch.full((1, 1, 40, 40), 77.0)
    assert motion_between(flat, flat).abs().max() == 0


def test_moving_along_it_gives_the_other_picture():
    a, b = scene(2, 1), scene()
    assert (inner(moved(b, motion_between(a, b)) - a)).abs().mean() < 0.5 < inner(a - b).abs().mean()


def test_whole_pixels_are_moved_exactly():
    picture = torch.rand(1, 1, 12, 16) * 255
    motion = torch.zeros(1, 2, 12, 16)
    motion[:, 0] = 3
    assert torch.allclose(moved(picture, motion)[..., :-3], picture[..., 3:], atol=1e-3)


def test_carried_on_it_arrives_where_it_should():
    motion = motion_between(scene(2, 1), scene())
    guess = moved(scene(2, 1), carried_on(motion, 3.0))
    assert inner(guess - scene(8, 4)).abs().mean() < 3 < inner(scene(2, 1) - scene(8, 4)).abs().mean()


def test_odd_and_small_sizes_work():
    for h, w in ((9, 11), (47, 101), (64, 30)):
        a = torch.rand(1, 1, h, w) * 255
        assert motion_between(a, a).shape == (1, 2, h, w)
