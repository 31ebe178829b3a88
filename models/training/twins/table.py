"""results.json as tables: the mean over the seeds with the least and the largest behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from twins.encoders import KINDS
from twins.units import KINDS as UNIT_KINDS

NAMES = {"conv": "conv", "vit": "ViT"}
STAGES = {"trained": "PTQ of the float weights", "tuned": "after QAT in W8A16", "equal": "PTQ, at equal answers"}
Value = Callable[[dict], float | None]


def spread(values: list[float | None], digits: int) -> str:
    """Mean (least to largest), and of how many where some are missing."""
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    text = f"{sum(known) / len(known):.{digits}f}"
    if len(known) > 1:
        text += f" ({min(known):.{digits}f} to {max(known):.{digits}f})"
    return text if len(known) == len(values) else f"{text}, n = {len(known)}"


def known_value(subject: dict, value: Value) -> float | None:
    """A figure of a subject, where it was measured."""
    try:
        return value(subject)
    except KeyError:
        return None


class Tables:
    """Cells over the seeds of one encoder at one stage."""

    def __init__(self, results: dict):
        self.results = results

    def cell(self, kind: str, stage: str, value: Value, digits: int = 1) -> str:
        """One figure over all seeds."""
        found = [known_value(each, value) for each in self.results["subjects"] if each["kind"] == kind and each["stage"] == stage]
        return spread(found, digits)

    def ratio(self, stage: str, scheme: str, where: str = "output") -> str:
        """RMS error of the ViT over that of the convolutions, seed by seed."""
        errors = [
            {each["seed"]: each[where][scheme]["rmsPercent"] for each in self.results["subjects"] if each["kind"] == kind and each["stage"] == stage and where in each}
            for kind in ("vit", "conv")
        ]
        return spread([error / errors[1][seed] for seed, error in errors[0].items() if seed in errors[1]], 2)

    def rows(self, titles: list[str], lines: list[list[str]]) -> str:
        """A Markdown table."""
        head = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
        return "\n".join(head + [f"| {' | '.join(line)} |" for line in lines]) + "\n"

    def runs(self) -> str:
        """What each training cost and reached."""
        plan, curves = self.results["plan"], self.results["curves"]
        lines = []
        for kind in KINDS:
            last = [each for each in curves if each["kind"] == kind and each["step"] == plan["steps"][kind]]
            seconds = spread([each["processorSeconds"] for each in last], 0)
            right = [spread([100 * each[name] for each in last], 1) for name in ("answers", "facts")]
            lines.append([NAMES[kind], str(plan["steps"][kind]), f"{plan['steps'][kind] * plan['batch']:,}", seconds, *right])
        return self.rows(["encoder", "steps", "pictures", "processor seconds", "answers right, %", "facts right, %"], lines)

    def output(self) -> str:
        """SQNR and RMS error at the encoder's output."""
        lines = []
        for stage, title in STAGES.items():
            for scheme in ("w8a16", "w8a8", "w4a16"):
                cells = [self.cell(kind, stage, lambda each: each["output"][scheme]["sqnrDb"]) for kind in KINDS]
                errors = [self.cell(kind, stage, lambda each: each["output"][scheme]["rmsPercent"], 2) for kind in KINDS]
                lines.append([title, scheme.upper(), *cells, *errors, self.ratio(stage, scheme)])
        cells = [self.cell(kind, "trained", lambda each: each["papersNpu"]["w8a16"][figure], digits) for figure, digits in (("sqnrDb", 1), ("rmsPercent", 2)) for kind in KINDS]
        lines.append([STAGES["trained"], "W8A16 on HTP v68", *cells, self.ratio("trained", "w8a16", "papersNpu")])
        for scheme, error in self.results["shipped"]["output"].items():
            lines.append(["PTQ of the shipped Nano's encoder", scheme.upper(), f"{error['sqnrDb']:.1f}", "", f"{error['rmsPercent']:.2f}", "", ""])
        return self.rows(["weights", "scheme", "conv, dB", "ViT, dB", "conv, RMS %", "ViT, RMS %", "ViT / conv"], lines)

    def equal(self) -> str:
        """Which records were compared as equal."""
        found = [each for each in self.results["subjects"] if each["stage"] == "equal"]
        lines = [
            [str(each["seed"]), NAMES[each["kind"]], f"{each['record']['step']:.0f}", f"{100 * each['record']['answers']:.1f}", f"{100 * each['record']['facts']:.1f}"]
            for each in found
        ]
        return self.rows(["seed", "encoder", "step", "answers right, %", "facts right, %"], lines) if lines else "Not reached.\n"

    def parts(self) -> str:
        """Weights or activations alone."""
        titles = {"w8": "8-bit weights", "w4": "4-bit weights", "a16": "16-bit activations", "a8": "8-bit activations"}
        lines = [[title, *(self.cell(kind, "trained", lambda each: each["output"][part]["sqnrDb"]) for kind in KINDS)] for part, title in titles.items()]
        return self.rows(["quantized alone", "conv, dB", "ViT, dB"], lines)

    def causes(self) -> str:
        """Error at the output where one kind of unit alone is quantized."""
        lines = []
        for unit in UNIT_KINDS:
            cells = [self.cell(kind, "trained", lambda each: each["causes"][scheme].get(unit)) for scheme in ("w8a8", "w8a16") for kind in KINDS]
            lines.append([unit, *cells])
        return self.rows(["quantized alone", "conv W8A8, dB", "ViT W8A8, dB", "conv W8A16, dB", "ViT W8A16, dB"], lines)

    def units(self) -> str:
        """Accumulated errors by kind of unit."""
        lines = []
        for scheme in ("w8a16", "w8a8", "w4a16"):
            for unit in UNIT_KINDS:
                cells = []
                for kind in KINDS:
                    cells += [self.cell(kind, "trained", lambda each: each["units"][scheme][unit][figure]) for figure in ("medianDb", "leastDb")]
                lines.append([scheme.upper(), unit, *cells])
        return self.rows(["scheme", "units", "conv median, dB", "conv least, dB", "ViT median, dB", "ViT least, dB"], lines)

    def outliers(self) -> str:
        """How large and how peaked activations are."""
        figures = {"maxAbs": "largest magnitude", "medianTimesRms": "largest over RMS, median unit", "largestTimesRms": "largest over RMS, worst unit"}
        lines = []
        for stage in ("trained", "tuned"):
            lines += [[STAGES[stage], title, *(self.cell(kind, stage, lambda each: each["outliers"][name]) for kind in KINDS)] for name, title in figures.items()]
        return self.rows(["weights", "", "conv", "ViT"], lines)

    def places(self) -> str:
        """The unit with the largest magnitude in each run."""
        lines = []
        for each in self.results["subjects"]:
            if each["stage"] == "trained" and "outliers" in each:
                top = each["outliers"]["top"][0]
                figures = [f"{top['maxAbs']:.1f}", str(top["channel"]), f"{top['timesMedianChannel']}", str(top["token"])]
                lines.append([NAMES[each["kind"]], str(each["seed"]), f"`{top['layer']}`", *figures])
        return self.rows(["encoder", "seed", "unit", "magnitude", "channel", "times the median channel", "token"], lines)

    def accuracy(self) -> str:
        """Answers right in floating point and quantized."""
        lines = []
        for stage, schemes in (("trained", ("float", "w8a16", "w8a8", "w4a16")), ("tuned", ("float", "w8a16"))):
            for scheme in schemes:
                cells = [
                    self.cell(kind, stage, lambda each: each["accuracy"][scheme][name])
                    for name in ("answers", "facts", "examination")
                    for kind in KINDS
                ]
                lines.append([STAGES[stage], scheme.upper() if scheme != "float" else scheme, *cells])
        titles = [f"{NAMES[kind]}, {what} %" for what in ("answers", "facts", "examination") for kind in KINDS]
        return self.rows(["weights", "encoder in", *titles], lines)

    def varying(self) -> str:
        """SQNR of what differs between pictures."""
        lines = [[scheme.upper(), *(self.cell(kind, "trained", lambda each: each["accuracy"][scheme]["varyingSqnrDb"]) for kind in KINDS)] for scheme in ("w8a16", "w8a8", "w4a16")]
        return self.rows(["scheme", "conv, dB", "ViT, dB"], lines)

    def calibration(self) -> str:
        """Few against many calibration pictures."""
        lines = []
        for scheme in ("w8a16", "w8a8", "w4a16"):
            cells = [self.cell(kind, "trained", lambda each: each[where][scheme]["sqnrDb"]) for kind in KINDS for where in ("fewCalibration", "output")]
            lines.append([scheme.upper(), *cells])
        pictures = self.results["pictures"]
        titles = [f"{NAMES[kind]}, {count} pictures, dB" for kind in KINDS for count in (pictures["few"], pictures["calibration"])]
        return self.rows(["scheme", *titles], lines)


