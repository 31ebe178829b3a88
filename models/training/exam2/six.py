"""The six groups made harder: smaller on the picture, on any ground, in many typefaces, asked in more ways."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageDraw

from scenes import GROUPS, make_scene
from scenes.canvas import CANT_TELL, Question
from scenes.places import scene_things

from .assets import typeface
from .backgrounds import KINDS, draw_background
from .picture import PICTURE_SIZE, Asked, Picture, Thing, weather
from .rephrase import rephrase
from .styles import Split

SUPERSAMPLING = 3
SHARE_FULL = 0.25
# Questions that would make sense for a picture of another group, too.
PEOPLED = ("greeter", "safety", "sentinel")
SENSIBLE_ANYWHERE = ("How many", "Count", "Is ", "Are ", "Do ", "Does ", "Has ", "Can ", "Should", "May ", "Describe", "What do you see", "What color", "What shape", "Where is")


def _foreign(rng: Random, split: Split, group: str) -> Asked:
    """A question about another group's scene, which this picture does not answer."""
    while True:
        # A question about a person may well have an answer in another scene with people.
        other = rng.choice([name for name in GROUPS if name != group and not (name in PEOPLED and group in PEOPLED)])
        question = rng.choice(make_scene(other, f"{split.name}2/foreign/{rng.random()}").questions)
        if not question.phrasings[0].startswith(SENSIBLE_ANYWHERE) and question.answers[0] != CANT_TELL:
            text, new = rephrase(rng, split, Question("", [], question.phrasings))
            return Asked(text, [CANT_TELL], "unanswerable", new)


def _kind(question: Question) -> str:
    if question.answers[0] == CANT_TELL:
        return "unanswerable"
    return "caption" if question.phrasings[0] == "Describe the picture." else "question"


def make_six(rng: Random, split: Split, group: str, seed: str) -> Picture:
    """A scene of one of the six groups, as a screen or print of 60 to 100 % of the picture's width on some ground."""
    scene = make_scene(group, seed)
    if rng.random() < 0.8:
        scene.canvas.typeface = typeface(*rng.choice(split.fonts))
    side = PICTURE_SIZE if rng.random() < SHARE_FULL else round(PICTURE_SIZE * rng.uniform(0.6, 0.95))
    drawn = scene.canvas.render(side * SUPERSAMPLING).resize((side, side), Image.Resampling.LANCZOS)
    background = "none"
    left, top = 0, 0
    if side < PICTURE_SIZE:
        background = rng.choice(KINDS)
        image = draw_background(rng, PICTURE_SIZE, split, background)
        left, top = rng.randint(0, PICTURE_SIZE - side), rng.randint(0, PICTURE_SIZE - side)
        tilt = rng.uniform(-4, 4) if rng.random() < 0.5 else 0
        sheet = Image.new("RGBA", (side, side))
        sheet.paste(drawn)
        ImageDraw.Draw(sheet).rectangle((0, 0, side - 1, side - 1), outline=rng.choice([(20, 20, 22, 255), (240, 240, 240, 255)]), width=2)
        sheet = sheet.rotate(tilt, Image.Resampling.BICUBIC)
        image.paste(sheet, (left, top), sheet)
        drawn = image
    picture = Picture(weather(rng, drawn), group, background)
    picture.facts = scene.facts
    corners = (left, top, left, top)
    for code, value, box in scene_things(group, scene.facts):
        picture.things.append(Thing(code, value, tuple((corner + edge * side) / PICTURE_SIZE for corner, edge in zip(corners, box))))
    for question in scene.questions:
        text, new = rephrase(rng, split, question)
        picture.questions.append(Asked(text, question.answers, _kind(question), new))
    if rng.random() < 0.4:
        picture.questions.append(_foreign(rng, split, group))
    return picture
