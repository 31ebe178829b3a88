"""Drawing surface and question collector that all scenes share.

Scenes are laid out on a 128 x 128 unit square, which is the size the model sees: a glyph 26 units tall is
26 pixels tall after the resize. A scene records its drawing calls and can be rendered at any size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

from PIL import Image, ImageDraw, ImageFont

UNITS = 128
Color = tuple[int, int, int]

COLORS: dict[str, Color] = {
    "red": (214, 40, 40),
    "orange": (245, 135, 30),
    "yellow": (246, 212, 50),
    "green": (45, 160, 70),
    "blue": (40, 90, 205),
    "purple": (130, 60, 170),
    "black": (30, 30, 34),
    "white": (244, 244, 244),
}
CANT_TELL = "I can't tell"


@dataclass
class Question:
    """One question with every accepted answer; the first answer is the one trained on."""

    text: str
    answers: list[str]
    phrasings: tuple[str, ...] = ()  # every way in which the scene might have asked it, this one among them


@dataclass
class Scene:
    """A picture (as drawing calls) and what can be asked about it."""

    group: str
    canvas: Canvas
    questions: list[Question] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)  # what is drawn, for direct supervision of the encoder

    def ask(self, rng: Random, phrasings: Sequence[str], *answers: str) -> None:
        """Adds one question in a randomly chosen phrasing."""
        self.questions.append(Question(rng.choice(phrasings), list(answers), tuple(phrasings)))

    def ask_yes_no(self, rng: Random, phrasings: Sequence[str], truth: bool) -> None:
        """Adds a yes/no question."""
        self.ask(rng, phrasings, "Yes" if truth else "No")

    def ask_some_yes_no(self, rng: Random, candidates: Sequence[tuple[Sequence[str], bool]], count: int) -> None:
        """Adds ``count`` of the candidates, tossing a coin for the truth first so that Yes and No stay balanced."""
        left = list(candidates)
        for _ in range(count):
            wanted = rng.random() < 0.5
            chosen = rng.choice([c for c in left if c[1] == wanted] or left)
            left.remove(chosen)
            self.ask_yes_no(rng, *chosen)


@lru_cache(maxsize=256)
def font(pixels: int, typeface: str | None = None) -> ImageFont.FreeTypeFont:
    """A font file, or without one the typeface that ships inside Pillow: no font has to be installed."""
    if typeface is None:
        return ImageFont.load_default(size=pixels)
    return ImageFont.truetype(typeface, pixels, layout_engine=ImageFont.Layout.BASIC)


def shade(color: Color, factor: float) -> Color:
    """Darker (factor < 1) or lighter (factor > 1) version of a colour."""
    if factor <= 1:
        return tuple(int(c * factor) for c in color)
    return tuple(int(c + (255 - c) * (factor - 1)) for c in color)


def vary(rng: Random, color: Color, amount: int = 11) -> Color:
    """A colour of the same name, as another lamp or paint would show it."""
    return tuple(max(0, min(255, c + rng.randint(-amount, amount))) for c in color)


class Canvas:
    """Records drawing calls in 128-unit coordinates; ``render`` draws them at any size."""

    def __init__(self, rng: Random, wobble: float = 1.0):
        # A slightly different framing for every picture, as of a camera that was mounted by hand.
        self.scale = 1 + wobble * rng.uniform(-0.06, 0.03)
        self.offset = (wobble * rng.uniform(-3, 3), wobble * rng.uniform(-3, 3))
        self.calls: list[tuple] = []
        self.typeface: str | None = None  # font file of all texts; None: the one inside Pillow

    def rect(self, box: Sequence[float], fill: Color | None, radius: float = 0, outline: Color | None = None, width: float = 0) -> None:
        """Rectangle (x0, y0, x1, y1), rounded by ``radius``."""
        self.calls.append(("rect", tuple(box), fill, radius, outline, width))

    def ellipse(self, box: Sequence[float], fill: Color | None, outline: Color | None = None, width: float = 0) -> None:
        """Ellipse inside a box."""
        self.calls.append(("ellipse", tuple(box), fill, outline, width))

    def circle(self, x: float, y: float, r: float, fill: Color | None, outline: Color | None = None, width: float = 0) -> None:
        """Circle around a centre."""
        self.ellipse((x - r, y - r, x + r, y + r), fill, outline, width)

    def polygon(self, points: Sequence[tuple[float, float]], fill: Color, outline: Color | None = None, width: float = 0) -> None:
        """Filled polygon."""
        self.calls.append(("polygon", tuple(points), fill, outline, width))

    def line(self, points: Sequence[tuple[float, float]], fill: Color, width: float) -> None:
        """Polyline with round joints and ends."""
        self.calls.append(("line", tuple(points), fill, width))

    def arc(self, box: Sequence[float], start: float, end: float, fill: Color, width: float) -> None:
        """Arc of an ellipse in degrees, clockwise from three o'clock."""
        self.calls.append(("arc", tuple(box), start, end, fill, width))

    def text(self, x: float, y: float, text: str, height: float, fill: Color, bold: float = 0.06) -> None:
        """Text centred at (x, y); ``height`` is the height of a capital letter, ``bold`` a stroke relative to it."""
        self.calls.append(("text", x, y, text, height, fill, bold))

    def gradient(self, box: Sequence[float], top: Color, bottom: Color) -> None:
        """Vertical gradient."""
        self.calls.append(("gradient", tuple(box), top, bottom))

    def render(self, size: int) -> Image.Image:
        """The picture at ``size`` x ``size`` pixels, without anti-aliasing (callers supersample)."""
        return _Painter(self, size).paint()


