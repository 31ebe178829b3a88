"""Which checkpoints are compared: the end of each training, behind the tuning, and where both are equally right."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from twins.encoders import KINDS


@dataclass(frozen=True)
class Subject:
    """One encoder at one moment. ``stage``: ``trained``, ``tuned`` (QAT) or ``equal``."""

    kind: str
    seed: int
    stage: str
    weights: Path
    record: dict

    @property
    def name(self) -> str:
        """Unique, and a file name."""
        return f"{self.kind}-{self.seed}-{self.stage}"

    @property
    def heads(self) -> Path:
        """The heads that belong to the weights."""
        return self.weights.with_name("qat-heads.pt" if self.stage == "tuned" else "heads.pt")


def read_curve(work: Path, kind: str, seed: int) -> list[dict]:
    """The records of a run, numbers as numbers."""
    with (work / f"{kind}-{seed}" / "curve.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{name: value if name == "kind" else float(value) for name, value in row.items()} for row in rows]


def weights_at(work: Path, record: dict) -> Path:
    """The weights of a record."""
    return work / f"{record['kind']}-{record['seed']:.0f}" / f"step-{record['step']:.0f}.safetensors"


def equal_record(curves: dict[str, list[dict]]) -> tuple[dict, dict] | None:
    """The weaker twin's best record and the first of the stronger that answers as well; none if they end alike."""
    weaker, stronger = sorted(KINDS, key=lambda kind: curves[kind][-1]["answers"])
    level = max(curves[weaker], key=lambda record: record["answers"])
    reached = next((record for record in curves[stronger] if record["answers"] >= level["answers"]), None)
    return None if reached is None else (level, reached)


def subjects_of(work: Path, seed: int) -> list[Subject]:
    """Everything that is there of a seed."""
    folders = {kind: work / f"{kind}-{seed}" for kind in KINDS}
    if not all((folder / "qat.safetensors").exists() for folder in folders.values()):
        return []
    curves = {kind: read_curve(work, kind, seed) for kind in KINDS}
    found = []
    for kind in KINDS:
        last = curves[kind][-1]
        found.append(Subject(kind, seed, "trained", weights_at(work, last), last))
        found.append(Subject(kind, seed, "tuned", folders[kind] / "qat.safetensors", last))
    pair = equal_record(curves)
    for record in pair or ():
        found.append(Subject(str(record["kind"]), seed, "equal", weights_at(work, record), record))
    return found
