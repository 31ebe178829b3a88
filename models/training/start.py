"""Where a run starts: the weights of an earlier bundle, or a connector aimed at what differs between pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from tokenizers import Tokenizer

from mixture import Batch
from network import AutoNeural
from packing import Codec
from steps import Parts

WHITENING_FLOOR = 1e-3
SNAPPED = ".parametrizations.weight.original"


@torch.no_grad()
def continue_from(model: AutoNeural, earlier: AutoNeural, tokenizer: Tokenizer, codec: Codec) -> None:
    """Takes over the weights of a smaller vocabulary; words that are new keep the start they have.

    A new word starts as the mean of the earlier embeddings plus its own small part, so that it is neither louder nor
    likelier than the others.
    """
    state = earlier.state_dict()
    known = tokenizer.get_vocab(with_added_tokens=True)
    name = "language_model.embed_tokens.weight"
    before, table = state.pop(name), model.state_dict()[name]
    spread = before.std(0)
    table.copy_(before.mean(0) + table / table.std() * spread)
    for word, index in codec.ids.items():
        if word in known:
            table[index] = before[known[word]]
    model.load_state_dict(state | {name: table})


@torch.no_grad()
def aim_connector(parts: Parts, batches: Iterable[Batch]) -> None:
    """Starts the connector's first layer with random rows in the whitened space of the features.

    The features are dominated by a constant part and a few directions (effective rank below 4 of 256), and the
    connector has no norm and no bias to even them out: random rows would hide what differs between tokens.
    """
    features = torch.cat([parts.model.encode_image(batch.pixels.to(parts.device)) for batch in batches]).flatten(0, 1)
    variances, directions = torch.linalg.eigh(features.T @ features / len(features))
    floor = WHITENING_FLOOR * variances.mean()
    whiten = directions @ torch.diag((variances + floor).rsqrt()) @ directions.T
    weight = parts.model.multi_modal_projector.linear_1.weight
    weight.copy_(torch.randn_like(weight) @ whiten / len(whiten) ** 0.5)


def master_weights(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A state whose weights may be on grids, under the names of the plain model."""
    return {name.replace(SNAPPED, ".weight"): value for name, value in state.items()}
