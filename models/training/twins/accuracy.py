"""What the heads answer to features, in floating point or from a quantized graph."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from PIL import Image
from tokenizers import Tokenizer

from dataset import held_out_pixels
from exam import is_correct, read_suite
from nano_config import EOS, PAD
from packing import QUESTION_LENGTH, Codec
from pretraining import AnswerHead
from twins.encoders import feature_width
from twins.stage0 import Batch, Heads, shares_right


def session(graph: Path) -> onnxruntime.InferenceSession:
    """A graph that runs as it is written: fusions would change what quantizers do."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(graph), options)


def features_of(graph: Path, pixels: np.ndarray) -> np.ndarray:
    """Features [N, 64, C] of pictures [N, 3, S, S]."""
    running = session(graph)
    return np.concatenate([running.run(None, {"pixel_values": picture[None]})[0] for picture in pixels])


def load_heads(kind: str, path: Path, vocabulary: int, fact_sizes: list[int]) -> Heads:
    """The heads that were trained with an encoder."""
    heads = Heads(feature_width(kind), vocabulary, fact_sizes)
    heads.load_state_dict(torch.load(path))
    return heads.eval()


def percent_right(heads: Heads, features: np.ndarray, batch: Batch) -> dict[str, float]:
    """Answers and facts of the accuracy split that are right, percent."""
    return {name: round(100 * share, 2) for name, share in shares_right(heads, torch.from_numpy(features), batch).items()}


class Examination:
    """A suite of questions, its pictures brought to the input size as the training's progress figures have them."""

    def __init__(self, suite: Path):
        by_picture = defaultdict(list)
        for line in read_suite(suite):
            by_picture[line["image"]].append(line)
        self.lines = list(by_picture.values())
        pixels = np.stack([held_out_pixels(Image.open(suite / name)) for name in by_picture])
        self.pixels = pixels.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)

    def percent_right(self, head: AnswerHead, features: np.ndarray, codec: Codec) -> float:
        """Exact match of the answering head, which writes four tokens at most: longer answers count as wrong."""
        right = []
        with torch.no_grad():
            for lines, feature in zip(self.lines, torch.from_numpy(features)):
                slots = head(feature[None], questions_of(lines, codec)).argmax(-1)[0].tolist()
                answers = [written(codec.answers, tokens) for tokens in slots]
                right += [is_correct(answer, line["answers"]) for answer, line in zip(answers, lines)]
        return round(100 * sum(right) / len(right), 2)


def questions_of(lines: list[dict], codec: Codec) -> torch.Tensor:
    """Question ids [1, Q, L]."""
    ids = torch.full((1, len(lines), QUESTION_LENGTH), PAD)
    for row, line in enumerate(lines):
        question = codec.turn(line["question"], line["answers"][0]).question[:QUESTION_LENGTH]
        ids[0, row, : len(question)] = torch.tensor(question)
    return ids


def written(tokenizer: Tokenizer, tokens: list[int]) -> str:
    """The text of the tokens before the end token."""
    end = tokens.index(EOS) if EOS in tokens else len(tokens)
    return tokenizer.decode(tokens[:end], skip_special_tokens=True)
