"""From checkpoints to the table: quantization errors and accuracy of Nano's encoder and its ViT twin.

    npm run build
    PYTHONPATH=models/training python3 -m twins.measure_twins --work /tmp/twins --out models/training/twins/results

Errors are those of ``cli -- quantize inspect``, accuracy under quantization that of the graphs of ``cli -- quantize
apply`` in ONNX Runtime. Measured parts are kept in WORK/measured: called again, only what is missing is measured.
"""

from __future__ import annotations

import argparse
import datetime
import json
from pathlib import Path

import numpy as np

from twins import accuracy
from twins.encoders import load_encoder
from twins.graphs import apply_scheme, build_graph, cli, encoder_of_nano, inspect, parity
from twins.heatmap import write_heatmap
from twins.machine import machine
from twins.material import FEW, Material, prepare
from twins.outliers import summary
from twins.subjects import Subject, read_curve, subjects_of
from twins.table import write_table
from twins.units import by_kind, causes

SCHEMES = ["w8a16", "w8a8", "w4a16"]
PARTS = ["w8", "w4", "a16", "a8"]
# The NPU of the paper's figures (SA8295P): the second operand of a product of two activations has 8 bits there.
PAPERS_NPU = "v68"
CAUSE_SCHEMES = ["w8a8", "w8a16"]
PARITY_PICTURES = 8
# What is measured of which subjects, the most telling first.
STAGE_PARTS = {
    "trained": ["parity", "errors", "accuracy", "outliers", "causes", "fewer"],
    "tuned": ["parity", "errors", "accuracy", "outliers"],
    "equal": ["parity", "errors"],
}


def output_errors(report: dict) -> dict[str, dict]:
    """SQNR and RMS error at the encoder's output, by scheme."""
    outputs = report["graphs"][0]["output"]
    return {each["scheme"]: {"sqnrDb": round(each["sqnrDb"], 2), "rmsPercent": round(each["rmsPercent"], 3)} for each in outputs}


def varying_sqnr(features: np.ndarray, quantized: np.ndarray) -> float:
    """SQNR, dB, of what differs between pictures: both less their mean over the pictures."""
    signal, noise = features - features.mean(0), (features - quantized) - (features - quantized).mean(0)
    return round(float(10 * np.log10((signal.astype(np.float64) ** 2).sum() / (noise.astype(np.float64) ** 2).sum())), 2)


class Run:
    """One subject's way through the parts of the measurement; its graph is built once."""

    def __init__(self, subject: Subject, folder: Path):
        self.subject, self.folder = subject, folder

    @property
    def graph(self) -> Path:
        """The encoder's graph."""
        path = self.folder / "built" / "onnx" / "vision_encoder.onnx"
        return path if path.exists() else build_graph(self.subject.kind, self.subject.weights, self.folder)

    def parity(self, material: Material) -> dict:
        """How far the graph's features are from PyTorch's."""
        pixels = material.evaluation[:PARITY_PICTURES]
        features = accuracy.features_of(self.graph, pixels)
        return {"parity": parity(self.subject.kind, self.subject.weights, features, pixels)}

    def errors(self, material: Material) -> dict:
        """At the output, behind every kind of unit, and behind every unit."""
        schemes = SCHEMES + (PARTS if self.subject.stage == "trained" else [])
        report = inspect(self.graph, schemes, material.samples["all"])
        layers = report["graphs"][0]["layers"]
        found = {"calibration": report["calibration"], "output": output_errors(report), "units": {each: by_kind(layers, each) for each in SCHEMES}}
        found["operators"] = {layer["layer"]: layer["op"] for layer in layers}
        found["layers"] = {layer["layer"]: {each["scheme"]: rounded(each["sqnrDb"]) for each in layer["results"]} for layer in layers}
        return found

    def outliers(self, material: Material) -> dict:
        """Where activations are large."""
        encoder = load_encoder(self.subject.kind, self.subject.weights)
        return {"outliers": summary(self.subject.kind, encoder, material.evaluation)}

    def accuracy(self, material: Material) -> dict:
        """Answers and facts right in percent, and the SQNR of the varying part, in floating point and by scheme."""
        subject, graph = self.subject, self.graph
        heads = accuracy.load_heads(subject.kind, subject.heads, material.vocabulary, material.fact_sizes)
        split, tested, exam = material.batch.pixels.numpy(), material.evaluation, material.examination
        reference = accuracy.features_of(graph, tested)
        found: dict[str, dict] = {}
        for scheme in ["float", *(SCHEMES if subject.stage == "trained" else SCHEMES[:1])]:
            used = graph if scheme == "float" else apply_scheme(graph, scheme, material.samples["short"], self.folder / scheme)
            found[scheme] = accuracy.percent_right(heads, accuracy.features_of(used, split), material.batch)
            found[scheme]["examination"] = exam.percent_right(heads.answers, accuracy.features_of(used, exam.pixels), material.codec)
            if scheme != "float":
                found[scheme]["varyingSqnrDb"] = varying_sqnr(reference, accuracy.features_of(used, tested))
        grey = accuracy.features_of(graph, np.full_like(split[:1], 128 / 255)).repeat(len(split), 0)
        found["float"]["greyAnswers"] = accuracy.percent_right(heads, grey, material.batch)["answers"]
        return {"accuracy": found}

    def fewer(self, material: Material) -> dict:
        """Ranges from fewer pictures, and the limits of the NPU of the paper's figures."""
        few = inspect(self.graph, SCHEMES, material.samples["few"])
        npu = inspect(self.graph, SCHEMES[:1], material.samples["all"], htp=PAPERS_NPU)
        return {"fewCalibration": output_errors(few), "papersNpu": output_errors(npu)}

    def causes(self, material: Material) -> dict:
        """Kinds of units quantized alone."""
        operators = json.loads(self.kept("errors").read_text("utf-8"))["operators"]
        samples = material.samples["short"]
        return {"causes": {scheme: causes(self.graph, operators, scheme, samples, self.folder) for scheme in CAUSE_SCHEMES}}

    def kept(self, part: str) -> Path:
        """Where a part is kept."""
        return self.folder.parent.parent / "measured" / f"{self.subject.name}.{part}.json"

    def measure(self, part: str, material: Material) -> None:
        """Measures a part unless it is kept."""
        path = self.kept(part)
        if not path.exists():
            found = getattr(self, part)(material)
            path.write_text(json.dumps(found) + "\n", encoding="utf-8")
            print(f"measured {path.stem}", flush=True)

    def figures(self) -> dict:
        """All parts that are there."""
        subject = self.subject
        found = {"kind": subject.kind, "seed": subject.seed, "stage": subject.stage, "record": subject.record}
        for part in STAGE_PARTS[subject.stage]:
            if self.kept(part).exists():
                found |= json.loads(self.kept(part).read_text("utf-8"))
        return found


