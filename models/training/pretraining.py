"""Stage 0: the encoder learns to see, with three heads that are thrown away afterwards.

Trained end to end from scratch, a model of this size only learns text priors in an hour. Short-lived heads that
ask the image tokens directly give the encoder a far shorter gradient path. ``FactHead`` names what is drawn
(digits, colours, places) whatever is asked; ``AnswerHead`` answers questions, which makes the features searchable; ``PlaceHead`` makes every image token tell its place.
"""

from __future__ import annotations

import torch
from torch import nn

from nano_config import PAD
from packing import ANSWER_SLOTS, QUESTION_LENGTH


class AnswerHead(nn.Module):
    """Question -> query -> two looks at the image tokens -> the first four answer tokens, each by its own classifier.

    The features are standardized first. RMSNorm keeps the constant part of the features, which at the start
    outweighs what differs between pictures: without this the encoder collapsed to that constant within 300 steps.

    Digits of a speed and letter and number of a zone are thereby targets of their own. The head gets no image
    positions: the encoder has to put them into its features, where the decoder will find them too.
    """

    def __init__(self, vocabulary: int, features: int, width: int = 192, heads: int = 8):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width, padding_idx=PAD)
        self.places = nn.Parameter(torch.randn(QUESTION_LENGTH, width) * 0.02)
        self.reader = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.0, batch_first=True, norm_first=True)
        self.standardize = nn.BatchNorm1d(features)
        self.project = nn.Linear(features, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.looks = nn.ModuleList(nn.MultiheadAttention(width, heads, batch_first=True) for _ in range(2))
        self.mix = nn.ModuleList(nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)) for _ in range(2))
        self.slots = nn.Linear(width, ANSWER_SLOTS * vocabulary)

    def forward(self, features: torch.Tensor, questions: torch.Tensor) -> torch.Tensor:
        """Features [B, N, C] and question ids [B, Q, L] to logits [B, Q, slots, V]."""
        batch, count, length = questions.shape
        flat = questions.reshape(batch * count, length)
        present = (flat != PAD).unsqueeze(-1).float()
        words = self.reader(self.words(flat) + self.places)
        query = ((words * present).sum(1) / present.sum(1).clamp(min=1)).reshape(batch, count, -1)
        keys = self.project(self.standardize(features.transpose(1, 2)).transpose(1, 2))
        for norm, look, mix in zip(self.norms, self.looks, self.mix):
            query = query + look(norm(query), keys, keys, need_weights=False)[0]
            query = query + mix(query)
        return self.slots(self.norms[2](query)).reshape(batch, count, ANSWER_SLOTS, -1)


class PlaceHead(nn.Module):
    """Each image token -> its own row and column.

    MobileNetV5 has no position encoding; a token knows where it is only as far as zero padding betrays it. Without
    this target "where is the red car" got the same answer for every place.
    """

    def __init__(self, features: int, grid: int):
        super().__init__()
        self.standardize = nn.BatchNorm1d(features)
        self.row = nn.Linear(features, grid)
        self.column = nn.Linear(features, grid)
        index = torch.arange(grid * grid)
        self.register_buffer("rows", index // grid, persistent=False)
        self.register_buffer("columns", index % grid, persistent=False)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """The loss of features [B, N, C]."""
        standard = self.standardize(features.transpose(1, 2)).transpose(1, 2)
        batch = len(features)
        rows = nn.functional.cross_entropy(self.row(standard).flatten(0, 1), self.rows.repeat(batch))
        columns = nn.functional.cross_entropy(self.column(standard).flatten(0, 1), self.columns.repeat(batch))
        return rows + columns


class FactHead(nn.Module):
    """All image tokens -> every fact of the scene (zone letter, colour of the upper left car, ...), linearly.

    Linear, and with weights of its own for each image token: nothing has to be found first, so glyphs, which the
    question head hardly ever learned to read, get a strong gradient from the first step on.
    """

    def __init__(self, tokens: int, features: int, sizes: list[int]):
        super().__init__()
        self.sizes = sizes
        self.standardize = nn.BatchNorm1d(features)
        self.dropout = nn.Dropout(0.2)
        self.classify = nn.Linear(tokens * features, sum(sizes))
        nn.init.normal_(self.classify.weight, std=0.002)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Features [B, N, C] to the logits of all facts [B, sum of sizes]."""
        standard = self.standardize(features.transpose(1, 2))
        return self.classify(self.dropout(standard.flatten(1)))

    def loss(self, logits: torch.Tensor, facts: torch.Tensor) -> tuple[torch.Tensor, float]:
        """Mean cross entropy over the facts each picture has (-1: has not), and their accuracy."""
        total, right, count = logits.new_zeros(()), 0, 0
        for part, labels in zip(logits.split(self.sizes, 1), facts.unbind(1)):
            known = labels >= 0
            if known.any():
                total = total + nn.functional.cross_entropy(part[known], labels[known], reduction="sum")
                right += (part[known].argmax(1) == labels[known]).sum().item()
                count += int(known.sum())
        return total / max(1, count), right / max(1, count)


def sameness(features: torch.Tensor) -> torch.Tensor:
    """How much less than half of the energy of features [B, N, C] differs between pictures, in nepers (0: enough).

    The heads standardize what they read, so nothing else tells the encoder to use its range: in a run without this
    loss every fact was read correctly from features of which 99.999 % were the same for all pictures. The decoder,
    whose connector has no norm to standardize with, then learned text priors only, and no 8-bit weight could have
    carried the rest.
    """
    share = (features - features.mean(0)).square().sum() / features.square().sum()
    return -torch.log(2 * share).clamp(max=0.0)


def slot_loss(logits: torch.Tensor, slots: torch.Tensor) -> torch.Tensor:
    """Cross entropy over all asked slots."""
    return nn.functional.cross_entropy(logits.flatten(0, 2), slots.flatten(), ignore_index=-100)


def slot_accuracy(logits: torch.Tensor, slots: torch.Tensor) -> float:
    """Share of questions with every slot right."""
    asked = slots != -100
    right = ((logits.argmax(-1) == slots) | ~asked).all(-1)[asked.any(-1)]
    return right.float().mean().item()
