"""Safety: inside the cabin, and at the door while people get in or out."""

from __future__ import annotations

from random import Random

from .canvas import CANT_TELL, COLORS, Canvas, Color, Scene, shade, vary
from .people import HAIR, draw_bust, draw_figure
from .vehicles import draw_car_from_side

DESCRIBE = ["Describe the picture.", "What do you see?", "What is in the picture?", "Give a short caption."]
SEAT_NAMES = {"adult": "An adult", "child": "A child", "bag": "A bag", "nobody": "Nobody"}


def make(rng: Random) -> Scene:
    """Two thirds cabin views, one third door views."""
    canvas = Canvas(rng)
    scene = Scene("safety", canvas)
    if rng.random() < 0.68:
        _cabin(scene, canvas, rng)
    else:
        _door(scene, canvas, rng)
    return scene


def _draw_belt(canvas: Canvas, x: float, y: float, s: float, side: int) -> None:
    """A bright belt across the chest."""
    canvas.line([(x + side * 1.5 * s, y + 1.6 * s), (x - side * 1.3 * s, y + 4.6 * s)], (40, 40, 44), 0.62 * s)
    canvas.line([(x + side * 1.5 * s, y + 1.6 * s), (x - side * 1.3 * s, y + 4.6 * s)], (206, 208, 212), 0.4 * s)


def _draw_seat(canvas: Canvas, x: float, tone: Color) -> None:
    """Backrest and head rest."""
    canvas.rect((x - 15, 14, x + 15, 44), shade(tone, 1.12), 6)
    canvas.rect((x - 28, 44, x + 28, 150), tone, 10, shade(tone, 0.7), 1)


def _cabin(scene: Scene, canvas: Canvas, rng: Random) -> None:
    """Driver (left in the picture) and passenger seat."""
    tone = vary(rng, rng.choice([(92, 84, 78), (70, 76, 86), (124, 104, 84)]), 8)
    canvas.gradient((-20, -20, 148, 148), (178, 204, 220), (120, 128, 134))
    canvas.rect((-20, -20, 148, 8), (54, 56, 62))
    _draw_seat(canvas, 33, tone)
    _draw_seat(canvas, 95, tone)
    state = rng.choice(["driving", "phone", "sleeping"])
    driver_belt = rng.random() < 0.5
    seat = rng.choice(["adult", "adult", "child", "child", "bag", "nobody"])
    passenger_belt = seat in ("adult", "child") and rng.random() < 0.5
    shirt = rng.choice(list(COLORS))
    belted = vary(rng, COLORS[shirt])
    draw_bust(canvas, rng, 33, 44 + rng.uniform(-2, 2), 14, hair=rng.choice(list(HAIR)), shirt=belted, eyes_closed=state == "sleeping")
    if driver_belt:
        _draw_belt(canvas, 33, 44, 14, -1)
    if seat == "adult":
        draw_bust(canvas, rng, 95, 46 + rng.uniform(-2, 2), 13.5, hair=rng.choice(list(HAIR)), shirt=vary(rng, rng.choice(list(COLORS.values()))))
        if passenger_belt:
            _draw_belt(canvas, 95, 46, 13.5, 1)
    elif seat == "child":
        canvas.rect((72, 48, 118, 150), (236, 120, 150), 14, (150, 60, 90), 1.6)
        draw_bust(canvas, rng, 95, 72, 10, hair=rng.choice(["black", "brown", "blond", "red"]), shirt=vary(rng, (250, 220, 120), 10))
        if passenger_belt:
            _draw_belt(canvas, 95, 72, 10, 1)
    elif seat == "bag":
        bag = vary(rng, (60, 100, 150), 20)
        canvas.arc((83, 66, 107, 98), 180, 360, shade(bag, 0.6), 3.4)
        canvas.rect((76, 82, 114, 116), bag, 4, shade(bag, 0.6), 1.4)
        canvas.rect((84, 92, 106, 106), shade(bag, 1.25), 2)
    canvas.circle(33, 132, 27, None, (30, 30, 34), 6)
    if state == "phone":
        canvas.rect((50, 66, 63, 90), (18, 18, 22), 2, (200, 200, 206), 1)
        canvas.rect((52, 69, 61, 86), (110, 210, 255), 0.5)
        canvas.circle(57, 91, 4.5, (228, 184, 146))
    scene.facts = {"state": state, "driver belt": str(driver_belt), "seat": seat, "passenger belt": str(passenger_belt), "shirt": shirt}
    _cabin_questions(scene, rng, state, driver_belt, seat, passenger_belt, shirt)


