"""Every word that a training picture of the visual vocabulary can ask or answer with; nothing is drawn for it.

Phrasings that only the examination has are left out: their words are known where something else brings them.
"""

from __future__ import annotations

from scenes.canvas import CANT_TELL, COLORS

from .concepts import capital, table_names, with_article
from .phrasings import INTENTS
from .reading import WORDS
from .rephrase import trained_lines
from .several import COLUMNS, NUMBERS, ROWS, SIDES, UNCOUNTED, place_name, plural
from .telltales import telltales


def vocabulary_words(level: str | None) -> tuple[list[str], list[str]]:
    """Texts that hold all words of the questions, and texts that hold all words of the answers as they are written.

    ``level`` is that of the concepts to be trained, None for all: a word that is never trained is better unknown.
    """
    names = table_names(level)
    symbols = [symbol.name for symbol in telltales()]
    phrasings = [text for *trained, _ in INTENTS.values() for text in trained]
    questions = [*phrasings, *trained_lines(), *SIDES, *(symbol.spoken for symbol in telltales())]
    questions += [text for name in names for text in (name, with_article(name), *([] if name in UNCOUNTED else [plural(name)]))]
    places = [place_name((row, column)) for row in range(len(ROWS)) for column in range(len(COLUMNS))]
    questions += [place.lower() for place in places]
    answers = [CANT_TELL, "Nothing", *NUMBERS, *places, *WORDS.split(), *map(capital, [*COLORS, *symbols, *names])]
    articles = [with_article(name) for name in names]
    return questions, [*answers, *articles, *(f"{capital(name)} and a." for name in articles)]