def measure_shipped(work: Path, material: Material) -> dict:
    """The errors of the shipped Nano's encoder with the same pictures: what a longer training leads to."""
    graph = build_graph("conv", encoder_of_nano(work / "shipped.safetensors"), work / "graphs" / "shipped")
    report = inspect(graph, SCHEMES, material.samples["all"])
    return {"model": report["model"], "output": output_errors(report)}


def rounded(decibels: float | None) -> float | None:
    """Two digits."""
    return None if decibels is None else round(decibels, 2)


def measure_all(runs: list[Run], work: Path, material: Material) -> None:
    """Part after part of every run, then the shipped encoder."""
    for part in STAGE_PARTS["trained"]:
        for run in runs:
            if part in STAGE_PARTS[run.subject.stage]:
                run.measure(part, material)
    shipped = work / "measured" / "shipped.json"
    if not shipped.exists():
        shipped.write_text(json.dumps(measure_shipped(work, material)) + "\n", encoding="utf-8")


def results_of(runs: list[Run], work: Path, pictures: dict[str, int]) -> dict:
    """Everything that is measured, with what it was measured on."""
    tuned = [run.subject for run in runs if run.subject.stage == "tuned"]
    shipped = work / "measured" / "shipped.json"
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine(),
        "version": cli("--version").strip(),
        "pictures": pictures,
        "plan": json.loads((work / "plan.json").read_text("utf-8")),
        "tuning": {subject.name: json.loads(subject.weights.with_name("qat.json").read_text("utf-8")) for subject in tuned},
        "curves": [record for subject in tuned for record in read_curve(work, subject.kind, subject.seed)],
        "shipped": json.loads(shipped.read_text("utf-8")) if shipped.exists() else {"output": {}},
        "subjects": [run.figures() for run in runs],
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="that of train_twins")
    parser.add_argument("--cache", type=Path, help="folder of the drawn pictures (default: inside --work)")
    parser.add_argument("--out", type=Path, required=True, help="folder of results.json, results.md and heatmap.png")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--calibration", type=int, default=256)
    parser.add_argument("--evaluation", type=int, default=192)
    parser.add_argument("--held-out", type=int, default=256, help="pictures that accuracy is read from")
    parser.add_argument("--report", action="store_true", help="only write the tables anew from what is measured")
    given = parser.parse_args()
    subjects = [subject for seed in given.seeds.split(",") for subject in subjects_of(given.work, int(seed))]
    if not subjects:
        parser.error("no seed is trained to its end in --work")
    (given.work / "measured").mkdir(exist_ok=True)
    runs = [Run(subject, given.work / "graphs" / subject.name) for subject in subjects]
    if not given.report:
        cache = given.cache or next(given.work.glob("pictures-0-*"))
        material = prepare(given.work, cache, (given.calibration, given.evaluation, given.held_out))
        measure_all(runs, given.work, material)
    pictures = {"calibration": given.calibration, "few": FEW, "evaluation": given.evaluation, "heldOut": given.held_out}
    results = results_of(runs, given.work, pictures)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    write_table(results, given.out / "results.md")
    write_heatmap(results["subjects"], given.out / "heatmap.png")


if __name__ == "__main__":
    main()
