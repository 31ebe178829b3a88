"""Greeter: who stands at the door, as the door camera shows it."""

from __future__ import annotations

from random import Random

from .canvas import CANT_TELL, COLORS, Canvas, Scene, shade, vary
from .people import HAIR, draw_bust

DESCRIBE = ["Describe the picture.", "What do you see?", "What is in the picture?", "Give a short caption."]


def make(rng: Random) -> Scene:
    """Nobody, one person or two persons in front of the door, with the recognition badge."""
    canvas = Canvas(rng)
    scene = Scene("greeter", canvas)
    wall = vary(rng, rng.choice([(226, 214, 196), (198, 208, 214), (214, 196, 186), (190, 200, 182)]), 10)
    canvas.gradient((-20, -20, 148, 148), shade(wall, 1.1), shade(wall, 0.84))
    door = vary(rng, rng.choice([(124, 84, 56), (70, 92, 110), (110, 64, 60), (84, 96, 84)]), 10)
    canvas.rect((26, -20, 102, 150), door, 0, shade(door, 0.6), 2)
    for top in (4, 58):
        canvas.rect((34, top, 60, top + 44), shade(door, 0.88), 2)
        canvas.rect((68, top, 94, top + 44), shade(door, 0.88), 2)
    canvas.circle(96, 66, 3, (228, 196, 90))
    count = rng.choice([0, 1, 1, 1, 1, 1, 1, 1, 2])
    if count == 0:
        _questions_nobody(scene, rng)
    elif count == 1:
        _one_person(scene, canvas, rng)
    else:
        _two_persons(scene, canvas, rng)
    return scene


def _draw_badge(canvas: Canvas, known: bool) -> None:
    """The camera's verdict in the upper right corner: a green tick or a red cross."""
    canvas.circle(111, 17, 12, (36, 170, 80) if known else (214, 44, 44), (250, 250, 250), 1.6)
    if known:
        canvas.line([(105, 17), (110, 22), (117, 12)], (250, 250, 250), 3)
    else:
        canvas.line([(106, 12), (116, 22)], (250, 250, 250), 3)
        canvas.line([(116, 12), (106, 22)], (250, 250, 250), 3)


def _questions_nobody(scene: Scene, rng: Random) -> None:
    """An empty doorstep: what a person wears can not be told."""
    scene.ask_yes_no(rng, ["Is anyone at the door?", "Is there a person at the door?", "Is someone outside?", "Do you see a person?"], False)
    scene.ask(rng, ["How many people are at the door?", "How many people do you see?", "Count the people.", "How many persons are there?"], "0", "No one", "None")
    scene.ask(rng, ["Who is at the door?", "Who is outside?", "Who do you see?", "Who is standing there?"], "Nobody", "No one")
    scene.ask(rng, ["What color is the shirt?", "What colour is the shirt of the person?", "Which color is the person wearing?", "Tell me the color of the shirt."], CANT_TELL)
    scene.ask(rng, ["What color is the hair?", "What hair color does the person have?", "Which colour is the hair of the person?", "Tell me the hair color."], CANT_TELL)
    scene.ask_yes_no(rng, ["Should the door be unlocked?", "Should I open the door?", "May the door open?", "Can the car unlock the door?"], False)
    scene.ask(rng, DESCRIBE, "A door with nobody in front of it.")


