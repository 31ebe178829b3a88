"""Everyday concepts and the drawings of each in every art style, aligned by code point.

``concepts.tsv`` was written by hand: the level (``core``: 100 that a processor can learn in an hour; ``extended``: the
others), the name, other accepted answers, and the emoji that show it. Drawings that people would give the same name
(dog and dog face, the three globes) are one concept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .assets import PACKAGES
from .styles import SEEN_STYLES, UNSEEN_STYLE

TABLE = Path(__file__).with_name("concepts.tsv")
STYLES = (*SEEN_STYLES, UNSEEN_STYLE)
# These packages come without a table of code points; their icons are named as those of their sister package.
NAMED_LIKE = {"noto-v1": "noto", "fluent-emoji": "fluent-emoji-flat"}
# Names of fxemoji that are not the name of noto without its hyphens; "" where such an icon shows something else.
FXEMOJI_NAMES = {
    "rabbit-face": "bunny", "rabbit": "bunnyside", "dog-face": "dog", "dog": "dogside", "cat-face": "cat", "cat": "catside",
    "mouse-face": "mouse", "mouse": "mouseside", "pig-face": "pig", "pig": "pigside", "cow-face": "cowface", "ewe": "sheep",
    "tiger-face": "tiger", "tiger": "tigerside", "panda": "pandaface", "wolf": "wolfface", "hamster": "hampster",
    "leopard": "leopardside", "dragon-face": "dragonhead", "dragon": "dragonside", "camel": "dromedarycamel",
    "two-hump-camel": "bactriancamel", "front-facing-baby-chick": "frontfacingchick", "dove": "doveofpeace",
    "ear-of-corn": "earofmaize", "pizza": "sliceofpizza", "eggplant": "aubergine", "hot-pepper": "chilipepper",
    "bouquet": "bouquetofflowers", "evergreen-tree": "evergreen", "kitchen-knife": "hocho", "racing-car": "racecar",
    "locomotive": "steamlocomotive", "house": "housebuilding", "castle": "europeancastle", "police-car-light": "policecarsrevolvinglight",
    "hourglass-done": "hourglass", "hourglass-not-done": "hourglassflowingsand", "mantelpiece-clock": "manltepiececlock",
    "cloud-with-rain": "raincloud", "cloud-with-snow": "snowcloud", "cloud-with-lightning": "stormcloud", "sun": "sunrays",
    "umbrella-with-rain-drops": "umbrellawithraindrops", "umbrella-on-ground": "beachumbrella", "wrapped-gift": "present",
    "soccer-ball": "soccerball", "basketball": "basketballandhoop", "tennis": "tennisball", "bullseye": "directhit",
    "skis": "skiandskiboot", "flag-in-hole": "flaginhole", "fishing-pole": "fishingpoleandfish", "framed-picture": "framewithpicture",
    "necktie": "tie", "mans-shoe": "mensshoe", "high-heeled-shoe": "heels", "backpack": "schoolsatchel", "gem-stone": "gem",
    "bell": "ringingbell", "studio-microphone": "studiomic",
    "mobile-phone": "cellphone", "laptop": "", "telephone": "blacktelephone", "flashlight": "electrictorch",
    "red-paper-lantern": "izakayalantern", "magnifying-glass-tilted-left": "leftmagnifyingglass",
    "magnifying-glass-tilted-right": "rightmagnifyingglass", "dollar-banknote": "banknotedollar", "yen-banknote": "banknoteyen",
    "euro-banknote": "banknoteeuro", "pound-banknote": "banknotepound", "pen": "lowerleftpen", "fountain-pen": "lowerleftfountainpen",
    "paintbrush": "lowerleftpaintbrush", "crayon": "lowerleftcrayon", "file-folder": "folder",
    "locked": "lock", "dagger": "daggerknife", "scissors": "blackscissors", "computer-mouse": "onebuttonmouse",
    "camera-with-flash": "camerawithflash", "sunglasses": "darksunglasses", "construction": "constructionsign",
    "keyboard": "wiredkeyboard", "window": "", "tram": "",
}  # fmt: skip


@dataclass(frozen=True)
class Concept:
    """A thing with a name; ``drawings`` has the icon names of each style that draws it."""

    name: str
    accepted: tuple[str, ...]
    level: str
    drawings: dict[str, tuple[str, ...]]

    def __hash__(self) -> int:
        return hash(self.name)

    def answers(self) -> list[str]:
        """The name with and without its article, then the other words for it."""
        names = [self.name, *self.accepted]
        return [capital(self.name), *(with_article(name) for name in names), *self.accepted]


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[0].upper() + text[1:]


def with_article(name: str) -> str:
    """``an apple``, ``a car``; names of pairs, masses and plurals stand alone."""
    if name in BARE or (name.endswith("s") and not name.endswith("ss") and name not in SINGULAR_IN_S):
        return name
    return f"{'an' if name[0] in 'aeioAEIO' or name in ('umbrella', 'hourglass') else 'a'} {name}"


BARE = {"corn", "bread", "cheese", "coffee", "beer", "wine", "fire", "ice cream", "rain", "lightning", "butter", "salt", "milk",
        "honey", "popcorn", "sushi", "spaghetti", "broccoli", "garlic", "bacon", "soap", "toilet paper", "yarn", "thread",
        "bowling", "badminton", "ping pong", "wood", "chocolate", "meat on a bone"}  # fmt: skip
SINGULAR_IN_S = {"bus", "cactus", "octopus", "hibiscus", "rhinoceros", "hippopotamus"}


def table_names(level: str | None) -> list[str]:
    """The names of all concepts or of those of one level, in the order of the table; needs no drawings."""
    rows = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines()[1:]]
    return [row[1] for row in rows if level in (None, row[0])]


@cache
def _icons(style: str) -> tuple[frozenset[str], dict[str, str]]:
    """Names of a style's icons, and its table from code points ("1f436") to them."""
    folder = PACKAGES / "@iconify-json" / style
    data = json.loads((folder / "icons.json").read_text("utf-8"))
    return frozenset(data["icons"]) | frozenset(data.get("aliases", {})), json.loads((folder / "chars.json").read_text("utf-8"))


def _icon(style: str, emoji: str) -> str | None:
    """The name of an emoji's icon in one style."""
    code = "-".join(f"{ord(letter):x}" for letter in emoji if letter != "\ufe0f")
    if style == "fxemoji":
        noto = _icons("noto")[1].get(code, "")
        name = FXEMOJI_NAMES.get(noto, noto.replace("-", ""))
    else:
        name = _icons(NAMED_LIKE.get(style, style))[1].get(code)
    return name if name in _icons(style)[0] else None


@cache
def load_concepts(level: str | None = None) -> tuple[Concept, ...]:
    """All concepts, or those of one level, in the order of the table."""
    unicode_names = json.loads((PACKAGES / "unicode-emoji-json" / "data-by-emoji.json").read_text("utf-8"))
    rows = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines()[1:]]
    concepts = []
    for row_level, name, others, shown in rows:
        emoji = shown.split(" ")
        drawings = {style: tuple(icon for each in emoji if (icon := _icon(style, each))) for style in STYLES}
        formal = [unicode_names[each]["name"] for each in emoji]
        accepted = dict.fromkeys([other for other in others.split("|") if other] + formal)
        accepted.pop(name, None)
        concepts.append(Concept(name, tuple(accepted), row_level, drawings))
    return tuple(concept for concept in concepts if level in (None, concept.level))
