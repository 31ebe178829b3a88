"""Where the scenes draw what their facts name: the boxes of everything whose place is known."""

from __future__ import annotations

from functools import cache

from . import carfinder, shapes
from .canvas import UNITS

Box = tuple[float, float, float, float]


@cache
def regions() -> tuple[tuple[str, str, Box], ...]:
    """("group: fact", code, box in units of the picture): ``code`` is what kind of value the fact has, color or kind."""
    boxes = [
        ("greeter: shirt", "color", (40, 92, 88, 127)),
        ("greeter: shirt left", "color", (14, 84, 58, 120)),
        ("greeter: shirt right", "color", (70, 84, 114, 120)),
        ("safety: shirt", "color", (12, 72, 54, 108)),
        ("safety: color", "color", (36, 62, 118, 94)),
        ("sentinel: color", "color", (32, 74, 96, 104)),
    ]
    for index, place in enumerate(carfinder.PLACES):
        x, y = 4 + 40 * (index % 3), (37, 83)[index // 3]
        boxes.append((f"carfinder: {place}", "color", (x, y, x + 40, y + 41)))
    for place, (x, y) in shapes.PLACES.items():
        for code in ("color", "kind"):
            boxes.append((f"shapes: {code} {place}", code, (x - 17, y - 17, x + 17, y + 17)))
    return tuple(boxes)


def scene_things(group: str, facts: dict[str, str]) -> list[tuple[str, str, Box]]:
    """(code, value, box in parts of the scene's width) of the facts of one scene that have a place."""
    found = []
    for fact, code, box in regions():
        value = facts.get(fact.removeprefix(f"{group}: "))
        if fact.startswith(f"{group}: ") and value is not None:
            found.append((code, value, tuple(edge / UNITS for edge in box)))
    return found
