"""Batches out of both training sets: the scenes of the first examination and the pictures of the second."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
import torch

import dataset
import dataset_exam2
from packing import Codec, Turn
from regions import region_labels
from scenes import GROUPS
from scenes.canvas import UNITS
from scenes.places import regions
from things import CODES, MOST_THINGS, NOTHING

SHIFT = 3
# Groups that are learned last; where a stage asks for it they come more often among their own kind.
FOCUS_GROUPS = {"carfinder": 2, "dashboard": 2, "shapes": 3}


@dataclass
class Batch:
    """``pixels`` [B, 3, S, S] in 0..1, channels last; ``things`` [B, MOST_THINGS, 6]; ``facts`` [B, F], -1 where there is none."""

    pixels: torch.Tensor
    turns: list[list[Turn]]
    things: torch.Tensor
    facts: torch.Tensor

    def to(self, device: torch.device) -> Batch:
        """The batch with its tensors on a device."""
        return replace(self, pixels=self.pixels.to(device), things=self.things.to(device), facts=self.facts.to(device))


@dataclass
class _Set:
    """The pictures of one folder: [N, S, S, 3], [N, MOST_THINGS, 6], [N, F], and their turns and groups."""

    pixels: np.ndarray
    things: np.ndarray
    facts: np.ndarray
    turns: list[list[Turn]]
    groups: list[str]


def _scene_set(folder: Path, codec: Codec) -> _Set:
    pixels, questions = dataset.load_cache(folder)
    facts, _ = dataset.load_facts(folder)
    labels = region_labels(folder, facts)
    boxes = [(code, np.array(box, np.float32) / UNITS) for _, code, box in regions()]
    things = np.tile(np.array(NOTHING, np.float32), (len(pixels), MOST_THINGS, 1))
    filled = np.zeros(len(pixels), int)
    for (code, box), column in zip(boxes, labels.T):
        rows = np.flatnonzero(column >= 0)
        things[rows, filled[rows], 0] = CODES.index(code)
        things[rows, filled[rows], 1] = column[rows]
        things[rows, filled[rows], 2:] = box
        filled[rows] += 1
    turns = [[codec.turn(q, a) for q, a in asked] for _, asked in questions]
    return _Set(pixels, things, facts, turns, [f"scene {group}" for group, _ in questions])


def _exam2_set(folder: Path, codec: Codec, fact_values: dict[str, dict[str, int]]) -> _Set:
    pixels, things, rows = dataset_exam2.load_cache(folder)
    facts = np.full((len(rows), len(fact_values)), -1, np.int64)
    columns = {name: index for index, name in enumerate(fact_values)}
    for row, (_, _, known) in enumerate(rows):
        for name, value in known.items():
            facts[row, columns[name]] = fact_values[name].get(value, -1)
    turns = [[codec.turn(q, a) for q, a in asked] for _, asked, _ in rows]
    return _Set(pixels, things, facts, turns, [group for group, _, _ in rows])


def _part(group: str) -> str:
    """The share of a stage that a group's pictures belong to."""
    return "scenes" if group.startswith("scene ") else "six" if group in GROUPS else group


class Mixture:
    """Random batches whose parts have given shares; every picture of a part comes once before one comes again."""

    def __init__(self, scenes: Path, exam2: Sequence[Path], codec: Codec, seed: int):
        values = json.loads((scenes / "facts.json").read_text("utf-8"))
        self.fact_sizes = [len(known) for known in values.values()]
        self.sets = (_scene_set(scenes, codec), *(_exam2_set(folder, codec, values) for folder in exam2))
        self.rng = Random(seed)
        self.members: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for index, each in enumerate(self.sets):
            for row, group in enumerate(each.groups):
                times = FOCUS_GROUPS.get(group.removeprefix("scene "), 1)
                self.members[_part(group)] += [(index, row)] * times
        self.queues: dict[str, list[tuple[int, int]]] = {}

    def restart(self, rng: Random) -> None:
        """Begins anew with other randomness: a stage has the same batches however the run came to it."""
        self.rng, self.queues = rng, {}

    def draw(self, count: int, shares: Mapping[str, float]) -> Batch:
        """The next ``count`` pictures, each moved by up to ``SHIFT`` pixels; ``mosaic`` is four naming pictures in one."""
        pixels, turns, things, facts = [], [], [], []
        for part in self.rng.choices(list(shares), list(shares.values()), k=count):
            picture, shown, asked, known = self._mosaic() if part == "mosaic" else self._single(part)
            pixels.append(picture)
            things.append(shown)
            turns.append(asked)
            facts.append(known)
        stacked = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float().div_(255)
        return Batch(stacked.contiguous(memory_format=torch.channels_last), turns, torch.from_numpy(np.stack(things)), torch.from_numpy(np.stack(facts)))

    def _next(self, part: str) -> tuple[_Set, int]:
        if not self.queues.get(part):
            self.queues[part] = self.rng.sample(self.members[part], len(self.members[part]))
        index, row = self.queues[part].pop()
        return self.sets[index], row

    def _single(self, part: str) -> tuple[np.ndarray, np.ndarray, list[Turn], np.ndarray]:
        source, row = self._next(part)
        picture, things = source.pixels[row], source.things[row]
        if part == "naming" and self.rng.random() < 0.5:
            picture, things = picture[:, ::-1], things.copy()
            things[:, [2, 4]] = np.where(things[:, :1] >= 0, 1 - things[:, [4, 2]], 0)
        down, right = (self.rng.randint(0, 2 * SHIFT) for _ in range(2))
        padded = np.pad(picture, ((SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)), mode="edge")
        size = len(picture)
        return padded[down : down + size, right : right + size], things, source.turns[row], source.facts[row]

    def _mosaic(self) -> tuple[np.ndarray, np.ndarray, list[Turn], np.ndarray]:
        """Four naming pictures at half their size, for their names alone: four targets at the cost of one picture."""
        cells, rows = [], []
        for index in range(4):
            source, row = self._next("naming")
            size = source.pixels.shape[1] // 2
            cells.append((source.pixels[row].reshape(size, 2, size, 2, 3).sum((1, 3), np.uint16) // 4).astype(np.uint8))
            corner = np.array([index % 2, index // 2] * 2, np.float32) / 2
            rows += [(*thing[:2], *(corner + thing[2:] / 2)) for thing in _shown(source.things[row])]
        picture = np.concatenate([np.concatenate(cells[:2], 1), np.concatenate(cells[2:], 1)], 0)
        table = np.array((rows + [NOTHING] * MOST_THINGS)[:MOST_THINGS], np.float32)
        return picture, table, [], np.full_like(source.facts[row], -1)


def _shown(things: np.ndarray) -> np.ndarray:
    """The rows of a table that show something."""
    return things[things[:, 0] >= 0]
