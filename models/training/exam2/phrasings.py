"""How the visual vocabulary is asked about.

Of every intent the last phrasing is asked in the examination only. Training code asks through ``ask`` with the split
``TRAIN``, which never chooses it.
"""

from __future__ import annotations

from random import Random

from .styles import Split

INTENTS: dict[str, tuple[str, ...]] = {
    "name": ("What is this?", "Which thing is shown?", "What does the picture show?", "Name the object.", "What is the thing in the picture called?", "Which object am I looking at?"),
    "caption": ("Describe the picture.", "What do you see?", "Give a short caption.", "What is in the picture?", "Write one sentence about the picture."),
    "exists": ("Is there {thing}?", "Do you see {thing}?", "Does the picture show {thing}?", "Is {thing} in the picture?", "Could you spot {thing} here?"),
    "count all": ("How many things are there?", "How many objects do you see?", "Count the objects.", "What is the number of objects?", "Tell me how many things you can find."),
    "count kind": ("How many {things} are there?", "How many {things} do you see?", "Count the {things}.", "What is the number of {things}?", "Tell me how many {things} you can find."),
    "where": ("Where is the {name}?", "In which part of the picture is the {name}?", "Where do you see the {name}?", "What is the position of the {name}?", "Tell me where the {name} is."),
    "at": ("What is in the {place}?", "Which object is in the {place}?", "Name the object in the {place}.", "What do you see in the {place}?", "Tell me what the {place} shows."),
    "beside": ("What is {side} the {name}?", "Which object is {side} the {name}?", "Name the object {side} the {name}.", "What do you see {side} the {name}?", "Tell me what is {side} the {name}."),
    "unanswerable": ("Who drew this?", "How old is it?", "How much does it cost?", "Who is the owner?", "When was the picture taken?", "Which country does it come from?"),
    "symbol": ("What does this symbol mean?", "Which warning light is this?", "Name the symbol.", "What is this dashboard symbol?", "Tell me what this light stands for."),
    "lit which": ("Which warning light is on?", "Which symbol is lit?", "What does the dashboard warn about?", "Which light is lit?", "Tell me which light has come on."),
    "lit": ("Is the {name} light on?", "Does the {name} light show?", "Do you see the {name} warning light?", "Is the {name} symbol lit?", "Has the {name} light come on?"),
    "lit count": ("How many warning lights are on?", "Count the warning lights.", "How many lights are lit?", "What is the number of warning lights?", "Tell me how many lights have come on."),
    "lit color": ("What color is the {name} light?", "What colour is the {name} symbol?", "Which color does the {name} light have?", "Tell me the color of the {name} light.", "In which color is the {name} light lit?"),
    "sign text": ("What does the sign say?", "Read the sign.", "What is written on the sign?", "Which word is on the sign?", "Tell me the text of the sign."),
    "number": ("Which number is on the sign?", "What number does the sign show?", "Read the number.", "What number do you see?", "Tell me the number on the sign."),
    "time": ("What time does the clock show?", "Read the time.", "What time is shown?", "Which time do you see?", "Tell me the time on the display."),
    "sign color": ("What color is the sign?", "What colour is the sign?", "Which color does the sign have?", "Tell me the color of the sign.", "In which color is the sign painted?"),
}  # fmt: skip


def ask(rng: Random, split: Split, intent: str, **slots: str) -> tuple[str, bool]:
    """A question, and whether it is phrased as training never does."""
    *trained, held_out = INTENTS[intent]
    new = rng.random() < split.new_phrasings
    return (held_out if new else rng.choice(trained)).format(**slots), new
