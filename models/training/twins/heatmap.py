"""Accumulated error behind every unit as a picture: units from pixels to features across, schemes downwards."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from twins.encoders import KINDS

TITLES = {"conv": "conv: Nano's encoder", "vit": "ViT twin"}
ROWS = ["w8a16", "w8a8", "w4a16", "w8", "a8"]
# dB and colour: what is badly hurt is dark.
STOPS = [(0, (68, 1, 84)), (15, (59, 82, 139)), (30, (33, 145, 140)), (45, (94, 201, 98)), (60, (253, 231, 37))]
MISSING = (200, 200, 200)
CELL, HEIGHT, LEFT, TOP, GAP = 8, 26, 84, 58, 54


def colour(decibels: float | None) -> tuple[int, int, int]:
    """Between the stops linearly, beyond them their colour."""
    if decibels is None:
        return MISSING
    for (low, first), (high, second) in zip(STOPS, STOPS[1:]):
        if decibels <= high:
            share = max(0.0, (decibels - low) / (high - low))
            return tuple(round(a + (b - a) * share) for a, b in zip(first, second))
    return STOPS[-1][1]


def mean_layers(subjects: list[dict], kind: str) -> dict[str, dict[str, float | None]]:
    """dB by unit and scheme, the mean over the seeds."""
    runs = [each["layers"] for each in subjects if each["kind"] == kind and each["stage"] == "trained" and "layers" in each]
    found: dict[str, dict[str, float | None]] = {}
    for layer, schemes in runs[0].items():
        values = {scheme: [run[layer].get(scheme) for run in runs] for scheme in schemes}
        found[layer] = {scheme: None if None in each else sum(each) / len(each) for scheme, each in values.items()}
    return found


def stage_of(layer: str) -> str:
    """The stage or layer that a unit belongs to."""
    place = layer.split(".")[1]
    return place if re.match(r"stage|layer|msfa", place) else ""


def draw_panel(draw: ImageDraw.ImageDraw, top: int, title: str, layers: dict[str, dict], font: ImageFont.FreeTypeFont) -> None:
    """One encoder: a row for each scheme, and the stages above."""
    draw.text((LEFT, top - 44), title, "black", font)
    before = ""
    for column, layer in enumerate(layers):
        stage = stage_of(layer)
        x = LEFT + column * CELL
        if stage != before and stage:
            draw.line((x, top - 18, x, top - 2), (120, 120, 120))
            draw.text((x + 3, top - 22), stage, (90, 90, 90), font)
        before = stage
        for row, scheme in enumerate(ROWS):
            y = top + row * HEIGHT
            draw.rectangle((x, y, x + CELL - 1, y + HEIGHT - 3), colour(layers[layer].get(scheme)))
    for row, scheme in enumerate(ROWS):
        draw.text((10, top + row * HEIGHT + 3), scheme.upper(), "black", font)


def draw_scale(draw: ImageDraw.ImageDraw, top: int, font: ImageFont.FreeTypeFont) -> None:
    """What the colours mean."""
    lowest, highest = STOPS[0][0], STOPS[-1][0]
    for step in range(highest - lowest):
        draw.rectangle((LEFT + step * 5, top, LEFT + step * 5 + 4, top + 14), colour(lowest + step))
    for decibels, _ in STOPS:
        draw.text((LEFT + (decibels - lowest) * 5, top + 17), f"{decibels} dB", "black", font)


def write_heatmap(subjects: list[dict], path: Path) -> None:
    """Both encoders, one above the other."""
    panels = {kind: mean_layers(subjects, kind) for kind in KINDS}
    width = LEFT + CELL * max(len(layers) for layers in panels.values()) + 20
    panel = len(ROWS) * HEIGHT + GAP
    image = Image.new("RGB", (width, TOP + len(panels) * (panel + 10) + 40), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=14)
    for index, (kind, layers) in enumerate(panels.items()):
        draw_panel(draw, TOP + index * (panel + 10), TITLES[kind], layers, font)
    draw_scale(draw, TOP + len(panels) * (panel + 10) - 34, font)
    image.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
