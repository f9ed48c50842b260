"""Noise belongs to a place."""
import numpy as np

from engine.diffusor.noise import field

KEY = ("abc", 3, 0)


def test_a_window_is_a_cut_of_the_whole():
    whole = field(KEY, 1, 0, (0, 0), (3, 40, 50))
    assert np.array_equal(field(KEY, 1, 0, (13, 7), (3, 20, 30)), whole[:, 7:27, 13:43])


def test_every_part_of_the_key_counts():
    base = field(KEY, 1, 0, (0, 0), (1, 8, 8))
    others = [field(("abd", 3, 0), 1, 0, (0, 0), (1, 8, 8)), field(("abc", 4, 0), 1, 0, (0, 0), (1, 8, 8)),
              field(("abc", 3, -1), 1, 0, (0, 0), (1, 8, 8)), field(KEY, 2, 0, (0, 0), (1, 8, 8)),
              field(KEY, 1, 1, (0, 0), (1, 8, 8)), field(KEY, 1, 0, (1, 0), (1, 8, 8)), field(KEY, 1, 0, (0, 1), (1, 8, 8))]
    for other in others:
        assert np.mean(other == base) < 0.05


def test_values_never_change_between_versions():
    """Golden values: an export made today must render again tomorrow, on any machine."""
    got = field(("file", 5, -2), 7, 1, (1000, 2000), (2, 1, 2))
    assert np.array_equal(np.rint(got.ravel() * 65536 / np.sqrt(3)).astype(int), GOLDEN)


def test_it_is_white_with_unit_variance():
    x = field(KEY, 0, 0, (-300, 10), (4, 200, 200)).astype(np.float64)
    assert abs(x.mean()) < 0.01 and abs(x.std() - 1) < 0.01 and np.abs(x).max() < 3.5
    for a, b in ((x[:, 1:], x[:, :-1]), (x[:, :, 1:], x[:, :, :-1]), (x[1:], x[:-1])):
        assert abs((a * b).mean()) < 0.01


def test_far_coordinates_work():
    assert np.isfinite(field(KEY, 2**63 - 1, 10**6, (2**40, 2**41), (1, 4, 4))).all()


GOLDEN = np.array([2, 67210, 49522, -27853])
