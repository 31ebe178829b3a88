"""Runs the stages one after the other, with a log, checkpoints and the figures of the validation pictures."""

from __future__ import annotations

import csv
import time
from collections import defaultdict
from math import cos, pi
from pathlib import Path
from random import Random
from shutil import copyfile

import torch

from bundle import load_bundle
from mixture import Mixture
from network import AutoNeural
from packing import Codec
from pretraining import AnswerHead
from quantization_aware import QuantizedModel
from stages import Budget, Kind, Stage
from start import aim_connector, continue_from, master_weights
from steps import Counts, Parts, encoder_step, joint_step, text_step
from targets import EncoderTargets
from validation import Validation

CHECKPOINT_SECONDS = 120
LOG_STEPS = 25
WATCHED_BATCHES = 8
HEAD_RATE = 1e-3
WEIGHT_DECAY = 0.05
# Everything that is counted, in the order of the log's columns.
COUNTED = ("answer", "token", "fact", "name", "symbol", "word", "letter", "color", "kind")


class Trainer:
    """One run: the model, the heads that train beside it, and where it stands."""

    def __init__(self, budget: Budget, config: dict, codec: Codec, mixture: Mixture, validation: Validation, work: Path, seed: int, device: torch.device, start: Path | None):
        torch.manual_seed(seed)
        self.budget, self.work, self.seed, self.mixture, self.validation = budget, work, seed, mixture, validation
        self.fresh = start is None
        vision = config["vision_config"]
        model = AutoNeural(config)
        if start is not None:
            continue_from(model, *load_bundle(start)[:2], codec)
        model.to(device, memory_format=torch.channels_last)
        features, grid = vision["msfa_hidden_size"], vision["msfa_output_resolution"][0]
        targets = EncoderTargets(config["image_seq_length"], features, grid, mixture.fact_sizes).to(device)
        head = AnswerHead(config["text_config"]["vocab_size"], features).to(device)
        self.parts = Parts(model, targets, head, codec, model.vision_tower, head, model.language_model, model.logits, device)
        self.position = {"stage": 0, "step": 0, "seconds": 0.0, "processor": 0.0}
        self._compile()

    def run(self) -> AutoNeural:
        """All stages, continuing from a checkpoint if there is one; the trained model in the end."""
        checkpoint = self.work / "checkpoint.pt"
        if checkpoint.exists():
            saved = torch.load(checkpoint, map_location=self.parts.device)
            for name, module in self._modules().items():
                module.load_state_dict(saved[name])
            self.position = saved["position"]
        self.clock = (time.monotonic() - self.position["seconds"], time.process_time() - self.position["processor"])
        with (self.work / "curve.csv").open("a", newline="") as curve, (self.work / "validation.csv").open("a", newline="") as valid:
            self.curve, self.valid = csv.writer(curve), csv.writer(valid)
            self.files = (curve, valid)
            if curve.tell() == 0:
                self.curve.writerow(["stage", "step", "seconds", "processor seconds", "loss", *COUNTED, "rate factor"])
                self.valid.writerow(["after", *self.validation.parts, "all"])
            for index in range(self.position["stage"], len(self.budget.stages)):
                self._stage(index, self.budget.stages[index])
        return self.parts.model

    def _stage(self, index: int, stage: Stage) -> None:
        """Trains one stage to its end."""
        quantized = self._quantize(stage) if stage.kind is Kind.QUANTIZED else None
        if stage.kind is Kind.CONNECTOR and self.fresh and self.position["step"] == 0:
            aim_connector(self.parts, (self.mixture.draw(self.budget.batch, stage.shares) for _ in range(16)))
        optimizer = self._optimizer(stage)
        if "optimizer" in self.position:
            optimizer.load_state_dict(self.position.pop("optimizer"))
        first = self.position["step"]
        self.mixture.restart(Random(f"{self.seed}/{stage.name}/{first}"))
        saved = time.monotonic()
        losses, counts = [], defaultdict(lambda: (0, 0))
        for step in range(first, stage.steps):
            factor = _factor(stage, step)
            loss, seen = self._step(stage, optimizer, factor)
            losses.append(loss)
            for name, (right, asked) in seen.items():
                counts[name] = (counts[name][0] + right, counts[name][1] + asked)
            if (step + 1) % LOG_STEPS == 0 or step + 1 == stage.steps:
                self._log(stage, step + 1, sum(losses) / len(losses), counts, factor)
                losses, counts = [], defaultdict(lambda: (0, 0))
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                saved = time.monotonic()
                self._save(index, step + 1, {"optimizer": optimizer.state_dict()})
        if stage.kind not in (Kind.ENCODER, Kind.TEXT):
            self._validate(stage.name)
        if quantized is not None:
            quantized.release()
            self.parts.logits = self.parts.model.logits
            self._validate(f"{stage.name}, in float")
        self._save(index + 1, 0, {})
        copyfile(self.work / "checkpoint.pt", self.work / f"after-{stage.name}.pt")

    def _step(self, stage: Stage, optimizer: torch.optim.Optimizer, factor: float) -> tuple[float, Counts]:
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        batch = self.mixture.draw(self.budget.batch, stage.shares).to(self.parts.device)
        if stage.kind is Kind.ENCODER:
            loss, counts = encoder_step(self.parts, batch, self.mixture.rng)
        elif stage.kind is Kind.TEXT:
            loss, counts = text_step(self.parts, batch, self.mixture.rng)
        else:
            loss, counts = joint_step(self.parts, batch, self.mixture.rng, stage.plain, frozen=stage.encoder_rate == 0)
        loss.backward()
        trained = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        # Parts that rest get gradients too: they are thrown away here.
        for module in self._modules().values():
            module.zero_grad(set_to_none=True)
        return loss.item(), counts

    def _optimizer(self, stage: Stage) -> torch.optim.AdamW:
        """AdamW (betas as in the paper) with matrices and vectors in groups of their own."""
        model = self.parts.model
        rates = {
            Kind.ENCODER: [(model.vision_tower, stage.encoder_rate), (self.parts.head, stage.rate)],
            Kind.TEXT: [(model.language_model, stage.rate)],
            Kind.CONNECTOR: [(model.multi_modal_projector, stage.rate)],
        }.get(stage.kind, [(model.vision_tower, stage.encoder_rate), (model.multi_modal_projector, stage.rate), (model.language_model, stage.rate)])
        if stage.encoder_rate > 0:
            rates.append((self.parts.targets, HEAD_RATE))
        groups = []
        for module, rate in rates:
            for decay, matrices in ((WEIGHT_DECAY, True), (0.0, False)):
                members = [parameter for parameter in module.parameters() if (parameter.ndim > 1) == matrices]
                groups.append({"params": members, "weight_decay": decay, "peak": rate})
        return torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.95), fused=True)

    def _quantize(self, stage: Stage) -> QuantizedModel:
        """Puts the model on its grids, their ranges from pictures that have just been trained on.

        It is not compiled: with 455 more values that took longer than the stage.
        """
        quantized = QuantizedModel(self.parts.model)
        self.parts.logits = quantized.logits
        self.parts.encode, self.parts.read = self.parts.model.vision_tower, self.parts.model.language_model
        self.mixture.restart(Random(f"{self.seed}/ranges"))
        with torch.no_grad():
            for _ in range(WATCHED_BATCHES):
                batch = self.mixture.draw(self.budget.batch, stage.shares).to(self.parts.device)
                joint_step(self.parts, batch, self.mixture.rng, plain=False, frozen=True)
        quantized.freeze()
        self._validate(f"{stage.name}, before its first step" if self.position["step"] == 0 else f"{stage.name}, continued")
        return quantized

    def _compile(self) -> None:
        torch._dynamo.reset()
        model = self.parts.model
        self.parts.encode, self.parts.read = torch.compile(model.vision_tower), torch.compile(model.language_model)
        self.parts.ask = torch.compile(self.parts.head)

    def _modules(self) -> dict[str, torch.nn.Module]:
        return {"model": self.parts.model, "targets": self.parts.targets, "head": self.parts.head}

    def _log(self, stage: Stage, step: int, loss: float, counts: Counts, factor: float) -> None:
        shares = [f"{counts[name][0] / counts[name][1]:.4f}" if counts[name][1] else "" for name in COUNTED]
        self.curve.writerow([stage.name, step, *map(round, self._spent()), f"{loss:.4f}", *shares, f"{factor:.3f}"])
        self.files[0].flush()

    def _validate(self, after: str) -> None:
        counts = self.validation.score(self.parts)
        total = (sum(right for right, _ in counts.values()), sum(asked for _, asked in counts.values()))
        self.valid.writerow([after, *(f"{right / asked:.4f}" for right, asked in (*counts.values(), total))])
        self.files[1].flush()

    def _spent(self) -> tuple[float, float]:
        """Seconds and processor seconds of the whole run so far, the times before an interruption included."""
        return time.monotonic() - self.clock[0], time.process_time() - self.clock[1]

    def _save(self, stage: int, step: int, more: dict) -> None:
        """Writes the checkpoint, replacing the old one only when the new one is complete."""
        seconds, processor = self._spent()
        self.position = {"stage": stage, "step": step, "seconds": seconds, "processor": processor}
        states = {name: module.state_dict() for name, module in self._modules().items()}
        states["model"] = master_weights(states["model"])
        torch.save({**states, "position": self.position | more}, self.work / "checkpoint.tmp")
        (self.work / "checkpoint.tmp").replace(self.work / "checkpoint.pt")


def _factor(stage: Stage, step: int) -> float:
    """The share of the peak rates at a step: a linear rise, then half a cosine."""
    rise = min(1.0, (step + 1) / stage.warmup)
    return rise * (stage.final + (1 - stage.final) * 0.5 * (1 + cos(pi * step / stage.steps)))
