"""What the training relies on: words and pieces, places of things, quantizers that change nothing but the grids.

    python3 -m unittest discover -s models/training
"""

from __future__ import annotations

import json
import unittest
from pathlib import Path

import torch

from exam2.phrasings import INTENTS
from nano_config import nano_config
from network import AutoNeural
from quantization_aware import QuantizedModel
from start import continue_from, master_weights
from things import CODES, cover, thing_table
from packing import Codec
from vocabulary import build_tokenizer, build_vocabulary

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
