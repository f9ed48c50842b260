"""Products and convolutions by the library of convolutions are those of torch."""
from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from engine.lorentzian.products import Convolution, product


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("inputs", "kernel", "padding"), [(96, 3, (0, 1)), (96, 1, (0, 0)), (6, 3, (1, 1))])
def test_weights_in_another_order_make_the_same_picture(dtype: torch.dtype, inputs: int, kernel: int, padding: tuple[int, int]) -> None:
    make = torch.Generator().manual_seed(inputs + kernel)
    weight = torch.randn(48, inputs, kernel, kernel, generator=make).to(dtype).contiguous(memory_format=torch.channels_last)
    bias = torch.randn(48, generator=make).to(dtype)
    with torch.inference_mode():
        for b in (bias, None):
            conv = Convolution(weight, b, padding)
            for h, w in ((12, 20), (7, 33), (3, 16)):  # the order is chosen for the first of them
                x = torch.randn(1, h, w, inputs, generator=make).to(dtype).permute(0, 3, 1, 2)
                want = F.conv2d(x, weight, b, padding=padding)
                assert torch.equal(conv(x), want) and torch.equal(conv(x, True), want.relu())


def test_rows_times_a_matrix() -> None:
    make = torch.Generator().manual_seed(1)
    x, weight, bias = torch.randn(50, 18, generator=make), torch.randn(96, 18, generator=make), torch.randn(96, generator=make)
    assert torch.allclose(product(x, weight, bias), F.linear(x, weight, bias), atol=1e-4)
    assert product(x[:0], weight, bias).shape == (0, 96)
