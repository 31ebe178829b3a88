"""Trains AutoNeural-Nano: one command, one seed, at most an hour on two CPU cores.

    python3 models/training/train.py --out models/autoneural-nano --seed 0

Stages (why: models/training/README.md): draw the pictures, stage 0 (encoder with a throw-away head), joint stage
with the encoder frozen, joint stage with everything trainable. A checkpoint is written every two minutes; the same
command continues from it.
"""

from __future__ import annotations

import argparse
import csv
import time
from dataclasses import dataclass
from math import cos, pi
from pathlib import Path
from random import Random

import numpy as np
import torch
import torch.nn.functional as F

from bundle import export_bundle
from dataset import build_cache, build_facts, load_cache, load_facts
from nano_config import IMAGE_TOKENS, nano_config
from network import AutoNeural, count_parameters
from packing import Codec, Turn, conversation, stage0_batch
from pretraining import AnswerHead, FactHead, PlaceHead, sameness, slot_accuracy, slot_loss
from regions import RegionHead, region_labels
from vocabulary import build_tokenizer, build_vocabulary

QUESTIONS_PER_PICTURE = 7
CHECKPOINT_SECONDS = 120
PLACE_WEIGHT = 0.3
SAMENESS_WEIGHT = 0.1
WHITENING_FLOOR = 1e-3


@dataclass
class Stage:
    """A part of the training with its own learning rates (a rate ends at ``final`` times its peak)."""

    name: str
    steps: int
    rate: float
    encoder_rate: float
    final: float
    focus: bool = False

    @property
    def pretraining(self) -> bool:
        """Whether the encoder trains with the throw-away head."""
        return self.name.startswith("stage0")


# On two cores of their own a step takes about 0.37 s in stage 0, 0.63 s with and 0.81 s without a frozen encoder.
STAGES = [
    Stage("stage0", 2600, 1.5e-3, 1.2e-3, 0.03),
    Stage("stage0-focus", 400, 1e-3, 1e-3, 0.03, focus=True),
    Stage("joint-frozen", 600, 1.5e-3, 0.0, 0.4, focus=True),
    Stage("joint-all", 600, 8e-4, 5e-4, 0.0, focus=True),
]
# What stage 0 learns last: reading glyphs, and finding one of many things. These groups get most of a focus stage.
FOCUS_GROUPS = {"carfinder": 2, "dashboard": 2, "shapes": 3}


class Pictures:
    """Random batches of training pictures with their turns."""

    def __init__(self, cache: Path, codec: Codec, seed: int):
        self.pixels, questions = load_cache(cache)
        self.turns: list[list[Turn]] = [[codec.turn(q, a) for q, a in asked] for _, asked in questions]
        self.facts, self.fact_sizes = load_facts(cache)
        self.regions = region_labels(cache, self.facts)
        repeats = [FOCUS_GROUPS.get(group, 1) for group, _ in questions]
        self.focus_order = np.repeat(np.arange(len(questions)), repeats)
        self.focus = False
        self.codec = codec
        self.order = np.random.default_rng(seed)
        self.rng = Random(seed)
        self.queue: list[int] = []

    def draw(self, count: int) -> tuple[torch.Tensor, list[list[Turn]], tuple[torch.Tensor, torch.Tensor]]:
        """The next ``count`` pictures (0..1, channels last, moved by up to three pixels), their turns, and facts and regions."""
        if len(self.queue) < count:
            pool = self.focus_order if self.focus else np.arange(len(self.turns))
            self.queue = self.order.permutation(pool).tolist()
        indices, self.queue = self.queue[:count], self.queue[count:]
        batch = []
        for index in indices:
            dy, dx = (self.rng.randint(0, 6) for _ in range(2))
            padded = np.pad(self.pixels[index], ((3, 3), (3, 3), (0, 0)), mode="edge")
            batch.append(padded[dy : dy + 128, dx : dx + 128])
        pixels = torch.from_numpy(np.stack(batch)).permute(0, 3, 1, 2).float().div_(255)
        labels = torch.from_numpy(self.facts[indices]), torch.from_numpy(self.regions[indices])
        return pixels.contiguous(memory_format=torch.channels_last), [self.turns[index] for index in indices], labels


