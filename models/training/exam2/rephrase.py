"""More phrasings for the six groups of ``scenes``: two that training may use, and one that it never sees.

The scenes bring four phrasings of their own. Each line here belongs to the first of those four, with its varying
words as {slots}: ``first | more | more | in the examination only``. Where a scene draws from a list of questions that
have no answer, the line adds further such questions.
"""

from __future__ import annotations

import re
from functools import cache
from random import Random

from scenes.canvas import Question

from .styles import Split

LINES = """
Describe the picture. | What does the picture show? | Tell me what you see. | Sum up the scene in a sentence.
How many people are near the car? | How many people are there? | Tell me the number of people. | What is the head count near the car?
Is anyone near the car? | Is somebody close to the car? | Are there people near the car? | Has someone come near the car?
Is it night? | Is it dark? | Do you see a night scene? | Has night fallen?
Is the window broken? | Is there a broken window? | Is the glass of the car broken? | Has the car got a smashed window?
Is there a threat to the car? | Is somebody threatening the car? | Is this dangerous for the car? | Does the car have to fear damage?
Is there graffiti on the car? | Did someone spray the car? | Is the car painted with graffiti? | Can graffiti be seen on the car?
On which side of the car is the person? | Does the person stand left or right of the car? | Tell me the side of the person. | At which side of the car do you find the person?
What color is the car? | What is the color of the car? | Which colour has the car? | In which color is the car painted?
What damage does the car have? | What is broken on the car? | Tell me the damage of the car. | Which damage can be seen on the car?
What is the person holding? | What does the person hold? | Tell me what the person is holding. | What has the person got in the hand?
What should the car do? | What is the right reaction? | Tell me what the car should do. | Which reaction do you want from the car?
Which animal is near the car? | What animal is near the car? | Tell me which animal you see. | Which animal has come near the car?
Who is the person? | How much did the car cost? | What is the phone number of the owner? | What is the person thinking?
Does the person have a beard? | Is there a beard? | Do you see a person with a beard? | Has the face of the person got a beard?
How many people are at the door? | How many people are there? | Tell me the number of people. | What is the head count at the door?
Is anyone at the door? | Is somebody at the door? | Are there people at the door? | Has someone come to the door?
Is the person carrying a parcel? | Does the person have a parcel? | Is there a parcel? | Has the person got a package?
Is the person known? | Is this person known? | Does the car know the person? | Have we got a known person here?
Is the person wearing a hat? | Is there a hat? | Is the person with a hat? | Can a hat be seen on the head?
Is the person wearing {what}? | Are there {what}? | Is the person with {what}? | Can {what} be seen on the face?
Should the door be unlocked? | Should we open the door? | Is it right to unlock the door? | Would you unlock the door now?
What color is the hair of the person on the {side}? | What is the hair color on the {side}? | Which color has the hair of the {side} person? | In which color is the hair of the {side} person?
What color is the hair? | What is the color of the hair? | Which color has the hair? | In which color is the hair of the person?
What color is the hat? | What is the color of the hat? | Which color has the hat? | In which color is the hat of the person?
What color is the shirt of the person on the {side}? | What is the shirt color on the {side}? | Which color has the shirt of the {side} person? | In which color is the shirt of the {side} person?
What color is the shirt? | What is the color of the shirt? | Which color has the shirt? | In which color is the shirt of the person?
What is the name of the person? | How tall is the person? | What is the phone number of the person? | What is the person thinking?
Who is at the door? | Who is in front of the door? | Who is there? | Who has come to the door?
How many cars are there? | Tell me the number of cars. | What is the number of cars? | How many of the spaces have a car?
How many spaces are free? | Tell me the number of free spaces. | What is the number of free spaces? | How many of the spaces have no car?
Is the {place} space free? | Is the {place} free? | Is the {place} space empty? | Would a car find room in the {place}?
Is there a {what} car? | Does the picture show a {what} car? | Can you see a {what} car? | Has a {what} car been parked here?
What color is the car in the {place}? | Which car color is in the {place}? | Tell me the color of the car in the {place}. | In which color is the car in the {place} painted?
Where is the {what} car? | Tell me where the {what} car is. | Where can I find the {what} car? | At which place does the {what} car stand?
Which letter is on the sign? | Read the letter on the sign. | Tell me the letter of the zone. | With which letter does the zone begin?
Which number is on the sign? | Read the number on the sign. | Tell me the number of the zone. | With which number does the zone end?
Which zone is this? | Tell me the zone. | What is written on the sign? | In which zone are we?
Who owns the car? | Which music does the driver like? | How many doors does the house have? | What is the driver thinking?
Are the eyes of the driver closed? | Does the driver have closed eyes? | Is the driver sleeping? | Has the driver fallen asleep?
How many people are in the car? | How many people are there? | Tell me the number of people. | What is the head count in the car?
How old is the driver? | What is the phone number of the driver? | How tall is the driver? | What is the driver thinking?
Is a bicycle coming? | Is a bike coming? | Can you see a bicycle? | Has a cyclist come near?
Is a door open? | Does a door stand open? | Is one of the doors open? | Has a door been opened?
Is it safe to get out? | Is getting out safe? | Is it safe to leave the car? | Would you get out now?
Is the driver paying attention? | Is the driver awake? | Is the driver watching the road? | Has the driver got the eyes on the road?
Is the driver using a phone? | Is there a phone? | Does the driver use a phone? | Has the driver got a phone in the hand?
Is the driver wearing a seat belt? | Is the driver belted? | Does the driver have a seat belt on? | Has the driver put on the belt?
Is the passenger wearing a seat belt? | Is the passenger belted? | Does the passenger have a seat belt on? | Has the passenger put on the belt?
Is there a child seat? | Is there a seat for a child? | Does the car have a child seat? | Has the car got a child seat?
What color is the shirt of the driver? | What is the shirt color of the driver? | Which color has the shirt of the driver? | In which color is the shirt of the driver?
What is the driver doing? | What is happening to the driver? | Tell me what the driver does. | Which activity do you see from the driver?
What is the person doing? | What does the person want to do? | Tell me what happens at the door. | Which activity do you see from the person?
What should the driver do? | What is your advice for the driver? | Tell me what the driver should do. | Which advice would help the driver?
Which door is open? | Which door do you see open? | Tell me the open door. | Which of the two doors has been opened?
Who is on the passenger seat? | What do you see on the passenger seat? | Tell me who is on the passenger seat. | Which passenger is with the driver?
How fast is the car going? | Tell me the speed. | What is the speed of the car? | At which speed is the car driving?
How many warning lights are on? | Tell me the number of warning lights. | How many warning lights do you see? | How many of the warning lights are lit?
How much fuel is left? | Tell me the fuel level. | How full is the fuel tank? | What part of the fuel is left in the tank?
Is the {what} light on? | Is the {what} light lit? | Do you see the {what} light? | Has the {what} light come on?
Is the car parked? | Is the gear in park? | Does the gear show park? | Has the car been put in park?
What is the temperature? | Tell me the temperature. | What temperature is shown? | How many degrees does it show?
Which gear is selected? | Tell me the gear. | What gear is shown? | In which gear is the car?
Which song is playing? | Which music does the driver like? | How much did the car cost? | What is the driver thinking?
Which turn signal is on? | Tell me the turn signal. | Which turn signal do you see? | To which side is the car going to turn?
Which warning light is on? | Tell me the warning light. | What warning light do you see? | Which of the warning lights is lit?
How many {what} are there? | Tell me the number of {what}. | How many {what} can you see? | How many {what} does the picture have?
Is the {what} {relation} the {other}? | Do you see the {what} {relation} the {other}? | Does the {what} stand {relation} the {other}? | Has the {what} been placed {relation} the {other}?
Is there {thing}? | Does the picture have {thing}? | Is {thing} there? | Has {thing} been placed in the picture?
What color is the background? | What is the color of the background? | Which color has the background? | In which color is the background?
What color is the {what}? | What is the color of the {what}? | Which color has the {what}? | In which color is the {what}?
What shape is {what}? | Tell me which shape is {what}. | Which of the shapes is {what}? | What kind of shape is {what}?
Where is the {what}? | Tell me where the {what} is. | Where can I find the {what}? | At which place is the {what}?
"""
# What a slot may hold, where a line without this would fit the questions of another.
SLOTS = {"relation": "left of|right of|above|below", "side": "left|right", "thing": "an? .+", "place": "(?:top|bottom) .+"}


