"""Training pictures that say much at once: grids of drawings, and what the examination asks about too seldom to be learned.

A picture of one thing teaches the encoder one name, a grid of sixteen teaches sixteen at the same cost. The examination
has no such grids; styles, typefaces and photographs keep to its split.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from PIL import Image, ImageDraw

from scenes.canvas import COLORS

from .assets import typeface
from .backgrounds import KINDS, draw_background
from .concepts import Concept
from .glyphs import emoji_glyph
from .naming import ask_for_name
from .picture import PICTURE_SIZE, Picture, place, weather
from .reading import WORDS, text_board
from .several import make_crowd
from .styles import SEEN_STYLES, Split
from .telltales import telltales, tinted

SHARES = {"grid": 8, "crowd": 5, "large": 3}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
LARGE_SIZE = 160
# Stands for the style of a grid, whose cells have styles of their own.
BOARD = "board"


def make_board(rng: Random, split: Split, concepts: Sequence[Concept]) -> Picture:
    """A grid without questions, a crowd with many, or one large thing on a light ground."""
    kind = rng.choices(list(SHARES), list(SHARES.values()))[0]
    if kind == "grid":
        return _grid(rng, split, concepts)
    style = rng.choice(SEEN_STYLES)
    drawable = [concept for concept in concepts if concept.drawings[style]]
    return make_crowd(rng, split, drawable, style) if kind == "crowd" else _large(rng, split, drawable, style)


def _large(rng: Random, split: Split, concepts: Sequence[Concept], style: str) -> Picture:
    """One thing that fills the picture, with the questions of a naming picture."""
    concept = rng.choice(concepts)
    ground = Image.new("RGB", (LARGE_SIZE, LARGE_SIZE), (rng.choice([255, 255, rng.randint(225, 255)]),) * 3)
    side = LARGE_SIZE * rng.uniform(0.78, 1.0)
    glyph = emoji_glyph(style, rng.choice(concept.drawings[style]))
    place(rng, ground, glyph, LARGE_SIZE / 2, LARGE_SIZE / 2, side, 4)
    picture = Picture(weather(rng, ground), style, "white")
    picture.show("name", concept.name, LARGE_SIZE / 2, LARGE_SIZE / 2, side)
    ask_for_name(rng, split, picture, concept, concepts)
    return picture


def _grid(rng: Random, split: Split, concepts: Sequence[Concept]) -> Picture:
    """Two, three or four rows and columns of things, symbols and texts, each cell in a style of its own."""
    background = rng.choice(KINDS)
    image = draw_background(rng, PICTURE_SIZE, split, background)
    count = rng.choice([2, 3, 3, 4, 4])
    pitch = PICTURE_SIZE / count
    drawn = []
    for cell in range(count * count):
        column, row = cell % count, cell // count
        x, y = ((index + 0.5) * pitch + rng.uniform(-0.06, 0.06) * pitch for index in (column, row))
        side = pitch * rng.uniform(0.6, 0.98)
        code, value, glyph, dark = _content(rng, split, concepts, count)
        if dark or rng.random() < 0.25:
            tone = tuple(rng.randint(6, 45) if dark else rng.randint(30, 250) for _ in range(3))
            ImageDraw.Draw(image).rectangle((column * pitch, row * pitch, (column + 1) * pitch - 1, (row + 1) * pitch - 1), fill=tone)
        place(rng, image, glyph, x, y, side)
        drawn.append((code, value, x, y, side))
    picture = Picture(weather(rng, image), BOARD, background)
    for code, value, x, y, side in drawn:
        picture.show(code, value, x, y, side)
    return picture


def _content(rng: Random, split: Split, concepts: Sequence[Concept], count: int) -> tuple[str, str, Image.Image, bool]:
    """Code, value and drawing of one cell, and whether it needs a dark ground."""
    kind = rng.random()
    if kind < 0.7:
        concept = rng.choice(concepts)
        style = rng.choice([style for style in SEEN_STYLES if concept.drawings[style]])
        return "name", concept.name, emoji_glyph(style, rng.choice(concept.drawings[style])), False
    color = COLORS[rng.choice(list(COLORS))]
    if kind < 0.8:
        symbol = rng.choice(telltales())
        return "symbol", symbol.name, tinted(symbol.icon, color), True
    word = count == 2 and rng.random() < 0.5
    text = rng.choice(WORDS.split() if word else LETTERS)
    return "word" if word else "letter", text, text_board(rng, text, typeface(*rng.choice(split.fonts)), color), False
