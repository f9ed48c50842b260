"""Products of matrices on processors, by the library that also computes convolutions; and convolutions whose weights stay.

Torch hands products of float32 matrices to another one (MKL), which on processors of another maker than its own takes twice as long.
"""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

_ONE, _NONE = (1, 1), (0, 0)
_THERE = torch.backends.mkldnn.is_available()
_STAYS = _THERE and hasattr(torch.ops.mkldnn, "_convolution_pointwise") and torch.ops.mkldnn._is_mkldnn_bf16_supported()


def product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`[n, inputs]` rows times weight `[outputs, inputs]`, plus bias: `[n, outputs]`."""
    count = x.shape[0]
    if not x.is_cpu or not count or not _THERE:
        return F.linear(x, weight, bias)
    rows = x.contiguous().view(1, 1, count, -1).permute(0, 3, 1, 2)
    made = torch.mkldnn_convolution(rows, weight[:, :, None, None], bias, _NONE, _ONE, _ONE, 1)
    return made.permute(0, 2, 3, 1).view(count, -1)


def pointwise(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """A convolution of one pixel: `[1, inputs, h, w]` (channels last), weight `[outputs, inputs, 1, 1]` -> `[1, outputs, h, w]`."""
    if not x.is_cpu or not _THERE:
        return F.conv2d(x, weight, bias)
    return torch.mkldnn_convolution(x, weight, bias, _NONE, _ONE, _ONE, 1)


class Convolution:
    """A convolution, weight `[outputs, inputs, k, k]`. Of bfloat16 on processors the weights are put in the order that the library wants
    once, not for each picture, and the rectifier costs nothing: same numbers, in nine tenths of the time where pictures are small."""

    def __init__(self, weight: Tensor, bias: Tensor | None, padding: tuple[int, int] = _NONE) -> None:
        self.weight, self.bias, self.padding = weight, bias, padding
        self._stays = _STAYS and weight.is_cpu and weight.dtype == torch.bfloat16
        self._ready: Tensor | None = None

    def __call__(self, x: Tensor, rectified: bool = False) -> Tensor:
        if not self._stays:
            made = F.conv2d(x, self.weight, self.bias, padding=self.padding)
            return made.relu_() if rectified else made
        if self._ready is None:  # two threads may both get here; they make the same
            self._ready = torch._C._nn.mkldnn_reorder_conv2d_weight(self.weight.to_mkldnn(), self.padding, _ONE, _ONE, 1, x.shape)
        out: Tensor = torch.ops.mkldnn._convolution_pointwise(x, self._ready, self.bias, self.padding, _ONE, _ONE, 1,
                                                              "relu" if rectified else "none", [], "")
        return out
