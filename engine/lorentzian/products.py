"""Products of matrices on processors, by the library that also computes convolutions.

Torch hands products of float32 matrices to another one (MKL), which on processors of another maker than its own takes twice as long.
"""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

_ONE, _NONE = (1, 1), (0, 0)


def product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`[n, inputs]` rows times weight `[outputs, inputs]`, plus bias: `[n, outputs]`."""
    if x.device.type != "cpu" or not len(x) or not torch.backends.mkldnn.is_available():
        return F.linear(x, weight, bias)
    rows = x.contiguous().view(1, 1, *x.shape).permute(0, 3, 1, 2)
    made = torch.mkldnn_convolution(rows, weight[:, :, None, None], bias, _NONE, _ONE, _ONE, 1)
    return made.permute(0, 2, 3, 1).view(len(x), len(weight))


def pointwise(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """A convolution of one pixel: `[1, inputs, h, w]` (channels last), weight `[outputs, inputs, 1, 1]` -> `[1, outputs, h, w]`."""
    if x.device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return F.conv2d(x, weight, bias)
    return torch.mkldnn_convolution(x, weight, bias, _NONE, _ONE, _ONE, 1)
