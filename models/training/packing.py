"""Turns questions and answers into token ids: batches for stage 0 and packed conversations for the joint stage."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from tokenizers import Tokenizer

from dataset import CAPTION_PROMPTS
from nano_config import BOS, EOS, IMAGE_TOKENS, PAD

QUESTION_LENGTH = 20
ANSWER_SLOTS = 4
SEQUENCE_LENGTH = 168
USUAL_TURNS = 6
# Words whose loss leaves a question understandable: replacing them teaches <unk>.
FILLER = "the a is do does you see of there are in this show tell me what to have has which".split()
# Questions whose answer is spelled out in the picture: speed, temperature, zone.
GLYPHS = re.compile(r"\b(speed|fast|temperature|warm|sign|zone|letter|parking number|park\?)")
OPENERS = ["please", "hello,", "hi,", "please tell me:", "can you tell me:", "tell me:", "question:", "ok,"]


@dataclass
class Turn:
    """One question with its answer as the model writes it and as a chat history would spell it."""

    question: list[int]
    answer: list[int]
    echo: list[int]
    is_caption: bool
    reads_glyphs: bool


class Codec:
    """Token ids of the conversation format, with memory for repeated texts.

    ``unasked`` are words that people may type and no training question has.
    """

    def __init__(self, questions: Tokenizer, answers: Tokenizer, unasked: Sequence[str] = ()):
        self.questions = questions
        self.answers = answers
        self.ids = questions.get_vocab()
        self.unasked = [self.ids[word] for word in unasked]
        self.filler = {self.ids[word] for word in FILLER}
        self.openers = [self._encode(questions, text) for text in OPENERS]
        start, end = self.ids["<|im_start|>"], EOS
        image = [self.ids["<|image_start|>"], *[self.ids["<image>"]] * IMAGE_TOKENS, self.ids["<|image_end|>"]]
        self.opening = [BOS, start, self.ids["user"], *image]
        self.to_assistant = [end, start, self.ids["assistant"]]
        self.to_user = [start, self.ids["user"]]
        self.image_at = self.opening.index(self.ids["<image>"])
        self._turns: dict[tuple[str, str], Turn] = {}

    @staticmethod
    def _encode(tokenizer: Tokenizer, text: str) -> list[int]:
        return tokenizer.encode(text, add_special_tokens=False).ids

    def turn(self, question: str, answer: str) -> Turn:
        """The encoded turn."""
        key = (question, answer)
        if key not in self._turns:
            self._turns[key] = Turn(
                self._encode(self.questions, question), self._encode(self.answers, answer),
                self._encode(self.questions, answer), question in CAPTION_PROMPTS, GLYPHS.search(question.lower()) is not None,
            )
        return self._turns[key]

    def vary_question(self, ids: list[int], rng: Random) -> list[int]:
        """The question as hurried or polite people type it: no question mark, words left out or unusual, an opener."""
        ids = list(ids)
        if rng.random() < 0.15:
            ids = ids[:-1]
        if rng.random() < 0.3:
            ids = self._reworded(ids, rng)
        if rng.random() < 0.08:
            ids = rng.choice(self.openers) + ids
        return ids[:QUESTION_LENGTH]

    def _reworded(self, ids: list[int], rng: Random) -> list[int]:
        """The words that carry the question, some of the others gone and some in unusual company.

        Unusual are ``<unk>`` and words that no training question has: without meeting them here their embeddings
        would stay what they were in the beginning, and be louder than the words that matter.
        """
        words = []
        for token in ids:
            fate = rng.random() if token in self.filler else 1.0
            if fate > 0.25:
                words.append(self._unusual(rng) if fate < 0.5 else token)
            if rng.random() < 0.06:
                words.append(self._unusual(rng))
        return words or ids

    def _unusual(self, rng: Random) -> int:
        return rng.choice(self.unasked) if self.unasked and rng.random() < 0.6 else self.ids["<unk>"]

    def notes(self, turns: list[Turn], rng: Random) -> list[int]:
        """A first message without a picture: what was asked and answered about one, in any order."""
        ids = [BOS, self.to_user[0], self.ids["user"]]
        for turn in rng.sample(turns, len(turns)):
            ids += [*turn.question, *turn.echo]
        return ids

    def prompt(self, question: str) -> list[int]:
        """Ids of a first turn, ready for the answer: exactly what the chat template gives."""
        return [*self.opening, *self._encode(self.questions, question), *self.to_assistant]


def stage0_batch(codec: Codec, pictures: list[list[Turn]], per_picture: int, rng: Random) -> tuple[np.ndarray, np.ndarray]:
    """Question ids [B, Q, L] and answer slots [B, Q, 4] (-100 where nothing is asked)."""
    questions = np.full((len(pictures), per_picture, QUESTION_LENGTH), PAD, np.int64)
    slots = np.full((len(pictures), per_picture, ANSWER_SLOTS), -100, np.int64)
    for row, turns in enumerate(pictures):
        short = [turn for turn in turns if not turn.is_caption]
        reading = [turn for turn in short if turn.reads_glyphs]
        others = [turn for turn in short if not turn.reads_glyphs]
        # Glyphs are learned last: questions that need them are asked whenever the picture has one.
        chosen = (reading + rng.sample(others, len(others)))[:per_picture]
        for column, turn in enumerate(chosen):
            ids = codec.vary_question(turn.question, rng)
            questions[row, column, : len(ids)] = ids
            target = [*turn.answer, EOS][:ANSWER_SLOTS]
            slots[row, column, : len(target)] = target
    return questions, slots


def conversation(codec: Codec, turns: list[Turn], rng: Random, opening: list[int] | None = None, plain: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """One packed conversation of ``SEQUENCE_LENGTH`` ids and the loss weight of predicting each of them.

    A caption would give away later answers, so it mostly comes last. Some earlier answers are spelled as a
    re-encoded history spells them, without loss, so that follow-up questions work in both ways; ``plain`` leaves this
    and the variation of questions out. ``opening`` stands in place of the picture's tokens.
    """
    captions = [turn for turn in turns if turn.is_caption]
    order = rng.sample([t for t in turns if not t.is_caption], len(turns) - len(captions))
    order = captions + order if rng.random() < 0.25 else order + captions
    # Between counting every question and every picture alike: a picture of one thing has two questions, a scene nine.
    share = (USUAL_TURNS / max(1, len(order))) ** 0.5
    ids = list(codec.opening if opening is None else opening)
    weights = [0.0] * len(ids)
    for index, turn in enumerate(order):
        echoed = not plain and rng.random() < 0.06
        answer = turn.echo if echoed else turn.answer
        question = turn.question[:QUESTION_LENGTH] if plain else codec.vary_question(turn.question, rng)
        head = ([] if index == 0 else codec.to_user) + question + codec.to_assistant
        if len(ids) + len(head) + len(answer) + 1 > SEQUENCE_LENGTH:
            continue
        weight = 0.0 if echoed else share * (len(answer) + 1) ** -0.5
        ids += [*head, *answer, EOS]
        weights += [0.0] * len(head) + [weight] * (len(answer) + 1)
    padding = SEQUENCE_LENGTH - len(ids)
    return np.array(ids + [PAD] * padding), np.array(weights + [0.0] * padding, np.float32)
