"""Training pictures of the visual vocabulary and the harder six groups: the scenes of the examination, the other split.

Seeds start with ``train2/``. No picture has the unseen art style, an unseen typeface, a photograph of the examination
or a phrasing kept out of training.
"""

from __future__ import annotations

from random import Random

from scenes import GROUPS

from .boards import make_board
from .concepts import load_concepts
from .naming import make_naming
from .picture import Picture
from .reading import KINDS_OF_TEXT, make_sign
from .several import make_several
from .six import make_six
from .styles import SEEN_STYLES, TRAIN
from .telltales import make_panel, make_symbol, telltales

# Parts of a training set and their shares.
SHARES = {"six": 40, "naming": 30, "several": 12, "symbol": 6, "panel": 4, "sign": 8}
# What is asked for by name only: no share of the set.
BOARDS = "boards"


def make_training_picture(index: int, seed: int, level: str | None = "core", part: str | None = None, family: str = "train2") -> Picture:
    """Picture ``index`` of a training set; ``level`` None takes all concepts, ``part`` one of ``SHARES`` or ``BOARDS`` only.

    ``family`` ("valid2") draws pictures of the same kinds with seeds of their own, to look at progress with.
    """
    rng = Random(f"{family}/{seed}/{index}")
    part = part or rng.choices(list(SHARES), list(SHARES.values()))[0]
    concepts = load_concepts(level)
    if part == BOARDS:
        return make_board(rng, TRAIN, concepts)
    if part == "six":
        return make_six(rng, TRAIN, list(GROUPS)[index % len(GROUPS)], f"{family}/{seed}/{index}")
    if part == "naming":
        concept = rng.choice(concepts)
        style = rng.choice([style for style in SEEN_STYLES if concept.drawings[style]])
        return make_naming(rng, TRAIN, concept, style, concepts)
    if part == "several":
        return make_several(rng, TRAIN, concepts, rng.choice(SEEN_STYLES))
    if part == "symbol":
        return make_symbol(rng, TRAIN, rng.choice(telltales()))
    return make_panel(rng, TRAIN) if part == "panel" else make_sign(rng, TRAIN, rng.choice(KINDS_OF_TEXT), rng.choice(TRAIN.fonts))
