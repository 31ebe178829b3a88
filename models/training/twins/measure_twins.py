"""From checkpoints to the table: quantization errors and accuracy of Nano's encoder and its ViT twin.

    npm run build
    PYTHONPATH=models/training python3 -m twins.measure_twins --work /tmp/twins --out models/training/twins/results

Errors are those of ``cli -- quantize inspect``, accuracy under quantization that of the graphs of ``cli -- quantize
apply`` in ONNX Runtime. Measured subjects are kept in WORK/measured: called again, only what is missing is measured.
"""

from __future__ import annotations

import argparse
import datetime
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dataset import load_facts
from packing import Codec
from twins import accuracy
from twins.encoders import KINDS, load_encoder
from twins.graphs import ROOT, apply_scheme, build_graph, check_parity, cli, encoder_of_nano, inspect, write_samples
from twins.heatmap import write_heatmap
from twins.machine import machine
from twins.outliers import summary
from twins.pictures import accuracy_batch, draw_split, make_codec, to_tensor
from twins.stage0 import Batch
from twins.subjects import Subject, read_curve, subjects_of
from twins.table import write_table
from twins.units import by_kind, causes

SCHEMES = ["w8a16", "w8a8", "w4a16"]
PARTS = ["w8", "w4", "a16", "a8"]
FEW = 64
# The NPU of the paper's figures (SA8295P): the second operand of a product of two activations has 8 bits there.
PAPERS_NPU = "v68"
CAUSE_SCHEMES = ["w8a8", "w8a16"]
PARITY_PICTURES = 8


@dataclass
class Material:
    """Pictures and questions that every subject is measured with."""

    evaluation: np.ndarray
    samples: dict[str, Path]
    batch: Batch
    fact_sizes: list[int]
    codec: Codec
    vocabulary: int
    examination: accuracy.Examination


def floats(pixels: np.ndarray) -> np.ndarray:
    """Bytes [N, S, S, 3] to [N, 3, S, S] in 0..1."""
    return to_tensor(pixels).numpy()