def _cabin_questions(scene: Scene, rng: Random, state: str, driver_belt: bool, seat: str, passenger_belt: bool, shirt: str) -> None:
    """All questions about the cabin."""
    scene.ask_yes_no(rng, ["Is the driver wearing a seat belt?", "Does the driver wear the seat belt?", "Is the belt of the driver fastened?", "Has the driver fastened the seat belt?"], driver_belt)
    scene.ask(rng, ["What is the driver doing?", "What does the driver do?", "How does the driver behave?", "Tell me what the driver is doing."], {"driving": "Driving", "phone": "Using a phone", "sleeping": "Sleeping"}[state])
    scene.ask(rng, ["Who is on the passenger seat?", "What is on the passenger seat?", "Who sits next to the driver?", "What is next to the driver?"], SEAT_NAMES[seat], *{"nobody": ["No one", "Nothing"], "child": ["Child", "A child in a child seat"], "bag": ["Bag"], "adult": ["Adult"]}[seat])
    people = 1 + (seat in ("adult", "child"))
    scene.ask(rng, ["How many people are in the car?", "How many people do you see?", "Count the people.", "How many persons are there?"], str(people), ["One", "Two"][people - 1])
    scene.ask(rng, ["What color is the shirt of the driver?", "What colour is the shirt of the driver?", "Which color is the driver wearing?", "Tell me the color of the driver's shirt."], shirt.capitalize())
    belt = ["Is the passenger wearing a seat belt?", "Does the passenger wear the seat belt?", "Is the belt of the passenger fastened?", "Has the passenger fastened the seat belt?"]
    if seat in ("adult", "child"):
        scene.ask_yes_no(rng, belt, passenger_belt)
    elif rng.random() < 0.4:
        scene.ask(rng, belt, CANT_TELL)
    extras = [
        (["Is the driver using a phone?", "Does the driver hold a phone?", "Is there a phone in the hand of the driver?", "Do you see a phone?"], state == "phone"),
        (["Are the eyes of the driver closed?", "Is the driver asleep?", "Does the driver sleep?", "Has the driver closed the eyes?"], state == "sleeping"),
        (["Is the driver paying attention?", "Is the driver awake and attentive?", "Does the driver watch the road?", "Is the driver attentive?"], state == "driving"),
        (["Is there a child seat?", "Do you see a child seat?", "Is a child in the car?", "Is there a child in the car?"], seat == "child"),
    ]
    scene.ask_some_yes_no(rng, extras, 2)
    if rng.random() < 0.5:
        advice = "Wake up" if state == "sleeping" else "Put the phone away" if state == "phone" else "Fasten the seat belt" if not driver_belt else "Nothing"
        scene.ask(rng, ["What should the driver do?", "What should I remind the driver of?", "Which reminder does the driver need?", "What would you tell the driver?"], advice)
    if rng.random() < 0.3:
        scene.ask(rng, ["How old is the driver?", "Where is the car going?", "What is the name of the driver?", "What time is it?", "Which song is playing?", "How fast is the car going?"], CANT_TELL)
    if rng.random() < 0.6:
        doing = {"driving": "is driving", "phone": "is using a phone", "sleeping": "is sleeping"}[state]
        scene.ask(rng, DESCRIBE, f"The driver {doing}, {SEAT_NAMES[seat].lower()} {'sits' if seat in ('adult', 'child') else 'is'} on the passenger seat.")


