"""Puts the model on the grids of the recipe ``w8a16-w4a16`` for its last stage, and takes it off again.

Quantizers stand where the product's do (src/quantization/graph/units.ts): on the weights of every convolution and
matrix product (8 bits in encoder and connector, 4 in the decoder with its head, a scale a channel) and behind every
unit: products with their bias, norms, activations, softmax, rotary embeddings and elementwise arithmetic (16 bits).
Weights of norms, elementwise factors, the embedding table and the taps of the short convolutions stay float, as there.
"""

from __future__ import annotations

from types import MethodType

import torch
import torch.nn.functional as F
from timm.layers import RmsNorm2d
from timm.layers.attention2d import MultiQueryAttention2d
from timm.layers.norm_act import RmsNormAct2d
from timm.models._efficientnet_blocks import EdgeResidual, MobileAttention, UniversalInvertedResidual
from torch import nn
from torch.nn.utils import parametrize
from transformers.models.lfm2.modeling_lfm2 import Lfm2Attention, Lfm2DecoderLayer, Lfm2MLP, Lfm2RMSNorm, Lfm2ShortConv, apply_rotary_pos_emb, repeat_kv

from fake_quantization import ActivationGrid, Weights, fake_weights
from network import AutoNeural

VISION_BITS, DECODER_BITS = 8, 4
SOFTMAX_RANGE = (0.0, 1.0)


class QuantizedModel:
    """``model`` with quantizers: they watch ranges from construction to ``freeze`` and round from there to ``release``."""

    def __init__(self, model: AutoNeural):
        self.model = model
        self.grids: list[ActivationGrid] = []
        self.handles: list[torch.utils.hooks.RemovableHandle] = []
        self.bound: list[nn.Module] = []
        self.products: list[tuple[nn.Module, int]] = []
        self._encoder(model.vision_tower)
        self._connector(model.multi_modal_projector)
        self._decoder(model.language_model)
        self.head = self._grid()

    def freeze(self) -> None:
        """Ends the watching, which sees the float model as the product's calibration does: weights snap from here on."""
        for grid in self.grids:
            grid.freeze()
        for module, bits in self.products:
            parametrize.register_parametrization(module, "weight", Weights(bits), unsafe=True)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """The language head on its grid; the embedding table it shares stays float."""
        weight = self.model.language_model.embed_tokens.weight
        return self.head(F.linear(hidden, weight if self.head.watching else fake_weights(weight, DECODER_BITS)))

    def release(self) -> None:
        """Leaves the plain model with its master weights."""
        for handle in self.handles:
            handle.remove()
        for module in self.bound:
            del module.forward
        for module, _bits in self.products:
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=False)

    def _grid(self, pinned: tuple[float, float] | None = None) -> ActivationGrid:
        grid = ActivationGrid(pinned).to(next(self.model.parameters()).device)
        self.grids.append(grid)
        return grid

    def _behind(self, module: nn.Module) -> None:
        grid = self._grid()
        self.handles.append(module.register_forward_hook(lambda _module, _inputs, output: grid(output)))

    def _before(self, module: nn.Module) -> None:
        grid = self._grid()
        self.handles.append(module.register_forward_pre_hook(lambda _module, inputs: (grid(inputs[0]), *inputs[1:])))

    def _bind(self, module: nn.Module, forward) -> None:
        module.forward = MethodType(forward, module)
        self.bound.append(module)

    def _encoder(self, tower: nn.Module) -> None:
        # Layer scale is folded into what comes before it, so the quantizer stands behind the scale.
        scaled = set()
        for module in tower.modules():
            if isinstance(module, (UniversalInvertedResidual, MobileAttention)) and not isinstance(module.layer_scale, nn.Identity):
                scaled.add(module.attn.output.proj if isinstance(module, MobileAttention) else module.pw_proj.bn)
                self._behind(module.layer_scale)
        for module in list(tower.modules()):
            if isinstance(module, nn.Conv2d):
                self.products.append((module, VISION_BITS))
            if isinstance(module, RmsNormAct2d) and not isinstance(module.act, nn.Identity):
                self._before(module.act)
                self._behind(module.act)
            elif isinstance(module, (nn.Conv2d, RmsNorm2d)) and module not in scaled:
                self._behind(module)
            elif isinstance(module, (EdgeResidual, UniversalInvertedResidual, MobileAttention)) and module.has_skip:
                self._behind(module)
            elif isinstance(module, MultiQueryAttention2d):
                self._bind(module, _multi_query(self._grid(), self._grid(SOFTMAX_RANGE), self._grid()))

    def _connector(self, connector: nn.Module) -> None:
        for linear in (connector.linear_1, connector.linear_2):
            self.products.append((linear, VISION_BITS))
            self._behind(linear)
        self._before(connector.linear_2)

    def _decoder(self, decoder: nn.Module) -> None:
        for module in list(decoder.modules()):
            if isinstance(module, nn.Linear):
                self.products.append((module, DECODER_BITS))
                self._behind(module)
            elif isinstance(module, Lfm2RMSNorm):
                self._behind(module)
            elif isinstance(module, Lfm2ShortConv):
                self._bind(module, _short_conv([self._grid() for _ in range(7)]))
            elif isinstance(module, Lfm2Attention):
                self._bind(module, _attention([self._grid() for _ in range(3)], self._grid(SOFTMAX_RANGE), self._grid()))
            elif isinstance(module, Lfm2MLP):
                self._bind(module, _feed_forward(self._grid(), self._grid()))
            elif isinstance(module, Lfm2DecoderLayer):
                self._bind(module, _layer(self._grid(), self._grid()))