class Trainer:
    """Model, optimizer, log and checkpoints of one run."""

    def __init__(self, arguments: argparse.Namespace):
        torch.manual_seed(arguments.seed)
        torch.set_num_threads(arguments.threads)
        self.work: Path = arguments.work
        self.out: Path = arguments.out
        self.batch = arguments.batch
        vocabulary = build_vocabulary()
        self.tokenizer = build_tokenizer(vocabulary)
        self.codec = Codec(self.tokenizer, build_tokenizer(vocabulary, lowercase=False))
        self.config = nano_config(len(vocabulary), vocabulary["<image>"])
        self.model = AutoNeural(self.config).to(memory_format=torch.channels_last)
        self.head = AnswerHead(len(vocabulary), self.config["vision_config"]["msfa_hidden_size"])
        tokens = self.config["image_seq_length"]
        print("parameters:", count_parameters(self.model), flush=True)
        self.pictures = Pictures(arguments.cache, self.codec, arguments.seed)
        self.fact_head = FactHead(tokens, self.config["vision_config"]["msfa_hidden_size"], self.pictures.fact_sizes)
        self.place_head = PlaceHead(self.config["vision_config"]["msfa_hidden_size"], self.config["vision_config"]["msfa_output_resolution"][0])
        self.region_head = RegionHead(self.config["vision_config"]["msfa_hidden_size"])
        self.encode = torch.compile(self.model.vision_tower)
        self.ask = torch.compile(self.head)
        self.decoder = torch.compile(self.model.language_model)
        self.state = {"stage": 0, "step": 0}

    def optimizer(self, stage: Stage) -> torch.optim.AdamW:
        """AdamW (betas as in the paper) with the encoder, matrices and vectors in groups of their own."""
        modules = [(self.model.vision_tower, stage.encoder_rate)]
        if stage.pretraining:
            modules.append((self.head, stage.rate))
        else:
            modules += [(self.model.multi_modal_projector, stage.rate), (self.model.language_model, stage.rate)]
        if stage.encoder_rate > 0:
            modules += [(self.fact_head, 1e-3), (self.place_head, 1e-3), (self.region_head, 1e-3)]
        groups = []
        for module, rate in modules:
            for parameter in module.parameters():
                parameter.requires_grad_(rate > 0)
            if rate > 0:
                for decay, wanted in ((0.05, True), (0.0, False)):
                    members = [p for p in module.parameters() if (p.ndim > 1) == wanted]
                    groups.append({"params": members, "weight_decay": decay, "peak": rate})
        return torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.95), fused=True)

    def stage0_step(self) -> tuple[torch.Tensor, str]:
        """Loss of one stage 0 batch, and the shares of answers and of facts that are right."""
        pixels, turns, labels = self.pictures.draw(self.batch)
        questions, slots = (torch.from_numpy(a) for a in stage0_batch(self.codec, turns, QUESTIONS_PER_PICTURE, self.pictures.rng))
        features = self.encode(pixels).flatten(2).transpose(1, 2)
        logits = self.ask(features, questions)
        scene_loss, fact_accuracy = self.scene_loss(features, *labels)
        return slot_loss(logits, slots) + scene_loss, f"{slot_accuracy(logits, slots):.4f}/{fact_accuracy:.4f}"

    def scene_loss(self, features: torch.Tensor, facts: torch.Tensor, regions: torch.Tensor) -> tuple[torch.Tensor, float]:
        """What the encoder is taught about the scene itself, and the share of facts that are right."""
        fact_loss, accuracy = self.fact_head.loss(self.fact_head(features), facts)
        where_loss = PLACE_WEIGHT * self.place_head(features) + self.region_head(features, regions)
        return fact_loss + where_loss + SAMENESS_WEIGHT * sameness(features), accuracy

    def joint_step(self, frozen: bool) -> tuple[torch.Tensor, str]:
        """Loss of one batch of packed conversations, and the shares of answer tokens and of facts that are right."""
        pixels, turns, labels = self.pictures.draw(self.batch)
        packed = [conversation(self.codec, t, self.pictures.rng) for t in turns]
        ids = torch.from_numpy(np.stack([p[0] for p in packed]))
        weights = torch.from_numpy(np.stack([p[1] for p in packed]))
        with torch.set_grad_enabled(not frozen):
            features = self.encode(pixels).flatten(2).transpose(1, 2)
        at = self.codec.image_at
        words = self.model.language_model.embed_tokens(ids)
        embeddings = torch.cat([words[:, :at], self.model.multi_modal_projector(features), words[:, at + IMAGE_TOKENS :]], 1)
        hidden = self.decoder(inputs_embeds=embeddings, use_cache=False).last_hidden_state
        start = at + IMAGE_TOKENS
        chosen = weights[:, start + 1 :] > 0
        logits = self.model.logits(hidden[:, start:-1][chosen])
        targets, weight = ids[:, start + 1 :][chosen], weights[:, start + 1 :][chosen]
        loss = (F.cross_entropy(logits, targets, reduction="none") * weight).sum() / weight.sum()
        fact_accuracy = float("nan")
        if not frozen:
            scene_loss, fact_accuracy = self.scene_loss(features, *labels)
            loss = loss + scene_loss
        return loss, f"{(logits.argmax(-1) == targets).float().mean().item():.4f}/{fact_accuracy:.4f}"

    @torch.no_grad()
    def aim_connector(self) -> None:
        """Starts the connector's first layer with random rows in the whitened space of the features.

        The features are dominated by a constant part and a few directions (effective rank below 4 of 256), and the
        connector has no norm and no bias to even them out: random rows would hide what differs between tokens.
        """
        features = torch.cat([self.model.encode_image(self.pictures.draw(self.batch)[0]) for _ in range(16)]).flatten(0, 1)
        variances, directions = torch.linalg.eigh(features.T @ features / len(features))
        floor = WHITENING_FLOOR * variances.mean()
        whiten = directions @ torch.diag((variances + floor).rsqrt()) @ directions.T
        weight = self.model.multi_modal_projector.linear_1.weight
        weight.copy_(torch.randn_like(weight) @ whiten / len(whiten) ** 0.5)

    def run_stage(self, index: int, log) -> None:
        """Trains one stage to its end."""
        stage = STAGES[index]
        self.pictures.focus, self.pictures.queue = stage.focus, []
        if stage.name == "joint-frozen" and self.state["step"] == 0:
            self.aim_connector()
        optimizer = self.optimizer(stage)
        trained = [p for group in optimizer.param_groups for p in group["params"]]
        if "optimizer" in self.state:
            optimizer.load_state_dict(self.state.pop("optimizer"))
        saved = time.monotonic()
        for step in range(self.state["step"], stage.steps):
            factor = min(1.0, (step + 1) / 200) * (stage.final + (1 - stage.final) * 0.5 * (1 + cos(pi * step / stage.steps)))
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * factor
            loss, accuracy = self.stage0_step() if stage.pretraining else self.joint_step(stage.encoder_rate == 0)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            if (step + 1) % 25 == 0:
                log.writerow([stage.name, step + 1, round(time.time()), f"{loss.item():.4f}", accuracy, f"{factor:.4f}"])
                self.log_file.flush()
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                saved = time.monotonic()
                self.save({"stage": index, "step": step + 1, "optimizer": optimizer.state_dict()})
        self.state = {"stage": index + 1, "step": 0}
        self.save(self.state)

    def save(self, state: dict) -> None:
        """Writes the checkpoint, replacing the old one only when the new one is complete."""
        parts = {"model": self.model.state_dict(), "head": self.head.state_dict(), "facts": self.fact_head.state_dict(), "places": self.place_head.state_dict(), "regions": self.region_head.state_dict(), "state": state}
        torch.save(parts, self.work / "checkpoint.tmp")
        (self.work / "checkpoint.tmp").replace(self.work / "checkpoint.pt")

    def run(self) -> None:
        """All stages, continuing from a checkpoint if there is one, then the export."""
        self.work.mkdir(parents=True, exist_ok=True)
        checkpoint = self.work / "checkpoint.pt"
        if checkpoint.exists():
            parts = torch.load(checkpoint)
            self.model.load_state_dict(parts["model"])
            self.head.load_state_dict(parts["head"])
            self.fact_head.load_state_dict(parts["facts"])
            self.place_head.load_state_dict(parts["places"])
            self.region_head.load_state_dict(parts["regions"])
            self.state = parts["state"]
        with (self.work / "curve.csv").open("a", newline="") as self.log_file:
            log = csv.writer(self.log_file)
            if self.log_file.tell() == 0:
                log.writerow(["stage", "step", "unix time", "loss", "accuracy", "rate factor"])
            for index in range(self.state["stage"], len(STAGES)):
                self.run_stage(index, log)
        export_bundle(self.model, self.tokenizer, self.config, self.out)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle to write")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pictures", type=int, default=45_000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", type=Path, default=Path("/tmp/autoneural-training"), help="checkpoint, curve, pictures")
    parser.add_argument("--cache", type=Path, help="folder of the drawn pictures (default: inside --work)")
    arguments = parser.parse_args()
    arguments.cache = arguments.cache or arguments.work / f"pictures-{arguments.seed}-{arguments.pictures}"
    build_cache(arguments.cache, arguments.pictures, arguments.seed, arguments.threads)
    build_facts(arguments.cache, arguments.pictures, arguments.seed, arguments.threads)
    Trainer(arguments).run()


if __name__ == "__main__":
    main()
