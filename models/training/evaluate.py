"""Exact match of a bundle on the held-out suite, with the pictures and with grey ones ("blind").

    python3 models/training/evaluate.py --bundle models/autoneural-nano
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

from bundle import load_bundle
from exam import is_correct, read_suite, suite_hash
from golden import MAX_NEW_TOKENS, preprocess, to_tensor
from nano_config import EOS
from packing import Codec
from vocabulary import build_tokenizer

GREY = 128


def answer_suite(bundle: Path, suite: Path, blind: bool) -> list[dict]:
    """Greedy answers to every question."""
    model, tokenizer, config = load_bundle(bundle)
    codec = Codec(tokenizer, build_tokenizer(tokenizer.get_vocab(with_added_tokens=True), lowercase=False))
    size = config["vision_config"]["image_size"]
    by_picture = defaultdict(list)
    for line in read_suite(suite):
        by_picture[line["image"]].append(line)
    results = []
    with torch.no_grad():
        for picture, lines in by_picture.items():
            pixels = np.full((size, size, 3), GREY, np.uint8) if blind else preprocess(suite / picture, size)
            features = model.encode_image(to_tensor(pixels))
            for line in lines:
                tokens = model.generate(features, torch.tensor([codec.prompt(line["question"])]), MAX_NEW_TOKENS, EOS)[0]
                answer = tokenizer.decode(tokens, skip_special_tokens=True)
                results.append(line | {"answer": answer, "correct": is_correct(answer, line["answers"])})
    return results


def summary(results: list[dict]) -> dict:
    """Exact match overall and per group."""
    groups = defaultdict(list)
    for result in results:
        groups[result["group"]].append(result["correct"])
    return {
        "exactMatch": round(sum(r["correct"] for r in results) / len(results), 4),
        "n": len(results),
        "groups": {name: {"exactMatch": round(sum(c) / len(c), 4), "n": len(c)} for name, c in sorted(groups.items())},
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, default=Path("models/autoneural-nano"))
    parser.add_argument("--suite", type=Path, default=Path("test/fixtures/heldout"))
    parser.add_argument("--wrong", type=Path, help="file for the wrong answers, to look at")
    arguments = parser.parse_args()
    start = time.perf_counter()
    results = answer_suite(arguments.bundle, arguments.suite, blind=False)
    report = {"suite": suite_hash(arguments.suite), "pictures": summary(results), "blind": summary(answer_suite(arguments.bundle, arguments.suite, blind=True))}
    print(json.dumps(report, indent=2))
    print(f"{time.perf_counter() - start:.0f} s")
    if arguments.wrong:
        wrong = [f"{r['image']}\t{r['question']}\t{r['answers'][0]}\t{r['answer']}\n" for r in results if not r["correct"]]
        arguments.wrong.write_text("".join(wrong), encoding="utf-8")


if __name__ == "__main__":
    main()