def _multi_query(score: ActivationGrid, share: ActivationGrid, context: ActivationGrid):
    def forward(self: MultiQueryAttention2d, x: torch.Tensor) -> torch.Tensor:
        height, width = x.shape[-2:]
        query = self._reshape_projected_query(self.query(x), self.num_heads, self.key_dim)
        key, value = self._reshape_input(self.key(x)), self._reshape_input(self.value(x))
        shares = share(score(query * self.scale @ key.transpose(-1, -2)).softmax(-1))
        return self.output(self._reshape_output(context(shares @ value), self.num_heads, height, width))

    return forward


def _short_conv(grids: list[ActivationGrid]):
    gate, out_gate, *sums = grids

    def forward(self: Lfm2ShortConv, hidden_states: torch.Tensor, **_: object) -> torch.Tensor:
        b, c, x = self.in_proj(hidden_states).chunk(3, -1)
        gated = gate(b * x)
        taps = self.conv.weight[:, 0]
        count, length = taps.shape[1], gated.shape[1]
        window = F.pad(gated, (0, 0, count - 1, 0))
        products = [grid(window[:, tap : tap + length] * taps[:, tap]) for tap, grid in zip(range(count), sums)]
        mixed = products[0]
        for product, grid in zip(products[1:], sums[count:]):
            mixed = grid(mixed + product)
        return self.out_proj(out_gate(c * mixed))

    return forward


def _attention(grids: list[ActivationGrid], share: ActivationGrid, context: ActivationGrid):
    rotated_query, rotated_key, score = grids

    def forward(self: Lfm2Attention, hidden_states: torch.Tensor, position_embeddings: tuple[torch.Tensor, torch.Tensor], **_: object):
        shape = (*hidden_states.shape[:-1], -1, self.head_dim)
        query = self.q_layernorm(self.q_proj(hidden_states).view(shape)).transpose(1, 2)
        key = self.k_layernorm(self.k_proj(hidden_states).view(shape)).transpose(1, 2)
        value = self.v_proj(hidden_states).view(shape).transpose(1, 2)
        query, key = apply_rotary_pos_emb(query, key, *position_embeddings)
        query, key = rotated_query(query), rotated_key(key)
        key, value = (repeat_kv(each, self.num_key_value_groups) for each in (key, value))
        length = query.shape[2]
        later = torch.ones(length, length, dtype=torch.bool, device=query.device).triu(1)
        shares = score(query @ key.transpose(-1, -2) * self.scaling).masked_fill(later, float("-inf")).softmax(-1)
        mixed = context(share(shares) @ value).transpose(1, 2).flatten(2)
        return self.out_proj(mixed), None

    return forward


def _feed_forward(activated: ActivationGrid, gated: ActivationGrid):
    def forward(self: Lfm2MLP, x: torch.Tensor) -> torch.Tensor:
        return self.w2(gated(activated(F.silu(self.w1(x))) * self.w3(x)))

    return forward


def _layer(after_operator: ActivationGrid, after_feed_forward: ActivationGrid):
    def forward(self: Lfm2DecoderLayer, hidden_states: torch.Tensor, position_embeddings=None, **_: object) -> torch.Tensor:
        normed = self.operator_norm(hidden_states)
        if self.is_attention_layer:
            mixed, _weights = self.self_attn(normed, position_embeddings=position_embeddings)
        else:
            mixed = self.conv(normed)
        hidden_states = after_operator(hidden_states + mixed)
        return after_feed_forward(hidden_states + self.feed_forward(self.ffn_norm(hidden_states)))

    return forward
