"""Trains Nano's encoder and its ViT twin alike: pictures, order, heads, loss, rates and processor time.

    PYTHONPATH=models/training python3 -m twins.train_twins --work /tmp/twins

The steps that the budget allows each encoder are timed once, on this machine, and kept in ``plan.json``: every seed
takes the same number, and ``--steps conv=900,vit=500`` repeats a run elsewhere. A record of accuracy with the weights
of that moment is taken twelve times; behind the last one the encoder is tuned for W8A16. Stopped, the same command
continues from the last record.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from dataclasses import dataclass
from itertools import islice
from math import cos, pi
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from twins.encoders import KINDS, build_encoder, feature_width, public_tensors
from twins.pictures import TrainingPictures, accuracy_batch, draw_cache, make_codec
from twins.stage0 import Batch, Heads, shares_right
from twins.tuning import tune

RATES = {"encoder": 1.2e-3, "answers": 1.5e-3, "scene": 1e-3}
RECORDS = 12
WARM_UP = 0.1
LAST_RATE = 0.03
TIMED_STEPS = 12
FIELDS = ["kind", "seed", "step", "pictures", "processorSeconds", "loss", "answers", "facts"]


@dataclass
class Bench:
    """What all runs share."""

    work: Path
    batch: int
    budget: float
    pictures: TrainingPictures
    held_out: Batch
    vocabulary: int
    compile: bool


def make_optimizer(encoder: nn.Module, heads: Heads) -> torch.optim.AdamW:
    """AdamW as in the training of Nano; weight decay for matrices only."""
    scene = [heads.facts, heads.places, heads.regions]
    groups = []
    for modules, rate in (([encoder], RATES["encoder"]), ([heads.answers], RATES["answers"]), (scene, RATES["scene"])):
        parameters = [parameter for module in modules for parameter in module.parameters()]
        for decay, matrices in ((0.05, True), (0.0, False)):
            members = [parameter for parameter in parameters if (parameter.ndim > 1) == matrices]
            groups.append({"params": members, "weight_decay": decay, "peak": rate})
    return torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.95), fused=True)


def rate_factor(step: int, steps: int) -> float:
    """A linear start, then half a cosine."""
    start = min(1.0, (step + 1) / max(1, round(WARM_UP * steps)))
    return start * (LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + cos(pi * step / steps)))


def train_step(encode, heads: Heads, optimizer: torch.optim.AdamW, batch: Batch) -> float:
    """One step; its loss."""
    loss, _ = heads.loss(encode(batch.pixels), batch)
    loss.backward()
    torch.nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss.item()


class Twin:
    """One encoder, compiled once for all seeds."""

    def __init__(self, kind: str, bench: Bench):
        self.kind, self.bench = kind, bench
        self.encoder = build_encoder(kind)
        self.encode = torch.compile(self.encoder) if bench.compile else self.encoder

    def reset(self, seed: int) -> Heads:
        """Fresh weights for the encoder and fresh heads."""
        torch.manual_seed(seed)
        self.encoder.load_state_dict(build_encoder(self.kind).state_dict())
        return Heads(feature_width(self.kind), self.bench.vocabulary, self.bench.pictures.fact_sizes)

    def seconds_per_step(self) -> float:
        """Processor seconds of one step, the median of a few behind the first."""
        heads = self.reset(0)
        optimizer = make_optimizer(self.encoder, heads)
        seconds = []
        for batch in islice(self.bench.pictures.batches(0, self.bench.batch), TIMED_STEPS):
            start = time.process_time()
            train_step(self.encode, heads, optimizer, batch)
            seconds.append(time.process_time() - start)
        return sorted(seconds[3:])[len(seconds[3:]) // 2]

    def held_out_features(self) -> torch.Tensor:
        """Features of the accuracy split."""
        with torch.no_grad():
            return torch.cat([self.encoder(part) for part in self.bench.held_out.pixels.split(32)])

    def run(self, seed: int, steps: int) -> None:
        """One run, from its last record if it has one, to its end; nothing if it is through."""
        folder = self.bench.work / f"{self.kind}-{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "qat.safetensors").exists():
            return
        heads = self.reset(seed)
        optimizer = make_optimizer(self.encoder, heads)
        step, seconds = self.restore(folder, heads, optimizer)
        batches = islice(self.bench.pictures.batches(seed, self.bench.batch), step, None)
        while step < steps:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * rate_factor(step, steps)
            start = time.process_time()
            loss = train_step(self.encode, heads, optimizer, next(batches))
            seconds += time.process_time() - start
            step += 1
            if step * RECORDS // steps > (step - 1) * RECORDS // steps:
                right = shares_right(heads, self.held_out_features(), self.bench.held_out)
                self.record(folder, step, {"processorSeconds": round(seconds, 1), "loss": round(loss, 4), **right})
                state = {"heads": heads.state_dict(), "encoder": self.encoder.state_dict(), "optimizer": optimizer.state_dict()}
                torch.save(state | {"random": torch.get_rng_state(), "step": step, "seconds": seconds}, folder / "checkpoint.tmp")
                (folder / "checkpoint.tmp").replace(folder / "checkpoint.pt")
        torch.save(heads.state_dict(), folder / "heads.pt")
        tune(self.kind, self.encoder, heads, batches, folder)

    def restore(self, folder: Path, heads: Heads, optimizer: torch.optim.AdamW) -> tuple[int, float]:
        """Step and processor seconds of the last record."""
        if not (folder / "checkpoint.pt").exists():
            return 0, 0.0
        state = torch.load(folder / "checkpoint.pt")
        self.encoder.load_state_dict(state["encoder"])
        heads.load_state_dict(state["heads"])
        optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"])
        return state["step"], state["seconds"]

    def record(self, folder: Path, step: int, figures: dict) -> None:
        """Keeps the fp32 master weights and the answering head of this moment, and a line of the curve, once."""
        weights = folder / f"step-{step}.safetensors"
        if weights.exists():
            return
        seed = folder.name.split("-")[1]
        line = {"kind": self.kind, "seed": seed, "step": step, "pictures": step * self.bench.batch, **figures}
        line |= {name: round(line[name], 4) for name in ("answers", "facts")}
        path = folder / "curve.csv"
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerow(line)
        save_file(public_tensors(self.kind, self.encoder), weights)
        print(line, flush=True)


def plan(twins: dict[str, Twin], bench: Bench, given: str | None) -> dict[str, int]:
    """Steps of each encoder: those that were given, those of an earlier call, or what the budget allows."""
    path = bench.work / "plan.json"
    if given is None and path.exists():
        return json.loads(path.read_text("utf-8"))["steps"]
    if given is not None:
        steps, seconds = {kind: int(count) for kind, count in (part.split("=") for part in given.split(","))}, None
    else:
        seconds = {kind: twin.seconds_per_step() for kind, twin in twins.items()}
        steps = {kind: round(bench.budget / each) for kind, each in seconds.items()}
    record = {"budgetSeconds": bench.budget, "secondsPerStep": seconds, "steps": steps, "batch": bench.batch}
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(record, flush=True)
    return steps


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder of checkpoints, curves and drawn pictures")
    parser.add_argument("--cache", type=Path, help="folder of the drawn pictures (default: inside --work)")
    parser.add_argument("--pictures", type=int, default=45_000)
    parser.add_argument("--held-out", type=int, default=256, help="pictures that accuracy is read from")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--budget", type=float, default=300, help="processor seconds of each run")
    parser.add_argument("--steps", help="such as conv=900,vit=500, instead of a budget")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--eager", action="store_true", help="without torch.compile, which needs a C++ compiler")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    given.work.mkdir(parents=True, exist_ok=True)
    cache = given.cache or given.work / f"pictures-0-{given.pictures}"
    draw_cache(cache, given.pictures, given.threads)
    codec, vocabulary = make_codec()
    held_out = accuracy_batch(cache, codec, given.held_out)
    bench = Bench(given.work, given.batch, given.budget, TrainingPictures(cache, codec), held_out, vocabulary, not given.eager)
    twins = {kind: Twin(kind, bench) for kind in KINDS}
    steps = plan(twins, bench, given.steps)
    for seed in (int(seed) for seed in given.seeds.split(",")):
        for kind, twin in twins.items():
            twin.run(seed, steps[kind])


if __name__ == "__main__":
    main()
