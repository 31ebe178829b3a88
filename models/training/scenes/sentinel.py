"""Sentinel: what happens around the parked car (threat, vandalism, or nothing)."""

from __future__ import annotations

import math
from random import Random

from .canvas import CANT_TELL, COLORS, Canvas, Scene, shade, vary
from .people import draw_figure
from .vehicles import draw_car_from_side

HELD = ["crowbar", "spray can", "umbrella", "nothing"]
NAMES = {"crowbar": "a crowbar", "spray can": "a spray can", "umbrella": "an umbrella", "nothing": "nothing"}
DESCRIBE = ["Describe the picture.", "What do you see?", "What is in the picture?", "Give a short caption."]


def _draw_held(canvas: Canvas, rng: Random, held: str, hand: tuple[float, float], facing: int, steel: tuple) -> None:
    """The object in a figure's hand."""
    x, y = hand
    if held == "crowbar":
        canvas.line([(x - facing * 2, y + 7), (x + facing * 4, y - 15), (x + facing * 9, y - 16)], steel, 3.2)
    elif held == "spray can":
        canvas.rect((x - 3.2, y - 8, x + 3.2, y + 3), (220, 40, 160), 1)
        canvas.rect((x - 1.6, y - 11, x + 1.6, y - 8), (240, 240, 240))
        for i in range(4):
            canvas.circle(x + facing * (6 + 3 * i), y - 9.5 + (i % 2) * 2 - 1, 1.1 + 0.3 * i, (240, 120, 200))
    elif held == "umbrella":
        tone = vary(rng, (60, 70, 150), 20)
        canvas.line([(x, y + 2), (x, y - 26)], (50, 44, 40), 1.6)
        canvas.polygon([(x + 20 * math.cos(math.pi * t / 12), y - 22 - 13 * math.sin(math.pi * t / 12)) for t in range(13)], tone, shade(tone, 0.6), 0.8)


def _draw_animal(canvas: Canvas, kind: str, x: float, ground: float) -> None:
    """A dog (brown, hanging ears, tail up) or a cat (gray, pointed ears, long tail)."""
    tone = (136, 84, 44) if kind == "dog" else (120, 122, 130)
    long = 12 if kind == "dog" else 9
    canvas.rect((x - long, ground - 14, x + long, ground - 6), tone, 4)
    for dx in (-long + 2, -long + 6, long - 6, long - 2):
        canvas.line([(x + dx, ground - 8), (x + dx, ground - 1)], tone, 2.4)
    canvas.circle(x + long, ground - 17, 5.4, tone)
    if kind == "dog":
        canvas.rect((x + long + 2, ground - 18, x + long + 9, ground - 13), tone, 2)
        canvas.line([(x + long - 3, ground - 20), (x + long - 4, ground - 13)], shade(tone, 0.6), 3)
        canvas.line([(x - long, ground - 12), (x - long - 5, ground - 20)], tone, 2.2)
    else:
        for side in (-1, 1):
            canvas.polygon([(x + long + side * 4.5, ground - 18), (x + long + side * 4, ground - 26), (x + long + side * 0.5, ground - 21)], tone)
        canvas.line([(x - long, ground - 12), (x - long - 4, ground - 24), (x - long - 1, ground - 28)], tone, 2.2)


def make(rng: Random) -> Scene:
    """The parked car by day or night, and whoever is near it."""
    canvas = Canvas(rng)
    scene = Scene("sentinel", canvas)
    night = rng.random() < 0.5
    color = rng.choice(list(COLORS))
    people = rng.choice([0, 1, 1, 1, 1, 2])
    held = rng.choice(["crowbar", "crowbar", "spray can", "spray can", "umbrella", "nothing"]) if people else "nothing"
    side = rng.choice(["left", "right"])
    animal = rng.choice([None, None, "dog", "cat"]) if people < 2 else None
    broken, graffiti = rng.random() < 0.45, rng.random() < 0.45
    if night:
        canvas.gradient((-20, -20, 148, 92), (10, 14, 40), (34, 38, 70))
        canvas.circle(104 if side == "left" else 24, 15, 8, (244, 240, 206))
    else:
        canvas.gradient((-20, -20, 148, 92), vary(rng, (132, 190, 240), 12), (214, 232, 244))
        canvas.circle(104 if side == "left" else 24, 15, 9, (255, 224, 90))
    dim = 0.5 if night else 1.0
    x = -4.0
    while x < 132:
        width, tall = rng.uniform(14, 26), rng.uniform(18, 44)
        canvas.rect((x, 78 - tall, x + width, 92), shade(vary(rng, (150, 152, 160), 22), dim), 0)
        x += width + rng.uniform(0, 6)
    canvas.rect((-20, 78, 148, 92), shade((150, 146, 138), dim * 0.9 + 0.1))
    canvas.gradient((-20, 92, 148, 148), shade((112, 114, 118), dim * 0.8 + 0.2), shade((88, 90, 94), dim * 0.8 + 0.2))
    d = 1 if side == "left" else -1
    middle = 64 + d * (12 if people else 0)
    spray = vary(rng, rng.choice([(255, 60, 200), (80, 255, 120)]), 10)
    draw_car_from_side(canvas, middle, 104, 80, vary(rng, COLORS[color]), broken_window=broken, graffiti=spray if graffiti else None, facing=rng.choice([-1, 1]))
    if people:
        shirt = vary(rng, rng.choice([(70, 76, 90), (150, 60, 60), (60, 110, 90), (190, 170, 120)]), 12)
        hand = draw_figure(canvas, rng, 64 - d * 48, 110, 58, shirt, d, held in ("crowbar", "spray can", "umbrella"))
        _draw_held(canvas, rng, held, hand, d, (206, 212, 220) if night else (36, 36, 40))
    if people == 2:
        draw_figure(canvas, rng, 64 + d * 56, 112, 54, vary(rng, (90, 84, 120), 20), -d, False)
    if animal:
        _draw_animal(canvas, animal, middle + rng.uniform(-20, 16), 122)
    scene.facts = {"night": str(night), "color": color, "people": str(people), "held": held, "side": side if people == 1 else "none"}
    scene.facts |= {"animal": str(animal), "broken": str(broken), "graffiti": str(graffiti)}
    _questions(scene, rng, night, color, people, held, side, animal, broken, graffiti)
    return scene


