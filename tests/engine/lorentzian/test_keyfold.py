"""The quick form of the networks of key slices beside the plain one."""
from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.lorentzian import fused, keyfold
from engine.lorentzian.codec import ChunkDecoder
from engine.lorentzian.keyfold import Key
from engine.lorentzian.transform import CHANNELS, LEVEL_END
from tests.engine.lorentzian.clips import lively

H, W = 5, 7  # odd: colours of the chessboard do not come in pairs


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("dtype", "apart"), [(torch.float32, 1e-3), (torch.bfloat16, 0.5)])
def test_the_quick_form_gives_what_the_plain_one_does(kind: int, level: int, turned: bool, dtype: torch.dtype, apart: float) -> None:
    make, n = torch.Generator().manual_seed(3), LEVEL_END[level]
    model = lively()
    model.net.run_in(dtype)
    quick = ChunkDecoder(W * 8, H * 8, 40, model).quick(kind, level)
    assert isinstance(quick, Key) and quick.folded
    both = torch.randn(1, CHANNELS, H, W, generator=make).repeat(2, 1, 1, 1)[:, :n] * 30
    both[:, :3] += 600
    symbols = torch.randint(-9, 10, (1, CHANNELS, H, W), generator=make)[:, :n].float()
    kinds = torch.randint(0, 3, (H, W), generator=make).to(torch.uint8) if turned else None
    with torch.inference_mode():
        given, got = quick.rebuild(both.clone(), lambda mean, first, end: symbols[:, first:end], kinds)
        quick.folded = False
        plain = quick.decode(both.clone(), symbols, kinds)
    assert torch.equal(given, symbols)
    assert float((got - plain).abs().max()) < apart and float(plain.std()) > 5


def test_short_numbers_are_rounded_as_torch_rounds_them() -> None:
    make = torch.Generator().manual_seed(0)
    x = torch.cat([torch.randn(4000, generator=make) * 10.0 ** torch.randint(-6, 7, (4000,), generator=make),
                   torch.tensor([0.0, 1.00390625, 1.01171875, 3.3895314e38])]).view(-1, 2, 1).repeat(1, 1, 3)
    out, one, none = np.empty(x.shape, np.uint16), np.ones(3, np.float32), np.zeros(3, np.float32)
    fused.start(x.numpy(), one, none, out)
    assert np.array_equal(out.view(np.int16), x.relu().bfloat16().view(torch.int16).numpy())
    total, seen = x.clone(), torch.empty(2, len(x), 1, 3)
    fused.leave(total.numpy(), out, -1, 0, seen.numpy())
    assert torch.equal(total, x + x.relu().bfloat16().float())
    assert all(torch.equal(seen[k, y::2], total[y::2, (k + y) % 2, None].relu()) for k in (0, 1) for y in (0, 1))


def test_bands_of_rows_on_several_threads_make_the_same_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    make, h, w = torch.Generator().manual_seed(5), 9, 6
    quick = ChunkDecoder(w * 8, h * 8, 40, lively()).quick(1, 0)
    both = torch.randn(1, CHANNELS, h, w, generator=make) * 30
    symbols = torch.randint(-9, 10, (1, CHANNELS, h, w), generator=make).float()
    with torch.inference_mode():
        whole = quick.decode(both, symbols)
        monkeypatch.setattr(keyfold, "LEAST", 7)
        monkeypatch.setattr(keyfold, "WORKERS", 3)
        assert torch.allclose(quick.decode(both, symbols), whole, atol=1e-3)
