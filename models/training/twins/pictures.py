"""Pictures for the twins: training batches in an order that only the seed decides, and splits of their own to measure with.

The splits are training scenes of other seeds, so none of them is a training or an examination picture.
"""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
import torch

from dataset import build_cache, build_facts, load_cache, load_facts, make_sample, sample_facts
from packing import Codec, stage0_batch
from regions import region_labels
from twins.stage0 import Batch
from vocabulary import build_tokenizer, build_vocabulary

QUESTIONS_PER_PICTURE = 7
SHIFT = 3
# Seeds of the splits; 0, 1 and 2 are training's.
SPLITS = {"accuracy": 7001, "calibration": 7002, "evaluation": 7003}


def make_codec() -> tuple[Codec, int]:
    """The tokenizer's codec and the size of its vocabulary."""
    vocabulary = build_vocabulary()
    return Codec(build_tokenizer(vocabulary), build_tokenizer(vocabulary, lowercase=False)), len(vocabulary)


def to_tensor(pixels: np.ndarray) -> torch.Tensor:
    """Bytes [B, S, S, 3] to [B, 3, S, S] in 0..1."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float().div_(255).contiguous()


class TrainingPictures:
    """Batches of a cache of drawn pictures. One seed gives the same pictures, shifts and questions to either encoder."""

    def __init__(self, cache: Path, codec: Codec):
        self.pixels, questions = load_cache(cache)
        self.turns = [[codec.turn(q, a) for q, a in asked] for _, asked in questions]
        self.facts, self.fact_sizes = load_facts(cache)
        self.regions = region_labels(cache, self.facts)
        self.codec = codec

    def batches(self, seed: int, size: int):
        """Batches without end."""
        order, rng = np.random.default_rng(seed), Random(seed)
        while True:
            shuffled = order.permutation(len(self.turns))
            for start in range(0, len(shuffled) - size + 1, size):
                yield self.batch(shuffled[start : start + size], rng)

    def batch(self, indices: np.ndarray, rng: Random) -> Batch:
        """Pictures moved by up to three pixels."""
        moved = []
        for index in indices:
            dy, dx = rng.randint(0, 2 * SHIFT), rng.randint(0, 2 * SHIFT)
            padded = np.pad(self.pixels[index], ((SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)), mode="edge")
            side = padded.shape[0] - 2 * SHIFT
            moved.append(padded[dy : dy + side, dx : dx + side])
        questions, slots = stage0_batch(self.codec, [self.turns[index] for index in indices], QUESTIONS_PER_PICTURE, rng)
        facts, regions = torch.from_numpy(self.facts[indices]), torch.from_numpy(self.regions[indices])
        return Batch(to_tensor(np.stack(moved)), torch.from_numpy(questions), torch.from_numpy(slots), facts, regions)


def draw_cache(cache: Path, count: int, workers: int) -> None:
    """Draws the training pictures and their facts unless they are there."""
    build_cache(cache, count, 0, workers)
    build_facts(cache, count, 0, workers)


def draw_split(name: str, count: int, workers: int = 1) -> tuple[np.ndarray, list, list[dict[str, str]]]:
    """Bytes [N, S, S, 3], questions and facts of a split."""
    seed = SPLITS[name]
    with ProcessPoolExecutor(workers) as pool:
        samples = list(pool.map(partial(make_sample, seed=seed), range(count), chunksize=16))
        facts = list(pool.map(partial(sample_facts, seed=seed), range(count), chunksize=16))
    return np.stack([pixels for pixels, _, _ in samples]), [asked for _, _, asked in samples], facts


def accuracy_batch(cache: Path, codec: Codec, count: int) -> Batch:
    """The split that accuracy is read from; facts are numbered as in the cache of the training."""
    pixels, asked, facts = draw_split("accuracy", count)
    turns = [[codec.turn(q.text, q.answers[0]) for q in questions] for questions in asked]
    questions, slots = stage0_batch(codec, turns, QUESTIONS_PER_PICTURE, Random(SPLITS["accuracy"]))
    values = json.loads((cache / "facts.json").read_text("utf-8"))
    table = [[values[name].get(found[name], -1) if name in found else -1 for name in values] for found in facts]
    none = torch.full((count, 1), -1)
    return Batch(to_tensor(pixels), torch.from_numpy(questions), torch.from_numpy(slots), torch.tensor(table), none)
