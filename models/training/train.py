"""Trains AutoNeural-Nano in six stages, as the paper does in four: one command, one seed.

    python3 models/training/train.py --out /tmp/nano --budget cpu-hour --threads 1

What is drawn and how long each stage is: ``stages.py``; why: README.md. A checkpoint is written every two minutes and
after every stage; the same command continues from it.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from shutil import copyfile

import torch

import dataset
import dataset_exam2
from bundle import export_bundle
from dataset_exam2 import Drawing
from exam2.assets import require
from exam2.training import BOARDS
from mixture import Mixture
from nano_config import nano_config
from packing import Codec
from stages import BUDGETS, Budget
from trainer import Trainer
from validation import Validation
from vocabulary import build_tokenizer, build_vocabulary, unasked_words

SHIPPED = Path(__file__).resolve().parents[1] / "autoneural-nano"


def parse() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle to write")
    parser.add_argument("--budget", choices=BUDGETS, default="cpu-hour")
    parser.add_argument("--start", type=Path, default=SHIPPED, help="bundle whose weights the training starts with (default: the shipped one)")
    parser.add_argument("--from-scratch", action="store_true", help="start with random weights instead")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of the training; the drawing takes --workers")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that draw")
    parser.add_argument("--work", type=Path, default=Path("/tmp/autoneural-training"), help="pictures, checkpoint, curves")
    parser.add_argument("--control", action="store_true", help="the last stage once more from the same weights, without the grids; after a whole run")
    parser.add_argument("--draw-only", action="store_true", help="draw the pictures and stop")
    return parser.parse_args()


def begin_control(run: Path, budget: Budget) -> tuple[Path, Budget]:
    """Folder and stages of the control of a whole ``run``: its last stage without the grids, from the same weights.

    Raises ``SystemExit`` where that run has not come so far.
    """
    start = run / f"after-{budget.stages[-2].name}.pt"
    control = run.with_name(f"{run.name}-control")
    if not (control / "checkpoint.pt").exists():
        if not start.exists():
            raise SystemExit(f"--control goes on from {start}, which is not there: run the same command without --control first.")
        control.mkdir(exist_ok=True)
        copyfile(start, control / "checkpoint.pt")
    return control, budget.control()


def main() -> None:
    """Draws what is not drawn yet, trains, exports."""
    arguments = parse()
    require()
    budget, seed, workers = BUDGETS[arguments.budget], arguments.seed, arguments.workers
    run = arguments.work / f"run-{arguments.budget}-{seed}{'-scratch' if arguments.from_scratch else ''}"
    if arguments.control:
        run, budget = begin_control(run, budget)
    scenes = arguments.work / f"pictures-{seed}-{budget.scenes}"
    level = budget.level or "all"
    drawn = [arguments.work / f"exam2-{seed}-{budget.exam2}-{level}"]
    dataset.build_cache(scenes, budget.scenes, seed, workers)
    dataset.build_facts(scenes, budget.scenes, seed, workers)
    dataset_exam2.build_cache(drawn[0], budget.exam2, Drawing(seed, budget.level), workers)
    if budget.boards:
        drawn.append(arguments.work / f"boards-{seed}-{budget.boards}-{level}")
        dataset_exam2.build_cache(drawn[1], budget.boards, Drawing(seed, budget.level, "boards2", BOARDS), workers)
    validation = Validation(arguments.work, budget.level, workers)
    if arguments.draw_only:
        return
    torch.set_num_threads(arguments.threads)
    cuda = arguments.device == "cuda" or (arguments.device == "auto" and torch.cuda.is_available())
    if cuda:
        torch.set_float32_matmul_precision("high")
    vocabulary = build_vocabulary(budget.level)
    tokenizer = build_tokenizer(vocabulary)
    codec = Codec(tokenizer, build_tokenizer(vocabulary, lowercase=False), unasked_words(budget.level))
    config = nano_config(len(vocabulary), vocabulary["<image>"])
    run.mkdir(parents=True, exist_ok=True)
    start = None if arguments.from_scratch else arguments.start
    mixture = Mixture(scenes, drawn, codec, seed)
    trainer = Trainer(budget, config, codec, mixture, validation, run, seed, torch.device("cuda" if cuda else "cpu"), start)
    export_bundle(trainer.run().cpu(), tokenizer, config, arguments.out)


if __name__ == "__main__":
    main()
