"""Which pictures and questions the second examination has, and how they are stored."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

from scenes import GROUPS

from .concepts import Concept, load_concepts
from .naming import make_alone, make_naming
from .picture import Asked, Picture
from .reading import KINDS_OF_TEXT, make_sign
from .several import make_several
from .six import make_six
from .styles import EXAM, SEEN_STYLES, TRAINED_FONTS, UNSEEN_FONTS, UNSEEN_STYLE
from .telltales import make_panel, make_symbol, telltales

SIX_PICTURES = 36
SIX_QUESTIONS = 6
SEVERAL_PICTURES = 44
SYMBOL_PICTURES = 2
PANELS = 36
SIGNS = 48
WEBP_QUALITY = 80
# What is new about a picture must be the only thing that is new about its questions.
FAMILIAR_WORDS = replace(EXAM, new_phrasings=0.0)
NEW_PHRASINGS = {"six": "six groups, unseen phrasings", "vocabulary": "vocabulary, unseen phrasings"}
# A colour is no symbol and no word: it counts apart.
COLORS = {kind: "colors of lights and signs" for kind in ("lit color", "sign color")}
Drawn = tuple[str, Picture, dict[str, str]]


def _rng(*parts: object) -> Random:
    return Random("/".join(["exam2", *map(str, parts)]))


def _six(group: str) -> Iterator[Drawn]:
    for index in range(SIX_PICTURES):
        rng = _rng(group, index)
        picture = make_six(rng, EXAM, group, f"exam2/{index}")
        picture.questions = rng.sample(picture.questions, min(SIX_QUESTIONS, len(picture.questions)))
        yield f"{group}-{index:02d}", picture, {"": group}


def _seen_style(concept: Concept, index: int) -> str:
    """A style with drawings of this concept, all of them in turn."""
    styles = [style for style in SEEN_STYLES if concept.drawings[style]]
    return styles[index % len(styles)]


def _naming(level: str) -> Iterator[Drawn]:
    concepts = load_concepts(level)
    for index, concept in enumerate(concepts):
        for seen in (True, False):
            look, style = ("seen styles", _seen_style(concept, index)) if seen else ("unseen style", UNSEEN_STYLE)
            split = EXAM if seen else FAMILIAR_WORDS
            picture = make_naming(_rng("naming", concept.name, look), split, concept, style, concepts)
            yield f"{level}-{index:03d}-{style}", picture, {"name": f"{level} naming, {look}", "": f"one thing, {look}"}


def _alone() -> Iterator[Drawn]:
    for index, concept in enumerate(load_concepts()):
        picture = make_alone(_rng("alone", concept.name), FAMILIAR_WORDS, concept, UNSEEN_STYLE)
        yield f"alone-{concept.level}-{index:03d}-{UNSEEN_STYLE}", picture, {"": f"{concept.level} naming, on white, unseen style"}


def _several() -> Iterator[Drawn]:
    for look, split in (("seen styles", EXAM), ("unseen style", FAMILIAR_WORDS)):
        for index in range(SEVERAL_PICTURES):
            style = SEEN_STYLES[index % len(SEEN_STYLES)] if look == "seen styles" else UNSEEN_STYLE
            picture = make_several(_rng("several", look, index), split, load_concepts("core"), style)
            yield f"several-{index:02d}-{style}", picture, {"": f"several things, {look}"}


def _telltales() -> Iterator[Drawn]:
    for index, symbol in enumerate(telltales()):
        for copy in range(SYMBOL_PICTURES):
            yield f"symbol-{index:02d}-{copy}", make_symbol(_rng("symbol", symbol.name, copy), EXAM, symbol), {"": "tell-tales, one", **COLORS}
    for index in range(PANELS):
        yield f"panel-{index:02d}", make_panel(_rng("panel", index), EXAM), {"": "tell-tales, panel", **COLORS}


def _reading() -> Iterator[Drawn]:
    for look, fonts, split in (("trained typefaces", TRAINED_FONTS, EXAM), ("unseen typefaces", UNSEEN_FONTS, FAMILIAR_WORDS)):
        for index in range(SIGNS):
            picture = make_sign(_rng("sign", look, index), split, KINDS_OF_TEXT[index % 3], fonts[index % len(fonts)])
            yield f"sign-{index:02d}-{look.split()[0]}", picture, {"": f"reading, {look}", **COLORS}


def sections() -> dict[str, tuple[str, Iterator[Drawn]]]:
    """File name -> (part of the examination, its pictures)."""
    six = {group: ("six", _six(group)) for group in GROUPS}
    naming = {f"naming-{level}": ("vocabulary", _naming(level)) for level in ("core", "extended")}
    others = {"naming-alone": _alone(), "several": _several(), "telltales": _telltales(), "reading": _reading()}
    return six | naming | {name: ("vocabulary", pictures) for name, pictures in others.items()}


def _line(image: str, asked: Asked, part: str, picture: Picture, groups: dict[str, str]) -> str:
    group = NEW_PHRASINGS[part] if asked.new_phrasing else groups.get(asked.kind, groups[""])
    line = {"image": image, "question": asked.text, "answers": asked.answers, "group": group, "part": part}
    line |= {"kind": asked.kind, "style": picture.style, "background": picture.background}
    return json.dumps(line, ensure_ascii=False) + "\n"


def write_section(name: str, out: Path) -> tuple[int, int]:
    """Draws one file of the suite with its pictures; returns how many pictures and questions it has."""
    (out / "images").mkdir(parents=True, exist_ok=True)
    part, pictures = sections()[name]
    lines, drawn = [], 0
    for key, picture, groups in pictures:
        image = f"images/{key}.webp"
        encoded = io.BytesIO()
        picture.image.save(encoded, "WEBP", quality=WEBP_QUALITY, method=6)
        (out / image).write_bytes(encoded.getvalue())
        lines += [_line(image, asked, part, picture, groups) for asked in picture.questions]
        drawn += 1
    (out / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    return drawn, len(lines)


def suite_hash(folder: Path) -> str:
    """sha256 over every file of the suite: each relative path, a zero byte, the file's sha256, in path order."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".jsonl", ".webp")):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
