"""Writes what the PyTorch reference answers, for other implementations to be compared with.

    python3 models/training/golden.py --bundle models/autoneural-nano

test/fixtures/golden/nano-greedy.json: greedy tokens for the first question of every held-out picture.
test/fixtures/golden/nano-parts.json: sampled values of every part of the network for one picture.

Everything is fp32 arithmetic on the stored fp16 weights, in timm's and transformers' own modules. Pictures are
resized by libvips exactly as the npm package sharp does it (``resize(128, 128, {fit: "fill", kernel: "cubic"})``);
the sha256 of each picture's 128 x 128 x 3 bytes tells a resize mismatch apart from an arithmetic one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import pyvips
import torch

from bundle import load_bundle
from exam import read_suite, suite_hash
from nano_config import EOS
from packing import Codec
from vocabulary import build_tokenizer

SAMPLES = 64
MAX_NEW_TOKENS = 48


def preprocess(picture: Path, size: int) -> np.ndarray:
    """RGB bytes [size, size, 3] as sharp gives them."""
    image = pyvips.Image.new_from_file(str(picture), access="sequential")
    image = image.resize(size / image.width, vscale=size / image.height, kernel="cubic")
    return image.colourspace("srgb").extract_band(0, n=3).cast("uchar").numpy()


def to_tensor(pixels: np.ndarray) -> torch.Tensor:
    """Bytes [H, W, 3] to the model's input [1, 3, H, W] in 0..1."""
    return torch.from_numpy(pixels.astype(np.float32) / np.float32(255)).permute(2, 0, 1).unsqueeze(0).contiguous()


def sampled(tensor: torch.Tensor, seed: int) -> dict:
    """Shape, statistics and ``SAMPLES`` values of a tensor at fixed random places of its row-major order."""
    flat = tensor.detach().flatten().double()
    places = np.sort(np.random.default_rng(seed).choice(flat.numel(), min(SAMPLES, flat.numel()), replace=False))
    return {
        "shape": list(tensor.shape),
        "mean": flat.mean().item(),
        "rms": flat.square().mean().sqrt().item(),
        "maxAbs": flat.abs().max().item(),
        "indices": places.tolist(),
        "values": [flat[int(i)].item() for i in places],
    }


def first_questions(suite: list[dict]) -> list[dict]:
    """The first question of every picture, in suite order."""
    seen: set[str] = set()
    return [line for line in suite if not (line["image"] in seen or seen.add(line["image"]))]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, default=Path("models/autoneural-nano"))
    parser.add_argument("--suite", type=Path, default=Path("test/fixtures/heldout"))
    parser.add_argument("--out", type=Path, default=Path("test/fixtures/golden"))
    arguments = parser.parse_args()
    model, tokenizer, config = load_bundle(arguments.bundle)
    codec = Codec(tokenizer, build_tokenizer(tokenizer.get_vocab(with_added_tokens=True), lowercase=False))
    size = config["vision_config"]["image_size"]
    weights = hashlib.sha256((arguments.bundle / "model.safetensors").read_bytes()).hexdigest()
    origin = {"model": weights, "suite": suite_hash(arguments.suite), "arithmetic": "fp32 on fp16 weights, CPU"}
    answers, parts = [], None
    with torch.no_grad():
        for line in first_questions(read_suite(arguments.suite)):
            pixels = preprocess(arguments.suite / line["image"], size)
            prompt = codec.prompt(line["question"])
            ids = torch.tensor([prompt])
            tensor = to_tensor(pixels)
            features = model.encode_image(tensor)
            tokens = model.generate(features, ids, MAX_NEW_TOKENS, EOS)[0]
            shown = tokenizer.decode(tokens, skip_special_tokens=True)
            answers.append(
                {"image": line["image"], "question": line["question"], "pixels": hashlib.sha256(pixels.tobytes()).hexdigest(), "tokens": tokens, "answer": shown}
            )
            if parts is None:
                projected = model.multi_modal_projector(features)
                logits = model(tensor, ids)[0, -1]
                parts = {
                    **origin, "image": line["image"], "question": line["question"], "pixels": answers[0]["pixels"], "promptIds": prompt,
                    "imageFeatures": sampled(features, 1), "imageEmbeddings": sampled(projected, 2),
                    "inputEmbeddings": sampled(model.embed(ids, projected), 3), "lastLogits": sampled(logits, 4), "greedyTokens": tokens,
                }
    arguments.out.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join("    " + json.dumps(answer, ensure_ascii=False) for answer in answers)
    head = json.dumps(origin | {"maxNewTokens": MAX_NEW_TOKENS, "endToken": EOS}, indent=2)[:-2]
    (arguments.out / "nano-greedy.json").write_text(f'{head},\n  "answers": [\n{lines}\n  ]\n}}\n', encoding="utf-8")
    (arguments.out / "nano-parts.json").write_text(json.dumps(parts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(answers)} answers of model {weights[:12]}")


if __name__ == "__main__":
    main()