def prepare(work: Path, cache: Path, counts: tuple[int, int, int]) -> Material:
    """Draws the splits and writes the folders of samples: all, few to calibrate with, and few to evaluate with."""
    calibration, evaluation, held_out = counts
    seen, tested = floats(draw_split("calibration", calibration)[0]), floats(draw_split("evaluation", evaluation)[0])
    samples = {
        "all": write_samples(work / "samples", seen, tested),
        "few": write_samples(work / "samples-few", seen[:FEW], tested),
        "short": write_samples(work / "samples-short", seen, tested[: -(-calibration // 3)]),
    }
    codec, vocabulary = make_codec()
    examination = accuracy.Examination(ROOT / "test" / "fixtures" / "heldout")
    return Material(tested, samples, accuracy_batch(cache, codec, held_out), load_facts(cache)[1], codec, vocabulary, examination)


def output_errors(report: dict) -> dict[str, dict]:
    """SQNR and RMS error at the encoder's output, by scheme."""
    outputs = report["graphs"][0]["output"]
    return {each["scheme"]: {"sqnrDb": round(each["sqnrDb"], 2), "rmsPercent": round(each["rmsPercent"], 3)} for each in outputs}


def varying_sqnr(features: np.ndarray, quantized: np.ndarray) -> float:
    """SQNR, dB, of what differs between pictures: both less their mean over the pictures."""
    signal, noise = features - features.mean(0), (features - quantized) - (features - quantized).mean(0)
    return round(float(10 * np.log10((signal.astype(np.float64) ** 2).sum() / (noise.astype(np.float64) ** 2).sum())), 2)


def accuracies(subject: Subject, graph: Path, schemes: list[str], material: Material, folder: Path) -> dict[str, dict]:
    """Answers and facts right in percent, and the SQNR of the varying part, in floating point and by scheme."""
    heads = accuracy.load_heads(subject.kind, subject.heads, material.vocabulary, material.fact_sizes)
    split, tested, exam = material.batch.pixels.numpy(), material.evaluation, material.examination
    found: dict[str, dict] = {}
    reference = accuracy.features_of(graph, tested)
    grey = accuracy.features_of(graph, np.full_like(split[:1], 128 / 255)).repeat(len(split), 0)
    for scheme in ["float", *schemes]:
        used = graph if scheme == "float" else apply_scheme(graph, scheme, material.samples["short"], folder / scheme)
        found[scheme] = accuracy.percent_right(heads, accuracy.features_of(used, split), material.batch)
        found[scheme]["examination"] = exam.percent_right(heads.answers, accuracy.features_of(used, exam.pixels), material.codec)
        if scheme != "float":
            found[scheme]["varyingSqnrDb"] = varying_sqnr(reference, accuracy.features_of(used, tested))
    found["float"]["greyAnswers"] = accuracy.percent_right(heads, grey, material.batch)["answers"]
    return found


def measure(subject: Subject, material: Material, folder: Path) -> dict:
    """Everything about one subject."""
    shutil.rmtree(folder, ignore_errors=True)
    graph = build_graph(subject.kind, subject.weights, folder)
    first = material.evaluation[:PARITY_PICTURES]
    parity = check_parity(subject.kind, subject.weights, accuracy.features_of(graph, first), first)
    whole = subject.stage == "trained"
    report = inspect(graph, SCHEMES + (PARTS if whole else []), material.samples["all"])
    layers = report["graphs"][0]["layers"]
    found = {"kind": subject.kind, "seed": subject.seed, "stage": subject.stage, "record": subject.record, "parity": parity}
    found |= {"calibration": report["calibration"], "output": output_errors(report)}
    found["units"] = {scheme: by_kind(layers, scheme) for scheme in SCHEMES}
    found["outliers"] = summary(subject.kind, load_encoder(subject.kind, subject.weights), material.evaluation)
    if whole:
        found["fewCalibration"] = output_errors(inspect(graph, SCHEMES, material.samples["few"]))
        found["papersNpu"] = output_errors(inspect(graph, SCHEMES[:1], material.samples["all"], htp=PAPERS_NPU))
        found["causes"] = {scheme: causes(graph, layers, scheme, material.samples["short"], folder) for scheme in CAUSE_SCHEMES}
        found["layers"] = {layer["layer"]: {each["scheme"]: rounded(each["sqnrDb"]) for each in layer["results"]} for layer in layers}
    if subject.stage != "equal":
        found["accuracy"] = accuracies(subject, graph, SCHEMES if whole else SCHEMES[:1], material, folder)
    return found


def measure_shipped(work: Path, material: Material) -> dict:
    """The errors of the shipped Nano's encoder with the same pictures: what a longer training leads to."""
    graph = build_graph("conv", encoder_of_nano(work / "shipped.safetensors"), work / "graphs" / "shipped")
    report = inspect(graph, SCHEMES, material.samples["all"])
    return {"model": report["model"], "output": output_errors(report)}


def rounded(decibels: float | None) -> float | None:
    """Two digits."""
    return None if decibels is None else round(decibels, 2)


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
    given = parser.parse_args()
    cache = given.cache or next(given.work.glob("pictures-0-*"))
    material = prepare(given.work, cache, (given.calibration, given.evaluation, given.held_out))
    kept = given.work / "measured"
    kept.mkdir(exist_ok=True)
    seeds = [int(seed) for seed in given.seeds.split(",")]
    subjects = [subject for seed in seeds for subject in subjects_of(given.work, seed)]
    for subject in subjects:
        path = kept / f"{subject.name}.json"
        if not path.exists():
            path.write_text(json.dumps(measure(subject, material, given.work / "graphs" / subject.name)) + "\n", encoding="utf-8")
            print(f"measured {subject.name}", flush=True)
    shipped = kept / "shipped.json"
    if not shipped.exists():
        shipped.write_text(json.dumps(measure_shipped(given.work, material)) + "\n", encoding="utf-8")
    results = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine(),
        "version": cli("--version").strip(),
        "pictures": {"calibration": given.calibration, "few": FEW, "evaluation": given.evaluation, "heldOut": given.held_out},
        "plan": json.loads((given.work / "plan.json").read_text("utf-8")),
        "tuning": {s.name: json.loads(s.weights.with_name("qat.json").read_text("utf-8")) for s in subjects if s.stage == "tuned"},
        "curves": [record for seed in seeds for kind in KINDS for record in read_curve(given.work, kind, seed)],
        "shipped": json.loads(shipped.read_text("utf-8")),
        "subjects": [json.loads((kept / f"{subject.name}.json").read_text("utf-8")) for subject in subjects],
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    write_table(results, given.out / "results.md")
    write_heatmap(results["subjects"], given.out / "heatmap.png")


if __name__ == "__main__":
    main()
