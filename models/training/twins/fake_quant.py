"""W8A16 with straight-through gradients, on the grids of the product (src/quantization/numerics).

Weights: symmetric int8 per output channel. Activations: asymmetric uint16 per tensor, a grid behind every unit, its
range the smallest and largest value seen, slowly following what the training makes of it.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils import parametrize

from twins.places import places, weighted

WEIGHT_STEPS = 127
ACTIVATION_STEPS = 2**16 - 1
FOLLOWING = 0.02
TINY = 1e-30


class Int8Weight(nn.Module):
    """A weight [outputs, ...] on its int8 grid."""

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        """Same shape; the gradient passes straight through."""
        scale = (weight.detach().flatten(1).abs().amax(1) / WEIGHT_STEPS).clamp(min=TINY)
        middle = torch.zeros(len(weight), dtype=torch.int32)
        return torch.fake_quantize_per_channel_affine(weight, scale, middle, 0, -WEIGHT_STEPS, WEIGHT_STEPS)


class ActivationGrid(nn.Module):
    """A forward hook that puts a module's output on a uint16 grid; while ``observing`` it only widens its range."""

    def __init__(self, pinned: bool):
        super().__init__()
        self.pinned = pinned
        self.observing = True
        self.register_buffer("low", torch.zeros(()))
        self.register_buffer("high", torch.ones(()) if pinned else torch.zeros(()))

    @torch.no_grad()
    def follow(self, values: torch.Tensor) -> None:
        """Ranges hold 0, as those of the product."""
        low, high = torch.aminmax(values)
        if self.observing:
            self.low.copy_(torch.minimum(self.low, low))
            self.high.copy_(torch.maximum(self.high, high))
        else:
            self.low.lerp_(low.clamp(max=0), FOLLOWING)
            self.high.lerp_(high.clamp(min=0), FOLLOWING)

    def forward(self, _module: nn.Module, _inputs: tuple, output: torch.Tensor) -> torch.Tensor:
        """The output on its grid; outside of the range there is no gradient."""
        if not self.pinned:
            self.follow(output)
        if self.observing:
            return output
        scale = ((self.high - self.low) / ACTIVATION_STEPS).clamp(min=TINY)
        zero = (-self.low / scale).round().to(torch.int32)
        return torch.fake_quantize_per_tensor_affine(output, scale, zero, 0, ACTIVATION_STEPS)


class FakeQuantization:
    """Puts quantizers into an encoder, and takes them out again."""

    def __init__(self, encoder: nn.Module):
        self.encoder = encoder
        self.grids = [ActivationGrid(isinstance(module, nn.Softmax)) for module in places(encoder).values()]
        self.hooks = [module.register_forward_hook(grid) for module, grid in zip(places(encoder).values(), self.grids)]

    def start(self) -> None:
        """Ends the observation: from here on weights and activations are quantized."""
        for grid in self.grids:
            grid.observing = False
        for module in weighted(self.encoder):
            parametrize.register_parametrization(module, "weight", Int8Weight())

    def remove(self) -> None:
        """Leaves the float master weights, never snapped to a grid."""
        for hook in self.hooks:
            hook.remove()
        for module in weighted(self.encoder):
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=False)