def _one_person(scene: Scene, canvas: Canvas, rng: Random) -> None:
    """One visitor."""
    hair, shirt = rng.choice(list(HAIR)), rng.choice(list(COLORS))
    eyes = rng.choice(["glasses", "sunglasses", "nothing"])
    hat = rng.choice(list(COLORS)) if rng.random() < 0.45 else None
    beard, known, parcel = rng.random() < 0.4, rng.random() < 0.5, rng.random() < 0.4
    draw_bust(
        canvas, rng, 64 + rng.uniform(-4, 4), 54 + rng.uniform(-2, 3), rng.uniform(19, 22), hair=hair, shirt=vary(rng, COLORS[shirt]),
        glasses=eyes == "glasses", sunglasses=eyes == "sunglasses", hat=vary(rng, COLORS[hat]) if hat else None, beard=beard,
    )
    if parcel:
        canvas.rect((42, 104, 86, 140), vary(rng, (196, 150, 96), 8), 1, (130, 92, 52), 1.4)
        canvas.rect((60, 104, 68, 140), (230, 206, 160))
    _draw_badge(canvas, known)
    scene.facts = {"hair": hair, "shirt": shirt, "eyes": eyes, "hat": str(hat), "beard": str(beard), "parcel": str(parcel), "known": str(known)}
    verdict = "A known person" if known else "An unknown person"
    scene.ask(rng, ["Who is at the door?", "Who is outside?", "Who do you see?", "Who is standing there?"], verdict, verdict.split(" ", 1)[1])
    scene.ask(rng, ["What color is the shirt?", "What colour is the shirt of the person?", "Which color is the person wearing?", "Tell me the color of the shirt."], shirt.capitalize())
    scene.ask(rng, ["What color is the hair?", "What hair color does the person have?", "Which colour is the hair of the person?", "Tell me the hair color."], hair.capitalize(), *({"blond": ["Blonde"], "gray": ["Grey"]}.get(hair, [])))
    kind = rng.choice(["glasses", "sunglasses"])
    if eyes != "nothing" and rng.random() < 0.6:
        kind = eyes
    scene.ask_yes_no(rng, [f"Is the person wearing {kind}?", f"Does the person wear {kind}?", f"Do you see {kind} on the person?", f"Has the person got {kind}?"], eyes == kind)
    if hat and rng.random() < 0.7:
        scene.ask(rng, ["What color is the hat?", "What colour is the hat of the person?", "Which color does the hat have?", "Tell me the color of the hat."], hat.capitalize())
    elif not hat and rng.random() < 0.25:
        scene.ask(rng, ["What color is the hat?", "What colour is the hat of the person?", "Which color does the hat have?", "Tell me the color of the hat."], CANT_TELL)
    extras = [
        (["Is the person wearing a hat?", "Does the person wear a hat?", "Do you see a hat?", "Has the person got a hat?"], hat is not None),
        (["Does the person have a beard?", "Has the person got a beard?", "Do you see a beard?", "Is the person wearing a beard?"], beard),
        (["Is the person carrying a parcel?", "Does the person bring a parcel?", "Do you see a parcel?", "Is there a delivery?"], parcel),
        (["Should the door be unlocked?", "Should I open the door?", "May the door open?", "Can the car unlock the door?"], known),
        (["Is the person known?", "Do we know the person?", "Is it a known person?", "Is the visitor known?"], known),
    ]
    if rng.random() < 0.15:
        extras.append((["Is anyone at the door?", "Is there a person at the door?", "Is someone outside?", "Do you see a person?"], True))
    scene.ask_some_yes_no(rng, extras, 2)
    if rng.random() < 0.3:
        scene.ask(rng, ["How many people are at the door?", "How many people do you see?", "Count the people.", "How many persons are there?"], "1", "One")
    if rng.random() < 0.3:
        scene.ask(rng, ["What is the name of the person?", "How old is the person?", "Where does the person live?", "What is in the parcel?" if parcel else "Where does the visitor come from?"], CANT_TELL)
    if rng.random() < 0.7:
        scene.ask(rng, DESCRIBE, f"{verdict} with {hair} hair and {'an' if shirt == 'orange' else 'a'} {shirt} shirt.")


def _two_persons(scene: Scene, canvas: Canvas, rng: Random) -> None:
    """Two visitors side by side."""
    people = []
    for side, x in (("left", 36), ("right", 92)):
        hair, shirt, hat = rng.choice(list(HAIR)), rng.choice(list(COLORS)), rng.random() < 0.4
        draw_bust(canvas, rng, x + rng.uniform(-3, 3), 58 + rng.uniform(-4, 4), rng.uniform(13, 14.5), hair=hair, shirt=vary(rng, COLORS[shirt]), hat=vary(rng, COLORS[rng.choice(list(COLORS))]) if hat else None)
        people.append((side, hair, shirt))
    known = rng.random() < 0.5
    _draw_badge(canvas, known)
    scene.facts = {"known": str(known)} | {f"{what} {side}": value for side, hair, shirt in people for what, value in (("hair", hair), ("shirt", shirt))}
    scene.ask(rng, ["How many people are at the door?", "How many people do you see?", "Count the people.", "How many persons are there?"], "2", "Two")
    scene.ask(rng, ["Who is at the door?", "Who is outside?", "Who do you see?", "Who is standing there?"], "Two known people" if known else "Two unknown people")
    for side, hair, shirt in people:
        scene.ask(rng, [f"What color is the shirt of the person on the {side}?", f"What colour is the shirt on the {side}?", f"Which color is the {side} person wearing?", f"Tell me the color of the {side} shirt."], shirt.capitalize())
        scene.ask(rng, [f"What color is the hair of the person on the {side}?", f"What hair color does the {side} person have?", f"Which colour is the hair on the {side}?", f"Tell me the {side} hair color."], hair.capitalize(), *({"blond": ["Blonde"], "gray": ["Grey"]}.get(hair, [])))
    scene.ask_yes_no(rng, ["Is anyone at the door?", "Is there a person at the door?", "Is someone outside?", "Do you see a person?"], True)
    scene.ask_yes_no(rng, ["Should the door be unlocked?", "Should I open the door?", "May the door open?", "Can the car unlock the door?"], known)
    if rng.random() < 0.6:
        scene.ask(rng, DESCRIBE, f"Two {'known' if known else 'unknown'} people at the door.")
