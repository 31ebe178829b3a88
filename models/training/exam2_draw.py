"""Draws the second examination: test/fixtures/exam2/*.jsonl, its pictures and its hash.

Committed before any training with it and never changed afterwards. Its seeds start with ``exam2/``, those of
training pictures with ``train2/``: the two can not meet.

    python3 models/training/exam2_draw.py --fetch             what others drew: npm and pip, 170 MB, once
    python3 models/training/exam2_draw.py --out /tmp/exam2    must end with the committed hash
"""

from __future__ import annotations

import argparse
from pathlib import Path

from exam2.assets import fetch, require
from exam2.suite import sections, suite_hash, write_section


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fetch", action="store_true", help="install the drawings, typefaces and photographs, and stop")
    parser.add_argument("--out", type=Path, default=Path("test/fixtures/exam2"))
    arguments = parser.parse_args()
    if arguments.fetch:
        fetch()
        return
    require()
    for name in sections():
        pictures, questions = write_section(name, arguments.out)
        print(f"{name}: {pictures} pictures, {questions} questions", flush=True)
    total = suite_hash(arguments.out)
    (arguments.out / "suite.sha256").write_text(f"{total}\n", encoding="utf-8")
    print(f"sha256 {total}")


if __name__ == "__main__":
    main()
