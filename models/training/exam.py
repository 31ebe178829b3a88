"""Writes the held-out examination: test/fixtures/heldout/*.jsonl and its pictures.

Written before any training and never changed afterwards. Its seeds start with ``heldout/``, those of the
training pictures with ``train/``: the two can not meet.

    python3 models/training/exam.py --out test/fixtures/heldout
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter, defaultdict
from pathlib import Path
from random import Random

from PIL import Image

from scenes import GROUPS, make_scene
from scenes.canvas import Scene

PICTURES_PER_GROUP = 48
QUESTIONS_PER_PICTURE = 6
PICTURE_SIZE = 256
SUPERSAMPLING = 4


def normalize(answer: str) -> str:
    """What exact match compares: lower case, single spaces, no trailing ``.``, ``!`` or ``?``."""
    return " ".join(answer.lower().split()).rstrip(".!?").rstrip()


def is_correct(answer: str, accepted: list[str]) -> bool:
    """Exact match against any accepted answer, after ``normalize`` on both sides."""
    return normalize(answer) in {normalize(candidate) for candidate in accepted}


def render(scene: Scene, size: int = PICTURE_SIZE) -> Image.Image:
    """The picture, supersampled."""
    return scene.canvas.render(size * SUPERSAMPLING).resize((size, size), Image.Resampling.LANCZOS)


def write_group(group: str, out: Path) -> list[dict]:
    """Draws one group and writes its JSON lines file."""
    lines = []
    (out / "images").mkdir(parents=True, exist_ok=True)
    for index in range(PICTURES_PER_GROUP):
        seed = f"heldout/{index}"
        scene = make_scene(group, seed)
        name = f"images/{group}-{index:02d}.png"
        # 256 colours halve the files; the drawings have few colours anyway.
        render(scene).quantize(256, dither=Image.Dither.NONE).save(out / name, optimize=True)
        picker = Random(f"questions/{group}/{seed}")
        for question in picker.sample(scene.questions, min(QUESTIONS_PER_PICTURE, len(scene.questions))):
            lines.append({"image": name, "question": question.text, "answers": question.answers, "group": group})
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (out / f"{group}.jsonl").write_text(text, encoding="utf-8")
    return lines


def read_suite(folder: Path) -> list[dict]:
    """All questions of a suite folder, groups in alphabetical order of the files."""
    return [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]


def suite_hash(folder: Path) -> str:
    """sha256 over every file of the suite: each relative path, a zero byte, the file's sha256, in path order."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".jsonl", ".png")):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def text_prior(suite: list[dict], pictures_per_group: int = 400) -> float:
    """Exact match of always giving the most frequent training answer to a question's text: no picture needed."""
    answers: dict[str, Counter] = defaultdict(Counter)
    for group in GROUPS:
        for index in range(pictures_per_group):
            for question in make_scene(group, f"train/prior/{index}").questions:
                answers[question.text][question.answers[0]] += 1
    guesses = {text: counts.most_common(1)[0][0] for text, counts in answers.items()}
    return sum(is_correct(guesses.get(line["question"], "Yes"), line["answers"]) for line in suite) / len(suite)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("test/fixtures/heldout"))
    out = parser.parse_args().out
    suite = [line for group in GROUPS for line in write_group(group, out)]
    print(f"{len({line['image'] for line in suite})} pictures, {len(suite)} questions")
    print(f"answers from the question's text alone: {100 * text_prior(suite):.1f} %")
    print(f"sha256 {suite_hash(out)}")


if __name__ == "__main__":
    main()
