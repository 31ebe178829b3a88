"""What is drawn where: names, symbols, words, letters, colours and kinds, each told by one classifier at every place.

``FactHead`` has weights of its own for each image token, so it is content with a code that changes from place to
place. Searching ("where is the red car?") and naming need one code everywhere: here all boxes share a classifier.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import nn

from exam2.concepts import table_names
from exam2.reading import WORDS
from exam2.telltales import telltales
from regions import CODES as SCENE_CODES

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:"
VALUES = {
    "name": tuple(table_names(None)),
    "symbol": tuple(symbol.name for symbol in telltales()),
    "word": (*WORDS.split(), "none"),
    "letter": tuple(LETTERS),
    "color": tuple(SCENE_CODES["color"]),
    "kind": tuple(SCENE_CODES["kind"]),
}
CODES = tuple(VALUES)
IDS = {code: {value: index for index, value in enumerate(values)} for code, values in VALUES.items()}
# Rows of a picture's table, each (code, value, x0, y0, x1, y1) with the box in parts of the width; code -1: no thing.
MOST_THINGS = 20
NOTHING = (-1.0, -1.0, 0.0, 0.0, 0.0, 0.0)


def thing_table(things: Iterable[tuple[str, str, tuple[float, float, float, float]]]) -> np.ndarray:
    """The table [MOST_THINGS, 6] of one picture's (code, value, box)."""
    rows = [(CODES.index(code), IDS[code][value], *box) for code, value, box in things]
    return np.array((rows + [NOTHING] * MOST_THINGS)[:MOST_THINGS], np.float32)


def cover(boxes: torch.Tensor, grid: int) -> torch.Tensor:
    """How much of each cell of a ``grid`` x ``grid`` picture the boxes [..., 4] cover, as weights [..., grid²] with sum 1."""
    edges = torch.arange(grid, device=boxes.device) / grid
    x0, y0, x1, y1 = (boxes[..., side, None] for side in range(4))
    across = (torch.minimum(x1, edges + 1 / grid) - torch.maximum(x0, edges)).clamp(min=0)
    down = (torch.minimum(y1, edges + 1 / grid) - torch.maximum(y0, edges)).clamp(min=0)
    area = (down[..., :, None] * across[..., None, :]).flatten(-2)
    return area / area.sum(-1, keepdim=True).clamp(min=1e-6)


class ThingHead(nn.Module):
    """Mean feature of a box -> its value, by one linear classifier a code."""

    def __init__(self, features: int, grid: int):
        super().__init__()
        self.grid = grid
        self.standardize = nn.BatchNorm1d(features)
        self.classify = nn.ModuleDict({code: nn.Linear(features, len(values)) for code, values in VALUES.items()})

    def forward(self, features: torch.Tensor, things: torch.Tensor) -> tuple[torch.Tensor, dict[str, tuple[int, int]]]:
        """Loss of features [B, N, C] over the things [B, MOST_THINGS, 6]: the sum of the codes' mean cross entropies.

        Also how many values of each code were right, and how many there were.
        """
        standard = self.standardize(features.transpose(1, 2)).transpose(1, 2)
        pooled = cover(things[..., 2:], self.grid) @ standard
        total, counts = features.new_zeros(()), {}
        for index, code in enumerate(CODES):
            shown = things[..., 0] == index
            if not shown.any():
                continue
            logits, wanted = self.classify[code](pooled[shown]), things[..., 1][shown].long()
            total = total + nn.functional.cross_entropy(logits, wanted)
            counts[code] = (int((logits.argmax(1) == wanted).sum()), len(wanted))
        return total, counts
