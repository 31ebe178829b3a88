"""Training pictures of the visual vocabulary and the harder six groups, drawn once into a folder.

Like ``dataset``'s, and with its many ways from a drawing to 128 x 128; what is shown where is stored beside.
"""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import numpy as np

from dataset import CHUNK, shrink
from exam2.boards import BOARD
from exam2.picture import Thing
from exam2.training import make_training_picture
from nano_config import IMAGE_SIZE
from scenes import GROUPS
from things import MOST_THINGS, thing_table


@dataclass(frozen=True)
class Drawing:
    """Which pictures: ``family`` "train2" or "valid2", ``level`` of the concepts (None: all), one ``part`` or a mix."""

    seed: int
    level: str | None
    family: str = "train2"
    part: str | None = None


Row = tuple[str, list[tuple[str, str]], dict[str, str]]


def make_sample(index: int, drawing: Drawing) -> tuple[np.ndarray, np.ndarray, Row]:
    """Picture ``index``: pixels, things, and (group, questions with answers, facts)."""
    picture = make_training_picture(index, drawing.seed, drawing.level, drawing.part, drawing.family)
    rng = Random(f"{drawing.family}/shrink/{drawing.seed}/{index}")
    pixels = np.asarray(shrink(picture.image, rng).convert("RGB"))
    things = thing_table((thing.code, thing.value, thing.box) for thing in picture.things)
    asked = [(each.text, each.answers[0]) for each in picture.questions]
    facts = {f"{picture.style}: {name}": value for name, value in picture.facts.items()}
    return pixels, things, (_group(picture.style, picture.things), asked, facts)


def _group(style: str, things: list[Thing]) -> str:
    """The part that the picture belongs to; of the six groups the group itself."""
    if style in GROUPS:
        return style
    codes = [thing.code for thing in things]
    if style == BOARD:
        return "board"
    if "symbol" in codes:
        return "symbol" if codes.count("symbol") == 1 else "panel"
    if "word" in codes:
        return "sign"
    return "naming" if codes.count("name") == 1 else "several"


def _make_chunk(start: int, drawing: Drawing, total: int) -> tuple[int, np.ndarray, np.ndarray, list[Row]]:
    samples = [make_sample(index, drawing) for index in range(start, min(start + CHUNK, total))]
    return start, np.stack([pixels for pixels, _, _ in samples]), np.stack([things for _, things, _ in samples]), [row for _, _, row in samples]


def build_cache(folder: Path, count: int, drawing: Drawing, workers: int) -> None:
    """Draws ``count`` pictures into ``folder`` unless they are there already."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "rows.json").exists():
        return
    pixels = np.lib.format.open_memmap(folder / "pixels.npy", "w+", np.uint8, (count, IMAGE_SIZE, IMAGE_SIZE, 3))
    things = np.zeros((count, MOST_THINGS, 6), np.float32)
    rows: list[Row] = []
    with ProcessPoolExecutor(workers) as pool:
        for start, drawn, shown, texts in pool.map(partial(_make_chunk, drawing=drawing, total=count), range(0, count, CHUNK)):
            pixels[start : start + len(drawn)] = drawn
            things[start : start + len(drawn)] = shown
            rows += texts
            print(f"drawn {len(rows)} of {count} for {folder.name}", flush=True)
    pixels.flush()
    np.save(folder / "things.npy", things)
    (folder / "rows.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def load_cache(folder: Path) -> tuple[np.ndarray, np.ndarray, list[Row]]:
    """Pixels [N, 128, 128, 3], things [N, MOST_THINGS, 6], and per picture group, questions and facts."""
    rows = json.loads((folder / "rows.json").read_text("utf-8"))
    return np.load(folder / "pixels.npy", mmap_mode="r"), np.load(folder / "things.npy"), rows
