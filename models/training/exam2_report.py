"""A model on the second examination, beside what needs no model.

    python3 models/training/exam2_report.py                                   the shipped model
    python3 models/training/exam2_report.py --bundle DIR --precision w8a16-w4a16

Columns: the model; the same with grey pictures; the most frequent training answer to the question; the nearest
training picture by raw pixels, where a name is asked. Runs ``cli -- evaluate`` twice, which needs Node.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections import defaultdict
from pathlib import Path

from exam2.assets import require
from exam2.baselines import nearest_names, text_prior
from exam2.suite import suite_hash

ROOT = Path(__file__).resolve().parents[2]
EXAM2 = ROOT / "test" / "fixtures" / "exam2"
Scores = dict[str, dict[int, bool]]


def evaluate(files: list[Path], bundle: Path, precision: str, *flags: str) -> dict[int, bool]:
    """Line index -> whether the command line's answer is right."""
    command = ["npm", "run", "--silent", "cli", "--", "evaluate", *map(str, files), "--model", str(bundle.resolve()), "--precision", precision, "--json", *flags]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    return {index: answer["correct"] for index, answer in enumerate(json.loads(done.stdout)["answers"])}


def table(title: str, keys: list[str], scores: Scores) -> str:
    """Exact match in per cent for every key, one column a score; a dash where a score has no answer."""
    rows = defaultdict(list)
    for index, key in enumerate(keys):
        if key:
            rows[key].append(index)
    text = [f"{title:34}{'n':>6}" + "".join(f"{name:>10}" for name in scores)]
    for key, lines in sorted(rows.items()):
        cells = []
        for score in scores.values():
            known = [score[index] for index in lines if index in score]
            cells.append(f"{100 * sum(known) / len(known):10.1f}" if known else f"{'-':>10}")
        text.append(f"{key:34}{len(lines):6}" + "".join(cells))
    return "\n".join(text) + "\n"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, default=ROOT / "models" / "autoneural-nano")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--suite", type=Path, default=EXAM2, help="another folder with lines of the examination")
    parser.add_argument("--prior-pictures", type=int, default=4000, help="training pictures that the text prior counts")
    arguments = parser.parse_args()
    require()
    files = sorted(arguments.suite.resolve().glob("*.jsonl"))
    lines = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    scores: Scores = {
        "model": evaluate(files, arguments.bundle, arguments.precision),
        "grey": evaluate(files, arguments.bundle, arguments.precision, "--blind"),
        "text": dict(enumerate(text_prior(lines, arguments.prior_pictures))),
        "pixels": nearest_names(lines, arguments.suite),
    }
    named = [line["kind"] in ("name", "symbol") for line in lines]
    print(f"sha256 {suite_hash(arguments.suite)}, {arguments.precision}\n")
    print(table("part", [line["part"] for line in lines], scores))
    print(table("group", [line["group"] for line in lines], scores))
    print(table("names, by style", [line["style"] if name else "" for line, name in zip(lines, named)], scores))
    print(table("kind of question", [f"{line['part']}: {line['kind']}" for line in lines], scores))
    print(table("ground", [line["background"] for line in lines], scores))


if __name__ == "__main__":
    main()