def _questions(scene: Scene, rng: Random, night: bool, color: str, people: int, held: str, side: str, animal: str | None, broken: bool, graffiti: bool) -> None:
    """All questions about one street scene."""
    threat = held in ("crowbar", "spray can")
    scene.ask_yes_no(rng, ["Is there a threat to the car?", "Is the car in danger?", "Is someone about to damage the car?", "Should I be worried?"], threat)
    scene.ask(rng, ["What is the person holding?", "What does the person have in the hand?", "What is in the hand of the person?", "Which object does the person hold?"], *([CANT_TELL] if people == 0 else [held.capitalize(), NAMES[held].capitalize()] if held != "nothing" else ["Nothing"]))
    scene.ask(rng, ["What color is the car?", "What colour is the car?", "Which color does the car have?", "Tell me the color of the car."], color.capitalize())
    scene.ask(rng, ["How many people are near the car?", "How many people do you see?", "Count the people.", "How many persons are there?"], str(people), *[["None", "No one"], ["One"], ["Two"]][people])
    if people == 1:
        scene.ask(rng, ["On which side of the car is the person?", "Is the person left or right of the car?", "Where is the person?", "Which side of the car does the person stand on?"], side.capitalize(), f"on the {side}", f"{side} side")
    scene.ask(rng, ["What should the car do?", "What should the sentinel do?", "How should the car react?", "Which action is right?"], "Sound the alarm" if threat else "Keep watching" if people else "Nothing")
    extras = [
        (["Is it night?", "Is it dark outside?", "Was the picture taken at night?", "Is the picture from the night?"], night),
        (["Is the window broken?", "Is a window of the car broken?", "Do you see a broken window?", "Has a window been smashed?"], broken),
        (["Is there graffiti on the car?", "Has the car been sprayed?", "Is there paint on the door?", "Do you see graffiti?"], graffiti),
        (["Is anyone near the car?", "Is someone next to the car?", "Is there a person near the car?", "Do you see a person?"], people > 0),
    ]
    scene.ask_some_yes_no(rng, extras, 2)
    if people < 2:
        scene.ask(rng, ["Which animal is near the car?", "What animal do you see?", "Which animal is there?", "What kind of animal is in the picture?"], animal.capitalize() if animal else "None", *([f"a {animal}"] if animal else ["No animal"]))
    if rng.random() < 0.5:
        damage = "A broken window and graffiti" if broken and graffiti else "A broken window" if broken else "Graffiti" if graffiti else "None"
        scene.ask(rng, ["What damage does the car have?", "How is the car damaged?", "Which damage do you see?", "Is the car damaged and how?"], damage, *(["Broken window"] if damage == "A broken window" else []))
    if rng.random() < 0.3:
        scene.ask(rng, ["Who is the person?", "What is the license plate?", "Who owns the car?", "What is the name of the street?", "What time is it?", "How old is the car?"], CANT_TELL)
    if rng.random() < 0.7:
        car = f"{'an' if color == 'orange' else 'a'} {color} car"
        if people == 0:
            text = f"{car.capitalize()} with nobody near it."
        elif people == 1:
            text = f"A person with {NAMES[held]} next to {car}."
        else:
            text = f"Two people next to {car}."
        scene.ask(rng, DESCRIBE, text)
