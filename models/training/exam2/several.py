"""Several things in a picture: how many, where, and what is beside what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

from scenes.canvas import CANT_TELL

from .backgrounds import KINDS, draw_background
from .concepts import Concept, capital, with_article
from .glyphs import emoji_glyph
from .picture import PICTURE_SIZE, Picture, place, weather
from .styles import Split

ROWS, COLUMNS = ("Top", "Middle", "Bottom"), ("left", "middle", "right")
NUMBERS = ["None", "One", "Two", "Three", "Four", "Five", "Six"]
SIDES = {"left of": (0, -1), "right of": (0, 1), "above": (-1, 0), "below": (1, 0)}
Cell = tuple[int, int]
# Names without a plural one would say.
UNCOUNTED = {"sheep", "fish", "grapes", "cherries", "corn", "bread", "cheese", "French fries", "ice cream", "coffee", "beer",
             "sun", "moon", "fire", "glasses", "scissors", "wine glass"}  # fmt: skip


def plural(name: str) -> str:
    """Plural of a countable name."""
    if name == "mouse":
        return "mice"
    if name.endswith(("s", "x", "sh", "ch", "o")):
        return f"{name}es" if name not in ("banjo",) else f"{name}s"
    return f"{name[:-1]}ies" if name.endswith("y") and name[-2] not in "aeiou" else f"{name}s"


def place_name(cell: Cell) -> str:
    """``Top left`` ... ``Center`` ... ``Bottom right``."""
    return "Center" if cell == (1, 1) else f"{ROWS[cell[0]]} {COLUMNS[cell[1]]}"


def make_several(rng: Random, split: Split, concepts: Sequence[Concept], style: str) -> Picture:
    """Two to six things in the cells of a 3 x 3 grid; a kind may come twice or three times."""
    drawable = [concept for concept in concepts if concept.drawings[style]]
    picture, cells = _arrange(rng, split, drawable, style, [2, 3, 3, 4, 4, 5, 6])
    _ask_about(rng, split, picture, cells, drawable)
    return picture


def make_crowd(rng: Random, split: Split, drawable: Sequence[Concept], style: str) -> Picture:
    """Three to nine things, and every question about places that has an answer: for training."""
    picture, cells = _arrange(rng, split, drawable, style, [3, 4, 5, 6, 7, 8, 9])
    amounts = Counter(concept.name for concept in cells.values())
    for cell, concept in cells.items():
        picture.ask(rng, split, "at", concept.answers(), place=place_name(cell).lower())
        if amounts[concept.name] > 1:
            continue
        picture.ask(rng, split, "where", [place_name(cell)], name=concept.name)
        for side in SIDES:
            found = _beside(cells, cell, concept, side)
            if found and found[2]:
                picture.ask(rng, split, "beside", found[2].answers(), side=side, name=concept.name)
    picture.questions = rng.sample(picture.questions, len(picture.questions))
    return picture


def _arrange(rng: Random, split: Split, drawable: Sequence[Concept], style: str, counts: Sequence[int]) -> tuple[Picture, dict[Cell, Concept]]:
    """Things in the cells of a 3 x 3 grid on some ground, and which is where."""
    background = rng.choice(KINDS)
    image = draw_background(rng, PICTURE_SIZE, split, background)
    count = rng.choice(counts)
    kinds = rng.sample(drawable, count)
    if count > 2 and rng.random() < 0.6:
        repeated = rng.choice([kind for kind in kinds if kind.name not in UNCOUNTED] or kinds)
        for _ in range(rng.choice([1, 1, 2])):
            kinds[rng.choice([i for i, kind in enumerate(kinds) if kind is not repeated])] = repeated
    cells = dict(zip(rng.sample([(row, column) for row in range(3) for column in range(3)], count), kinds))
    pitch = PICTURE_SIZE / 3
    drawn = []
    for (row, column), concept in cells.items():
        glyph = emoji_glyph(style, rng.choice(concept.drawings[style]))
        x, y = ((index + 0.5) * pitch + rng.uniform(-4, 4) for index in (column, row))
        side = pitch * rng.uniform(0.55, 0.86)
        place(rng, image, glyph, x, y, side)
        drawn.append((concept.name, x, y, side))
    picture = Picture(weather(rng, image), style, background)
    for name, x, y, side in drawn:
        picture.show("name", name, x, y, side)
    return picture, cells


def _ask_about(rng: Random, split: Split, picture: Picture, cells: dict[Cell, Concept], drawable: Sequence[Concept]) -> None:
    """Six or seven questions."""
    amounts = Counter(concept.name for concept in cells.values())
    absent = rng.choice([concept for concept in drawable if concept.name not in amounts])
    picture.ask(rng, split, "count all", [str(len(cells)), NUMBERS[len(cells)]])
    countable = [concept for concept in cells.values() if concept.name not in UNCOUNTED]
    if countable:
        often = max(countable, key=lambda concept: amounts[concept.name])
        counted = often if rng.random() < 0.8 or absent.name in UNCOUNTED else absent
        amount = amounts[counted.name]
        picture.ask(rng, split, "count kind", [str(amount), NUMBERS[amount]], things=plural(counted.name))
    single = [(cell, concept) for cell, concept in cells.items() if amounts[concept.name] == 1]
    if single and rng.random() < 0.85:
        cell, concept = rng.choice(single)
        spot = place_name(cell)
        picture.ask(rng, split, "where", [spot, f"in the {spot.lower()}"], name=concept.name)
    else:
        picture.ask(rng, split, "where", [CANT_TELL], name=absent.name)
    cell = rng.choice(list(cells))
    picture.ask(rng, split, "at", cells[cell].answers(), place=place_name(cell).lower())
    beside = [found for spot, concept in single for side in SIDES if (found := _beside(cells, spot, concept, side))]
    neighbours = [each for each in beside if each[2]]
    if beside:
        side, concept, other = rng.choice(neighbours if neighbours and rng.random() < 0.8 else beside)
        picture.ask(rng, split, "beside", other.answers() if other else ["Nothing"], side=side, name=concept.name)
    truth = rng.random() < 0.5
    asked = rng.choice(list(cells.values())) if truth else absent
    picture.ask(rng, split, "exists", ["Yes" if truth else "No"], thing=with_article(asked.name))
    if len(cells) == 2:
        names = [with_article(cells[cell].name) for cell in sorted(cells)]
        picture.ask(rng, split, "caption", [capital(f"{first} and {second}.") for first, second in (names, names[::-1])])


def _beside(cells: dict[Cell, Concept], cell: Cell, concept: Concept, side: str) -> tuple[str, Concept, Concept | None] | None:
    """What is in the next cell on one side, or nothing if that whole side is empty; else the question has no clear answer."""
    down, right = SIDES[side]
    neighbour = cells.get((cell[0] + down, cell[1] + right))
    beyond = any((row - cell[0]) * down + (column - cell[1]) * right > 0 for row, column in cells)
    return (side, concept, neighbour) if neighbour or not beyond else None
