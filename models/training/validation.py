"""How far the training is, on pictures of its own kinds with seeds of their own; neither examination is looked at."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import torch

import dataset_exam2
from dataset_exam2 import Drawing
from exam2.training import SHARES
from nano_config import EOS, IMAGE_TOKENS, PAD
from steps import Counts, Parts

PICTURES_PER_PART = 48
BATCH = 48


class Validation:
    """A few pictures of every part of the second training set with two questions each."""

    def __init__(self, folder: Path, level: str | None, workers: int):
        self.parts: dict[str, tuple[np.ndarray, list[tuple[str, str]], list[int]]] = {}
        for part in SHARES:
            drawn = folder / f"valid2-{level or 'all'}-{part}"
            dataset_exam2.build_cache(drawn, PICTURES_PER_PART, Drawing(0, level, "valid2", part), workers)
            pixels, _, rows = dataset_exam2.load_cache(drawn)
            asked, pictures = [], []
            for index, (_, questions, _) in enumerate(rows):
                chosen = Random(f"valid2/{part}/{index}").sample(questions, min(2, len(questions)))
                asked += chosen
                pictures += [index] * len(chosen)
            self.parts[part] = (np.asarray(pixels), asked, pictures)

    @torch.no_grad()
    def score(self, parts: Parts) -> Counts:
        """Exact matches of greedy answers: of each part, how many were right and how many there were.

        A greedy answer is right if and only if every token of the right answer is the most likely one after the right
        tokens before it, so one pass over the whole answer tells it.
        """
        counts: Counts = {}
        for part, (pixels, asked, pictures) in self.parts.items():
            right = 0
            features = torch.cat([self._features(parts, pixels[start : start + BATCH]) for start in range(0, len(pixels), BATCH)])
            for start in range(0, len(asked), BATCH):
                which = slice(start, start + BATCH)
                right += self._right(parts, features[pictures[which]], asked[which])
            counts[part] = (right, len(asked))
        return counts

    @staticmethod
    def _features(parts: Parts, pixels: np.ndarray) -> torch.Tensor:
        batch = torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div(255)
        return parts.model.encode_image(batch.contiguous(memory_format=torch.channels_last).to(parts.device))

    @staticmethod
    def _right(parts: Parts, features: torch.Tensor, asked: list[tuple[str, str]]) -> int:
        rows, spans = [], []
        for question, answer in asked:
            prompt = parts.codec.prompt(question)
            target = [*parts.codec.turn(question, answer).answer, EOS]
            rows.append(prompt + target)
            spans.append((len(prompt), len(target)))
        length = max(map(len, rows))
        ids = torch.tensor([row + [PAD] * (length - len(row)) for row in rows], device=parts.device)
        at = parts.codec.image_at
        words = parts.model.language_model.embed_tokens(ids)
        embeddings = torch.cat([words[:, :at], parts.model.multi_modal_projector(features), words[:, at + IMAGE_TOKENS :]], 1)
        hidden = parts.model.language_model(inputs_embeds=embeddings, use_cache=False).last_hidden_state
        right = 0
        for row, (start, count) in enumerate(spans):
            said = parts.logits(hidden[row, start - 1 : start - 1 + count]).argmax(-1)
            right += bool((said == ids[row, start : start + count]).all())
        return right
