"""What a model must beat: the text alone, and the nearest training picture, pixel by pixel."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from exam import is_correct

from .concepts import load_concepts
from .glyphs import emoji_glyph
from .naming import draw_alone, draw_thing
from .styles import SEEN_STYLES, TRAIN
from .telltales import make_symbol, telltales
from .training import make_training_picture

PIXELS = 40
Reference = tuple[np.ndarray, str]


def text_prior(lines: list[dict], pictures: int) -> list[bool]:
    """Whether the most frequent training answer to a question's text, else to its kind of question, is right."""
    by_text, by_kind = defaultdict(Counter), defaultdict(Counter)
    for index in range(pictures):
        for asked in make_training_picture(index, 0, None).questions:
            by_text[asked.text][asked.answers[0]] += 1
            by_kind[asked.kind][asked.answers[0]] += 1
    guesses = [by_text.get(line["question"]) or by_kind[line["kind"]] for line in lines]
    return [is_correct(guess.most_common(1)[0][0], line["answers"]) for guess, line in zip(guesses, lines)]


def _vector(image: Image.Image) -> np.ndarray:
    small = image.convert("RGB").resize((PIXELS, PIXELS), Image.Resampling.BOX)
    return np.asarray(small, np.float32).ravel() / 255


def _nearest(pictures: Iterable[Image.Image], references: list[Reference]) -> list[str]:
    """The name of each picture's nearest reference, by the sum of squared differences."""
    table = np.stack([vector for vector, _ in references])
    norms = (table**2).sum(1)
    return [references[int((norms - 2 * table @ _vector(picture)).argmin())][1] for picture in pictures]


def _named(level: str | None, copies: int) -> list[Reference]:
    """``copies`` training pictures of every drawing in every trained style."""
    references = []
    for concept in load_concepts(level):
        for style in SEEN_STYLES:
            for copy in range(copies * len(concept.drawings[style])):
                picture = draw_thing(Random(f"train2/nearest/{concept.name}/{style}/{copy}"), TRAIN, concept, style)
                references.append((_vector(picture.image), concept.name))
    return references


def _alone(level: str | None) -> list[Reference]:
    """Every drawing in every trained style, alone on white."""
    return [
        (_vector(draw_alone(emoji_glyph(style, icon))), each.name)
        for each in load_concepts(level)
        for style in SEEN_STYLES
        for icon in each.drawings[style]
    ]


def _symbols(copies: int) -> list[Reference]:
    """``copies`` training pictures of every dashboard symbol."""
    drawn = [(each.name, make_symbol(Random(f"train2/nearest/{each.name}/{copy}"), TRAIN, each)) for each in telltales() for copy in range(copies)]
    return [(_vector(picture.image), name) for name, picture in drawn]


def nearest_names(lines: list[dict], folder: Path, copies: int = 4) -> dict[int, bool]:
    """Line index -> whether the nearest training picture has the right name, for lines that ask for a name alone.

    Core concepts are looked for among the core's drawings, as a model trained on them would; the others among all.
    """
    references = {"core": lambda: _named("core", copies), "extended": lambda: _named(None, copies), "symbol": lambda: _symbols(4 * copies)}
    references |= {"alone-core": lambda: _alone("core"), "alone-extended": lambda: _alone(None)}
    right = {}
    for kind, known in references.items():
        asked = [(i, line) for i, line in enumerate(lines) if line["image"].startswith(f"images/{kind}-") and line["kind"] in ("name", "symbol")]
        if not asked:
            continue
        names = _nearest((Image.open(folder / line["image"]) for _, line in asked), known())
        right |= {i: is_correct(name, line["answers"]) for (i, line), name in zip(asked, names)}
    return right
