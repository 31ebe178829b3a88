"""One thing in a picture: its name."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np
from PIL import Image

from scenes.canvas import CANT_TELL

from .backgrounds import KINDS, draw_background
from .concepts import Concept, capital, with_article
from .glyphs import emoji_glyph
from .picture import Picture, place, weather
from .styles import Split

NAMING_SIZE = 160
ALONE_SIZE = 128
LEAST_CONTRAST = 60.0


def _distance(glyph: Image.Image, ground: Image.Image) -> float:
    """How far the mean colours of a drawing and of a ground are apart, in 8-bit RGB."""
    seen = np.asarray(glyph, np.float64)
    weights = seen[..., 3:] / seen[..., 3:].sum()
    return float(np.linalg.norm((seen[..., :3] * weights).sum((0, 1)) - np.asarray(ground, np.float64).mean((0, 1))))


def _words(concept: Concept) -> set[str]:
    """The words of all names of a concept: two that share one (book, books) might both be said to be there."""
    return {word.rstrip("s") for name in (concept.name, *concept.accepted) for word in name.lower().split()} - {"of", "with", "and", "a", "on", "in"}


def draw_thing(rng: Random, split: Split, concept: Concept, style: str) -> Picture:
    """One drawing of a concept, between a third and nine tenths of the picture's width, on any ground."""
    glyph = emoji_glyph(style, rng.choice(concept.drawings[style]))
    background = rng.choice(KINDS)
    image = draw_background(rng, NAMING_SIZE, split, background)
    while _distance(glyph, image) < LEAST_CONTRAST:
        image = draw_background(rng, NAMING_SIZE, split, background)
    side = NAMING_SIZE * rng.uniform(0.34, 0.9)
    room = max(0.0, (NAMING_SIZE - side) / 2)
    x, y = (NAMING_SIZE / 2 + rng.uniform(-room, room) for _ in range(2))
    place(rng, image, glyph, x, y, side)
    picture = Picture(weather(rng, image), style, background)
    picture.show("name", concept.name, x, y, side)
    return picture


def draw_alone(glyph: Image.Image) -> Image.Image:
    """A drawing as large as it can be, on white, with nothing else."""
    ground = Image.new("RGB", glyph.size, "white")
    ground.paste(glyph, (0, 0), glyph)
    return ground.resize((ALONE_SIZE, ALONE_SIZE), Image.Resampling.LANCZOS)


def make_alone(rng: Random, split: Split, concept: Concept, style: str) -> Picture:
    """The first drawing of a concept alone on white: where raw pixels are at their best."""
    picture = Picture(draw_alone(emoji_glyph(style, concept.drawings[style][0])), style, "white")
    picture.ask(rng, split, "name", concept.answers())
    return picture


def make_naming(rng: Random, split: Split, concept: Concept, style: str, others: Sequence[Concept]) -> Picture:
    """What is it? And one more question: is it there, a caption, or what can not be told."""
    picture = draw_thing(rng, split, concept, style)
    ask_for_name(rng, split, picture, concept, others)
    return picture


def ask_for_name(rng: Random, split: Split, picture: Picture, concept: Concept, others: Sequence[Concept]) -> None:
    """The two questions of a picture that shows one thing."""
    picture.ask(rng, split, "name", concept.answers())
    more = rng.choice(["exists", "exists", "caption", "unanswerable"])
    if more == "exists":
        truth = rng.random() < 0.5
        asked = concept if truth else rng.choice([other for other in others if not _words(other) & _words(concept)])
        picture.ask(rng, split, "exists", ["Yes" if truth else "No"], thing=with_article(asked.name))
    elif more == "caption":
        picture.ask(rng, split, "caption", [f"{capital(with_article(name))}." for name in (concept.name, *concept.accepted)])
    else:
        picture.ask(rng, split, "unanswerable", [CANT_TELL])
