"""Prediction and bridging: moving scenes move on, standing ones stand, and nothing is made of nothing."""
import numpy as np
import pytest
import torch
from safetensors.torch import save

from engine.api import Frame, ModelError, Provenance
from engine.diffusor.ahead import AheadModel, AheadNet, Motion, between, candidates, features, load_ahead
from engine.diffusor.flow import carried_on

META = {"task": "ahead", "version": "1"}


def frame(shift: float, index: int = 0, size: tuple[int, int] = (81, 97), depth: int = 8) -> Frame:
    """A texture that has moved `shift` pixels to the right."""
    def plane(h: int, w: int, scale: float) -> np.ndarray:
        ys, xs = np.mgrid[0:h, 0:w].astype(np.float64) * scale
        x = xs - shift
        value = 128 + 25 * (np.sin(x * 0.21 + ys * 0.05) + np.sin(x * 0.07 + ys * 0.23) + np.sin(x * 0.15 - ys * 0.17))
        return np.rint(value * (1 << (depth - 8))).astype(np.uint8 if depth == 8 else np.uint16)
    h, w = size
    c = ((h + 1) // 2, (w + 1) // 2)
    return Frame(plane(h, w, 1), plane(*c, 2), plane(*c, 2), index, index * 10, depth)


def psnr(a: np.ndarray, b: np.ndarray, top: int = 255) -> float:
    error = np.mean((a[16:-16, 16:-16].astype(float) - b[16:-16, 16:-16]) ** 2)
    return float(10 * np.log10(top**2 / max(error, 1e-3)))


@pytest.fixture(scope="module")
def shipped() -> AheadModel:
    return load_ahead()


@pytest.mark.parametrize("steps", [1, 4, 8])
def test_what_moves_moves_on(shipped, steps):
    made = shipped.after(frame(0, 4), frame(2, 5), steps)
    assert [f.index for f in made] == list(range(6, 6 + steps))
    truth, last = frame(2 + 2 * steps), frame(2)
    for ours, true, stood in ((made[-1].y, truth.y, last.y), (made[-1].u, truth.u, last.u)):
        assert psnr(ours, true) > psnr(stood, true) + 4


def test_what_stands_still_stands(shipped):
    made = shipped.after(frame(3, 0), frame(3, 1), 8)[-1]
    assert np.abs(made.y.astype(int) - frame(3).y).mean() < 1.5
    flat = Frame(np.full((40, 40), 90, np.uint8), *(np.full((20, 20), 128, np.uint8),) * 2)
    assert (shipped.after(flat, flat, 3)[-1].y == 90).all()


def test_every_frame_says_that_it_was_made(shipped):
    assert all(f.provenance == Provenance.SYNTHESISED for f in shipped.after(frame(0), frame(1), 2))
    assert between(frame(0), frame(4), [0.5])[0].provenance == Provenance.SYNTHESISED
    assert frame(0).provenance == Provenance.CODED


def test_ten_bits_stay_ten_bits(shipped):
    made = shipped.after(frame(0, depth=10), frame(2, depth=10), 2)[-1]
    assert made.bit_depth == 10 and made.y.dtype == np.uint16
    assert psnr(made.y, frame(6, depth=10).y, 1023) > psnr(frame(2, depth=10).y, frame(6, depth=10).y, 1023) + 4


def test_the_same_call_gives_the_same_pixels(shipped):
    a, b = (shipped.after(frame(0), frame(2), 3)[-1] for _ in range(2))
    assert np.array_equal(a.y, b.y) and np.array_equal(a.v, b.v)


def test_a_gap_is_bridged_at_the_right_places():
    made = between(frame(0, 7), frame(8, 8), [0.25, 0.5])
    for f, shift in zip(made, (2, 4), strict=True):
        faded = (frame(0).y * (1 - shift / 8) + frame(8).y * shift / 8)
        assert psnr(f.y, frame(shift).y) > 32 and psnr(f.y, frame(shift).y) > psnr(faded, frame(shift).y) + 4


def test_frames_that_do_not_belong_together_are_refused(shipped):
    with pytest.raises(ValueError, match="one size"):
        shipped.after(frame(0), frame(0, size=(40, 40)), 1)
    with pytest.raises(ValueError, match="at least one"):
        shipped.after(frame(0), frame(0), 0)
    with pytest.raises(ValueError, match="between"):
        between(frame(0), frame(1), [1.0])


def test_shares_add_up_to_one():
    motion = Motion.of(*(torch.rand(1, 1, 40, 46) * 255 for _ in range(2)))
    offset = carried_on(motion.back, 4.0)
    net = AheadNet()
    torch.nn.init.normal_(net.d.weight)
    shares = net(features(motion, offset, candidates(motion.last, offset, 2), torch.tensor([4])))
    assert shares.shape == (1, 5, 20, 23) and torch.allclose(shares.sum(1), torch.ones(1, 20, 23), atol=1e-5)


@pytest.mark.parametrize(("change", "said"), [("task", "not for prediction"), ("shape", "shapes"), ("nan", "not finite"), ("cut", "cannot"),
                                              ("none", "missing"), ("large", "too large")])
def test_weights_that_cannot_be_right_are_refused(tmp_path, change, said):
    state = {k: v.clone() for k, v in AheadNet().state_dict().items()}
    path = tmp_path / "w.safetensors"
    if change == "shape":
        state["a.bias"] = torch.zeros(3)
    if change == "nan":
        state["a.bias"][0] = float("nan")
    data = save(state, META | ({"task": "detail"} if change == "task" else {}))
    if change != "none":
        path.write_bytes(data[:50] if change == "cut" else data + bytes(1 << 20) if change == "large" else data)
    with pytest.raises(ModelError, match=said) as caught:
        load_ahead(path)
    assert "\n" not in str(caught.value)
