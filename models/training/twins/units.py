"""Units of a graph by kind: what each kind shows, and what each kind alone causes."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import median

from twins.graphs import inspect, write_recipe

NORMS = {"RMSNormalization", "LayerNormalization"}
WEIGHTED = {"Conv", "MatMul", "Gemm"}
KINDS = ("norm", "attention", "convolution", "activation", "sum")


def kind_of(layer: str, op: str) -> str:
    """Norms wherever they stand; all of an attention else; convolutions and linear layers; GELU; sums and the rest."""
    if op in NORMS:
        return "norm"
    if ".attn." in layer:
        return "attention"
    if op in WEIGHTED:
        return "convolution"
    return "activation" if op == "Gelu" else "sum"


def by_kind(layers: list[dict], scheme: str) -> dict[str, dict]:
    """Accumulated errors of the units of each kind: how many, median and least SQNR, and the unit with the least."""
    groups: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for layer in layers:
        for result in layer["results"]:
            if result["scheme"] == scheme and result["sqnrDb"] is not None:
                groups[kind_of(layer["layer"], layer["op"])].append((result["sqnrDb"], layer["layer"]))
    return {
        kind: {"units": len(found), "medianDb": round(median(db for db, _ in found), 2), "leastDb": round(min(found)[0], 2), "least": min(found)[1]}
        for kind, found in groups.items()
    }


def causes(graph: Path, operators: dict[str, str], scheme: str, samples: Path, folder: Path) -> dict[str, float | None]:
    """SQNR at the output, dB, where only the units of one kind are quantized; ``operators`` by layer."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, float | None] = {}
    for kind in KINDS:
        names = [layer for layer, op in operators.items() if kind_of(layer, op) == kind]
        if names:
            recipe = write_recipe(folder / f"only-{kind}-{scheme}.quant.yaml", graph, names, scheme)
            output = inspect(graph, [scheme], samples, recipe)["graphs"][0]["output"]
            found[kind] = next(each["sqnrDb"] for each in output if each["scheme"] == "recipe")
    return found
