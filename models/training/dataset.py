"""The training set: drawn pictures in one uint8 file, their questions in one JSON file.

Pictures reach the model through many different resizers in real life, so every training picture takes its own
way from the drawing to 128 x 128: another size, another kernel, sometimes JPEG or a palette, another light.
"""

from __future__ import annotations

import io
import json
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image, ImageEnhance

from nano_config import IMAGE_SIZE
from scenes import GROUPS, make_scene
from scenes.canvas import CANT_TELL, Question

CHUNK = 250
BLANK_SHARE = 0.03
KERNELS = [Image.Resampling.LANCZOS, Image.Resampling.BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.BOX, Image.Resampling.HAMMING]
CAPTION_PROMPTS = {"Describe the picture.", "What do you see?", "What is in the picture?", "Give a short caption."}
# Questions that make no sense for a picture of another group are answered "I can't tell"; these would make sense.
SENSIBLE_ANYWHERE = ("How many", "Count", "Is ", "Are ", "Do ", "Does ", "Has ", "Can ", "Should", "May ")


def shrink(image: Image.Image, rng: Random) -> Image.Image:
    """A drawing on its way to the model's input size, each time differently."""
    if rng.random() < 0.35:
        middle = image.resize((256, 256), Image.Resampling.LANCZOS)
        return middle.quantize(256, dither=Image.Dither.NONE).convert("RGB").resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC)
    size = rng.randint(IMAGE_SIZE, 400)
    middle = image.resize((round(size * rng.uniform(0.85, 1.2)), size), rng.choice(KERNELS))
    if rng.random() < 0.3:
        buffer = io.BytesIO()
        middle.save(buffer, "JPEG", quality=rng.randint(55, 92))
        middle = Image.open(buffer)
    if rng.random() < 0.5:
        middle = ImageEnhance.Brightness(middle).enhance(rng.uniform(0.88, 1.12))
        middle = ImageEnhance.Contrast(middle).enhance(rng.uniform(0.9, 1.12))
    return middle.resize((IMAGE_SIZE, IMAGE_SIZE), rng.choice(KERNELS))


def foreign_questions(rng: Random, group: str | None, count: int) -> list[Question]:
    """Questions about other scenes, which this picture can not answer."""
    questions = []
    while len(questions) < count:
        other = rng.choice([g for g in GROUPS if g != group])
        question = rng.choice(make_scene(other, f"train/foreign/{rng.random()}").questions)
        if question.text not in CAPTION_PROMPTS and (group is None or not question.text.startswith(SENSIBLE_ANYWHERE)):
            questions.append(Question(question.text, [CANT_TELL]))
    return questions


def blank_picture(rng: Random) -> Image.Image:
    """Nothing to see: one colour, a gradient, or noise."""
    kind = rng.choice(["plain", "plain", "gradient", "noise"])
    noise = np.random.default_rng(rng.getrandbits(32))
    base = noise.integers(0, 256, 3) if rng.random() < 0.5 else np.full(3, noise.integers(60, 200))
    pixels = np.tile(base.astype(np.float32), (IMAGE_SIZE, IMAGE_SIZE, 1))
    if kind == "gradient":
        pixels += np.linspace(-60, 60, IMAGE_SIZE)[:, None, None]
    elif kind == "noise":
        pixels += noise.normal(0, 40, pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def make_sample(index: int, seed: int) -> tuple[np.ndarray, str, list[Question]]:
    """Training picture ``index``: pixels, group and questions."""
    rng = Random(f"train/{seed}/{index}")
    if rng.random() < BLANK_SHARE:
        questions = foreign_questions(rng, None, 7) + [Question(rng.choice(sorted(CAPTION_PROMPTS)), ["An empty picture."])]
        return np.asarray(blank_picture(rng)), "blank", questions
    group = list(GROUPS)[index % len(GROUPS)]
    scene = make_scene(group, f"train/{seed}/{index}")
    questions = scene.questions
    if rng.random() < 0.25:
        questions = questions + foreign_questions(rng, group, 1)
    pixels = np.asarray(shrink(scene.canvas.render(512), rng).convert("RGB"))
    return pixels, group, questions


def _make_chunk(start: int, seed: int, total: int) -> tuple[int, np.ndarray, list]:
    samples = [make_sample(index, seed) for index in range(start, min(start + CHUNK, total))]
    questions = [[group, [[q.text, q.answers[0]] for q in asked]] for _, group, asked in samples]
    return start, np.stack([pixels for pixels, _, _ in samples]), questions


def build_cache(folder: Path, count: int, seed: int, workers: int) -> None:
    """Draws ``count`` pictures into ``folder`` unless they are there already."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "questions.json").exists():
        return
    pixels = np.lib.format.open_memmap(folder / "pixels.npy", "w+", np.uint8, (count, IMAGE_SIZE, IMAGE_SIZE, 3))
    questions: list = [None] * count
    with ProcessPoolExecutor(workers) as pool:
        for start, chunk, asked in pool.map(partial(_make_chunk, seed=seed, total=count), range(0, count, CHUNK)):
            pixels[start : start + len(chunk)] = chunk
            questions[start : start + len(chunk)] = asked
            print(f"drawn {start + len(chunk)} of {count}", flush=True)
    pixels.flush()
    (folder / "questions.json").write_text(json.dumps(questions, ensure_ascii=False), encoding="utf-8")


def sample_facts(index: int, seed: int) -> dict[str, str]:
    """Facts of training picture ``index`` by name ("group: fact"); none of a picture that shows nothing."""
    if Random(f"train/{seed}/{index}").random() < BLANK_SHARE:
        return {}
    group = list(GROUPS)[index % len(GROUPS)]
    facts = make_scene(group, f"train/{seed}/{index}").facts
    return {f"{group}: {name}": value for name, value in facts.items()}


def build_facts(folder: Path, count: int, seed: int, workers: int) -> None:
    """Numbers the facts of all pictures: facts.npy [N, facts] (-1: not there) and the number of values of each."""
    if (folder / "facts.npy").exists():
        return
    with ProcessPoolExecutor(workers) as pool:
        samples = list(pool.map(partial(sample_facts, seed=seed), range(count), chunksize=CHUNK))
    values: dict[str, dict[str, int]] = {}
    for facts in samples:
        for name, value in facts.items():
            known = values.setdefault(name, {})
            known.setdefault(value, len(known))
    names = list(values)
    table = np.full((count, len(names)), -1, np.int64)
    for row, facts in enumerate(samples):
        for name, value in facts.items():
            table[row, names.index(name)] = values[name][value]
    (folder / "facts.json").write_text(json.dumps(values), encoding="utf-8")
    np.save(folder / "facts.npy", table)


def load_facts(folder: Path) -> tuple[np.ndarray, list[int]]:
    """The fact table and the number of values of each fact."""
    values = json.loads((folder / "facts.json").read_text("utf-8"))
    return np.load(folder / "facts.npy"), [len(known) for known in values.values()]


def load_cache(folder: Path) -> tuple[np.ndarray, list]:
    """Pixels [N, 128, 128, 3] and per picture ``[group, [[question, answer], ...]]``."""
    return np.load(folder / "pixels.npy", mmap_mode="r"), json.loads((folder / "questions.json").read_text("utf-8"))


def held_out_pixels(picture: Image.Image) -> np.ndarray:
    """A suite picture at input size the way Pillow does it (only for progress figures during training)."""
    return np.asarray(picture.convert("RGB").resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC))
