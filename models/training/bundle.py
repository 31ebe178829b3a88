"""Writes the Hugging Face style folder of the model and reads it back."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tokenizers import Tokenizer

from nano_config import EOS, IMAGE_SIZE, IMAGE_TOKENS, PAD, BOS
from network import AutoNeural, load_model, save_weights
from vocabulary import SPECIALS, UNKNOWN

# ChatML as LFM2-VL has it. The image part stands where it is in the message; the processor then replaces
# <image> by <|image_start|>, 64 x <image>, <|image_end|>. The tokenizer drops the line breaks.
CHAT_TEMPLATE = """{{- bos_token -}}
{%- for message in messages -%}
{{- "<|im_start|>" + message.role + "\\n" -}}
{%- if message.content is string -%}
{{- message.content -}}
{%- else -%}
{%- for part in message.content -%}
{%- if part.type == "image" -%}{{- "<image>" -}}{%- elif part.type == "text" -%}{{- part.text -}}{%- endif -%}
{%- endfor -%}
{%- endif -%}
{{- "<|im_end|>\\n" -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- "<|im_start|>assistant\\n" -}}{%- endif -%}
"""


def _write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def export_bundle(model: AutoNeural, tokenizer: Tokenizer, config: dict, out: Path) -> None:
    """Writes every file of the bundle except the model card, then SHA256SUMS."""
    out.mkdir(parents=True, exist_ok=True)
    save_weights(model, out / "model.safetensors")
    (out / "model.safetensors").chmod(0o644)
    tokenizer.save(str(out / "tokenizer.json"), pretty=True)
    (out / "chat_template.jinja").write_text(CHAT_TEMPLATE, encoding="utf-8")
    _write_json(out / "config.json", config)
    names = {"bos_token": SPECIALS[BOS], "eos_token": SPECIALS[EOS], "pad_token": SPECIALS[PAD], "unk_token": UNKNOWN}
    tokenizer_config = {
        **names,
        "image_token": "<image>",
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": config["text_config"]["max_position_embeddings"],
        "clean_up_tokenization_spaces": False,
        "add_bos_token": False,
    }
    _write_json(out / "tokenizer_config.json", tokenizer_config)
    _write_json(out / "special_tokens_map.json", names)
    _write_json(out / "generation_config.json", {"bos_token_id": BOS, "eos_token_id": EOS, "pad_token_id": PAD, "do_sample": False, "max_new_tokens": 48})
    image_processor = {
        "image_processor_type": "AutoNeuralImageProcessor",
        "do_convert_rgb": True,
        "do_resize": True,
        "size": {"height": IMAGE_SIZE, "width": IMAGE_SIZE},
        "resample": 3,
        "do_center_crop": False,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [0.0, 0.0, 0.0],
        "image_std": [1.0, 1.0, 1.0],
    }
    _write_json(out / "preprocessor_config.json", image_processor)
    processor = {
        "processor_class": "AutoNeuralProcessor",
        "image_seq_length": IMAGE_TOKENS,
        "image_token": "<image>",
        "image_start_token": "<|image_start|>",
        "image_end_token": "<|image_end|>",
        "use_image_special_tokens": True,
    }
    _write_json(out / "processor_config.json", processor)
    write_checksums(out)


def write_checksums(folder: Path) -> None:
    """SHA256SUMS of every other file, in ``sha256sum`` format."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def load_bundle(folder: Path) -> tuple[AutoNeural, Tokenizer, dict]:
    """Model (fp32 arithmetic on the stored fp16 weights), tokenizer and config of a bundle."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    model = load_model(config, folder / "model.safetensors")
    return model, Tokenizer.from_file(str(folder / "tokenizer.json")), config
