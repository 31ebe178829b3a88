"""What is drawn with, and which part of it only the examination shows.

The one source of truth of the split: training code takes ``TRAIN``, the examination ``EXAM``.
"""

from __future__ import annotations

from dataclasses import dataclass

# Art styles. Fluent and its flat variant are nearly the same drawings.
SEEN_STYLES = ("noto", "noto-v1", "fluent-emoji-flat", "fluent-emoji", "fxemoji")
UNSEEN_STYLE = "twemoji"

TRAINED_FONTS = (
    ("roboto", 400), ("roboto", 700), ("open-sans", 400), ("open-sans", 700), ("lato", 700), ("montserrat", 600),
    ("oswald", 500), ("roboto-slab", 600), ("merriweather", 700), ("source-code-pro", 600), ("bebas-neue", 400),
    ("playfair-display", 700), ("barlow-condensed", 600), ("nunito", 700), ("courier-prime", 700),
)  # fmt: skip
UNSEEN_FONTS = (("overpass", 700), ("inter", 600), ("pt-serif", 700), ("anton", 400), ("share-tech-mono", 400))

# Photographs of a material; the others show things and are blurred.
SURFACES = ("grass.png", "brick.png", "gravel.png")


@dataclass(frozen=True)
class Split:
    """One side of the split. ``new_phrasings`` is the share of questions asked as training never asks them."""

    name: str
    photographs: tuple[str, ...]
    fonts: tuple[tuple[str, int], ...]
    new_phrasings: float


TRAIN = Split("train", ("chelsea.png", "hubble_deep_field.jpg", "grass.png", "brick.png"), TRAINED_FONTS, 0.0)
EXAM = Split("exam", ("coffee.png", "astronaut.png", "rocket.jpg", "gravel.png"), TRAINED_FONTS + UNSEEN_FONTS, 0.25)
