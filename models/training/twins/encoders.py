"""The two encoders under one roof: built from the product's configs, with the tensor names the product reads."""

from __future__ import annotations

import json
from pathlib import Path
from types import MethodType

import torch
from safetensors.torch import load_file
from timm.layers import MultiQueryAttention2d
from torch import nn

from network import build_vision_tower
from twins.vit import InternVit

MODELS = Path(__file__).resolve().parents[2]
KINDS = ("conv", "vit")
CONFIGS = {"conv": MODELS / "autoneural-nano" / "config.json", "vit": MODELS / "presets" / "vit-nano.json"}
PREFIXES = {"conv": "model.vision_tower.", "vit": "vision_model."}


def read_config(kind: str) -> dict:
    """The config.json that the twin's graph is built from."""
    return json.loads(CONFIGS[kind].read_text("utf-8"))


class ConvEncoder(nn.Module):
    """Nano's own encoder: pixels [B, 3, S, S] in 0..1 to features [B, tokens, C]."""

    def __init__(self, config: dict):
        super().__init__()
        self.tower = build_vision_tower(config["vision_config"])
        for module in self.tower.modules():
            if isinstance(module, MultiQueryAttention2d):
                name_products(module)
        self.to(memory_format=torch.channels_last)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Row by row."""
        return self.tower(pixels.contiguous(memory_format=torch.channels_last)).flatten(2).transpose(1, 2)


def name_products(attention: MultiQueryAttention2d) -> None:
    """Spells the fused attention out, with modules for scores, shares and context that a quantizer can be put behind."""
    attention.score, attention.softmax, attention.context = nn.Identity(), nn.Softmax(-1), nn.Identity()
    attention.forward = MethodType(attend, attention)


def attend(self: MultiQueryAttention2d, x: torch.Tensor, attn_mask: torch.Tensor | None = None) -> torch.Tensor:
    """``MultiQueryAttention2d.forward`` without query strides, step by step; [B, C, H, W] to [B, C', H, W]."""
    batch, _, height, width = x.shape
    query = (self.query(x) * self.scale).reshape(batch, self.num_heads, self.key_dim, -1).transpose(-1, -2)
    key, value = self.key(x).flatten(2), self.value(x).flatten(2)
    shares = self.softmax(self.score(query @ key.unsqueeze(1)))
    context = self.context(shares @ value.transpose(1, 2).unsqueeze(1))
    return self.output(context.transpose(-1, -2).reshape(batch, -1, height, width))


def build_encoder(kind: str) -> nn.Module:
    """An encoder with fresh weights; both give [B, 64, C] for pictures of 128 x 128."""
    config = read_config(kind)
    return ConvEncoder(config) if kind == "conv" else InternVit(config)


def feature_width(kind: str) -> int:
    """Channels of a feature."""
    config = read_config(kind)
    if kind == "conv":
        return config["vision_config"]["msfa_hidden_size"]
    return config["vision_config"]["hidden_size"] * round(1 / config["downsample_ratio"]) ** 2


def public_tensors(kind: str, encoder: nn.Module) -> dict[str, torch.Tensor]:
    """The encoder's fp32 master weights under the names of a weights file."""
    inner = encoder.tower if kind == "conv" else encoder
    return {PREFIXES[kind] + name: value.detach().float().contiguous() for name, value in inner.state_dict().items()}


def load_encoder(kind: str, weights: Path) -> nn.Module:
    """An encoder with the weights of a file that ``public_tensors`` filled; anything else in it is an error."""
    encoder = build_encoder(kind)
    inner = encoder.tower if kind == "conv" else encoder
    tensors = {name.removeprefix(PREFIXES[kind]): value for name, value in load_file(weights).items()}
    inner.load_state_dict(tensors, strict=True)
    return encoder.eval()
