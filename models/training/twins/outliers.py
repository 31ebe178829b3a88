"""Where large activations sit: per unit the largest magnitude, its channel and its token."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from twins.places import places

PICTURES_AT_ONCE = 32
CLASS_TOKEN = 0


def layer_name(kind: str, name: str) -> str:
    """The unit's module by its place, without what only PyTorch sees of it."""
    prefix = "tower." if kind == "conv" else ""
    return name.removeprefix(prefix).removesuffix(".drop")


class Watcher:
    """A forward hook that remembers magnitudes of a module's output over all pictures."""

    def __init__(self):
        self.energy, self.count = 0.0, 0
        self.largest: torch.Tensor | None = None

    @torch.no_grad()
    def __call__(self, _module: nn.Module, _inputs: tuple, output: torch.Tensor) -> None:
        """Largest magnitudes by token and channel [N, C]; a map [B, C, H, W] is seen as [B, H * W, C]."""
        self.energy += output.double().square().sum().item()
        self.count += output.numel()
        if output.ndim == 4:
            output = output.flatten(2).transpose(1, 2)
        most = output.abs().amax(0)
        self.largest = most if self.largest is None else torch.maximum(self.largest, most)

    def figures(self) -> dict:
        """Largest magnitude, its ratio to the root mean square, and what channel and token it belongs to."""
        assert self.largest is not None
        channels = self.largest.amax(0)
        top = int(channels.argmax())
        others = float(channels.median())
        most = float(channels[top])
        return {
            "maxAbs": round(most, 3),
            "timesRms": round(most / (self.energy / self.count) ** 0.5, 1),
            "channel": top,
            "timesMedianChannel": round(most / others, 1) if others > 0 else None,
            "token": int(self.largest[:, top].argmax()),
        }


def watch(kind: str, encoder: nn.Module, pixels: np.ndarray) -> dict[str, dict]:
    """The figures of every unit whose output has channels, by name, for pictures [N, 3, S, S]; no attention maps."""
    watchers = {name: Watcher() for name in places(encoder) if not name.endswith((".score", ".softmax", ".context"))}
    modules = dict(encoder.named_modules())
    hooks = [modules[name].register_forward_hook(watcher) for name, watcher in watchers.items()]
    with torch.no_grad():
        for part in torch.from_numpy(pixels).split(PICTURES_AT_ONCE):
            encoder(part)
    for hook in hooks:
        hook.remove()
    return {layer_name(kind, name): watcher.figures() for name, watcher in watchers.items()}


def summary(kind: str, encoder: nn.Module, pixels: np.ndarray) -> dict:
    """The largest of all, how peaked a unit is in the middle, and the five units with the largest magnitudes."""
    found = watch(kind, encoder, pixels)
    ordered = sorted(found.items(), key=lambda item: -item[1]["maxAbs"])
    peaks = sorted(figures["timesRms"] for figures in found.values())
    in_class_token = sum(figures["token"] == CLASS_TOKEN for figures in found.values()) if kind == "vit" else None
    return {
        "maxAbs": ordered[0][1]["maxAbs"],
        "medianTimesRms": peaks[len(peaks) // 2],
        "largestTimesRms": peaks[-1],
        "unitsPeakingAtClassToken": in_class_token,
        "units": len(found),
        "top": [{"layer": name, **figures} for name, figures in ordered[:5]],
    }