class _Painter:
    """Draws the calls of one canvas at one size."""

    def __init__(self, canvas: Canvas, size: int):
        self.canvas = canvas
        self.size = size
        self.k = size / UNITS * canvas.scale
        self.image = Image.new("RGB", (size, size), (128, 128, 128))
        self.draw = ImageDraw.Draw(self.image)

    def paint(self) -> Image.Image:
        """Runs all calls."""
        for name, *arguments in self.canvas.calls:
            getattr(self, name)(*arguments)
        return self.image

    def xy(self, x: float, y: float) -> tuple[float, float]:
        """Unit coordinates to pixels."""
        dx, dy = self.canvas.offset
        half = self.size / 2
        unit = self.size / UNITS
        return ((x - 64) * self.k + half + dx * unit, (y - 64) * self.k + half + dy * unit)

    def box(self, box: Sequence[float]) -> list[float]:
        """A box in pixels, with ordered corners."""
        (x0, y0), (x1, y1) = self.xy(box[0], box[1]), self.xy(box[2], box[3])
        return [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)]

    def width(self, units: float) -> int:
        """A line width in whole pixels."""
        return max(1, round(units * self.k)) if units else 0

    def rect(self, box, fill, radius, outline, width) -> None:
        """See Canvas.rect."""
        self.draw.rounded_rectangle(self.box(box), radius * self.k, fill, outline, self.width(width) or 1)

    def ellipse(self, box, fill, outline, width) -> None:
        """See Canvas.ellipse."""
        self.draw.ellipse(self.box(box), fill, outline, self.width(width) or 1)

    def polygon(self, points, fill, outline, width) -> None:
        """See Canvas.polygon."""
        pixels = [self.xy(*point) for point in points]
        self.draw.polygon(pixels, fill)
        if outline:
            self.line([*points, points[0]], outline, width)

    def line(self, points, fill, width) -> None:
        """See Canvas.line."""
        pixels = [self.xy(*point) for point in points]
        w = self.width(width)
        self.draw.line(pixels, fill, w, joint="curve")
        for x, y in (pixels[0], pixels[-1]):
            self.draw.ellipse((x - w / 2, y - w / 2, x + w / 2, y + w / 2), fill)

    def arc(self, box, start, end, fill, width) -> None:
        """See Canvas.arc."""
        self.draw.arc(self.box(box), start, end, fill, self.width(width))

    def text(self, x, y, text, height, fill, bold) -> None:
        """See Canvas.text."""
        pixels = max(4, round(height * self.k / 0.72))
        # A typeface has a weight of its own; a stroke on top would close its letters.
        stroke = 0 if self.canvas.typeface else round(bold * height * self.k)
        px, py = self.xy(x, y)
        letters = font(pixels, self.canvas.typeface)
        left, top, right, bottom = self.draw.textbbox((0, 0), text, letters, stroke_width=stroke)
        origin = (px - (left + right) / 2, py - (top + bottom) / 2)
        self.draw.text(origin, text, fill, letters, stroke_width=stroke, stroke_fill=fill)

    def gradient(self, box, top, bottom) -> None:
        """See Canvas.gradient."""
        x0, y0, x1, y1 = (round(v) for v in self.box(box))
        rows = max(1, min(y1 - y0, 48))
        for row in range(rows):
            t = row / max(1, rows - 1)
            color = tuple(int(a + (b - a) * t) for a, b in zip(top, bottom))
            self.draw.rectangle((x0, y0 + (y1 - y0) * row / rows, x1, y0 + (y1 - y0) * (row + 1) / rows), color)


def star_points(x: float, y: float, outer: float, inner: float, tips: int = 5) -> list[tuple[float, float]]:
    """Corners of a star standing upright."""
    return [
        (
            x + (outer if i % 2 == 0 else inner) * math.sin(math.pi * i / tips),
            y - (outer if i % 2 == 0 else inner) * math.cos(math.pi * i / tips),
        )
        for i in range(2 * tips)
    ]
