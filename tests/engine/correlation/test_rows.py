"""Series and bands through the network: cells go there and back, sets of any size, what is given is held, weights are judged."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save

from engine.api import ModelError
from engine.correlation import fits, given_rows, rows
from engine.correlation.net import OUT as VIDEO_OUT
from engine.correlation.net import VIDEO, CorrelationNet
from engine.correlation.rows import CONFIG, FORMS, RowsModel, load_rows


def model(kind: str, seed: int = 1) -> RowsModel:
    torch.manual_seed(seed)
    return RowsModel(CorrelationNet(CONFIG, FORMS[kind]), f"{seed:064x}")


SHAPES = {"series": (3, 1, 700), "bands": (3, 31, 43)}


@pytest.mark.parametrize("kind", FORMS)
def test_cells_come_back(kind: str) -> None:
    shape = (2, 5, 1, 64) if kind == "series" else (2, 5, 16, 24)
    x = torch.randn(shape)
    cells = rows.to_cells(x, FORMS[kind])
    assert cells.shape[1] == 5 * 16
    assert torch.equal(rows.from_cells(cells.unflatten(1, (5, 16)), FORMS[kind]), x)


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("members", [1, 2, 8])
def test_sets_of_any_size_go_through(kind: str, members: int) -> None:
    x = np.cumsum(np.random.default_rng(0).normal(size=(members, *SHAPES[kind][1:])), 2)
    made = model(kind).patterns(x)
    assert made.shape == (members, model(kind).count, *x.shape[1:]) and np.isfinite(made).all()
    assert np.array_equal(made[:, :given_rows.GIVEN], model(kind).patterns(x, learned=False))
    cells, hand, rough = rows.seen(x, FORMS[kind])
    with torch.no_grad():
        plain = rows.from_cells(model(kind).net(cells, hand, rough, 1 / rough, members), FORMS[kind])
    assert np.allclose(plain[:, :, :x.shape[1], :x.shape[2]].numpy(), made, atol=1e-5)


@pytest.mark.parametrize("kind", FORMS)
def test_members_look_at_each_other_and_keep_their_places(kind: str) -> None:
    """Another member changes what is said of the first one; members that change places take the given patterns with them."""
    rng = np.random.default_rng(1)
    x = np.cumsum(rng.normal(size=(2, *SHAPES[kind][1:])), 2)
    net = model(kind)
    both, other = net.patterns(x), net.patterns(np.stack([x[0], rng.normal(size=x[1].shape)]))
    assert not np.allclose(both[0], other[0])
    assert np.allclose(net.patterns(x[::-1], learned=False), net.patterns(x, learned=False)[::-1], atol=1e-5)


@pytest.mark.parametrize("kind", FORMS)
def test_what_lies_two_cells_on_is_said_two_cells_on(kind: str) -> None:
    net, form = model(kind).net, FORMS[kind]
    torch.manual_seed(3)
    for p in net.parameters():  # those that begin at no effect, too
        p.data += 0.1 * torch.randn_like(p)
    h = 1 if form.flat else 8
    cells, hand, one = torch.randn(3, 16, h, 40), torch.randn(3, given_rows.GIVEN * 16, h, 40), torch.ones(3)
    with torch.no_grad():
        made = net(cells, hand, one, one, 3)
        moved = net(cells.roll(2, 3), hand.roll(2, 3), one, one, 3)
    assert torch.allclose(moved[..., 14:26], made.roll(2, -1)[..., 14:26], atol=1e-5) and made.std() > 0.01


@pytest.mark.parametrize("kind", FORMS)
def test_what_is_given_is_held_and_nothing_for_what_does_not_change(kind: str) -> None:
    flat = kind == "series"
    x = np.cumsum(np.random.default_rng(2).normal(size=SHAPES[kind]) * 50, 2)
    made = given_rows.patterns(x, flat)
    assert made.dtype == np.float32 and np.abs(made).max() == 1
    assert np.abs(given_rows.patterns(np.full(SHAPES[kind], 7.0), flat)).max() < 1e-6
    assert np.allclose(given_rows.patterns(x + 1e6, flat), made, atol=1e-3)  # where nought lies does not matter


@pytest.mark.parametrize("kind", FORMS)
def test_parts_differ_at_their_seams_only(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.cumsum(np.random.default_rng(4).normal(size=(2, 1, 4800) if kind == "series" else (2, 136, 140)), 2)
    whole = model(kind).patterns(x)
    monkeypatch.setattr(rows, "_LONG", 2048)
    monkeypatch.setattr(rows, "_SIDE", 64)
    parts = model(kind).patterns(x)
    assert parts.shape == whole.shape and not np.array_equal(parts, whole)
    here = (0, slice(None), 0, slice(600, 1400)) if kind == "series" else (0, slice(None), slice(24, 40), slice(24, 40))
    assert np.allclose(parts[here], whole[here], atol=1e-3) and np.std(whole[here][given_rows.GIVEN:]) > 0.01


def test_the_fit_is_that_of_least_squares() -> None:
    rng = np.random.default_rng(5)
    seen = rng.normal(size=(6, 800)) + 50
    wanted = seen.T @ np.array([1.0, -2, 0, 0.5, 0, 3]) + 7 + rng.normal(size=800)
    count = rng.uniform(0.1, 1, 800)
    weights, offset = fits.least(seen, wanted, count, 1e-9)
    root = np.sqrt(count)
    exact = np.linalg.lstsq(np.concatenate([seen, np.ones((1, 800))]).T * root[:, None], wanted * root, rcond=None)[0]
    assert np.allclose(weights, exact[:6], atol=1e-6) and offset == pytest.approx(exact[6], abs=1e-4)
    assert np.abs(fits.least(seen, wanted, count, 100.0)[0]).max() < 0.1  # weights cost
    wanted[::10] += 500  # what fits badly counts less
    for _ in range(5):
        fits.doubted(seen, wanted, weights, offset, count)
        weights, offset = fits.least(seen, wanted, count, 1e-9)
    assert np.allclose(weights, [1, -2, 0, 0.5, 0, 3], atol=0.2) and count[::10].max() < 0.01


def test_a_slope_between_two_steps_is_seen() -> None:
    """A ramp that stands on steps: means of what lies around point to where it really was."""
    truth = np.arange(400) / 9
    x = np.rint(truth)[None, None]
    made = given_rows.patterns(x, True)[0, :, 0]
    error = truth - x[0, 0]
    mean4 = made[given_rows.BOUNDS.index(("mean 4", 1.0))]
    assert np.corrcoef(mean4[20:-20], error[20:-20])[0, 1] > 0.95


def test_pictures_have_the_form_they_had() -> None:
    assert VIDEO.cell == 24 and VIDEO.given == 11 and VIDEO_OUT == 46 and CorrelationNet().count == 17


def write(path: Path, kind: str, task: str = "", **change: torch.Tensor) -> Path:
    torch.manual_seed(0)
    state = {k: v.half() for k, v in CorrelationNet(CONFIG, FORMS[kind]).state_dict().items()} | change
    path.write_bytes(save(state, {"task": task or rows.task(kind), "version": rows.VERSION, **CONFIG.as_text()}))
    return path


@pytest.mark.parametrize("kind", FORMS)
def test_weights_are_judged(kind: str, tmp_path: Path) -> None:
    good = write(tmp_path / "w.safetensors", kind)
    assert load_rows(kind, good).count == given_rows.GIVEN + CONFIG.patterns
    with pytest.raises(ModelError, match="missing"):
        load_rows(kind, tmp_path / "none.safetensors")
    other = "bands" if kind == "series" else "series"
    with pytest.raises(ModelError, match="not of the correlation network"):
        load_rows(other, good)
    with pytest.raises(ModelError, match="shapes"):
        load_rows(other, write(tmp_path / "o.safetensors", kind, rows.task(other)))
    with pytest.raises(ModelError, match="finite"):
        load_rows(kind, write(tmp_path / "n.safetensors", kind, **{"look.bias": torch.full((CONFIG.fine // 2,), torch.nan).half()}))
    (tmp_path / "cut.safetensors").write_bytes(good.read_bytes()[:500])
    with pytest.raises(ModelError, match="cannot be read"):
        load_rows(kind, tmp_path / "cut.safetensors")
