"""Where things are drawn: lets stage 0 teach the same colour and kind codes at every place of the picture.

``FactHead`` has weights of its own for each image token, so it is content with a code that changes from place to
place. Searching ("where is the red car?") needs one code everywhere: here one classifier is shared by all regions.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

from scenes import shapes
from scenes.canvas import COLORS, UNITS
from scenes.places import regions

GRID = 8
COLOR_IDS = {name: index for index, name in enumerate([*COLORS, "none"])}
KIND_IDS = {name: index for index, name in enumerate([*shapes.KINDS, "none"])}
CODES = {"color": COLOR_IDS, "kind": KIND_IDS}


def region_labels(folder: Path, facts: np.ndarray) -> np.ndarray:
    """Shared class of every region [N, regions], -1 where there is none, from the fact table of a cache."""
    values = json.loads((folder / "facts.json").read_text("utf-8"))
    names = list(values)
    labels = np.full((len(facts), len(regions())), -1, np.int64)
    for column, (fact, code, _) in enumerate(regions()):
        shared = np.array([CODES[code][value] for value in values[fact]] + [-1])
        labels[:, column] = shared[facts[:, names.index(fact)]]
    return labels


class RegionHead(nn.Module):
    """Mean feature of a region -> its colour or kind, by one linear classifier for all regions."""

    def __init__(self, features: int):
        super().__init__()
        self.standardize = nn.BatchNorm1d(features)
        self.classify = nn.ModuleDict({code: nn.Linear(features, len(ids)) for code, ids in CODES.items()})
        self.codes = [code for _, code, _ in regions()]
        centres = (torch.arange(GRID) + 0.5) * UNITS / GRID
        masks = []
        for _, _, (x0, y0, x1, y1) in regions():
            inside = ((centres > y0) & (centres < y1)).float()[:, None] * ((centres > x0) & (centres < x1)).float()
            masks.append((inside / inside.sum()).flatten())
        self.register_buffer("masks", torch.stack(masks), persistent=False)

    def forward(self, features: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Mean cross entropy of features [B, N, C] over the regions each picture has."""
        standard = self.standardize(features.transpose(1, 2)).transpose(1, 2)
        pooled = self.masks @ standard
        total, count = features.new_zeros(()), 0
        for code, classify in self.classify.items():
            columns = [i for i, other in enumerate(self.codes) if other == code]
            logits, wanted = classify(pooled[:, columns]), labels[:, columns]
            known = wanted >= 0
            total = total + nn.functional.cross_entropy(logits[known], wanted[known], reduction="sum")
            count += int(known.sum())
        return total / max(1, count)
