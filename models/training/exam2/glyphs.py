"""Drawings of icon packages as RGBA pictures, rendered by librsvg inside the pinned pyvips-binary."""

from __future__ import annotations

import json
from functools import cache, lru_cache

import pyvips
from PIL import Image

from .assets import PACKAGES

GLYPH_SIZE = 192


@cache
def _package(style: str) -> dict:
    return json.loads((PACKAGES / "@iconify-json" / style / "icons.json").read_text("utf-8"))


def _render(svg: str) -> Image.Image:
    """An SVG at ``GLYPH_SIZE``, cut to what is visible and centred in a square."""
    picture = pyvips.Image.svgload_buffer(svg.encode())
    picture = pyvips.Image.svgload_buffer(svg.encode(), scale=GLYPH_SIZE / max(picture.width, picture.height))
    image = Image.fromarray(picture.numpy(), "RGBA")
    image = image.crop(image.getchannel("A").point(lambda alpha: 255 * (alpha > 8)).getbbox())
    side = max(image.size)
    square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square


@lru_cache(maxsize=4096)
def emoji_glyph(style: str, icon: str) -> Image.Image:
    """One icon of an art style: a square RGBA picture that its drawing fills. Not to be changed in place."""
    package = _package(style)
    flipped = False
    name = icon
    while name in package.get("aliases", {}):
        alias = package["aliases"][name]
        flipped ^= alias.get("hFlip", False)
        name = alias["parent"]
    data = package["icons"][name]
    width, height = (data.get(side, package.get(side, 16)) for side in ("width", "height"))
    view = f"{data.get('left', 0)} {data.get('top', 0)} {width} {height}"
    size = f'width="{width}" height="{height}"'
    links = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    image = _render(f'<svg {links} {size} viewBox="{view}">{data["body"]}</svg>')
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if flipped else image


@lru_cache(maxsize=512)
def telltale_glyph(icon: str) -> Image.Image:
    """One symbol of @mdi/svg, white on nothing."""
    svg = (PACKAGES / "@mdi" / "svg" / "svg" / f"{icon}.svg").read_text("utf-8")
    return _render(svg.replace("<path ", '<path fill="#fff" '))
