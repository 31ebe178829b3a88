"""The stages of the training and how long each is, for every budget: the only place where lengths and rates stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum


class Kind(Enum):
    """What a stage trains."""

    ENCODER = "the encoder, by heads that are thrown away"
    TEXT = "the decoder, on text without pictures"
    CONNECTOR = "the connector alone"
    EVERYTHING = "everything, on plain questions"
    MIX = "everything, on the instruction mix"
    QUANTIZED = "everything, with weights and activations on the grids of w8a16-w4a16"


# Shares of the parts of a batch: today's scenes, the harder six groups, and the parts of the visual vocabulary.
SEEING = {"scenes": 26, "six": 26, "naming": 14, "mosaic": 8, "several": 12, "symbol": 4, "panel": 4, "sign": 6}
TALKING = {"scenes": 32, "six": 28, "naming": 14, "several": 12, "symbol": 4, "panel": 4, "sign": 6}
# What is learned last is learned here: names have the fewest questions and the most answers.
NAMING = {"scenes": 26, "six": 24, "naming": 24, "several": 14, "symbol": 4, "panel": 3, "sign": 5}

# A second run, of weights that have learned both sets: the first examination's scenes are nearly half of all.
SEEING_AGAIN = {"scenes": 42, "six": 22, "naming": 12, "mosaic": 6, "several": 8, "symbol": 4, "panel": 2, "sign": 4}
NAMING_AGAIN = {"scenes": 44, "six": 22, "naming": 16, "several": 8, "symbol": 4, "panel": 2, "sign": 4}

# A third run: grids of drawings teach the encoder names, crowds and large drawings ask for them (exam2/boards.py).
SEEING_BOARDS = {"scenes": 32, "six": 25, "board": 22, "naming": 6, "several": 5, "symbol": 3, "panel": 3, "sign": 4}
NAMING_BOARDS = {"scenes": 36, "six": 24, "naming": 15, "several": 11, "board": 3, "symbol": 3, "panel": 3, "sign": 5}


@dataclass(frozen=True)
class Stage:
    """A part of the training. A rate rises over ``warmup`` steps and ends at ``final`` times its peak."""

    name: str
    kind: Kind
    steps: int
    rate: float
    encoder_rate: float = 0.0
    final: float = 0.03
    warmup: int = 50
    shares: Mapping[str, float] = field(default_factory=lambda: TALKING)

    @property
    def plain(self) -> bool:
        """Whether questions are asked as the templates have them: no unknown words, no openers, no echoes."""
        return self.kind in (Kind.TEXT, Kind.CONNECTOR, Kind.EVERYTHING)


@dataclass(frozen=True)
class Budget:
    """Everything that depends on how much computing there is.

    ``level`` None: all concepts. ``scenes``, ``exam2`` and ``boards`` are numbers of pictures: of the first examination's
    kinds, of the second's, and of those that say much at once.
    """

    level: str | None
    scenes: int
    exam2: int
    batch: int
    stages: tuple[Stage, ...]
    boards: int = 0

    def control(self) -> Budget:
        """The same stages, the last of them in float: what the same steps give without the grids."""
        return replace(self, stages=(*self.stages[:-1], replace(self.stages[-1], kind=Kind.MIX)))


def _stages(
    steps: tuple[int, int, int, int, int, int],
    encoder: float = 1.0,
    seeing: Mapping[str, float] = SEEING_BOARDS,
    talking: Mapping[str, float] = NAMING_BOARDS,
    naming: Mapping[str, float] = NAMING_BOARDS,
) -> tuple[Stage, ...]:
    """The six stages of the given lengths; ``encoder`` scales the rate of the first.

    Shares: ``seeing`` of the first, ``talking`` of the next three, ``naming`` of the last two.
    """
    encoding, text, connector, everything, mix, quantized = steps
    return (
        Stage("0a-encoder", Kind.ENCODER, encoding, 1.5e-3, 1.2e-3 * encoder, 0.05, shares=seeing),
        Stage("0b-text", Kind.TEXT, text, 6e-4, shares=talking),
        Stage("1-connector", Kind.CONNECTOR, connector, 2e-3, final=0.3, shares=talking),
        Stage("2-everything", Kind.EVERYTHING, everything, 8e-4, 4e-4, 0.3, shares=talking),
        Stage("3-mix", Kind.MIX, mix, 5e-4, 2.5e-4, 0.05, warmup=20, shares=naming),
        Stage("4-quantized", Kind.QUANTIZED, quantized, 1.5e-4, 5e-5, 0.05, warmup=20, shares=naming),
    )


BUDGETS = {
    # Every stage, to see that it runs and how long a step takes.
    "smoke": Budget("core", 500, 500, 32, _stages((12, 6, 6, 6, 6, 6), encoder=0.8), boards=250),
    # One thread, 70 minutes without the drawing.
    "cpu-hour": Budget("core", 45_000, 12_000, 32, _stages((1200, 60, 100, 350, 250, 40), 0.8, SEEING, TALKING, NAMING)),
    # Goes on from the bundle of such an hour (--start): gentler with the encoder, which has much to lose.
    "cpu-again": Budget(
        "core",
        45_000,
        24_000,
        32,
        (
            Stage("0a-encoder", Kind.ENCODER, 1000, 1.5e-3, 6e-4, 0.05, shares=SEEING_AGAIN),
            Stage("0b-text", Kind.TEXT, 20, 3e-4, warmup=10, shares=NAMING_AGAIN),
            Stage("1-connector", Kind.CONNECTOR, 20, 1e-3, final=0.5, warmup=10, shares=NAMING_AGAIN),
            Stage("2-everything", Kind.EVERYTHING, 600, 7e-4, 3e-4, 0.4, shares=NAMING_AGAIN),
            Stage("3-mix", Kind.MIX, 700, 5e-4, 2e-4, 0.02, warmup=20, shares=NAMING_AGAIN),
            Stage("4-quantized", Kind.QUANTIZED, 20, 5e-5, 2e-5, 0.05, warmup=10, shares=NAMING_AGAIN),
        ),
    ),
    # Goes on from the bundle of "cpu-again": two threads to themselves, 94 minutes without the drawing.
    "cpu-boards": Budget(
        "core",
        45_000,
        24_000,
        32,
        (
            Stage("0a-encoder", Kind.ENCODER, 2700, 1.5e-3, 8e-4, 0.05, shares=SEEING_BOARDS),
            Stage("0b-text", Kind.TEXT, 60, 3e-4, warmup=10, shares=NAMING_BOARDS),
            Stage("1-connector", Kind.CONNECTOR, 30, 1e-3, final=0.5, warmup=10, shares=NAMING_BOARDS),
            Stage("2-everything", Kind.EVERYTHING, 700, 7e-4, 3e-4, 0.4, shares=NAMING_BOARDS),
            Stage("3-mix", Kind.MIX, 2300, 5e-4, 2.5e-4, 0.02, warmup=20, shares=NAMING_BOARDS),
            Stage("4-quantized", Kind.QUANTIZED, 60, 5e-5, 2e-5, 0.05, warmup=10, shares=NAMING_BOARDS),
        ),
        boards=16_000,
    ),
    # Not run yet: no accelerator was at hand.
    "gpu": Budget(None, 120_000, 240_000, 256, _stages((30_000, 2_000, 1_000, 12_000, 8_000, 2_000)), boards=120_000),
}
