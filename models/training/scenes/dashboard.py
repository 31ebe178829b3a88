"""Instrument cluster: speed, gear, fuel, temperature, warning lights, turn signals."""

from __future__ import annotations

from random import Random

from .canvas import CANT_TELL, Canvas, Scene, vary

LAMPS = ["engine", "oil", "battery", "brake"]
FUEL = ["Empty", "A quarter", "Half", "Three quarters", "Full"]
SEGMENTS = {"0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd", "6": "afgedc", "7": "abc", "8": "abcdefg", "9": "abcdfg"}
AMBER, RED, OFF = (255, 176, 32), (240, 52, 48), (44, 48, 58)


def draw_digits(canvas: Canvas, text: str, x: float, y: float, height: float, color: tuple) -> None:
    """Seven-segment digits centred at (x, y)."""
    w, gap, t = height * 0.52, height * 0.2, height * 0.15
    left = x - (len(text) * w + (len(text) - 1) * gap) / 2
    top, middle, bottom = y - height / 2, y, y + height / 2
    for digit in text:
        right = left + w
        lines = {
            "a": [(left, top), (right, top)], "b": [(right, top), (right, middle)], "c": [(right, middle), (right, bottom)],
            "d": [(left, bottom), (right, bottom)], "e": [(left, middle), (left, bottom)], "f": [(left, top), (left, middle)],
            "g": [(left, middle), (right, middle)],
        }
        for segment in SEGMENTS[digit]:
            canvas.line(lines[segment], color, t)
        left = right + gap


def draw_lamp(canvas: Canvas, lamp: str, x: float, y: float, lit: bool) -> None:
    """One warning lamp of about 18 units; unlit lamps stay faintly visible, as on a real panel."""
    color = {"engine": AMBER, "oil": RED, "battery": RED, "brake": RED}[lamp] if lit else OFF
    ink = (20, 20, 24)
    if lamp == "engine":
        canvas.polygon([(x - 9, y - 3), (x - 5, y - 3), (x - 5, y - 6), (x + 4, y - 6), (x + 4, y - 3), (x + 9, y - 3), (x + 9, y + 6), (x - 6, y + 6), (x - 9, y + 3)], color)
    elif lamp == "oil":
        canvas.polygon([(x, y - 9), (x + 6, y + 2), (x - 6, y + 2)], color)
        canvas.circle(x, y + 2.5, 6, color)
    elif lamp == "battery":
        canvas.rect((x - 9, y - 5, x + 9, y + 7), color)
        canvas.rect((x - 7, y - 8, x - 3, y - 5), color)
        canvas.rect((x + 3, y - 8, x + 7, y - 5), color)
        canvas.line([(x - 6, y + 1), (x - 2, y + 1)], ink, 1.6)
        canvas.line([(x + 2, y + 1), (x + 6, y + 1)], ink, 1.6)
        canvas.line([(x + 4, y - 1), (x + 4, y + 3)], ink, 1.6)
    else:
        canvas.circle(x, y, 8.5, None, color, 2.4)
        canvas.line([(x, y - 4.5), (x, y + 1)], color, 2.6)
        canvas.circle(x, y + 4.5, 1.6, color)


