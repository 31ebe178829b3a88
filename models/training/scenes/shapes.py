"""Plain shapes: colour, kind, count, place, relations."""

from __future__ import annotations

from random import Random

from .canvas import CANT_TELL, COLORS, Canvas, Scene, shade, star_points, vary

KINDS = ["circle", "square", "triangle", "star", "cross", "diamond"]
PLACES = {"Top left": (37, 37), "Top right": (91, 37), "Bottom left": (37, 91), "Bottom right": (91, 91), "Center": (64, 64)}
BACKGROUNDS = {"gray": (176, 180, 184), "pink": (248, 196, 208), "brown": (142, 106, 78)}
NUMBERS = ["0", "1", "2", "3", "4", "5"]
WORDS = ["No", "One", "Two", "Three", "Four", "Five"]


def draw_shape(canvas: Canvas, kind: str, color: tuple, x: float, y: float, r: float) -> None:
    """One shape of about ``2 r`` units across, with a thin dark rim so that white shows on any ground."""
    rim = shade(color, 0.6)
    if kind == "circle":
        canvas.circle(x, y, r, color, rim, 1)
    elif kind == "square":
        canvas.rect((x - 0.9 * r, y - 0.9 * r, x + 0.9 * r, y + 0.9 * r), color, 0, rim, 1)
    elif kind == "triangle":
        canvas.polygon([(x, y - r), (x + r, y + 0.85 * r), (x - r, y + 0.85 * r)], color, rim, 1)
    elif kind == "star":
        canvas.polygon(star_points(x, y, 1.15 * r, 0.48 * r), color, rim, 1)
    elif kind == "diamond":
        canvas.polygon([(x, y - 1.1 * r), (x + 0.75 * r, y), (x, y + 1.1 * r), (x - 0.75 * r, y)], color, rim, 1)
    else:
        a, b = r, 0.36 * r
        outline = [(-b, -a), (b, -a), (b, -b), (a, -b), (a, b), (b, b), (b, a), (-b, a), (-b, b), (-a, b), (-a, -b), (-b, -b)]
        canvas.polygon([(x + dx, y + dy) for dx, dy in outline], color, rim, 1)


def article(word: str) -> str:
    """The word with its indefinite article."""
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def make(rng: Random) -> Scene:
    """One to five shapes on a plain ground."""
    canvas = Canvas(rng)
    scene = Scene("shapes", canvas)
    ground = rng.choice(list(BACKGROUNDS))
    tone = vary(rng, BACKGROUNDS[ground], 8)
    canvas.gradient((-20, -20, 148, 148), shade(tone, 1.1), shade(tone, 0.93))
    count = rng.choice([1, 2, 2, 3, 3, 4, 4, 5])
    places = rng.sample(list(PLACES), count) if count > 1 else [rng.choice(list(PLACES))]
    items = []
    for place in places:
        kind, color = rng.choice(KINDS), rng.choice(list(COLORS))
        if items and rng.random() < 0.2:
            color = items[-1][1]
        if (kind, color) in [(k, c) for k, c, _ in items]:
            continue
        items.append((kind, color, place))
        x, y = PLACES[place]
        crowded = "Center" in places and len(places) > 1
        draw_shape(canvas, kind, vary(rng, COLORS[color]), x + rng.uniform(-3, 3), y + rng.uniform(-3, 3), rng.uniform(15, 18) if crowded else rng.uniform(17, 24))
    scene.facts = {"ground": ground}
    for place in PLACES:
        kind, color = next(((k, c) for k, c, p in items if p == place), ("none", "none"))
        scene.facts |= {f"kind {place}": kind, f"color {place}": color}
    _questions(scene, rng, items, ground)
    return scene


