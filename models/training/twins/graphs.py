"""From a checkpoint to what the product says about it: its graph, its errors layer by layer, its quantized model."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from twins.encoders import CONFIGS, MODELS, PREFIXES, load_encoder, read_config

ROOT = MODELS.parent
# Every fourth sample of a folder is measured, the three before it set the ranges.
EVALUATED_ONE_IN = 4
TOLERANCE = 1e-4


def cli(*arguments: str) -> str:
    """What the product's command line (``npm run build`` makes it) answers; what it says when it fails is the error."""
    command = ["node", str(ROOT / "dist" / "cli.js"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def decoder_of_vit(config: dict) -> dict[str, torch.Tensor]:
    """Zeros for the connector and decoder of the preset, which ``build`` asks for and nothing here runs."""
    text = config["llm_config"]
    width, hidden, heads = text["hidden_size"], text["intermediate_size"], text["num_attention_heads"]
    features = config["vision_config"]["hidden_size"] * round(1 / config["downsample_ratio"]) ** 2
    packed = (heads + 2 * text["num_key_value_heads"]) * width // heads
    shapes = {
        "mlp1.0.weight": (features,), "mlp1.0.bias": (features,), "mlp1.1.weight": (width, features),
        "mlp1.1.bias": (width,), "mlp1.3.weight": (width, width), "mlp1.3.bias": (width,),
        "language_model.model.tok_embeddings.weight": (text["vocab_size"], width), "language_model.model.norm.weight": (width,),
    }
    layer = {
        "attention.wqkv.weight": (packed, width), "attention.wo.weight": (width, width),
        "feed_forward.w1.weight": (hidden, width), "feed_forward.w3.weight": (hidden, width), "feed_forward.w2.weight": (width, hidden),
        "attention_norm.weight": (width,), "ffn_norm.weight": (width,),
    }
    for index in range(text["num_hidden_layers"]):
        shapes |= {f"language_model.model.layers.{index}.{name}": shape for name, shape in layer.items()}
    return {name: torch.zeros(shape) for name, shape in shapes.items()}


def decoder_of_nano() -> dict[str, torch.Tensor]:
    """Connector and decoder of the shipped model, likewise not run here."""
    tensors = load_file(CONFIGS["conv"].with_name("model.safetensors"))
    return {name: value for name, value in tensors.items() if not name.startswith(PREFIXES["conv"])}


def encoder_of_nano(path: Path) -> Path:
    """The shipped encoder, trained far longer and stored in fp16, as a checkpoint of a twin."""
    tensors = load_file(CONFIGS["conv"].with_name("model.safetensors"))
    save_file({name: value.float() for name, value in tensors.items() if name.startswith(PREFIXES["conv"])}, path)
    return path


def build_graph(kind: str, weights: Path, out: Path) -> Path:
    """The encoder's graph as ``cli -- build`` makes it from the fp32 master weights."""
    rest = decoder_of_nano() if kind == "conv" else decoder_of_vit(read_config(kind))
    out.mkdir(parents=True, exist_ok=True)
    whole = out / "model.safetensors"
    save_file(load_file(weights) | rest, whole)
    cli("build", str(CONFIGS[kind]), "--weights", str(whole), "--out", str(out / "built"), "--force")
    whole.unlink()
    return out / "built" / "onnx" / "vision_encoder.onnx"


def parity(kind: str, weights: Path, features: np.ndarray, pixels: np.ndarray) -> float:
    """Largest difference of the graph's features from PyTorch's, relative to the largest feature; too large is an error."""
    with torch.no_grad():
        expected = load_encoder(kind, weights)(torch.from_numpy(pixels)).numpy()
    difference = float(np.abs(expected - features).max() / np.abs(expected).max())
    if difference > TOLERANCE:
        raise RuntimeError(f"{weights}: the graph's features differ from PyTorch's by {difference:.1e} of the largest.")
    return difference


def write_samples(folder: Path, calibration: np.ndarray, evaluation: np.ndarray) -> Path:
    """Pictures [N, 3, S, S] as the product divides them; calibration pictures repeat, which no range notices."""
    folder.mkdir(parents=True, exist_ok=True)
    used = 0
    for index in range(EVALUATED_ONE_IN * len(evaluation)):
        if index % EVALUATED_ONE_IN == EVALUATED_ONE_IN - 1:
            picture = evaluation[index // EVALUATED_ONE_IN]
        else:
            picture = calibration[used % len(calibration)]
            used += 1
        np.save(folder / f"pixel_values.{index}.npy", picture[None])
    if used < len(calibration):
        raise ValueError(f"{len(evaluation)} evaluation pictures leave room for {used} of {len(calibration)} calibration pictures.")
    return folder


def inspect(graph: Path, schemes: list[str], samples: Path, recipe: Path | None = None, htp: str = "none") -> dict:
    """The product's report: errors behind every unit and at the output, per scheme."""
    extra = ["--htp", htp] if recipe is None else ["--htp", htp, "--recipe", str(recipe)]
    return json.loads(cli("quantize", "inspect", str(graph), "--schemes", ",".join(schemes), "--calibration", str(samples), "--json", *extra))


def write_recipe(path: Path, graph: Path, layers: list[str], scheme: str) -> Path:
    """A recipe that quantizes the named layers, or those of a pattern, and leaves the others float."""
    digest = hashlib.sha256(graph.read_bytes()).hexdigest()
    rules = "".join(f"  - match: '{layer}'\n    scheme: {scheme}\n" for layer in layers)
    path.write_text(f"version: 1\nmodel: {digest}\nrules:\n{rules}", encoding="utf-8")
    return path


def apply_scheme(graph: Path, scheme: str, samples: Path, out: Path) -> Path:
    """The QDQ graph of one uniform scheme."""
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(out, ignore_errors=True)
    recipe = write_recipe(out.parent / f"{scheme}.quant.yaml", graph, ["**"], scheme)
    cli("quantize", "apply", str(graph), str(recipe), "--calibration", str(samples), "--out", str(out))
    return out / graph.name
