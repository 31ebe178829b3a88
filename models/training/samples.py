"""Draws the sample pictures of ``samples/`` and their prompt suite ``samples/prompts.jsonl``.

    python3 models/training/samples.py --out samples
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from exam import render
from scenes import make_scene

SIZE = 768
# File name, group and seed. The seeds start with "sample/": neither training nor examination pictures.
SAMPLES = [
    ("level-b6", "carfinder", 1),
    ("dashboard-87", "dashboard", 2170),
    ("street-crowbar", "sentinel", 16),
    ("street-night", "sentinel", 11),
    ("door-known", "greeter", 22),
    ("door-parcel", "greeter", 8),
    ("cabin-phone", "safety", 9),
    ("cabin-sleeping", "safety", 4),
    ("kerb-bicycle", "safety", 7),
    ("shapes-four", "shapes", 0),
]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("samples"))
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, group, seed in SAMPLES:
        scene = make_scene(group, f"sample/{seed}")
        render(scene, SIZE).save(out / f"{name}.png", optimize=True)
        for question in scene.questions:
            lines.append({"image": f"{name}.png", "question": question.text, "answers": question.answers, "group": group})
    (out / "prompts.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
