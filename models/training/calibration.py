"""Draws the calibration set that ships with the model: ``models/autoneural-nano/calibration``.

    python3 models/training/calibration.py --out models/autoneural-nano/calibration

Its seeds start with ``calibration/`` and ``evaluation/``: they are neither training, held-out nor sample pictures. The
first set the ranges of the quantizers, the others measure what the quantizers do.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random

from exam import render
from scenes import GROUPS, make_scene

SIZE = 256
QUALITY = 85
# Pictures of each of the six groups.
SETS = {"calibration": 8, "evaluation": 2}


def write_set(name: str, per_group: int, out: Path) -> None:
    """Pictures of one set and its questions, one a picture."""
    lines = []
    for group in sorted(GROUPS):
        for index in range(per_group):
            scene = make_scene(group, f"{name}/{index}")
            image = f"{name[:4]}-{group}-{index}.jpg"
            render(scene, SIZE).convert("RGB").save(out / image, quality=QUALITY, optimize=True)
            question = Random(f"questions/{name}/{group}/{index}").choice(scene.questions)
            lines.append({"image": image, "question": question.text, "answers": question.answers, "group": group})
    (out / f"{name}.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("models/autoneural-nano/calibration"))
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name, per_group in SETS.items():
        write_set(name, per_group, out)


if __name__ == "__main__":
    main()
