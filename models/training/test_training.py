"""What the training relies on: words and pieces, places of things, quantizers that change nothing but the grids.

    python3 -m unittest discover -s models/training
"""

from __future__ import annotations

import json
import re
import unittest
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import torch

from exam2.boards import BOARD, SHARES
from exam2.concepts import load_concepts
from exam2.phrasings import INTENTS
from exam2.several import make_crowd, place_name
from exam2.styles import SEEN_STYLES, TRAIN, UNSEEN_STYLE
from exam2.training import BOARDS, make_training_picture
from nano_config import nano_config
from network import AutoNeural
from quantization_aware import QuantizedModel
from start import continue_from, master_weights
from things import CODES, cover, thing_table
from packing import SEQUENCE_LENGTH, Codec
from stages import BUDGETS, Kind
from steps import noted_conversation
from train import begin_control
from vocabulary import build_tokenizer, build_vocabulary, unasked_words

SHIPPED = Path(__file__).resolve().parents[1] / "autoneural-nano"


def codec_of(vocabulary: dict[str, int]) -> Codec:
    """Questions and answers encoded with one vocabulary."""
    return Codec(build_tokenizer(vocabulary), build_tokenizer(vocabulary, lowercase=False))


class Words(unittest.TestCase):
    """The vocabulary grows behind what is known."""

    def test_ids(self) -> None:
        """Every word of the shipped tokenizer keeps its id if the vocabulary begins with the scenes' words."""
        small, large = build_vocabulary(), build_vocabulary(None)
        shipped = json.loads((SHIPPED / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
        self.assertGreater(len(large), len(small))
        self.assertTrue(all(small[word] == index for word, index in shipped.items()))

    def test_answers(self) -> None:
        """What the model writes is shown as the examination expects it."""
        codec = codec_of(build_vocabulary(None))
        for answer in ("23:55", "T-shirt", "A sailboat.", "French fries", "I can't tell", "B6", "STOP", "Four-leaf clover"):
            ids = codec.turn("What is this?", answer).answer
            self.assertNotIn(codec.ids["<unk>"], ids)
            self.assertEqual(codec.questions.decode(ids), answer)

    def test_questions(self) -> None:
        """No trained phrasing has an unknown word."""
        codec = codec_of(build_vocabulary())
        for *trained, _ in INTENTS.values():
            for text in trained:
                filled = text.format(thing="a dog", things="dogs", name="dog", place="top left", side="left of")
                self.assertNotIn(codec.ids["<unk>"], codec.turn(filled, "Yes").question, filled)


    def test_rewording(self) -> None:
        """Only words that carry little go, what comes is unknown or unasked, and nothing that comes negates."""
        vocabulary = build_vocabulary()
        unasked = unasked_words()
        codec = Codec(build_tokenizer(vocabulary), build_tokenizer(vocabulary, lowercase=False), unasked)
        question = codec.turn("Which color has the shirt of the person on the left?", "Red").question
        carrying = [token for token in question if token not in codec.filler]
        may_come = {vocabulary[word] for word in unasked} | {vocabulary["<unk>"]}
        self.assertFalse({"not", "no", "without", "user"} & set(unasked))
        seen = [codec.vary_question(question, Random(seed)) for seed in range(400)]
        self.assertGreater(len({tuple(ids) for ids in seen}), 50)
        for ids in seen:
            kept = [token for token in ids if token in carrying]
            self.assertTrue(set(carrying[:-1]) <= set(kept), ids)
            self.assertTrue(set(ids) <= set(question) | may_come | {token for opener in codec.openers for token in opener}, ids)

    def test_many_turns(self) -> None:
        """Notes about a picture with many questions leave room for what is asked about them."""
        codec = codec_of(build_vocabulary())
        turns = [codec.turn(f"Which object is to the {side} of the {name}?", "A sailboat") for side in ("left", "right") for name in "abcdefghijklm"]
        ids, weights = noted_conversation(codec, turns, Random(0))
        self.assertEqual((len(ids), len(weights)), (SEQUENCE_LENGTH,) * 2)
        self.assertGreater((weights > 0).sum(), 3)


class Control(unittest.TestCase):
    """The last stage without its grids goes on from where a whole run stood."""

    def test_without_run(self) -> None:
        """Without that run it says so, and leaves nothing that a second try would take for a run."""
        with TemporaryDirectory() as folder:
            run = Path(folder) / "run-smoke-0"
            for _ in range(2):
                with self.assertRaisesRegex(SystemExit, "without --control"):
                    begin_control(run, BUDGETS["smoke"])
            self.assertEqual(list(Path(folder).iterdir()), [])

    def test_start(self) -> None:
        """It begins with the checkpoint before the last stage, and goes on with its own if it has one."""
        with TemporaryDirectory() as folder:
            run = Path(folder) / "run-smoke-0"
            run.mkdir()
            (run / "after-3-mix.pt").write_text("before")
            control, budget = begin_control(run, BUDGETS["smoke"])
            self.assertEqual((control / "checkpoint.pt").read_text(), "before")
            self.assertEqual([stage.kind for stage in budget.stages[-2:]], [Kind.MIX, Kind.MIX])
            (control / "checkpoint.pt").write_text("later")
            self.assertEqual((begin_control(run, BUDGETS["smoke"])[0] / "checkpoint.pt").read_text(), "later")


class Boards(unittest.TestCase):
    """Pictures that say much at once keep to the split."""

    def test_pictures(self) -> None:
        """Every kind comes, and none in the style, with the phrasings or beyond the concepts of the training."""
        concepts = {concept.name for concept in load_concepts("core")}
        held_out = [re.sub(r"\\{\w+\\}", ".+", re.escape(last)) for *_, last in INTENTS.values()]
        kinds = set()
        for index in range(24):
            picture = make_training_picture(index, 0, "core", BOARDS, "boards2")
            names = [thing.value for thing in picture.things if thing.code == "name"]
            self.assertTrue(set(names) <= concepts)
            self.assertNotEqual(picture.style, UNSEEN_STYLE)
            for asked in picture.questions:
                self.assertFalse(any(re.fullmatch(pattern, asked.text) for pattern in held_out), asked.text)
            for thing in picture.things:
                self.assertTrue(all(-0.05 <= edge <= 1.05 for edge in thing.box), thing)
            kinds.add("grid" if picture.style == BOARD else "large" if len(names) == 1 else "crowd")
        self.assertEqual(kinds, set(SHARES))

    def test_crowd(self) -> None:
        """What is said to be at a place is drawn there, and nothing else is."""
        style = SEEN_STYLES[0]
        drawable = [concept for concept in load_concepts("core") if concept.drawings[style]]
        for seed in range(8):
            picture = make_crowd(Random(seed), TRAIN, drawable, style)
            shown = {place_name((int(3 * (t.box[1] + t.box[3]) / 2), int(3 * (t.box[0] + t.box[2]) / 2))).lower(): t.value for t in picture.things}
            told = {place: asked.answers[0].lower() for asked in picture.questions if asked.kind == "at" for place in shown if f"the {place}" in asked.text}
            self.assertEqual(told, {place: name.lower() for place, name in shown.items()})


class Places(unittest.TestCase):
    """Boxes are read where they are."""

    def test_cover(self) -> None:
        """A box over half of the upper left cell and half of its right neighbour."""
        weights = cover(torch.tensor([0.25, 0.0, 0.75, 0.5]), 2)
        self.assertEqual(weights.tolist(), [0.5, 0.5, 0.0, 0.0])

    def test_table(self) -> None:
        """One thing, and rows of nothing."""
        table = thing_table([("color", "red", (0.0, 0.0, 1.0, 1.0))])
        self.assertEqual(CODES[int(table[0, 0])], "color")
        self.assertTrue((table[1:, 0] == -1).all())


class Quantizers(unittest.TestCase):
    """The quantized model is the model, on grids."""

    def setUp(self) -> None:
        """A model with random weights, one picture and a sequence."""
        torch.manual_seed(0)
        self.model = AutoNeural(nano_config(50, 3)).eval()
        self.pixels, self.words = torch.rand(1, 3, 128, 128), torch.randn(1, 12, 128)

    def run_model(self, logits=None) -> list[torch.Tensor]:
        """Features, embeddings and logits."""
        features = self.model.encode_image(self.pixels)
        embeddings = torch.cat([self.model.multi_modal_projector(features), self.words], 1)
        hidden = self.model.language_model(inputs_embeds=embeddings, use_cache=False).last_hidden_state
        return [features, embeddings, (logits or self.model.logits)(hidden)]

    @torch.no_grad()
    def test_stages(self) -> None:
        """Watching changes nothing, frozen the noise is that of 8 and 4 bits, released nothing is left."""
        plain = self.run_model()
        names = list(self.model.state_dict())
        quantized = QuantizedModel(self.model)
        for before, watched in zip(plain, self.run_model(quantized.logits)):
            torch.testing.assert_close(watched, before, rtol=1e-3, atol=1e-4)
        quantized.freeze()
        self.assertEqual(sorted(master_weights(self.model.state_dict())), sorted(names))
        snapped = self.run_model(quantized.logits)
        noise = [10 * torch.log10(x.square().sum() / (x - q).square().sum()).item() for x, q in zip(plain, snapped)]
        self.assertTrue(25 < noise[0] < 60, noise)
        self.assertTrue(8 < noise[2] < 35, noise)
        quantized.release()
        for before, after in zip(plain, self.run_model()):
            self.assertTrue(torch.equal(before, after))

    def test_start(self) -> None:
        """Known words keep their embedding in a larger vocabulary, everything else its weights."""
        vocabulary = build_vocabulary()
        codec = codec_of(vocabulary)
        larger = AutoNeural(nano_config(len(vocabulary), vocabulary["<image>"]))
        earlier = AutoNeural(nano_config(len(vocabulary), vocabulary["<image>"]))
        continue_from(larger, earlier, build_tokenizer(vocabulary), codec)
        for name, value in earlier.state_dict().items():
            torch.testing.assert_close(larger.state_dict()[name], value)


if __name__ == "__main__":
    unittest.main()
