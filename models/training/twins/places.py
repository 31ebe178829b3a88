"""Where activation quantizers sit: one behind each unit of the product's graph (src/quantization/graph/units.ts).

A convolution or linear layer, a norm, an activation, each product of an attention and each sum is a unit; moving
values is none. Gains (layer scale) are factors on the weights before them in the graph, so the place is behind them.
"""

from __future__ import annotations

from timm.layers import MultiQueryAttention2d, RmsNorm2d
from timm.layers.layer_scale import LayerScale2d
from timm.models._efficientnet_blocks import EdgeResidual, MobileAttention, UniversalInvertedResidual
from torch import nn

from twins.vit import Attention, InternVit, Layer

WEIGHTED = (nn.Conv2d, nn.Linear)
BLOCKS = (EdgeResidual, UniversalInvertedResidual, MobileAttention)


def weighted(encoder: nn.Module) -> list[nn.Module]:
    """Every module whose weight is quantized."""
    return [module for module in encoder.modules() if isinstance(module, WEIGHTED)]


def places(encoder: nn.Module) -> dict[str, nn.Module]:
    """The modules whose outputs are quantized, by their names inside the encoder."""
    found = vit_places(encoder) if isinstance(encoder, InternVit) else conv_places(encoder)
    names = {module: name for name, module in encoder.named_modules()}
    return {names[module]: module for module in found}


def vit_places(encoder: InternVit) -> list[nn.Module]:
    """Of InternViT: the packed qkv and the outputs before a gain are parts of other units."""
    found: list[nn.Module] = [encoder.embeddings.patch_embedding, encoder.embeddings.positioned]
    for module in encoder.modules():
        if isinstance(module, Attention):
            found += [module.query, module.key, module.value, module.score, module.softmax, module.context]
        elif isinstance(module, Layer):
            found += [module.norm1, module.gained, module.attended, module.norm2, module.mlp.fc1, module.mlp.act, module.fed, module.output]
    return found


def conv_places(encoder: nn.Module) -> list[nn.Module]:
    """Of MobileNetV5: a norm's place is before its activation, or behind the layer scale that follows it."""
    scaled = gained_modules(encoder)
    found: list[nn.Module] = []
    for module in encoder.modules():
        if module in scaled:
            continue
        if isinstance(module, (nn.Conv2d, nn.GELU, LayerScale2d)):
            found.append(module)
        elif isinstance(module, RmsNorm2d):
            found.append(module.drop if hasattr(module, "drop") else module)
        elif isinstance(module, MultiQueryAttention2d):
            found += [module.score, module.softmax, module.context]
        elif isinstance(module, BLOCKS) and module.has_skip:
            found.append(module)
    return found


def gained_modules(encoder: nn.Module) -> set[nn.Module]:
    """Modules whose output a layer scale multiplies: the graph has both in one unit."""
    found: set[nn.Module] = set()
    for module in encoder.modules():
        if isinstance(module, MobileAttention) and isinstance(module.layer_scale, LayerScale2d):
            found.add(module.attn.output.proj)
        elif isinstance(module, UniversalInvertedResidual) and isinstance(module.layer_scale, LayerScale2d):
            last = module.dw_end if not isinstance(module.dw_end, nn.Identity) else module.pw_proj
            found.add(last.bn)
    return found
