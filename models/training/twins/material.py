"""What every subject is measured with: pictures that set ranges, others that errors and accuracy are read from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dataset import load_facts
from packing import Codec
from twins.accuracy import Examination
from twins.graphs import ROOT, write_samples
from twins.pictures import accuracy_batch, draw_split, make_codec, to_tensor
from twins.stage0 import Batch

FEW = 64


@dataclass
class Material:
    """Pictures and questions that every subject is measured with."""

    evaluation: np.ndarray
    samples: dict[str, Path]
    batch: Batch
    fact_sizes: list[int]
    codec: Codec
    vocabulary: int
    examination: Examination


def floats(pixels: np.ndarray) -> np.ndarray:
    """Bytes [N, S, S, 3] to [N, 3, S, S] in 0..1."""
    return to_tensor(pixels).numpy()


def prepare(work: Path, cache: Path, counts: tuple[int, int, int]) -> Material:
    """Draws the splits and writes the folders of samples: all, few to calibrate with, and few to evaluate with."""
    calibration, evaluation, held_out = counts
    seen, tested = floats(draw_split("calibration", calibration)[0]), floats(draw_split("evaluation", evaluation)[0])
    samples = {
        "all": write_samples(work / "samples", seen, tested),
        "few": write_samples(work / "samples-few", seen[:FEW], tested),
        "short": write_samples(work / "samples-short", seen, tested[: -(-calibration // 3)]),
    }
    codec, vocabulary = make_codec()
    examination = Examination(ROOT / "test" / "fixtures" / "heldout")
    return Material(tested, samples, accuracy_batch(cache, codec, held_out), load_facts(cache)[1], codec, vocabulary, examination)
