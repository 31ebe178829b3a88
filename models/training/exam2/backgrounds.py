"""What is behind things: plain, textured and photographic grounds."""

from __future__ import annotations

from functools import cache
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .assets import PHOTOGRAPHS
from .styles import SURFACES, Split

KINDS = ("plain", "textured", "photographic")


def _color(rng: Random) -> tuple[int, int, int]:
    return tuple(rng.randint(20, 245) for _ in range(3))


def _near(rng: Random, color: tuple[int, int, int], distance: int) -> tuple[int, int, int]:
    return tuple(max(0, min(255, channel + rng.randint(-distance, distance))) for channel in color)


def _plain(rng: Random, size: int) -> Image.Image:
    """One colour, near white, or a vertical gradient."""
    top = (rng.randint(235, 255),) * 3 if rng.random() < 0.35 else _color(rng)
    bottom = _near(rng, top, 70) if rng.random() < 0.4 else top
    steps = np.linspace(0, 1, size)[:, None, None]
    pixels = np.array(top) * (1 - steps) + np.array(bottom) * steps
    return Image.fromarray(np.broadcast_to(pixels, (size, size, 3)).round().astype(np.uint8))


def _textured(rng: Random, size: int) -> Image.Image:
    """Stripes, a checkerboard, dots, or grain."""
    base = _color(rng)
    other = _near(rng, base, 45)
    image = Image.new("RGB", (size, size), base)
    draw = ImageDraw.Draw(image)
    kind, step = rng.choice(["stripes", "checks", "dots", "grain"]), rng.randint(size // 24, size // 8)
    if kind == "stripes":
        slope = rng.uniform(-1, 1)
        for x in range(-size, 2 * size, 2 * step):
            draw.line([(x, 0), (x + slope * size, size)], other, step)
    elif kind == "checks":
        for row in range(0, size, step):
            for column in range((row // step % 2) * step, size, 2 * step):
                draw.rectangle((column, row, column + step - 1, row + step - 1), other)
    elif kind == "dots":
        for row in range(0, size, step):
            for column in range(0, size, step):
                draw.ellipse((column, row, column + step / 2, row + step / 2), other)
    else:
        noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(8, 28), (size, size, 1))
        image = Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype(np.uint8))
    return image


@cache
def _photograph(name: str) -> Image.Image:
    with Image.open(PHOTOGRAPHS / name) as picture:
        return picture.convert("RGB")


def _photographic(rng: Random, size: int, split: Split) -> Image.Image:
    """A piece of a photograph: a surface nearly sharp; a scene out of focus, so that nothing in it has a name."""
    name = rng.choice(split.photographs)
    photograph = _photograph(name)
    side = round(min(photograph.size) * rng.uniform(0.2, 0.5))
    left, top = rng.randint(0, photograph.width - side), rng.randint(0, photograph.height - side)
    piece = photograph.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.BICUBIC)
    blur = rng.uniform(0.002, 0.008) if name in SURFACES else rng.uniform(0.025, 0.05)
    return piece.filter(ImageFilter.GaussianBlur(size * blur))


def draw_background(rng: Random, size: int, split: Split, kind: str) -> Image.Image:
    """A ground of ``size`` x ``size`` pixels; ``kind`` is one of ``KINDS``."""
    if kind == "plain":
        return _plain(rng, size)
    return _textured(rng, size) if kind == "textured" else _photographic(rng, size, split)
