"""The ViT twin: InternViT with pixel shuffle, tensor by tensor the encoder of the preset ``vit-nano``.

Source: OpenGVLab ``InternVisionModel`` and ``InternVLChatModel.extract_feature`` (layout v2). Queries, keys, values,
scores, shares and sums pass through ``nn.Identity`` modules: the places of activation quantizers (``places.py``).
"""

from __future__ import annotations

import torch
from torch import nn

LAYER_SCALE = 0.1


class Attention(nn.Module):
    """``InternAttention``: every token sees every token; [B, N, d] to [B, N, d]."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.query, self.key, self.value = nn.Identity(), nn.Identity(), nn.Identity()
        self.score, self.softmax, self.context = nn.Identity(), nn.Softmax(-1), nn.Identity()

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Scores are divided by the root of the heads' width at the query, as the graph has it."""
        batch, count, width = tokens.shape
        query, key, value = self.qkv(tokens).chunk(3, -1)
        scale = (width // self.heads) ** -0.5
        parts = self.query(query * scale), self.key(key), self.value(value)
        query, key, value = (part.reshape(batch, count, self.heads, -1).transpose(1, 2) for part in parts)
        shares = self.softmax(self.score(query @ key.transpose(-1, -2)))
        return self.proj(self.context(shares @ value).transpose(1, 2).reshape(batch, count, width))


class Mlp(nn.Module):
    """Two linear layers around the exact GELU."""

    def __init__(self, width: int, hidden: int):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """[B, N, d] to [B, N, d]."""
        return self.fc2(self.act(self.fc1(tokens)))


class Layer(nn.Module):
    """``InternVisionEncoderLayer``: attention and MLP behind norms, each with a gain per channel."""

    def __init__(self, width: int, hidden: int, heads: int, epsilon: float):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=epsilon)
        self.attn = Attention(width, heads)
        self.ls1 = nn.Parameter(torch.full((width,), LAYER_SCALE))
        self.norm2 = nn.LayerNorm(width, eps=epsilon)
        self.mlp = Mlp(width, hidden)
        self.ls2 = nn.Parameter(torch.full((width,), LAYER_SCALE))
        self.attended, self.gained, self.fed, self.output = (nn.Identity() for _ in range(4))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """[B, N, d] to [B, N, d]."""
        tokens = self.attended(tokens + self.gained(self.attn(self.norm1(tokens)) * self.ls1))
        return self.output(tokens + self.fed(self.mlp(self.norm2(tokens)) * self.ls2))


class Embeddings(nn.Module):
    """A class token and the patches, with learned positions."""

    def __init__(self, width: int, patch: int, rows: int):
        super().__init__()
        self.class_embedding = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.patch_embedding = nn.Conv2d(3, width, patch, patch)
        self.position_embedding = nn.Parameter(torch.randn(1, rows**2 + 1, width) * 0.02)
        self.positioned = nn.Identity()

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """[B, 3, S, S] to [B, rows^2 + 1, d]."""
        patches = self.patch_embedding(pixels).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_embedding.expand(len(pixels), -1, -1), patches], 1)
        return self.positioned(tokens + self.position_embedding)


class Encoder(nn.Module):
    """The layers under the name that their tensors have."""

    def __init__(self, layers: list[Layer]):
        super().__init__()
        self.layers = nn.ModuleList(layers)


class InternVit(nn.Module):
    """Pixels [B, 3, S, S] in 0..1 to features [B, tokens, merge^2 * d]; ``config`` is the preset's whole config."""

    def __init__(self, config: dict):
        super().__init__()
        vision = config["vision_config"]
        width, epsilon = vision["hidden_size"], vision["layer_norm_eps"]
        self.rows = vision["image_size"] // vision["patch_size"]
        self.merge = round(1 / config["downsample_ratio"])
        self.embeddings = Embeddings(width, vision["patch_size"], self.rows)
        sizes = (width, vision["intermediate_size"], vision["num_attention_heads"], epsilon)
        self.encoder = Encoder([Layer(*sizes) for _ in range(vision["num_hidden_layers"])])
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Of each square of patches one token, its values row by row."""
        tokens = self.embeddings(pixels)
        for layer in self.encoder.layers:
            tokens = layer(tokens)
        side = self.rows // self.merge
        squares = tokens[:, 1:].reshape(len(pixels), side, self.merge, side, -1)
        return squares.transpose(2, 3).reshape(len(pixels), side**2, -1)
