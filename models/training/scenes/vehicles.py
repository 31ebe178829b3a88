"""A car from the side, as the street scenes draw it."""

from __future__ import annotations

from .canvas import Canvas, Color, shade


def draw_car_from_side(canvas: Canvas, x: float, ground: float, length: float, color: Color, *, broken_window: bool = False, graffiti: Color | None = None, open_door: str | None = None, facing: int = 1) -> None:
    """A car standing on ``ground`` with its middle at ``x``; ``facing`` 1 looks right.

    ``open_door`` ("front" or "rear") swings that door out towards the viewer, showing the dark opening.
    """
    u = length / 80
    glass = (168, 206, 226)

    def at(dx: float, dy: float) -> tuple[float, float]:
        return x + facing * dx * u, ground + dy * u

    def box(x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        (ax, ay), (bx, by) = at(x0, y0), at(x1, y1)
        return min(ax, bx), ay, max(ax, bx), by

    rim = shade(color, 0.6)
    canvas.ellipse((x - 44 * u, ground - 3, x + 44 * u, ground + 4), (54, 56, 60))
    canvas.polygon([at(-24, -22), at(-14, -37), at(12, -37), at(25, -22)], color, rim, 0.8)
    canvas.polygon([at(-19, -23), at(-12, -34), at(-2, -34), at(-2, -23)], glass)
    canvas.polygon([at(2, -23), at(2, -34), at(10, -34), at(19, -23)], glass)
    canvas.rect(box(-40, -24, 40, -6), color, 6 * u, rim, 0.8)
    canvas.line([at(0, -22), at(0, -8)], rim, 0.8)
    canvas.rect(box(36, -20, 40, -15), (255, 240, 180), 1)
    canvas.rect(box(-40, -20, -37, -15), (200, 40, 40), 1)
    if broken_window:
        canvas.polygon([at(2, -23), at(2, -34), at(10, -34), at(19, -23)], (22, 24, 30))
        for a, b in (((3, -24), (8, -31)), ((9, -33), (11, -26)), ((16, -24), (10, -28)), ((4, -33), (7, -27))):
            canvas.line([at(*a), at(*b)], (226, 240, 248), 1.1)
    if graffiti:
        canvas.line([at(-22, -11), at(-16, -20), at(-11, -10), at(-5, -20), at(1, -10), at(7, -20), at(13, -11), at(20, -19)], graffiti, 3.4)
    if open_door:
        start, swing = (2, 5) if open_door == "front" else (-20, -5)
        canvas.rect(box(start, -33, start + 18, -7), (26, 28, 34), 1)
        hinge = start + 18 if open_door == "front" else start
        far = hinge + 11 + swing if open_door == "front" else hinge - 11 + swing
        canvas.polygon([at(hinge, -34), at(far, -28), at(far, -1), at(hinge, -7)], shade(color, 0.82), rim, 1)
        canvas.polygon([at(hinge, -32), at(far, -27), at(far, -18), at(hinge, -22)], glass)
    for wheel in (-24, 24):
        cx, cy = at(wheel, -6)
        canvas.circle(cx, cy, 8 * u, (26, 26, 28))
        canvas.circle(cx, cy, 4 * u, (176, 180, 186))
