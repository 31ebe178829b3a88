"""Car finder: a parking level seen from above, with its zone sign and six bays."""

from __future__ import annotations

from random import Random

from .canvas import CANT_TELL, COLORS, Canvas, Color, Scene, shade, vary

PLACES = ["Top left", "Top middle", "Top right", "Bottom left", "Bottom middle", "Bottom right"]
WORDS = ["No", "One", "Two", "Three", "Four", "Five", "Six"]
SIGN_COLORS = [(26, 74, 170), (20, 110, 70), (150, 30, 40), (40, 40, 46)]


def draw_car_from_above(canvas: Canvas, x: float, y: float, color: Color, nose: int) -> None:
    """A parked car, 24 x 38 units, its bonnet towards ``nose`` (-1 up, 1 down)."""
    dark = (26, 30, 38) if sum(color) > 140 else (92, 104, 120)
    for side in (-1, 1):
        canvas.rect((x + side * 12 - 1.6, y - 12, x + side * 12 + 1.6, y - 5), (24, 24, 26), 1)
        canvas.rect((x + side * 12 - 1.6, y + 5, x + side * 12 + 1.6, y + 12), (24, 24, 26), 1)
    canvas.rect((x - 12, y - 19, x + 12, y + 19), color, 5, shade(color, 0.62), 0.8)
    front, back = y + nose * 7, y - nose * 12
    canvas.polygon([(x - 9, front), (x + 9, front), (x + 7, front - nose * 5), (x - 7, front - nose * 5)], dark)
    canvas.polygon([(x - 8.5, back), (x + 8.5, back), (x + 7, back + nose * 4), (x - 7, back + nose * 4)], dark)
    for side in (-1, 1):
        canvas.circle(x + side * 8, y + nose * 17, 1.7, (255, 246, 200))


def make(rng: Random) -> Scene:
    """One zone of a parking level."""
    canvas = Canvas(rng, 0.8)
    scene = Scene("carfinder", canvas)
    letter, number = rng.choice("ABCDEF"), rng.randint(1, 9)
    cars: dict[str, str] = {}
    count = rng.choice([0, 1, 2, 2, 3, 3, 4, 4, 5, 6])
    palette = rng.sample(list(COLORS), 8)
    for index, place in enumerate(rng.sample(PLACES, count)):
        cars[place] = palette[index - 1] if index and rng.random() < 0.12 else palette[index]
    floor = vary(rng, rng.choice([(112, 116, 122), (134, 136, 134), (98, 104, 112)]), 8)
    canvas.gradient((-20, -20, 148, 148), shade(floor, 1.08), shade(floor, 0.94))
    sign = vary(rng, rng.choice(SIGN_COLORS), 8)
    canvas.rect((38, 3, 90, 35), sign, 4, (240, 240, 240), 1.2)
    canvas.text(64, 19, f"{letter}{number}", 21, (248, 248, 248), 0.045)
    canvas.rect((2, 77, 126, 83), shade(floor, 0.82))
    for row, (top, bottom) in enumerate(((37, 77), (83, 124))):
        for column in range(4):
            x = 4 + column * 40
            canvas.line([(x, top), (x, bottom)], (236, 236, 228), 1.4)
        for column in range(3):
            color = cars.get(PLACES[row * 3 + column])
            if color:
                x, y = 24 + 40 * column + rng.uniform(-2, 2), (top + bottom) / 2 + rng.uniform(-1, 1)
                draw_car_from_above(canvas, x, y, vary(rng, COLORS[color]), rng.choice([-1, 1]))
    scene.facts = {"letter": letter, "number": str(number)} | {place: cars.get(place, "none") for place in PLACES}
    _questions(scene, rng, letter, number, cars)
    return scene


def _questions(scene: Scene, rng: Random, letter: str, number: int, cars: dict[str, str]) -> None:
    """All questions about one zone."""
    colors = list(cars.values())
    zone = f"{letter}{number}"
    scene.ask(rng, ["Which zone is this?", "What does the sign say?", "Where did I park?", "What is the name of the parking zone?", "Read the sign."], zone, f"Zone {zone}")
    if rng.random() < 0.5:
        scene.ask(rng, ["Which letter is on the sign?", "What is the letter of the zone?", "What letter does the sign show?", "Which parking level letter is this?"], letter)
    else:
        scene.ask(rng, ["Which number is on the sign?", "What is the number of the zone?", "What number does the sign show?", "Which parking number is this?"], str(number))
    scene.ask(rng, ["How many cars are there?", "How many cars do you see?", "Count the cars.", "How many cars are parked here?"], str(len(cars)), WORDS[len(cars)])
    scene.ask(rng, ["How many spaces are free?", "How many free spaces are there?", "Count the free spaces.", "How many empty spaces do you see?"], str(6 - len(cars)), WORDS[6 - len(cars)])
    unique = [color for color in colors if colors.count(color) == 1]
    absent = [color for color in COLORS if color not in colors]
    for color in rng.sample(unique, min(2, len(unique))) + ([rng.choice(absent)] if rng.random() < 0.3 else []):
        place = next((p for p, c in cars.items() if c == color), None)
        answers = [CANT_TELL] if place is None else [place, f"in the {place.lower()}"]
        scene.ask(rng, [f"Where is the {color} car?", f"Where is my {color} car parked?", f"In which space is the {color} car?", f"Find the {color} car."], *answers)
    place = rng.choice(list(cars)) if cars and rng.random() < 0.85 else rng.choice(PLACES)
    spot = place.lower()
    color = cars.get(place)
    scene.ask(rng, [f"What color is the car in the {spot}?", f"What colour is the {spot} car?", f"Which color is the car in the {spot} space?", f"Tell me the color of the {spot} car."], color.capitalize() if color else "No car")
    target = rng.choice(colors) if colors and rng.random() < 0.5 else rng.choice(absent)
    scene.ask_yes_no(rng, [f"Is there a {target} car?", f"Do you see a {target} car?", f"Is a {target} car parked here?", f"Can you find a {target} car?"], target in colors)
    free = [p for p in PLACES if p not in cars]
    place = rng.choice(free) if free and (rng.random() < 0.5 or not cars) else rng.choice(list(cars))
    spot = place.lower()
    scene.ask_yes_no(rng, [f"Is the {spot} space free?", f"Can I park in the {spot} space?", f"Is the space in the {spot} empty?", f"Is there a free space in the {spot}?"], place not in cars)
    if rng.random() < 0.3:
        scene.ask(rng, ["Who owns the car?", "How much does parking cost?", "What time is it?", "How long is the car parked?", "What is the name of the driver?", "How old is the car?"], CANT_TELL)
    if rng.random() < 0.6:
        amount = "no cars" if not cars else "one car" if len(cars) == 1 else f"{WORDS[len(cars)].lower()} cars"
        scene.ask(rng, ["Describe the picture.", "What do you see?", "What is in the picture?", "Give a short caption."], f"Parking zone {zone} with {amount}.")
