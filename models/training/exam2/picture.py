"""A drawn picture with its questions, and how things are put on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from .phrasings import ask
from .styles import Split

PICTURE_SIZE = 256


@dataclass
class Asked:
    """A question, its accepted answers (the first is the one to train on), its kind, and whether its phrasing is new."""

    text: str
    answers: list[str]
    kind: str
    new_phrasing: bool = False


@dataclass(frozen=True)
class Thing:
    """What is drawn where, for direct supervision of the encoder: the box (x0, y0, x1, y1) in parts of the picture's width."""

    code: str
    value: str
    box: tuple[float, float, float, float]


@dataclass
class Picture:
    """Pixels, and what is asked about them. ``style`` and ``background`` say what it was made of."""

    image: Image.Image
    style: str
    background: str
    questions: list[Asked] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)  # of the scene that is shown, as ``scenes`` has them

    def show(self, code: str, value: str, x: float, y: float, side: float) -> None:
        """Notes what a square of ``side`` pixels around (x, y) shows; ``code`` says what kind of value it is."""
        scale = 1 / self.image.width
        box = ((x - side / 2) * scale, (y - side / 2) * scale, (x + side / 2) * scale, (y + side / 2) * scale)
        self.things.append(Thing(code, value, box))

    def ask(self, rng: Random, split: Split, intent: str, answers: list[str], **slots: str) -> None:
        """Adds one question."""
        text, new = ask(rng, split, intent, **slots)
        self.questions.append(Asked(text, list(dict.fromkeys(answers)), intent, new))


def place(rng: Random, ground: Image.Image, glyph: Image.Image, x: float, y: float, side: float, turn: float = 10) -> None:
    """Puts a glyph on the ground, its middle at (x, y) pixels, ``side`` pixels large, turned by up to ``turn`` degrees."""
    glyph = glyph.resize((round(side),) * 2, Image.Resampling.LANCZOS)
    glyph = glyph.rotate(rng.uniform(-turn, turn), Image.Resampling.BICUBIC, expand=True)
    corner = (round(x - glyph.width / 2), round(y - glyph.height / 2))
    if rng.random() < 0.3:
        shadow = Image.new("RGBA", glyph.size, (0, 0, 0, 0))
        shadow.putalpha(glyph.getchannel("A").point(lambda alpha: alpha // 3).filter(ImageFilter.GaussianBlur(2)))
        ground.paste(shadow, (corner[0] + 2, corner[1] + 3), shadow)
    ground.paste(glyph, corner, glyph)


def weather(rng: Random, image: Image.Image) -> Image.Image:
    """The light and the camera: brightness, contrast, a little noise, a little blur."""
    image = ImageEnhance.Brightness(image).enhance(rng.uniform(0.85, 1.12))
    image = ImageEnhance.Contrast(image).enhance(rng.uniform(0.88, 1.1))
    if rng.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))
    if rng.random() < 0.3:
        noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(2, 8), (*image.size[::-1], 3))
        image = Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype(np.uint8))
    return image
