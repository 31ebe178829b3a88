"""The grids of training against those of onnxruntime.quantization, as test/fixtures/golden/quantization.json has them.

    python3 -m unittest discover -s models/training
"""

from __future__ import annotations

import json
import unittest
from pathlib import Path

import torch

from fake_quantization import ActivationGrid, fake_weights

GOLDEN = json.loads((Path(__file__).resolve().parents[2] / "test" / "fixtures" / "golden" / "quantization.json").read_text("utf-8"))


class FakeQuantization(unittest.TestCase):
    """Weights and activations land where ONNX Runtime's quantizer puts them."""

    def test_weights(self) -> None:
        """Symmetric weights, a scale a channel, of 4 and 8 bits."""
        weights = torch.tensor(GOLDEN["weights"]["values"]).reshape(GOLDEN["weights"]["dims"])
        cases = [case for case in GOLDEN["weights"]["cases"] if case["symmetric"] and case["axis"] == 0 and case["granularity"] == "channel" and case["bits"] in (4, 8)]
        self.assertEqual(len(cases), 2)
        for case in cases:
            scales = torch.tensor(case["scales"]).view(-1, *[1] * (weights.ndim - 1))
            expected = torch.tensor(case["quantized"]).reshape(weights.shape) * scales
            torch.testing.assert_close(fake_weights(weights, case["bits"]), expected, rtol=1e-6, atol=0)

    def test_activations(self) -> None:
        """An unsigned 16-bit grid: every multiple of the scale is kept, what lies between goes to the nearest."""
        cases = [(low, high, scale, zero) for low, high, bits, signed, symmetric, scale, zero in GOLDEN["ranges"] if bits == 16 and not signed and not symmetric]
        self.assertGreater(len(cases), 10)
        for low, high, scale, zero in cases:
            if high <= low:
                continue
            grid = ActivationGrid()
            grid(torch.tensor([low, high]))
            grid.freeze()
            steps = torch.arange(max(0, zero - 9), zero + 9, dtype=torch.float32).clamp(0, 65535) - zero
            values = (steps + 0.3) * scale
            inside = values.clamp(min(low, 0), max(high, 0))
            expected = (inside / scale).round() * scale
            torch.testing.assert_close(grid(values), expected, rtol=1e-5, atol=float(scale) * 1e-3)

    def test_gradients(self) -> None:
        """Straight through within the range, none outside."""
        grid = ActivationGrid()
        grid(torch.tensor([-1.0, 1.0]))
        grid.freeze()
        x = torch.tensor([-2.0, 0.3, 2.0], requires_grad=True)
        grid(x).sum().backward()
        self.assertEqual(x.grad.tolist(), [0.0, 1.0, 0.0])
        weights = torch.randn(4, 7, requires_grad=True)
        fake_weights(weights, 4).sum().backward()
        self.assertTrue(torch.equal(weights.grad, torch.ones(4, 7)))

    def test_pinned(self) -> None:
        """A pinned range does not follow what passes."""
        grid = ActivationGrid((0.0, 1.0))
        grid(torch.tensor([0.2, 0.4]))
        self.assertEqual((grid.low.item(), grid.high.item()), (0.0, 1.0))


if __name__ == "__main__":
    unittest.main()