def _questions(scene: Scene, rng: Random, items: list[tuple[str, str, str]], ground: str) -> None:
    """All questions about the drawn items (kind, colour, place)."""
    kinds = [kind for kind, _, _ in items]
    colors = [color for _, color, _ in items]
    n = len(items)
    scene.ask(rng, ["How many shapes are there?", "How many shapes do you see?", "Count the shapes.", "What is the number of shapes in the picture?"], NUMBERS[n], WORDS[n])
    unique_kinds = [item for item in items if kinds.count(item[0]) == 1]
    if unique_kinds:
        kind, color, _ = rng.choice(unique_kinds)
        scene.ask(rng, [f"What color is the {kind}?", f"What colour is the {kind}?", f"Which color does the {kind} have?", f"Tell me the color of the {kind}."], color.capitalize())
    unique_colors = [item for item in items if colors.count(item[1]) == 1]
    if unique_colors:
        kind, color, _ = rng.choice(unique_colors)
        scene.ask(rng, [f"What shape is {color}?", f"Which shape is {color}?", f"What is the {color} shape?", f"Name the shape that is {color}."], kind.capitalize(), article(kind))
    kind, color, place = rng.choice(items)
    scene.ask(rng, [f"Where is the {color} {kind}?", f"In which part of the picture is the {color} {kind}?", f"Where do you see the {color} {kind}?", f"What is the position of the {color} {kind}?"], place, f"{place.lower()}", f"in the {place.lower()}")
    target = rng.choice(kinds if rng.random() < 0.6 else KINDS)
    amount = kinds.count(target)
    scene.ask(rng, [f"How many {plural(target)} are there?", f"How many {plural(target)} do you see?", f"Count the {plural(target)}.", f"What is the number of {plural(target)}?"], NUMBERS[amount], WORDS[amount])
    _existence(scene, rng, items)
    if n >= 2:
        _relation(scene, rng, items)
    absent = [k for k in KINDS if k not in kinds]
    if absent and rng.random() < 0.4:
        missing = rng.choice(absent)
        scene.ask(rng, [f"What color is the {missing}?", f"What colour is the {missing}?", f"Which color does the {missing} have?", f"Tell me the color of the {missing}."], CANT_TELL)
    scene.ask(rng, ["What color is the background?", "What colour is the background?", "Which color does the background have?", "Tell me the background color."], ground.capitalize(), *(["Grey"] if ground == "gray" else []))
    if rng.random() < 0.7:
        scene.ask(rng, ["Describe the picture.", "What do you see?", "What is in the picture?", "Give a short caption."], caption(items, ground))


def _existence(scene: Scene, rng: Random, items: list[tuple[str, str, str]]) -> None:
    """Is there a <colour> <kind>? Negatives share the colour or the kind with something drawn."""
    truth = rng.random() < 0.5
    kind, color, _ = rng.choice(items)
    if not truth:
        pairs = [(k, c) for k, c, _ in items]
        wrong = [(k, color) for k in KINDS if (k, color) not in pairs] + [(kind, c) for c in COLORS if (kind, c) not in pairs]
        kind, color = rng.choice(wrong)
    thing = f"{article(color)} {kind}"
    scene.ask_yes_no(rng, [f"Is there {thing}?", f"Do you see {thing}?", f"Does the picture show {thing}?", f"Can you see {thing} in the picture?"], truth)


def _relation(scene: Scene, rng: Random, items: list[tuple[str, str, str]]) -> None:
    """Is A left of / right of / above / below B? Only pairs that differ clearly along the axis."""
    pairs = []
    for a in items:
        for b in items:
            (ax, ay), (bx, by) = PLACES[a[2]], PLACES[b[2]]
            if ax != bx:
                pairs.append((a, b, [("left of", ax < bx), ("right of", ax > bx)]))
            if ay != by:
                pairs.append((a, b, [("above", ay < by), ("below", ay > by)]))
    a, b, relations = rng.choice(pairs)
    relation, truth = rng.choice(relations)
    first, second = f"{a[1]} {a[0]}", f"{b[1]} {b[0]}"
    scene.ask_yes_no(rng, [f"Is the {first} {relation} the {second}?", f"Is the {first} placed {relation} the {second}?", f"Can you see the {first} {relation} the {second}?", f"Does the {first} lie {relation} the {second}?"], truth)


def plural(kind: str) -> str:
    """Plural of a shape's name."""
    return f"{kind}es" if kind == "cross" else f"{kind}s"


def caption(items: list[tuple[str, str, str]], ground: str) -> str:
    """A short sentence: the shapes in reading order if there are few, else their number."""
    if len(items) > 2:
        return f"{WORDS[len(items)]} shapes on {article(ground)} background."
    ordered = sorted(items, key=lambda item: PLACES[item[2]])
    text = " and ".join(f"{article(color)} {kind}" for kind, color, _ in ordered)
    return f"{text[0].upper()}{text[1:]}."
