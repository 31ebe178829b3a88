"""What others drew, lettered and photographed: fetched once, never committed.

Drawings and typefaces come from the npm registry at the exact versions and hashes of ``assets/package-lock.json``;
photographs out of the wheel of scikit-image, which ships them as sample data. Their licences: assets/LICENSES.md.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
PACKAGES = ASSETS / "node_modules"
PHOTOGRAPHS = ASSETS / "photographs"
WHEEL = ("scikit-image", "0.26.0")
# sha256 of each photograph; all of them CC0 or in the public domain.
PHOTOGRAPH_HASHES = {
    "coffee.png": "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
    "astronaut.png": "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
    "rocket.jpg": "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
    "gravel.png": "c48615b451bf1e606fbd72c0aa9f8cc0f068ab7111ef7d93bb9b0f2586440c12",
    "chelsea.png": "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
    "hubble_deep_field.jpg": "3a19c5dd8a927a9334bb1229a6d63711b1c0c767fb27e2286e7c84a3e2c2f5f4",
    "grass.png": "b6b6022426b38936c43a4ac09635cd78af074e90f42ffa8227ac8b7452d39f89",
    "brick.png": "7966caf324f6ba843118d98f7a07746d22f6a343430add0233eca5f6eaaa8fcf",
}


def fetch() -> None:
    """Installs the packages and takes the photographs out of their wheel, unless they are there already."""
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=ASSETS, check=True)
    if all((PHOTOGRAPHS / name).exists() for name in PHOTOGRAPH_HASHES):
        return
    PHOTOGRAPHS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{WHEEL[0]}=={WHEEL[1]}"
        subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "-q", "-d", folder, wanted], check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            for name in PHOTOGRAPH_HASHES:
                (PHOTOGRAPHS / name).write_bytes(wheel.read(f"skimage/data/{name}"))


def require() -> None:
    """Stops with one sentence if something is missing or not what the examination was drawn with."""
    for name, expected in PHOTOGRAPH_HASHES.items():
        file = PHOTOGRAPHS / name
        if not file.exists() or hashlib.sha256(file.read_bytes()).hexdigest() != expected:
            sys.exit(f"The photograph {name} is missing or another one: run exam2_draw.py with --fetch first.")
    if not (PACKAGES / "@iconify-json" / "twemoji").exists():
        sys.exit("The drawings are not installed: run exam2_draw.py with --fetch first.")


def typeface(name: str, weight: int) -> str:
    """Path of a font file."""
    return str(PACKAGES / "@fontsource" / name / "files" / f"{name}-latin-{weight}-normal.woff")