def make(rng: Random) -> Scene:
    """One instrument cluster."""
    canvas = Canvas(rng, 0.8)
    scene = Scene("dashboard", canvas)
    gear = rng.choice(["P", "R", "N", "D", "D"])
    speed = 0 if gear == "P" else rng.randint(1, 19) if gear == "R" else rng.choice([rng.randint(0, 9), *[rng.randint(10, 99)] * 5, *[rng.randint(100, 199)] * 3])
    fuel = rng.randrange(5)
    temperature = rng.randint(5, 39) if rng.random() < 0.8 else None
    turn = rng.choice(["left", "right", None, None])
    lit = rng.sample(LAMPS, rng.choice([0, 1, 1, 1, 2, 2, 3]))
    theme = vary(rng, rng.choice([(14, 18, 28), (22, 22, 24), (10, 24, 34)]), 5)
    accent = rng.choice([(235, 240, 245), (120, 215, 255), (150, 245, 190), (255, 220, 150)])
    canvas.gradient((-20, -20, 148, 148), tuple(c + 16 for c in theme), theme)
    canvas.arc((12, 4, 116, 108), 160, 380, tuple(c + 34 for c in theme), 2)
    height = 36 if speed < 100 else 29
    canvas.text(64, 73, "km/h", 6, (150, 156, 166), 0.04)
    if rng.random() < 0.6:
        draw_digits(canvas, str(speed), 62, 44, height, vary(rng, accent, 8))
    else:
        canvas.text(64, 44, str(speed), 36, vary(rng, accent, 8), 0.04)
    # turn signals
    for side, x, d in (("left", 14, -1), ("right", 114, 1)):
        color = (60, 225, 90) if turn == side else OFF
        canvas.polygon([(x + 9 * d, 14), (x, 6), (x, 11), (x - 8 * d, 11), (x - 8 * d, 17), (x, 17), (x, 22)], color)
    # fuel: four cells, filled from the bottom
    for cell in range(4):
        color = (AMBER if fuel == 1 else accent) if cell < fuel else OFF
        canvas.rect((6, 78 - cell * 12, 17, 88 - cell * 12), color, 1)
    canvas.text(11.5, 95, "F", 6, (170, 176, 186), 0.05)
    # gear
    canvas.rect((102, 44, 125, 76), tuple(c + 26 for c in theme), 3)
    canvas.text(113.5, 60, gear, 21, accent, 0.05)
    if temperature is not None:
        canvas.text(108, 92, f"{temperature}°", 13, (225, 230, 236), 0.04)
    for index, lamp in enumerate(LAMPS):
        draw_lamp(canvas, lamp, 34 + 20 * index if temperature is None else 30 + 20 * index, 113, lamp in lit)
    hundreds, tens, ones = f"{speed:>3}"
    warm = f"{temperature:>2}" if temperature is not None else "--"
    scene.facts = {"gear": gear, "fuel": str(fuel), "turn": str(turn), "length": str(len(str(speed))), "hundreds": hundreds, "tens": tens, "ones": ones}
    scene.facts |= {"warm tens": warm[0], "warm ones": warm[1]} | {lamp: str(lamp in lit) for lamp in LAMPS}
    _questions(scene, rng, speed, gear, fuel, temperature, turn, lit)
    return scene


def _questions(scene: Scene, rng: Random, speed: int, gear: str, fuel: int, temperature: int | None, turn: str | None, lit: list[str]) -> None:
    """All questions about one cluster."""
    scene.ask(rng, ["How fast is the car going?", "What is the speed?", "What speed does the dashboard show?", "Read the speed."], str(speed), f"{speed} km/h")
    scene.ask(rng, ["Which gear is selected?", "What gear is the car in?", "What is the gear?", "Read the gear."], gear)
    scene.ask(rng, ["How much fuel is left?", "What is the fuel level?", "How full is the tank?", "Read the fuel gauge."], FUEL[fuel], *(["Quarter"] if fuel == 1 else []))
    lamp_asked = rng.choice(lit) if lit and rng.random() < 0.5 else rng.choice([x for x in LAMPS if x not in lit] or lit)
    scene.ask_yes_no(rng, [f"Is the {lamp_asked} light on?", f"Is the {lamp_asked} warning on?", f"Does the {lamp_asked} light show?", f"Do you see the {lamp_asked} warning light?"], lamp_asked in lit)
    if len(lit) <= 1:
        scene.ask(rng, ["Which warning light is on?", "What warning is shown?", "Which light is lit?", "What does the dashboard warn about?"], lit[0].capitalize() if lit else "None")
    scene.ask(rng, ["How many warning lights are on?", "Count the warning lights.", "How many warnings are shown?", "What is the number of warning lights?"], str(len(lit)), ["None", "One", "Two", "Three"][len(lit)])
    scene.ask(rng, ["What is the temperature?", "How warm is it?", "What temperature does the dashboard show?", "Read the temperature."], str(temperature) if temperature is not None else CANT_TELL, *([f"{temperature} degrees"] if temperature is not None else []))
    scene.ask(rng, ["Which turn signal is on?", "Which way will the car turn?", "Which indicator is on?", "What turn signal is shown?"], turn.capitalize() if turn else "None")
    if gear in "PD" and rng.random() < 0.5:
        scene.ask_yes_no(rng, ["Is the car parked?", "Is the car in park?", "Does the car stand in park?", "Is park selected?"], gear == "P")
    if rng.random() < 0.35:
        scene.ask(rng, ["Which song is playing?", "What is the name of the driver?", "How far is it to the next exit?", "What time is it?", "Where is the car going?", "How old is the car?"], CANT_TELL)
    if rng.random() < 0.6:
        tank = ["empty", "a quarter full", "half full", "three quarters full", "full"][fuel]
        text = f"A dashboard in gear {gear}, the tank is {tank}."
        scene.ask(rng, ["Describe the picture.", "What do you see?", "What is in the picture?", "Give a short caption."], text)
