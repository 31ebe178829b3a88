"""AutoNeural-Nano as one torch module, built from its Hugging Face style config.json.

The network of arXiv 2512.02924 at a small size. The two towers are the reference implementations
themselves, so what is trained here is also the oracle for every other implementation:

* vision tower: ``timm.models.mobilenetv5.MobileNetV5Encoder`` (multi-scale fusion included),
* language model: ``transformers.Lfm2Model`` with a tied language head,
* connector: two bias-free linear layers around a tanh-GELU, without any normalization
  (the paper gives quantization stability as the reason).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from timm.layers import RmsNorm2d
from timm.models._efficientnet_builder import decode_arch_def, round_channels
from timm.models.mobilenetv5 import MobileNetV5Encoder, MobileNetV5MultiScaleFusionAdapter
from torch import nn
from transformers import Lfm2Config, Lfm2Model

GELU_TANH = partial(nn.GELU, approximate="tanh")


def build_vision_tower(config: dict, layer_scale_init: float | None = 0.1) -> MobileNetV5Encoder:
    """timm's encoder for ``config`` (the ``vision_config`` object).

    timm starts layer scale at 1e-5, which suits a run of many epochs; a run of an hour would never
    leave it, so training starts at ``layer_scale_init``. The shipped value is just a weight.
    """
    norm_layer = partial(RmsNorm2d, eps=config["norm_eps"])
    tower = MobileNetV5Encoder(
        block_args=decode_arch_def(config["block_args"]),
        in_chans=config["in_channels"],
        stem_size=config["stem_size"],
        fix_stem=config["channel_multiplier"] < 1.0,
        pad_type=config["pad_type"],
        msfa_indices=config["msfa_indices"],
        msfa_output_resolution=config["msfa_output_resolution"],
        act_layer=GELU_TANH,
        norm_layer=norm_layer,
        round_chs_fn=partial(round_channels, multiplier=config["channel_multiplier"]),
        layer_scale_init_value=layer_scale_init,
    )
    # timm fixes the fusion adapter at 2048 output channels; a small model needs a narrower one.
    tower.msfa = MobileNetV5MultiScaleFusionAdapter(
        in_chs=[tower.feature_info[index]["num_chs"] for index in tower.msfa_indices],
        out_chs=config["msfa_hidden_size"],
        output_resolution=config["msfa_output_resolution"],
        expansion_ratio=config["msfa_expansion_ratio"],
        act_layer=GELU_TANH,
        norm_layer=norm_layer,
    )
    return tower


class Connector(nn.Module):
    """``linear_2(gelu_tanh(linear_1(x)))``, bias-free and without norms."""

    def __init__(self, inputs: int, hidden: int, outputs: int):
        super().__init__()
        self.linear_1 = nn.Linear(inputs, hidden, bias=False)
        self.linear_2 = nn.Linear(hidden, outputs, bias=False)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Maps image features [B, N, inputs] to decoder embeddings [B, N, outputs]."""
        return self.linear_2(F.gelu(self.linear_1(features), approximate="tanh"))


class AutoNeural(nn.Module):
    """Picture and token ids in, next-token logits out."""

    def __init__(self, config: dict):
        super().__init__()
        text = config["text_config"]
        self.config = config
        self.image_token_id = config["image_token_id"]
        self.vision_tower = build_vision_tower(config["vision_config"])
        self.multi_modal_projector = Connector(
            config["vision_config"]["msfa_hidden_size"], config["projector_hidden_size"], text["hidden_size"]
        )
        self.language_model = Lfm2Model(lfm2_config(text))

    def encode_image(self, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels [B, 3, S, S] in 0..1 to features [B, 64, C], row by row."""
        return self.vision_tower(pixels).flatten(2).transpose(1, 2)

    def embed(self, ids: torch.Tensor, image_embeddings: torch.Tensor) -> torch.Tensor:
        """Token embeddings with the image tokens of each row replaced by its picture's embeddings."""
        embeddings = self.language_model.embed_tokens(ids)
        is_image = (ids == self.image_token_id).unsqueeze(-1)
        return embeddings.masked_scatter(is_image, image_embeddings.to(embeddings.dtype))

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """The tied language head."""
        return F.linear(hidden, self.language_model.embed_tokens.weight)

    def decode(self, ids: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """Final hidden states [B, T, d] of whole sequences (training and teacher forcing).

        Rows may be padded at the end only: the model is causal, so padding needs no mask.
        """
        embeddings = self.embed(ids, self.multi_modal_projector(features))
        return self.language_model(inputs_embeds=embeddings, use_cache=False).last_hidden_state

    def forward(self, pixels: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        """Logits [B, T, V] for whole sequences."""
        return self.logits(self.decode(ids, self.encode_image(pixels)))

    @torch.no_grad()
    def generate(self, features: torch.Tensor, ids: torch.Tensor, max_new_tokens: int, eos: int) -> list[list[int]]:
        """Greedy tokens for a batch of prompts of one length, the end token included."""
        embeddings = self.embed(ids, self.multi_modal_projector(features))
        output = self.language_model(inputs_embeds=embeddings, use_cache=True)
        answers: list[list[int]] = [[] for _ in range(len(ids))]
        for _ in range(max_new_tokens):
            token = self.logits(output.last_hidden_state[:, -1]).argmax(-1)
            for answer, value in zip(answers, token.tolist()):
                if not answer or answer[-1] != eos:
                    answer.append(value)
            if all(answer[-1] == eos for answer in answers):
                break
            output = self.language_model(
                input_ids=token[:, None], past_key_values=output.past_key_values, use_cache=True
            )
        return answers


def lfm2_config(text: dict) -> Lfm2Config:
    """transformers' config object for our plain ``text_config``."""
    fields = {key: value for key, value in text.items() if key not in ("model_type", "rope_theta")}
    rope = {"rope_type": "default", "rope_theta": text["rope_theta"]}
    return Lfm2Config(**fields, rope_parameters=rope, attn_implementation="sdpa")


def save_weights(model: AutoNeural, path: Path) -> None:
    """Writes fp16 safetensors under the public tensor names (``model.<tower>.<name>``)."""
    tensors = {f"model.{name}": value.detach().to(torch.float16).contiguous() for name, value in model.state_dict().items()}
    save_file(tensors, path, metadata={"format": "pt"})


def load_model(config: dict, weights: Path) -> AutoNeural:
    """The model of a bundle, fp16 weights widened to fp32, ready for inference."""
    model = AutoNeural(config)
    tensors = {name.removeprefix("model."): value.float() for name, value in load_file(weights).items()}
    model.load_state_dict(tensors, strict=True)
    return model.eval()


def round_to_half(model: AutoNeural) -> AutoNeural:
    """Rounds every weight to fp16 and back: the numbers a user of the bundle really gets."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())
    return model


def count_parameters(model: AutoNeural) -> dict[str, int]:
    """Parameters per part; the language head is tied and counted once."""
    parts = {name: sum(p.numel() for p in part.parameters()) for name, part in model.named_children()}
    return parts | {"total": sum(parts.values())}
