"""Drawn scenes of the examination and the training set: one module per group.

Every module offers ``make(rng) -> Scene``: the facts are drawn first, then the picture, then the questions,
so that every answer is known exactly. All randomness comes from the one ``random.Random`` passed in.
"""

from __future__ import annotations

from random import Random

from . import carfinder, dashboard, greeter, safety, sentinel, shapes
from .canvas import Scene

GROUPS = {
    "sentinel": sentinel.make,
    "greeter": greeter.make,
    "carfinder": carfinder.make,
    "safety": safety.make,
    "dashboard": dashboard.make,
    "shapes": shapes.make,
}


def make_scene(group: str, seed: str) -> Scene:
    """The scene of ``group`` that belongs to ``seed``; the same on every machine and Python 3."""
    return GROUPS[group](Random(f"{group}/{seed}"))
