"""People as the scenes draw them: a bust from the front and a figure from the side."""

from __future__ import annotations

from random import Random

from .canvas import Canvas, Color, shade, vary

SKIN = [(246, 212, 182), (228, 184, 146), (196, 142, 100), (142, 94, 62), (98, 64, 44)]
HAIR: dict[str, Color] = {"black": (28, 26, 28), "brown": (112, 66, 32), "blond": (236, 200, 96), "gray": (176, 178, 184), "red": (190, 66, 24)}


def draw_bust(
    canvas: Canvas,
    rng: Random,
    x: float,
    y: float,
    size: float,
    *,
    hair: str,
    shirt: Color,
    glasses: bool = False,
    sunglasses: bool = False,
    hat: Color | None = None,
    beard: bool = False,
    eyes_closed: bool = False,
) -> None:
    """Head and shoulders; (x, y) is the middle of the face and ``size`` the half width of the head."""
    s = size
    skin = vary(rng, rng.choice(SKIN), 6)
    tone = vary(rng, HAIR[hair], 8)
    canvas.rect((x - 2.1 * s, y + 1.5 * s, x + 2.1 * s, y + 5.5 * s), shirt, 1.1 * s, shade(shirt, 0.65), 0.8)
    canvas.rect((x - 0.45 * s, y + 0.8 * s, x + 0.45 * s, y + 1.9 * s), shade(skin, 0.86), 0.3 * s)
    canvas.ellipse((x - 1.18 * s, y - 1.5 * s, x + 1.18 * s, y + 1.0 * s), tone)
    if rng.random() < 0.4:
        canvas.rect((x - 1.18 * s, y - 0.4 * s, x + 1.18 * s, y + 1.3 * s), tone, 0.3 * s)
    canvas.ellipse((x - s, y - 1.1 * s, x + s, y + 1.3 * s), skin)
    canvas.ellipse((x - 1.02 * s, y - 1.45 * s, x + 1.02 * s, y - 0.45 * s), tone)
    if beard:
        canvas.arc((x - s, y - 1.1 * s, x + s, y + 1.32 * s), 20, 160, tone, 0.55 * s)
        canvas.line([(x - 0.4 * s, y + 0.45 * s), (x + 0.4 * s, y + 0.45 * s)], tone, 0.18 * s)
    canvas.line([(x - 0.28 * s, y + 0.75 * s), (x + 0.28 * s, y + 0.75 * s)], (170, 70, 70), 0.14 * s)
    for side in (-1, 1):
        ex, ey = x + side * 0.42 * s, y
        if eyes_closed:
            canvas.arc((ex - 0.26 * s, ey - 0.2 * s, ex + 0.26 * s, ey + 0.22 * s), 10, 170, (40, 26, 22), 0.13 * s)
        else:
            canvas.ellipse((ex - 0.26 * s, ey - 0.2 * s, ex + 0.26 * s, ey + 0.2 * s), (252, 252, 252))
            canvas.circle(ex, ey, 0.14 * s, (30, 24, 24))
        if glasses:
            canvas.circle(ex, ey, 0.4 * s, None, (24, 24, 30), 0.13 * s)
        if sunglasses:
            canvas.rect((ex - 0.42 * s, ey - 0.3 * s, ex + 0.42 * s, ey + 0.34 * s), (18, 18, 22), 0.18 * s)
    if glasses or sunglasses:
        canvas.line([(x - 0.9 * s, y - 0.1 * s), (x + 0.9 * s, y - 0.1 * s)], (24, 24, 30), 0.13 * s)
    if hat is not None:
        canvas.rect((x - 1.12 * s, y - 1.95 * s, x + 1.12 * s, y - 0.62 * s), hat, 0.5 * s, shade(hat, 0.6), 0.7)
        canvas.rect((x - 1.45 * s, y - 0.85 * s, x + 1.45 * s, y - 0.52 * s), shade(hat, 0.78), 0.15 * s)


def draw_figure(canvas: Canvas, rng: Random, x: float, ground: float, height: float, shirt: Color, facing: int, reach: bool) -> tuple[float, float]:
    """A standing figure from the side; returns where its leading hand is. ``facing`` -1 left, 1 right."""
    h = height
    skin = vary(rng, rng.choice(SKIN), 6)
    trousers = rng.choice([(44, 50, 66), (70, 62, 54), (60, 60, 64)])
    hip, shoulder, head = ground - 0.46 * h, ground - 0.8 * h, ground - 0.9 * h
    for foot in (-0.1, 0.1):
        canvas.line([(x, hip), (x + foot * h, ground - 0.02 * h)], trousers, 0.1 * h)
    canvas.rect((x - 0.12 * h, shoulder - 0.03 * h, x + 0.12 * h, hip + 0.04 * h), shirt, 0.05 * h, shade(shirt, 0.65), 0.6)
    hand = (x + facing * 0.34 * h, ground - (0.72 if reach else 0.5) * h)
    canvas.line([(x, shoulder + 0.05 * h), hand], shade(shirt, 0.88), 0.075 * h)
    canvas.circle(*hand, 0.045 * h, skin)
    canvas.circle(x, head, 0.1 * h, skin)
    canvas.ellipse((x - 0.105 * h, head - 0.115 * h, x + 0.105 * h, head + 0.0 * h), vary(rng, rng.choice(list(HAIR.values())), 6))
    return hand
