"""The heads and the loss of stage 0, the same for both encoders, and what the heads get right."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from pretraining import AnswerHead, FactHead, PlaceHead, sameness, slot_accuracy, slot_loss
from regions import RegionHead

# Those of stage 0 in the training of Nano.
PLACE_WEIGHT = 0.3
SAMENESS_WEIGHT = 0.1
TOKENS = 64
SIDE = 8


@dataclass
class Batch:
    """Pictures [B, 3, S, S] in 0..1, question ids [B, Q, L], answer slots [B, Q, 4], facts [B, F], regions [B, R]."""

    pixels: torch.Tensor
    questions: torch.Tensor
    slots: torch.Tensor
    facts: torch.Tensor
    regions: torch.Tensor


class Heads(nn.Module):
    """Everything that is thrown away after stage 0."""

    def __init__(self, features: int, vocabulary: int, fact_sizes: list[int]):
        super().__init__()
        self.answers = AnswerHead(vocabulary, features)
        self.facts = FactHead(TOKENS, features, fact_sizes)
        self.places = PlaceHead(features, SIDE)
        self.regions = RegionHead(features)

    def loss(self, features: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, dict[str, float]]:
        """The sum of all losses for features [B, N, C], and the shares of answers and facts that are right."""
        logits = self.answers(features, batch.questions)
        fact_loss, facts = self.facts.loss(self.facts(features), batch.facts)
        where = PLACE_WEIGHT * self.places(features) + self.regions(features, batch.regions)
        loss = slot_loss(logits, batch.slots) + fact_loss + where + SAMENESS_WEIGHT * sameness(features)
        return loss, {"answers": slot_accuracy(logits, batch.slots), "facts": facts}


@torch.no_grad()
def shares_right(heads: Heads, features: torch.Tensor, batch: Batch) -> dict[str, float]:
    """Shares of a held-out set that are right: questions with every slot right, and facts."""
    heads.eval()
    logits = heads.answers(features, batch.questions)
    _, facts = heads.facts.loss(heads.facts(features), batch.facts)
    heads.train()
    return {"answers": slot_accuracy(logits, batch.slots), "facts": facts}