@cache
def _table() -> list[tuple[re.Pattern, list[str], str]]:
    """(pattern of the first phrasing, more phrasings, the phrasing of the examination); the fewest slots first, then the order of the lines."""
    rows = [[part.strip() for part in line.split(" | ")] for line in LINES.split("\n") if line]
    table = []
    for first, *more, held_out in sorted(rows, key=lambda row: row[0].count("{")):
        pattern = re.sub(r"\\{(\w+)\\}", lambda slot: f"(?P<{slot[1]}>{SLOTS.get(slot[1], '.+?')})", re.escape(first))
        table.append((re.compile(pattern), more, held_out))
    return table


def trained_lines() -> list[str]:
    """The phrasings of ``LINES`` that training may use, with their {slots}."""
    return [part.strip() for line in LINES.split("\n") if line for part in line.split(" | ")[:-1]]


def rephrase(rng: Random, split: Split, question: Question) -> tuple[str, bool]:
    """The question in one of all its phrasings, and whether it is the one that training never sees.

    Raises ``LookupError`` for a question that no line belongs to.
    """
    for pattern, more, held_out in _table():
        slots = pattern.fullmatch(question.phrasings[0])
        if slots:
            new = rng.random() < split.new_phrasings
            text = held_out if new else rng.choice([*question.phrasings, *more])
            return (text.format(**slots.groupdict()) if new or text in more else text), new
    raise LookupError(f"No line of rephrase.py begins with: {question.phrasings[0]}")
