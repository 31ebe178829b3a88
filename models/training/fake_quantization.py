"""The grids of the precision w8a16-w4a16 in training: rounded forwards, gradients straight through.

The same grids as src/quantization/numerics (affine.ts, weightQuantizer.ts), which are those of onnxruntime.quantization:
``test_fake_quantization.py`` checks them against its figures.
"""

from __future__ import annotations

import torch
from torch import nn

ACTIVATION_BITS = 16


def weight_steps(bits: int) -> tuple[int, int]:
    """Lowest and highest integer of symmetric weights; of more than 4 bits the lowest stays unused."""
    half = 2 ** (bits - 1)
    return (-half if bits <= 4 else 1 - half), half - 1


def fake_weights(weights: torch.Tensor, bits: int) -> torch.Tensor:
    """Weights [outputs, ...] on symmetric grids, one scale an output channel (the first axis)."""
    lowest, highest = weight_steps(bits)
    with torch.no_grad():
        largest = weights.detach().flatten(1).abs().amax(1).view(-1, *[1] * (weights.ndim - 1))
        scale = 2 * largest / (highest - lowest)
        scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    snapped = (weights / scale).round().clamp(lowest, highest) * scale
    return weights + (snapped - weights).detach()


class Weights(nn.Module):
    """A parametrization: the module computes with ``fake_weights``, the optimizer sees the master weights."""

    def __init__(self, bits: int):
        super().__init__()
        self.bits = bits

    def forward(self, weights: torch.Tensor) -> torch.Tensor:
        """See ``fake_weights``."""
        return fake_weights(weights, self.bits)


class ActivationGrid(nn.Module):
    """One value of the network on an unsigned 16-bit grid over its smallest and largest number so far (or a pinned range).

    While ``watching`` it passes values on and widens the range.
    """

    def __init__(self, pinned: tuple[float, float] | None = None):
        super().__init__()
        low, high = pinned or (0.0, 0.0)
        self.register_buffer("low", torch.tensor(low))
        self.register_buffer("high", torch.tensor(high))
        self.register_buffer("scale", torch.tensor(1.0))
        self.register_buffer("zero", torch.tensor(0, dtype=torch.int32))
        self.pinned = pinned is not None
        self.watching = True

    def freeze(self) -> None:
        """Makes the grid of the range; from here on values are put on it."""
        steps = 2**ACTIVATION_BITS - 1
        width = (self.high - self.low) / steps
        self.scale.copy_(torch.where(width > 0, width, torch.ones_like(width)))
        self.zero.copy_((-self.low / self.scale).round())
        self.watching = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The value on the grid; what lies outside the range is clipped and gets no gradient."""
        if self.watching:
            if not self.pinned:
                self.low.copy_(torch.minimum(self.low, x.detach().amin()))
                self.high.copy_(torch.maximum(self.high, x.detach().amax()))
            return x
        return torch.fake_quantize_per_tensor_affine(x, self.scale, self.zero, 0, 2**ACTIVATION_BITS - 1)
