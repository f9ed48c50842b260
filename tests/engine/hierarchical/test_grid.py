"""The guarantee about errors: every value within the bound in its own type, and NaN, infinities and signs as they were."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.hierarchical import block, bounds, grid

FLOATS = ("float16", "float32", "float64")


def there_and_back(x: np.ndarray, bound: float) -> np.ndarray:
    marks = grid.specials(x)
    q, fitted = grid.fit(x, marks == 0, bound)
    back = grid.restore(grid.unpack(q, fitted), fitted, x.dtype)
    if x.dtype.kind == "f":
        grid.put_specials(back, marks)
    grid.put_exceptions(back, fitted)
    return back


def within(x: np.ndarray, back: np.ndarray, bound: float) -> bool:
    assert back.dtype == x.dtype
    if x.dtype.kind != "f":
        return all(abs(int(a) - int(b)) <= bound for a, b in zip(x.ravel(), back.ravel()))
    if bound == 0:
        finite = ~np.isnan(x)
        same = f"u{x.dtype.itemsize}"
        return bool((np.isnan(back) == np.isnan(x)).all() and (x.view(same)[finite] == back.view(same)[finite]).all())
    a, b = x.astype(np.float64), back.astype(np.float64)
    with np.errstate(invalid="ignore"):
        return bool(((np.abs(a - b) <= bound) | (a == b) | (np.isnan(a) & np.isnan(b))).all())


@pytest.mark.parametrize("dtype", FLOATS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_floats_keep_any_bound(dtype: str, data: st.DataObject) -> None:
    width = int(dtype[5:])
    x = data.draw(hnp.arrays(dtype, (1, 70), elements=st.floats(width=width), fill=st.floats(0, 100, width=width)))
    bound = data.draw(st.sampled_from([0.0, 1e-300, 1e-12, 1e-3, 0.125, 7.0, 1e6, 1e30]))
    assert within(x, there_and_back(x, bound), bound)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_whole_numbers_keep_any_bound(dtype: str, data: st.DataObject) -> None:
    info = np.iinfo(dtype)
    x = data.draw(hnp.arrays(dtype, (1, 70), elements=st.integers(info.min, info.max), fill=st.integers(0, 9)))
    bound = data.draw(st.sampled_from([0.0, 0.4, 1.0, 2.5, 100.0, 1e9]))
    assert within(x, there_and_back(x, bound), bound)


@settings(max_examples=60, deadline=None)
@given(places=st.integers(0, 6), values=st.lists(st.integers(-10 ** 6, 10 ** 6), min_size=3, max_size=90), bound=st.floats(0, 5))
def test_decimals_keep_any_bound(places: int, values: list[int], bound: float) -> None:
    x = np.array([values], np.float64) / 10.0 ** places
    assert within(x, there_and_back(x, bound), bound)


def test_decimals_are_recognised() -> None:
    x = np.array([[20.15, 20.1, 21.0, 19.95] * 20])
    q, fitted = grid.fit(x, np.ones(x.shape, bool), 0.0)
    assert fitted.mode == grid.DECIMAL and fitted.digits == 2 and fitted.step == 5      # all are multiples of 0.05
    q = grid.unpack(q, fitted)
    assert not len(fitted.places) and q.max() - q.min() == 21


def test_denormals_and_negative_zero_come_back_without_loss() -> None:
    x = np.array([[5e-324, -0.0, 0.0, 2.2e-308, -5e-324, 1.0, 1e308]])
    assert there_and_back(x, 0.0).tobytes() == x.tobytes()


def test_few_values_far_apart_become_places() -> None:
    x = np.tile(np.array([0, 1000, 5000, 90000], np.int32), 40)[None]
    q, fitted = grid.fit(x, np.ones(x.shape, bool), 0.0)
    assert fitted.palette is not None and q.max() == 3
    assert (there_and_back(x, 0.0) == x).all()


def test_a_step_is_just_under_twice_the_bound() -> None:
    x = np.random.default_rng(0).normal(size=(1, 500))
    _, fitted = grid.fit(x, np.ones(x.shape, bool), 0.01)
    assert fitted.mode == grid.STEP and 0.0199 < fitted.width < 0.02


@pytest.mark.parametrize("first", [-1_700_000_000_000_000_000, 1_700_000_000_000_000_000, 2 ** 63])
def test_a_share_of_the_range_of_large_whole_numbers(first: int) -> None:
    x = np.array([[first + i for i in range(130)]], np.uint64 if first >= 2 ** 63 else np.int64)
    assert bounds.parse("1%").absolute(*bounds.span(x)) == pytest.approx(1.29)


@pytest.mark.parametrize(("dtype", "most"), [("float16", 1.0), ("float32", 0.97)])
def test_noise_without_loss_takes_no_more_than_its_own_bits(dtype: str, most: float) -> None:
    x = np.random.default_rng(3).normal(size=(200, 250)).astype(dtype)
    coded = block.encode([block.Channel(x)])
    assert len(coded.side) + sum(map(len, coded.levels)) < most * x.nbytes
    ((back, _, _),) = block.decode(coded.side, coded.levels, x.shape, [x.dtype], [False])
    assert back.tobytes() == x.tobytes()


def test_floats_that_were_whole_numbers_are_counts_of_a_power_of_two() -> None:
    whole = (np.random.default_rng(4).normal(size=2000).cumsum() * 100).astype(np.int16)
    x = (whole / 32768).astype(np.float32)[None]
    x[0, 7] = -0.0
    q, fitted = grid.fit(x, np.ones(x.shape, bool), 0.0)
    assert fitted.mode == grid.STEP and fitted.width == 2.0 ** -15 and list(fitted.places) == [7]
    assert np.delete(q[0], 7).tolist() == np.delete(whole, 7).tolist()
    assert there_and_back(x, 0.0).tobytes() == x.tobytes()
    many = np.where(np.arange(2000) % 3 == 0, np.float32(-0.0), x)      # zeros below zero are no counts of anything
    assert there_and_back(many, 0.0).tobytes() == many.tobytes()
