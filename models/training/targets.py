"""What the encoder is taught about the picture itself, whatever is asked: heads that are thrown away in the end."""

from __future__ import annotations

import torch
from torch import nn

from mixture import Batch
from pretraining import FactHead, PlaceHead, sameness
from things import ThingHead

PLACE_WEIGHT = 0.3
SAMENESS_WEIGHT = 0.1
THING_WEIGHT = 0.5


class EncoderTargets(nn.Module):
    """Facts, places, things, and features that differ between pictures."""

    def __init__(self, tokens: int, features: int, grid: int, fact_sizes: list[int]):
        super().__init__()
        self.facts = FactHead(tokens, features, fact_sizes)
        self.places = PlaceHead(features, grid)
        self.things = ThingHead(features, grid)

    def forward(self, features: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, dict[str, tuple[int, int]]]:
        """Loss of features [B, N, C], and (right, asked) of facts and of every code of things."""
        known = int((batch.facts >= 0).sum())
        fact_loss, accuracy = self.facts.loss(self.facts(features), batch.facts)
        thing_loss, counts = self.things(features, batch.things)
        loss = fact_loss + THING_WEIGHT * thing_loss + PLACE_WEIGHT * self.places(features) + SAMENESS_WEIGHT * sameness(features)
        return loss, {"fact": (round(accuracy * known), known), **counts}
