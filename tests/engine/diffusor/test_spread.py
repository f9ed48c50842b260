"""The table that turns the spread of samples into the width of the true error."""
import numpy as np
import pytest
from safetensors.torch import save

from engine.api import ModelError
from engine.diffusor import load_detail
from engine.diffusor.spread import NORMAL_90, SpreadTable
from tests.engine.diffusor.test_loading import META, tensors

TABLE = SpreadTable((0.0, 1.0, 4.0), {(0, 1, 2): (1.0, 3.0, 9.0), (0, 1, 8): (0.5, 2.0, 8.0), (52, 1, 8): (0.1, 1.0, 4.0),
                                      (52, 2, 8): (0.2, 2.0, 6.0)})


def test_knots_are_met_and_between_them_it_is_linear():
    spread = np.array([[0.0, 1.0], [2.5, 4.0]], np.float32)
    expected = np.array([[0.1, 1.0], [2.5, 4.0]]) / NORMAL_90
    np.testing.assert_allclose(TABLE.sigma(spread, 1, 8), expected, rtol=1e-5)


def test_beyond_the_last_knot_it_grows_in_proportion():
    assert TABLE.sigma(np.array([8.0]), 1, 8)[0] == pytest.approx(8.0 / NORMAL_90)


@pytest.mark.parametrize(("depth", "samples", "quality", "key"), [
    (1, 8, 63, (52, 1, 8)), (2, 8, 63, (52, 2, 8)), (6, 30, 55, (52, 2, 8)), (1, 8, 51, (0, 1, 8)), (1, 7, 10, (0, 1, 2)),
    (5, 2, 0, (0, 1, 2)), (1, 2, 63, (52, 1, 8))])
def test_the_nearest_known_case_is_taken(depth, samples, quality, key):
    assert TABLE.entry(depth, samples, quality) == TABLE.half[key]


def test_it_travels_as_text():
    again = SpreadTable.from_text(TABLE.to_text())
    assert again == TABLE


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"knots":[0,1],"half":{}}', '{"knots":[0,1],"half":{"0,1":[1,2]}}',
                                  '{"knots":[0,0],"half":{"0,1,2":[1,2]}}', '{"knots":[0,1],"half":{"0,1,2":[1]}}',
                                  '{"knots":[0,1],"half":{"0,1,2":[1,NaN]}}', '{"knots":[0,1],"half":{"0,1,2":[1,-2]}}', " " * 70000,
                                  '{"knots":[1,2],"half":{"0,1,2":[1,2]}}', '{"knots":[0,Infinity],"half":{"0,1,2":[1,2]}}'])
def test_what_makes_no_sense_is_refused(text):
    with pytest.raises(ModelError):
        SpreadTable.from_text(text, "here")


def test_weights_bring_table_and_temperature(tmp_path):
    (tmp_path / "w").write_bytes(save(tensors(), META | {"spread": TABLE.to_text(), "temperature": "0.6"}))
    model = load_detail(tmp_path / "w")
    assert model.spread == TABLE and model.temperature == 0.6
    assert model.calibrated(np.ones((2, 2)), 1, 8)[0, 0] == pytest.approx(1 / NORMAL_90)
    (tmp_path / "w").write_bytes(save(tensors(), META))
    plain = load_detail(tmp_path / "w")
    assert plain.temperature == 1 and plain.calibrated(np.ones((2, 2)), 1, 8)[0, 0] == 1


@pytest.mark.parametrize("bad", ["x", "0", "-1", "nan", "9"])
def test_an_impossible_temperature_is_refused(tmp_path, bad):
    (tmp_path / "w").write_bytes(save(tensors(), META | {"temperature": bad}))
    with pytest.raises(ModelError, match="temperature"):
        load_detail(tmp_path / "w")


def test_a_lower_temperature_brings_samples_closer_to_the_mean(wild):
    from engine.diffusor import DetailModel
    calm = DetailModel(wild.net, "test", "cpu", temperature=0.25)
    y, c = np.full((24, 24), 120, np.float32), np.full((12, 12), 128, np.float32)
    how = {"origin": (0, 0), "key": ("f", 0, 0), "seed": 0, "samples": (None, 0)}
    (mean, loud), (same, soft) = wild.samples(y, c, c, **how), calm.samples(y, c, c, **how)
    assert np.array_equal(mean[0], same[0])
    assert np.abs(soft[0] - mean[0]).mean() < 0.5 * np.abs(loud[0] - mean[0]).mean()
