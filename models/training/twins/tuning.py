"""Quantization-aware tuning behind the training: a few steps in W8A16, weights and activations on their grids."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from twins.encoders import public_tensors
from twins.fake_quant import FakeQuantization
from twins.stage0 import Batch, Heads

STEPS = 25
OBSERVED_BATCHES = 4
RATE = 2e-4


def tune(kind: str, encoder: nn.Module, heads: Heads, batches: Iterator[Batch], folder: Path) -> None:
    """Writes ``qat.safetensors`` (fp32 master weights), ``qat-heads.pt`` and ``qat.json``; leaves ``encoder`` as it is."""
    encoder, heads = copy.deepcopy(encoder), copy.deepcopy(heads)
    quantization = FakeQuantization(encoder)
    with torch.no_grad():
        for _ in range(OBSERVED_BATCHES):
            encoder(next(batches).pixels)
    quantization.start()
    parameters = [*encoder.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=RATE, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    start = time.process_time()
    losses = []
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * (1 - step / STEPS)
        batch = next(batches)
        loss, _ = heads.loss(encoder(batch.pixels), batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(round(loss.item(), 4))
    seconds = round(time.process_time() - start, 1)
    quantization.remove()
    torch.save(heads.state_dict(), folder / "qat-heads.pt")
    (folder / "qat.json").write_text(json.dumps({"steps": STEPS, "processorSeconds": seconds, "losses": losses}) + "\n")
    save_file(public_tensors(kind, encoder), folder / "qat.safetensors")
