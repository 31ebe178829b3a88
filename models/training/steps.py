"""One step of each kind of stage: a batch in, its loss and what was right out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
import torch.nn.functional as F

from mixture import Batch
from nano_config import IMAGE_TOKENS
from network import AutoNeural
from packing import Codec, Turn, conversation, stage0_batch
from pretraining import AnswerHead, slot_accuracy, slot_loss
from targets import EncoderTargets

QUESTIONS_PER_PICTURE = 6
NOTED_TURNS = 9
# Of each kind of answer: how many were right, and how many there were.
Counts = dict[str, tuple[int, int]]


@dataclass
class Parts:
    """The model with the heads that train beside it; ``encode``, ``ask`` and ``read`` are the parts as they are run.

    ``logits`` is the language head: the plain one, or the one on its grid.
    """

    model: AutoNeural
    targets: EncoderTargets
    head: AnswerHead
    codec: Codec
    encode: Callable[[torch.Tensor], torch.Tensor]
    ask: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    read: Callable[..., torch.Tensor]
    logits: Callable[[torch.Tensor], torch.Tensor]
    device: torch.device


def encoder_step(parts: Parts, batch: Batch, rng: Random) -> tuple[torch.Tensor, Counts]:
    """Stage 0a: questions answered from the image tokens by a head of their own, and what is drawn."""
    questions, slots = (torch.from_numpy(each).to(parts.device) for each in stage0_batch(parts.codec, batch.turns, QUESTIONS_PER_PICTURE, rng))
    features = _features(parts, batch)
    logits = parts.ask(features, questions)
    loss, counts = parts.targets(features, batch)
    asked = int((slots != -100).any(-1).sum())
    return loss + slot_loss(logits, slots), {"answer": (round(slot_accuracy(logits, slots) * asked), asked), **counts}


def text_step(parts: Parts, batch: Batch, rng: Random) -> tuple[torch.Tensor, Counts]:
    """Stage 0b: the answers about a picture stand in the first message, asked again afterwards."""
    ids, weights = _stacked([noted_conversation(parts.codec, turns, rng) for turns in batch.turns], parts.device)
    hidden = parts.read(inputs_embeds=parts.model.language_model.embed_tokens(ids), use_cache=False).last_hidden_state
    return _next_token_loss(parts, hidden, ids, weights)


def noted_conversation(codec: Codec, turns: list[Turn], rng: Random) -> tuple[np.ndarray, np.ndarray]:
    """A conversation as ``conversation`` gives it, about notes of what was asked and answered."""
    known = [turn for turn in turns if not turn.is_caption] or turns
    # The notes must leave room for what is asked about them.
    known = rng.sample(known, min(len(known), NOTED_TURNS))
    return conversation(codec, known, rng, opening=codec.notes(known, rng), plain=True)


def joint_step(parts: Parts, batch: Batch, rng: Random, plain: bool, frozen: bool) -> tuple[torch.Tensor, Counts]:
    """Stages 1 to 4: packed conversations about pictures; unless the encoder is ``frozen`` it keeps its own targets."""
    ids, weights = _stacked([conversation(parts.codec, turns, rng, plain=plain) for turns in batch.turns], parts.device)
    if frozen:
        # Compiling a second encoder, without gradients, would cost more than it saves.
        with torch.no_grad():
            features = parts.model.encode_image(batch.pixels)
    else:
        features = _features(parts, batch)
    at = parts.codec.image_at
    words = parts.model.language_model.embed_tokens(ids)
    embeddings = torch.cat([words[:, :at], parts.model.multi_modal_projector(features), words[:, at + IMAGE_TOKENS :]], 1)
    hidden = parts.read(inputs_embeds=embeddings, use_cache=False).last_hidden_state
    loss, counts = _next_token_loss(parts, hidden, ids, weights)
    if not frozen:
        seen_loss, seen = parts.targets(features, batch)
        loss, counts = loss + seen_loss, counts | seen
    return loss, counts


def _features(parts: Parts, batch: Batch) -> torch.Tensor:
    return parts.encode(batch.pixels).flatten(2).transpose(1, 2)


def _stacked(packed: list[tuple[np.ndarray, np.ndarray]], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    ids, weights = (torch.from_numpy(np.stack(column)).to(device) for column in zip(*packed))
    return ids, weights


def _next_token_loss(parts: Parts, hidden: torch.Tensor, ids: torch.Tensor, weights: torch.Tensor) -> tuple[torch.Tensor, Counts]:
    """Weighted cross entropy of the tokens that have a weight, each predicted from what is before it."""
    chosen = weights[:, 1:] > 0
    logits = parts.logits(hidden[:, :-1][chosen])
    wanted, weight = ids[:, 1:][chosen], weights[:, 1:][chosen]
    loss = (F.cross_entropy(logits, wanted, reduction="none") * weight).sum() / weight.sum().clamp(min=1e-6)
    return loss, {"token": (int((logits.argmax(-1) == wanted).sum()), len(wanted))}