def write_table(results: dict, path: Path) -> None:
    """All tables with a heading each."""
    tables, used, pictures = Tables(results), results["machine"], results["pictures"]
    seeds = sorted({each["seed"] for each in results["subjects"]})
    lead = (
        f"{results['date']}, {used['processor']}, {used['cores']} cores, {used['system']}; torch {used['torch']}, timm {used['timm']}, "
        f"ONNX Runtime {used['onnxruntime']} (Python). Seeds {', '.join(map(str, seeds))}; mean (least to largest). Ranges from {pictures['calibration']} "
        f"pictures, errors over {pictures['evaluation']} others, accuracy over {pictures['heldOut']} others; minmax, weights symmetric per channel, "
        "activations per tensor. Everything is a simulation of the NPU's arithmetic on this machine.\n"
    )
    sections = {
        "Training": tables.runs(), "Error at the encoder's output": tables.output(), "Records compared as equal": tables.equal(),
        "Accuracy": tables.accuracy(), "Error of what differs between pictures": tables.varying(), "Weights or activations alone": tables.parts(),
        "One kind of unit alone: error at the output": tables.causes(), "Accumulated error behind each kind of unit": tables.units(),
        "Size of activations": tables.outliers(), "Where the largest activation is": tables.places(), "Pictures to calibrate with": tables.calibration(),
    }
    text = "# Conv against ViT: measured\n\n" + lead + "".join(f"\n## {title}\n\n{body}" for title, body in sections.items())
    path.write_text(text, encoding="utf-8")