def _draw_bicycle(canvas: Canvas, rng: Random, x: float, ground: float) -> None:
    """A cyclist riding towards the right."""
    for dx in (-12, 12):
        canvas.circle(x + dx, ground - 8, 8, None, (24, 24, 28), 2)
    canvas.line([(x - 12, ground - 8), (x - 2, ground - 8), (x + 9, ground - 19), (x - 6, ground - 19), (x - 12, ground - 8)], (226, 90, 30), 2)
    canvas.line([(x + 12, ground - 8), (x + 8, ground - 23), (x + 12, ground - 24)], (60, 60, 66), 2)
    canvas.line([(x - 5, ground - 22), (x + 2, ground - 38)], vary(rng, (40, 120, 190), 20), 7)
    canvas.line([(x + 1, ground - 35), (x + 10, ground - 25)], (228, 184, 146), 3)
    canvas.circle(x + 4, ground - 45, 5, (228, 184, 146))
    canvas.arc((x - 2, ground - 51, x + 10, ground - 39), 180, 360, (240, 200, 40), 3)


def _door(scene: Scene, canvas: Canvas, rng: Random) -> None:
    """The car at the kerb: which door is open, who stands there, and is a bicycle coming?"""
    canvas.gradient((-20, -20, 148, 80), (190, 214, 232), (226, 234, 238))
    canvas.rect((-20, 52, 148, 80), vary(rng, (150, 176, 130), 12))
    canvas.gradient((-20, 78, 148, 148), (124, 126, 130), (96, 98, 102))
    canvas.line([(-20, 122), (148, 122)], (240, 240, 236), 1.6)
    color = rng.choice(list(COLORS))
    door = rng.choice([None, None, "front", "rear"])
    person = rng.choice([None, "getting in", "getting out"]) if door else None
    bicycle = rng.random() < 0.5
    draw_car_from_side(canvas, 76, 96, 92, vary(rng, COLORS[color]), open_door=door)
    if person:
        # Getting in: faces the car (left) with an arrow to it; getting out: faces away with an arrow away.
        draw_figure(canvas, rng, 110, 112, 56, vary(rng, (96, 60, 120), 20), -1 if person == "getting in" else 1, False)
        y, tip = 24, -1 if person == "getting in" else 1
        canvas.polygon([(104 + 16 * tip, y), (104, y - 11), (104, y - 5), (104 - 14 * tip, y - 5), (104 - 14 * tip, y + 5), (104, y + 5), (104, y + 11)], (30, 160, 90) if tip < 0 else (226, 120, 20), (250, 250, 250), 1)
    if bicycle:
        _draw_bicycle(canvas, rng, 22 + rng.uniform(-3, 5), 121)
    scene.facts = {"color": color, "door": str(door), "person": str(person), "bicycle": str(bicycle)}
    scene.ask(rng, ["Which door is open?", "What door is open?", "Tell me which door is open.", "Which of the doors stands open?"], {"front": "Front", "rear": "Rear", None: "None"}[door], *({"front": ["The front door", "Front door"], "rear": ["The rear door", "Rear door"]}.get(door, [])))
    scene.ask_yes_no(rng, ["Is a door open?", "Is the door open?", "Do you see an open door?", "Is any door open?"], door is not None)
    scene.ask_yes_no(rng, ["Is a bicycle coming?", "Is there a bicycle?", "Do you see a bicycle?", "Is a cyclist coming?"], bicycle)
    scene.ask_yes_no(rng, ["Is it safe to get out?", "Can I open the door safely?", "Is it safe to open the door?", "May I get out now?"], not bicycle)
    scene.ask(rng, ["What color is the car?", "What colour is the car?", "Which color does the car have?", "Tell me the color of the car."], color.capitalize())
    scene.ask(rng, ["What is the person doing?", "What does the person do?", "Is the person getting in or out?", "Tell me what the person is doing."], person.capitalize() if person else CANT_TELL)
    if rng.random() < 0.3:
        scene.ask(rng, ["How old is the driver?", "Where is the car going?", "What is the name of the driver?", "What time is it?", "How fast is the car going?"], CANT_TELL)
    if rng.random() < 0.6:
        car = f"{'An' if color == 'orange' else 'A'} {color} car"
        scene.ask(rng, DESCRIBE, f"{car} with {'the ' + door + ' door open' if door else 'closed doors'}.")
